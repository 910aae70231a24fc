import type { BrowserContext, Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { until } from "../e2e/until.ts";
import { CognitoLogin, PASSWORD } from "../support/cognito-login.ts";
import { doorPort, type EchoSide, echoSide, type LoginDoor, loginDoor } from "../support/login-door.ts";
import { OpenIdProvider } from "../support/openid-provider.ts";
import { inChromium } from "./in-chromium.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface World {
  readonly side: EchoSide;
  readonly provider: OpenIdProvider;
  readonly door: LoginDoor;
}

async function world(session = "", accessTokenSeconds = 3600): Promise<World> {
  const port = await doorPort();
  const side = await echoSide();
  open.push(() => side.close());
  const provider = await OpenIdProvider.start({ door: `http://127.0.0.1:${port}`, accessTokenSeconds });
  open.push(() => provider.close());
  const door = await loginDoor({
    port,
    upstream: side.url,
    login: `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"]${session} }, forward: { claims: [email] } }`,
  });
  open.push(() => door.close());
  return { side, provider, door };
}

/** Fills in the provider's forms, which this page has come to. */
async function logIn(page: Page, name: string): Promise<void> {
  await page.fill('input[name="login"]', name);
  await page.fill('input[name="password"]', "any");
  await page.click('button[type="submit"]');
  await page.waitForLoadState();
  // What the application may know.
  if (await page.locator('input[name="prompt"][value="consent"]').count())
    await page.click('button[type="submit"]');
}

const who = (page: Page) => page.locator("#who").textContent();

const sessionOf = async (context: BrowserContext) =>
  (await context.cookies()).find(({ name }) => name === "fig_session");

