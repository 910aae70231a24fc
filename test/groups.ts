/**
 * Tests below a folder of one of these names may start what they like: fig's command, a redis-server, an nginx, a browser, load. All
 * others are the quick ones: `npm run test:quick`. test/house/quick.test.ts holds it.
 */
export const WITH_PROCESSES = ["browser", "deploy", "docs", "e2e", "redis"];

/** What the issue gives a time to is measured while no other test runs: after all of them. */
export const TIMED = [
  "test/browser/full-store.test.ts",
  "test/browser/live.test.ts",
  "test/e2e/full-store.test.ts",
  "test/e2e/latency-accuracy.test.ts",
];

/**
 * What takes longest: walks through whole migrations and pages, browsers, processes that die, what waits for clocks. `npm test` leaves them
 * to `npm run test:long` and says so; CI runs both. How long each took is in vitest's JSON report.
 */
export const LONG = [
  "test/browser/acts.test.ts",
  "test/browser/login.test.ts",
  "test/browser/pages.test.ts",
  "test/browser/websockets.test.ts",
  "test/docs/how-to.test.ts",
  "test/docs/readme.test.ts",
  "test/e2e/abuse.test.ts",
  "test/e2e/accuracy.test.ts",
  "test/e2e/acme.test.ts",
  "test/e2e/api-keys.test.ts",
  "test/e2e/apollo-to-yoga.test.ts",
  "test/e2e/authorizer.test.ts",
  "test/e2e/cache.test.ts",
  "test/e2e/conformance.test.ts",
  "test/e2e/express-4-to-5.test.ts",
  "test/e2e/files-in-motion.test.ts",
  "test/e2e/fleet-away.test.ts",
  "test/e2e/guards.test.ts",
  "test/e2e/halves.test.ts",
  "test/e2e/import-public.test.ts",
  "test/e2e/json-server.test.ts",
  "test/e2e/jwt-keys-away.test.ts",
  "test/e2e/limit-concurrent.test.ts",
  "test/e2e/login.test.ts",
  "test/e2e/memory.test.ts",
  "test/e2e/oidc-provider.test.ts",
  "test/e2e/packed.test.ts",
  "test/e2e/rollback-local-load.test.ts",
  "test/e2e/rollback-local.test.ts",
  "test/e2e/successor.test.ts",
  "test/e2e/unknown.test.ts",
  "test/e2e/websocket-fleet.test.ts",
  "test/e2e/websocket-status.test.ts",
  "test/e2e/workers-listeners.test.ts",
  "test/e2e/workers.test.ts",
  "test/store/redis/limits.test.ts",
];

/** What takes longest begins first: a clone has no times of an earlier run to sort by. */
export const LONGEST = [
  "test/cli/e2e/fig.test.ts",
  "test/e2e/acme.test.ts",
  "test/docs/readme.test.ts",
  "test/e2e/express-4-to-5.test.ts",
  "test/docs/how-to.test.ts",
  "test/e2e/rollback-local-load.test.ts",
  "test/e2e/api-keys.test.ts",
  "test/e2e/jwt-keys-away.test.ts",
  "test/e2e/workers.test.ts",
  "test/e2e/cache.test.ts",
  "test/browser/pages.test.ts",
  "test/e2e/json-server.test.ts",
  "test/e2e/oidc-provider.test.ts",
  "test/e2e/apollo-to-yoga.test.ts",
  "test/e2e/memory.test.ts",
  "test/e2e/conformance.test.ts",
  "test/browser/acts.test.ts",
  "test/e2e/unknown.test.ts",
  "test/e2e/rollback-local.test.ts",
  "test/e2e/drain-under-load.test.ts",
];
