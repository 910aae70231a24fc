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
