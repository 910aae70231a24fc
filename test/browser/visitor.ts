import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

export interface Visitor {
  readonly page: Page;
  /** What must not be there: errors on the console, breaches of the page's policy, requests to elsewhere. */
  readonly complaints: string[];
  open(hash: string): Promise<void>;
  close(): Promise<void>;
}

/** Refusals are answers of the API that the page shows; Chromium writes each to the console. */
const SHOWN = /the server responded with a status of (401|404|409|422|429)/;

/** A browser window on the dashboard of one front door, that notes everything which should not happen. */
export async function visit(
  browser: Browser,
  adminUrl: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    locale: "en-GB",
    ...options,
  });
  // Less than a test's own time: what was waited for in vain is named.
  context.setDefaultTimeout(40_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  let visits = 0;
  page.on("console", (message) => {
    const text = message.text();
    if (["error", "warning"].includes(message.type()) && !SHOWN.test(text))
      complaints.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${adminUrl}/`)) complaints.push(`request: ${request.url()}`);
  });
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    console.error("policy: " + event.violatedDirective + " " + event.blockedURI))`);
  return {
    page,
    complaints,
    async open(hash) {
      // Another hash alone would be no new page.
      await page.goto(`${adminUrl}/?visit=${++visits}${hash}`);
      await page.locator("h1").first().waitFor({ state: "attached" });
    },
    close: () => context.close(),
  };
}
