import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { INSTALL_REDIS, REDIS } from "./redis-server.ts";

export const OPENSSL = { path: "/usr/bin/openssl", install: "apt-get install -y openssl" };
const SERVER = { path: REDIS, install: INSTALL_REDIS };

/**
 * Runs `tests` where there is a redis-server, and the other programs they need. Where not: in CI a failure, else skipped
 * aloud, with what installs it.
 */
export function withRedis(what: string, tests: () => void, others: readonly (typeof SERVER)[] = []): void {
  const missing = [SERVER, ...others].find(({ path }) => !existsSync(path));
  if (missing === undefined) {
    tests();
    return;
  }
  const why = `${missing.path} is missing: ${missing.install}`;
  if (process.env.CI === "true") test(`what ${what} needs is there`, () => expect.fail(why));
  else {
    process.stderr.write(`SKIPPED: ${what}: ${why}\n`);
    test.skip(`${what}: SKIPPED, ${why}`, () => undefined);
  }
}
