import { expect, test } from "vitest";
import type { Invoked } from "../../../src/aws/contract.ts";
import { createBackend } from "../../../src/backends/index.ts";
import { ByteBudget } from "../../../src/domain/byte-budget.ts";
import { Deadlines } from "../../../src/domain/deadlines.ts";

/** What a client's request comes to when Lambda says this. */
function outcome(invoked: Invoked, body?: Uint8Array) {
  const upstream = createBackend(
    {
      ...{ name: "orders", kind: "lambda", timeoutMs: 0 },
      lambda: {
        functions: {
          "*": {
            ...{ name: "orders", qualifier: undefined, region: undefined, endpoint: undefined },
            credentials: { from: "auto", profile: undefined },
          },
        },
        ...{ payload: "2.0", async: body !== undefined, concurrency: 10, binary: [], variables: {} },
        names: { account: "000000000000", api: "fig", stage: "prod" },
      },
    },
    {
      ...{ deadlines: new Deadlines(), connectMs: 0, bodyIdleMs: 0, upgradeIdleMs: 0 },
      bodies: new ByteBudget(100_000_000),
      invoke: async () => invoked,
    },
  );
  return new Promise<readonly unknown[]>((resolve) => {
    const call = upstream.open(
      {
        ...{ method: "POST", target: "/", headers: [], framing: -2, upgrade: false, retryable: false },
        ...{ timeoutMs: undefined, event: (sent) => ({ body: sent?.text }) },
      },
      {
        ...{ onRequestDrain() {}, onInform() {}, onUpgrade() {}, onData() {}, onEnd() {} },
        onHead: (status) => resolve([status]),
        onError: (code, detail, untouched) => resolve([code, untouched, detail]),
      },
    );
    if (body !== undefined) call.write(body);
    call.end(undefined);
  });
}

const refused = (status: number, detail = "") => outcome({ kind: "failed", why: "refused", detail, status });

test.each([
  [429, ["upstream_busy", true]],
  [413, ["function_body_too_large", true]],
  [403, ["function_refused", true]],
  [404, ["function_refused", true]],
  [500, ["function_refused", false]],
  [502, ["function_refused", false]],
])("Lambda's own %i", async (status, expected) => {
  expect((await refused(status, "Lambda said so")).slice(0, 2)).toEqual(expected);
});

test("a throttled function is 503 with what Lambda called it, and any request may go to legacy", async () => {
  const detail = "Lambda answered 429 TooManyRequestsException";
  expect(await refused(429, detail)).toEqual(["upstream_busy", true, detail]);
});

test("what a function throws has Lambda's id of the request, no secret, and an end", async () => {
  const threw = (errorMessage: string) =>
    outcome({ kind: "threw", errorType: "Error", errorMessage, requestId: "abc-1" });
  expect(await threw("no table")).toEqual([
    "function_failed",
    false,
    "the function failed: Error: no table (Lambda's request abc-1)",
  ]);
  const [, , words] = await threw(`password=hunter2 ${"x".repeat(10_000)}`);
  expect(String(words).length).toBeLessThan(400);
  expect(words).not.toContain("hunter2");
});

test("an event that nobody waits for has 1 MiB at most, in bytes as they are sent", async () => {
  const returned: Invoked = { kind: "returned", payload: new Uint8Array(0), requestId: "abc-1" };
  const most = 1024 * 1024 - '{"body":""}'.length;
  expect(await outcome(returned, Buffer.alloc(most, "x"))).toEqual([202]);
  expect(await outcome(returned, Buffer.alloc(most + 1, "x"))).toEqual([
    "function_body_too_large",
    true,
    expect.any(String),
  ]);
  // Each of these is two in JSON.
  expect(await outcome(returned, Buffer.alloc(most / 2 + 2, '"'))).toEqual([
    "function_body_too_large",
    true,
    expect.any(String),
  ]);
});