inChromium("a login", (browser) => {
  test("in, back to where it was, two tabs, a script, and out again", async () => {
    const { door, provider, side } = await world();
    const context = await browser().newContext();
    open.push(() => context.close());
    const [one, other] = [await context.newPage(), await context.newPage()];
    await one.goto(`${door.url}/orders?page=2`);
    await other.goto(`${door.url}/basket`);
    expect([one.url(), other.url()].every((url) => url.startsWith(`${provider.url}/interaction/`))).toBe(
      true,
    );
    await logIn(one, "ada");
    await one.waitForURL(`${door.url}/orders?page=2`);
    expect(await who(one)).toBe("ada");
    // The other tab's login is one of its own, and ends where it began.
    await other.goto(`${door.url}/basket`);
    expect([other.url(), await who(other)]).toEqual([`${door.url}/basket`, "ada"]);

    const cookie = await sessionOf(context);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    expect(await one.evaluate("document.cookie")).not.toContain("fig_session");
    expect(side.got.some(({ headers }) => (headers.cookie ?? "").includes("fig_session"))).toBe(false);
    expect(await one.evaluate("fetch('/api').then((answer) => answer.status)")).toBe(200);

    await one.evaluate(`
      const form = document.createElement("form");
      form.method = "post";
      form.action = "/.fig/logout";
      document.body.append(form);
      form.submit();
    `);
    await one.waitForURL(`${provider.url}/session/end**`);
    await one.click('button[name="logout"], button[type="submit"]');
    await one.waitForURL((url) => url.href.startsWith(`${provider.url}/interaction/`));
    expect(await sessionOf(context)).toBeUndefined();
    expect(
      await other.evaluate(
        "fetch('/api').then(async (answer) => [answer.status, (await answer.json()).error.details[0].login])",
      ),
    ).toEqual([401, "/.fig/login?return=%2Fapi"]);
  });

  test("a session is renewed while tabs ask at once, and ends when it is idle", async () => {
    const { door, provider } = await world(", idle: 6s", 2);
    const context = await browser().newContext();
    open.push(() => context.close());
    const [one, other] = [await context.newPage(), await context.newPage()];
    await one.goto(`${door.url}/`);
    await logIn(one, "ada");
    await one.waitForURL(`${door.url}/`);
    await other.goto(`${door.url}/`);
    const ask = (page: Page) =>
      page.evaluate("Promise.all([1, 2, 3].map(() => fetch('/api').then((answer) => answer.status)))");
    await until(
      async () => {
        expect(await Promise.all([ask(one), ask(other)])).toEqual([
          [200, 200, 200],
          [200, 200, 200],
        ]);
        return provider.grants.length;
      },
      (grants) => grants >= 4,
    );
    // With nobody asking, it ends; the provider knows the person still, and nobody has to do anything.
    const before = (await sessionOf(context))?.value;
    await until(
      async () => (await sessionOf(context)) === undefined,
      (gone) => gone,
    );
    await one.goto(`${door.url}/again`);
    expect([one.url(), await who(one)]).toEqual([`${door.url}/again`, "ada"]);
    expect((await sessionOf(context))?.value).not.toBe(before);
  });

  test("a stolen cookie is of no use for another host, and an attacker's state and return are refused", async () => {
    const { door, provider } = await world();
    const context = await browser().newContext();
    open.push(() => context.close());
    const page = await context.newPage();
    await page.goto(`${door.url}/`);
    await logIn(page, "ada");
    await page.waitForURL(`${door.url}/`);
    const { value = "" } = (await sessionOf(context)) ?? {};

    const thief = await browser().newContext();
    open.push(() => thief.close());
    await thief.addCookies([{ name: "fig_session", value, domain: "localhost", path: "/" }]);
    const stolen = await thief.newPage();
    await stolen.goto(`${door.url.replace("127.0.0.1", "localhost")}/`).catch(() => undefined);
    expect(stolen.url()).toContain(provider.url);

    // A login that the attacker began: its state and code in somebody else's browser.
    const begun = await thief.request.get(`${door.url}/`, {
      maxRedirects: 0,
      headers: { accept: "text/html" },
    });
    const state = new URL(begun.headers().location ?? "").searchParams.get("state");
    const callback = `${door.url}/.fig/login/callback?state=${state}&code=of-the-attacker&iss=${encodeURIComponent(provider.url)}`;
    const refused = await page.goto(callback);
    expect(refused?.status()).toBe(400);
    expect(await page.textContent("body")).toContain("login_failed");
    expect((await sessionOf(context))?.value).toBe(value);

    for (const where of ["//evil.test", "/\\evil.test", "https://evil.test/", "javascript:alert(1)"]) {
      const answer = await page.goto(`${door.url}/.fig/login?return=${encodeURIComponent(where)}`);
      expect([where, answer?.status(), page.url().startsWith(door.url)]).toEqual([where, 400, true]);
    }

    // Another site's page sends its visitor to the logout: nothing happens.
    await page.goto(`${provider.url.replace("127.0.0.1", "localhost")}/.well-known/openid-configuration`);
    await Promise.all([
      page.waitForURL(`${door.url}/.fig/logout`),
      page.evaluate(`location.href = "${door.url}/.fig/logout"`),
    ]);
    expect(await page.textContent("body")).toContain("login_cross_site");
    await page.goto(`${door.url}/still`);
    expect(await who(page)).toBe("ada");
  });

  test("with Cognito's pages: a wrong password, in, renewed pages, and out", async () => {
    const port = await doorPort();
    const url = `http://127.0.0.1:${port}`;
    const cognito = await CognitoLogin.start(`${url}/.fig/login/callback`);
    open.push(() => cognito.stop());
    const side = await echoSide();
    open.push(() => side.close());
    const door = await loginDoor({
      ...{ port, upstream: side.url },
      login: `{ provider: cognito, issuer: "${cognito.url}/${cognito.pool}", domain: "${cognito.url}", clientId: ${cognito.client}, session: { secrets: ["\${SESSION_SECRET}"] }, forward: { claims: ["cognito:groups"] } }`,
    });
    open.push(() => door.close());
    const context = await browser().newContext();
    open.push(() => context.close());
    const page = await context.newPage();
    await page.goto(`${url}/orders?page=3`);
    for (const password of ["wrong", PASSWORD]) {
      await page.fill('input[name="username"]', "ada@shop.test");
      await page.fill('input[name="password"]', password);
      await page.click('button[type="submit"]');
      await page.waitForLoadState();
      expect([password, (await sessionOf(context)) !== undefined]).toEqual([password, password === PASSWORD]);
    }
    expect(page.url()).toBe(`${url}/orders?page=3`);
    expect(side.got.at(-1)?.headers["x-fig-claim-cognito-groups"]).toBe("admins");
    await page.goto(`${url}/basket`);
    await page.evaluate("location.href = '/.fig/logout'");
    await page.waitForURL(`${cognito.url}/logout**`);
    expect(await page.textContent("body")).toBe(`out to ${url}/ of ${cognito.client}`);
    expect(await sessionOf(context)).toBeUndefined();
    await page.goto(`${url}/basket`);
    expect(page.url()).toContain(`${cognito.url}/oauth2/authorize`);
  });
});
