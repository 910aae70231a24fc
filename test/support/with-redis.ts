import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { INSTALL_REDIS, REDIS } from "./redis-server.ts";

/** Runs `tests` where there is a redis-server. Where not: in CI a failure, else skipped aloud, with what installs it. */
export function withRedis(what: string, tests: () => void): void {
  if (existsSync(REDIS)) tests();
  else if (process.env.CI === "true")
    test(`a real redis-server is there for ${what}`, () =>
      expect.fail(`${REDIS} is missing: ${INSTALL_REDIS}`));
  else {
    process.stderr.write(`SKIPPED: ${what}, for want of a redis-server: ${INSTALL_REDIS}\n`);
    test.skip(`${what}: SKIPPED, ${REDIS} is missing: ${INSTALL_REDIS}`, () => undefined);
  }
}
