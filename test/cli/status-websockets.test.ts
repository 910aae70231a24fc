import { expect, test } from "vitest";
import type { WebSocketApiStatus } from "../../src/control/contract.ts";
import { routeStatus, run, shop, statusOf } from "./support.ts";

const side = (perSecond: number | null, errors = 0) => ({ messages: 100, errors, perSecond });

function api(more: Partial<WebSocketApiStatus> = {}): WebSocketApiStatus {
  return {
    ...{ id: "chat", path: "/chat", host: null, open: 12, openInFleet: null },
    connects: { opened: 20, refused: 1, limit: 0, not_websocket: 0, unavailable: 0 },
    messages: { in: 1200, answer: 800, post: 3, broadcast: 0 },
    errors: { no_route: 2, client: 1, integration: 4, disconnect: 0 },
    limits: { buffer: 2, rate: 5 },
    closes: [
      { code: "1000", reason: "client", count: 5 },
      { code: "1008", reason: "slow", count: 2 },
      { code: "1001", reason: "idle", count: 1 },
    ],
    routes: [
      {
        ...{ key: "total", route: "chat.total", phase: "splitting", position: { modern: 50, shadow: 20 } },
        sides: { legacy: side(3.25), modern: side(0.01) },
        ...{ shadowed: 1300, compared: 40, mismatches: 2 },
      },
      {
        ...{ key: "$default", route: "chat.default", phase: "legacy", position: { modern: 0, shadow: 0 } },
        sides: { legacy: side(0), modern: side(null) },
        ...{ shadowed: 0, compared: 0, mismatches: 0 },
      },
    ],
    ...more,
  };
}

/** What `fig status` prints below the routes. */
async function below(websockets: readonly WebSocketApiStatus[]): Promise<string> {
  const { code, out } = await run(["status"], {
    cwd: await shop(),
    control: { status: () => Promise.resolve(statusOf([], { websockets })) },
  });
  expect(code).toBe(0);
  const found = out.indexOf("WEBSOCKETS");
  return found < 0 ? "" : out.slice(found);
}

test("fig status shows connections, how they ended, and messages by route and side", async () => {
  expect(await below([api(), api({ id: "feed", openInFleet: 40, closes: [], routes: [] })])).toBe(
    `WEBSOCKETS  OPEN  IN FLEET  ENDED  TOO SLOW  REFUSED  FAILED
chat          12         -      8         2        8       4
feed          12        40      0         0        8       4
chat: 20 opened, 1 refused; 1,200 messages came; 800 answers, 3 posts sent; 2
  without a route, 1 refused by their side, 5 over limits.rate, 4 failed; ended:
  5 closed by its client (1000), 2 reads too slowly (1008), 1 idle for too long
  (1001)
feed: 20 opened, 1 refused; 1,200 messages came; 800 answers, 3 posts sent; 2
  without a route, 1 refused by their side, 5 over limits.rate, 4 failed
MESSAGES      MODERN  SHADOW  LEGACY/S  MODERN/S  SHADOWED   DIFFER
chat.total      50 %    20 %       3.3      <0.1     1,300  2 of 40
chat.default     0 %     0 %       0.0         ?         0        -
`,
  );
  expect(await below([])).toBe("");
});

test("with --route and --json the APIs of other routes are left out", async () => {
  const route = statusOf([routeStatus({ id: "chat.total" }), routeStatus({ id: "other" })], {
    websockets: [api(), api({ id: "feed", routes: [] })],
  });
  const { out } = await run(["status", "--json", "--route", "chat.*"], {
    cwd: await shop(),
    control: { status: () => Promise.resolve(route) },
  });
  const { websockets } = JSON.parse(out) as { websockets: WebSocketApiStatus[] };
  expect(websockets.map(({ id, routes }) => [id, routes.map((each) => each.route)])).toEqual([
    ["chat", ["chat.total"]],
  ]);
});
