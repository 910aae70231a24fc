import { expect, test } from "vitest";
import { createBackend } from "../../../src/backends/index.ts";
import { ByteBudget } from "../../../src/domain/byte-budget.ts";
import { Deadlines } from "../../../src/domain/deadlines.ts";

const LAMBDA = {
  functions: {
    "*": {
      ...{ name: "orders", qualifier: undefined, region: undefined, endpoint: undefined },
      credentials: { from: "auto" as const, profile: undefined },
    },
  },
  ...{ payload: "2.0" as const, async: false, concurrency: 1000, binary: [], variables: {} },
  names: { account: "000000000000", api: "fig", stage: "prod" },
};

test("events are in the budget of bodies for as long as their functions run, and nothing of it stays", () => {
  const bodies = new ByteBudget(1_000);
  const upstream = createBackend(
    { name: "orders", kind: "lambda", lambda: LAMBDA, timeoutMs: 0 },
    {
      ...{ deadlines: new Deadlines(), connectMs: 0, bodyIdleMs: 0, upgradeIdleMs: 0, bodies },
      invoke: () => new Promise(() => {}),
    },
  );
  const errors: string[] = [];
  const open = () => {
    const call = upstream.open(
      {
        ...{ method: "GET", target: "/", headers: [], framing: -1, upgrade: false, retryable: true },
        ...{ timeoutMs: undefined, event: () => ({ path: "x".repeat(300) }) },
      },
      {
        ...{ onRequestDrain() {}, onInform() {}, onHead() {}, onUpgrade() {}, onData() {}, onEnd() {} },
        onError: (code) => errors.push(code),
      },
    );
    call.end(undefined);
    return call;
  };
  const calls = Array.from({ length: 5 }, open);
  expect(errors).toEqual(["upstream_busy", "upstream_busy"]);
  expect(bodies.held).toBeGreaterThan(900);
  for (const call of calls) call.abort();
  expect(bodies.held).toBe(0);
});
