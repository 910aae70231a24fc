import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, INSTALL_CHROMIUM, launchChromium } from "./chromium.ts";

/** Tests in one Chromium; where there is none they are skipped aloud, and in CI that is a failure. */
export function inChromium(name: string, tests: (browser: () => Browser) => void): void {
  const path = chromiumPath();
  if (path === undefined && process.env.CI === "true") {
    test(`${name}: Chromium is there`, () => {
      expect.fail(`Chromium is missing: ${INSTALL_CHROMIUM}`);
    });
    return;
  }
  if (path === undefined) {
    process.stderr.write(`SKIPPED: ${name} in a browser, for want of Chromium: ${INSTALL_CHROMIUM}\n`);
    test.skip(`${name}: SKIPPED, Chromium is missing: ${INSTALL_CHROMIUM}`, () => undefined);
    return;
  }
  describe(name, () => {
    let launched: Browser | undefined;
    beforeAll(async () => {
      launched = await launchChromium(path);
    });
    afterAll(async () => {
      await launched?.close();
    });
    tests(() => launched as Browser);
  });
}
