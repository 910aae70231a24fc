import { afterEach, expect, test } from "vitest";
import { CognitoLogin, PASSWORD } from "../support/cognito-login.ts";
import { CookieBrowser } from "../support/cookie-browser.ts";
import { doorPort, type EchoSide, echoSide, type LoginDoor, loginDoor } from "../support/login-door.ts";
import { SocialProvider } from "../support/social-provider.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function door(port: number, keys: string): Promise<{ side: EchoSide; door: LoginDoor }> {
  const side = await echoSide();
  open.push(() => side.close());
  const started = await loginDoor({
    port,
    upstream: side.url,
    login: `{ ${keys}, session: { secrets: ["\${SESSION_SECRET}"] } }`,
  });
  open.push(() => started.close());
  return { side, door: started };
}

const SOCIAL = [
  [
    "facebook",
    "1234",
    { "x-fig-claim-email": "ada@shop.test", "x-fig-claim-name": "Ada" },
    "public_profile email",
  ],
  [
    "x",
    "5678",
    { "x-fig-claim-username": "ada_l", "x-fig-claim-name": "Ada" },
    "users.read tweet.read offline.access",
  ],
] as const;

test.each(SOCIAL)("a login with %s, which has no ID token", async (kind, subject, claims, scope) => {
  const provider = await SocialProvider.start(kind);
  open.push(() => provider.close());
  const at = provider.url;
  const { side, door: own } = await door(
    await doorPort(),
    `provider: ${kind}, clientId: shop, clientSecret: "\${SHOP_SECRET}", endpoints: { authorize: "${at}/authorize", token: "${at}/token", userinfo: "${at}/me?fields=id" }, forward: { claims: [email, name, username] }`,
  );
  const browser = new CookieBrowser();
  const first = await browser.once(`${own.url}/me`);
  expect(new URL(first.headers.get("location") ?? "").searchParams.get("scope")).toBe(scope);
  const page = await browser.open(first.headers.get("location") ?? "");
  expect([provider.refused, page.status, page.url]).toEqual([[], 200, `${own.url}/me`]);
  expect(side.got[0]?.headers).toMatchObject({ "x-fig-subject": subject, ...claims });
  // They have no place to log out at: it ends here.
  const out = await browser.once(`${own.url}/.fig/logout`, { headers: { "sec-fetch-site": "same-origin" } });
  expect([out.status, out.headers.get("location")]).toEqual([303, "/"]);
  expect(browser.names()).toEqual([]);
});

test("a login with Cognito's pages, and out at the place that is Cognito's own", async () => {
  const port = await doorPort();
  const cognito = await CognitoLogin.start(`http://127.0.0.1:${port}/.fig/login/callback`);
  open.push(() => cognito.stop());
  const { side, door: own } = await door(
    port,
    `provider: cognito, issuer: "${cognito.url}/${cognito.pool}", domain: "${cognito.url}", clientId: ${cognito.client}, forward: { claims: [email, "cognito:groups", "cognito:username"] }`,
  );
  const browser = new CookieBrowser();
  const form = await browser.open(`${own.url}/orders`);
  const fields = [...form.body.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  const page = await browser.open(`${cognito.url}/oauth2/authorize`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams([
      ...(fields as [string, string][]),
      ["username", "ada@shop.test"],
      ["password", PASSWORD],
    ]).toString(),
  });
  expect([page.status, page.url]).toEqual([200, `${own.url}/orders`]);
  expect(side.got[0]?.headers).toMatchObject({
    "x-fig-subject": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "x-fig-claim-email": "ada@shop.test",
    "x-fig-claim-cognito-groups": "admins",
    "x-fig-claim-cognito-username": expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const out = await browser.open(`${own.url}/.fig/logout`, { method: "POST", headers: { origin: own.url } });
  expect(out.body).toBe(`out to ${own.url}/ of ${cognito.client}`);
}, 150_000);
