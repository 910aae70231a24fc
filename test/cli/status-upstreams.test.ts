import { expect, test } from "vitest";
import { TRY_RESULTS, UPSTREAM_LIMITS, type UpstreamState } from "../../src/domain/upstream-state.ts";
import { run, shop, statusOf } from "./support.ts";

const zeros = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

const MEMBER = { condition: "up", weight: 1, requests: 0, idle: 0, ejections: 0 } as const;

function upstream(more: Partial<UpstreamState>): UpstreamState {
  return {
    name: "legacy",
    members: [{ ...MEMBER, url: "http://10.0.0.1", address: "10.0.0.1:80" }],
    ...{ failOpen: false, unresolved: [], waiting: 0, retries: 0, ejections: 0 },
    ...{ checksPassed: 0, checksFailed: 0 },
    tries: zeros(TRY_RESULTS),
    limited: zeros(UPSTREAM_LIMITS),
    ...more,
  };
}

/** What `fig status` prints below the routes. */
async function below(more: Parameters<typeof statusOf>[1]): Promise<string> {
  const { code, out } = await run(["status"], {
    cwd: await shop(),
    control: { status: () => Promise.resolve(statusOf([], more)) },
  });
  expect(code).toBe(0);
  return out.slice(out.indexOf("\n\n", out.indexOf("ROUTE")) + 2);
}

test("fig status shows addresses, those that are out first, and what became of tries", async () => {
  const orders = upstream({
    name: "orders",
    members: [
      { ...MEMBER, url: "http://orders", address: "10.0.0.7:80", requests: 3, idle: 12 },
      { ...MEMBER, url: "http://orders", address: "10.0.0.8:80", condition: "ejected", ejections: 2 },
    ],
    ...{ waiting: 1, retries: 7, ejections: 2, checksPassed: 56, checksFailed: 4 },
    tries: { ...zeros(TRY_RESULTS), answered: 1200, refused: 8, connect_timeout: 1 },
    limited: { ...zeros(UPSTREAM_LIMITS), retry_budget: 1 },
  });
  const quiet = upstream({ name: "search", checksPassed: 3 });
  // One address that nobody checks: its problems say what there is to say.
  expect(await below({ upstreams: [orders, quiet, upstream({})] })).toBe(
    `UPSTREAM  ADDRESS      CONDITION  REQUESTS  IDLE  EJECTED
orders    10.0.0.8:80  ejected           0     0        2
orders    10.0.0.7:80  up                3    12        0
search    10.0.0.1:80  up                0     0        0
orders: 1,200 tries answered, 8 refused, 1 connect timeout; 7 retries; 2
  ejections; 4 of 60 health checks failed; 1 request waiting; bound of retry
  budget reached 1 time
search: 0 tries answered; 0 of 3 health checks failed
`,
  );
});

test("fig status shows when certificates end, at most twelve", async () => {
  const certificate = (name: string, endsAt: string) => ({
    ...{ name, names: [name], fingerprint: "ab".repeat(32), endsAt },
  });
  const soon = certificate("shop.test", "2026-11-25T08:30:00.000Z");
  const ended = certificate("old.test", "2026-11-22T19:59:59.000Z");
  expect(await below({ certificates: [ended, soon] })).toBe(
    `CERTIFICATE  ENDS                        IN
old.test     2026-11-22 19:59:59Z     ended
shop.test    2026-11-25 08:30:00Z  2 d 12 h
`,
  );
  expect(await below({ certificates: [{ ...soon, upstream: "orders" }] })).toContain(
    "shop.test (to upstream orders)  2026-11-25",
  );
  const many = Array.from({ length: 20 }, (_, at) => certificate(`a${at}.test`, soon.endsAt));
  const lines = (await below({ certificates: many })).trimEnd().split("\n");
  expect(lines).toHaveLength(14);
  expect(lines[13]).toBe("and 8 that end later; fig status --json has all");
});
