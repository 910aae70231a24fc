import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { certificate } from "../support/certificates.ts";
import { CookieBrowser } from "../support/cookie-browser.ts";
import { doorPort, echoSide, loginDoor } from "../support/login-door.ts";
import { OpenIdProvider } from "../support/openid-provider.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test("a login over TLS, at a provider whose authority is private: in, and out at both", {
  timeout: 60_000,
}, async () => {
  const authority = certificate({ names: ["An authority of the test"], authority: true });
  const [own, theirs] = [certificate({ signedBy: authority }), certificate({ signedBy: authority })];
  const side = await echoSide();
  open.push(() => side.close());
  const port = await doorPort();
  const url = `https://localhost:${port}`;
  const provider = await OpenIdProvider.start({ door: url, tls: theirs });
  open.push(() => provider.close());
  const file = join(tmpdir(), `fig-authority-${port}.crt`);
  writeFileSync(file, authority.cert);
  open.push(() => rmSync(file));
  const login = `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"], idle: 30m } }`;
  const start = async (env: Readonly<Record<string, string>>, at = port) => {
    const door = await loginDoor({ port: at, upstream: side.url, login, tls: own, env });
    open.push(() => door.close());
    return door;
  };
  const door = await start({ NODE_EXTRA_CA_CERTS: file });
  const browser = new CookieBrowser(authority.cert);

  const first = await browser.once(`${url}/orders?page=2`);
  const asked = new URL(first.headers.get("location") ?? "");
  expect([first.status, asked.origin]).toEqual([302, provider.url]);
  expect(asked.searchParams.get("redirect_uri")).toBe(`${url}/.fig/login/callback`);
  const [attempt = ""] = first.headers.getSetCookie();
  expect(attempt).toMatch(
    /^__Host-fig_session_login_[0-9a-f]{16}=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
  );

  const back = await browser.logIn(await browser.open(asked.href), "ada", ({ url: at }) =>
    at.startsWith(`${url}/.fig/login/callback`),
  );
  const cookies = back.headers.getSetCookie();
  const session = cookies.find((line) => line.startsWith("__Host-fig_session=")) ?? "";
  // As docs/reference/policies.md has it: no Domain, the whole host, TLS alone, no script.
  expect(session).toMatch(
    /^__Host-fig_session=1\.[\w-]+; Path=\/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure$/,
  );
  expect(cookies.filter((line) => !line.includes("; Secure"))).toEqual([]);
  expect([back.status, back.headers.get("location")]).toEqual([302, "/orders?page=2"]);

  const page = await browser.open(`${url}/orders?page=2`);
  expect([page.status, side.got.at(-1)?.path]).toEqual([200, "/orders?page=2"]);
  expect(side.got.at(-1)?.headers).toMatchObject({ "x-fig-subject": "ada" });
  expect(side.got.at(-1)?.headers.cookie ?? "").not.toContain("fig_session");
  // Under its plain name the same text is nobody's: it was sealed for the other.
  const value = browser.value("__Host-fig_session") ?? "";
  const plain = await new CookieBrowser(authority.cert).once(`${url}/`, {
    headers: { accept: "application/json", cookie: `fig_session=${value}` },
  });
  expect(plain.status).toBe(401);

  const out = await browser.once(`${url}/.fig/logout`, { method: "POST", headers: { origin: url } });
  expect(out.status).toBe(303);
  expect(out.headers.get("location")).toContain(`${provider.url}/session/end`);
  expect(out.headers.getSetCookie().join("\n")).toMatch(
    /^__Host-fig_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax; Secure$/m,
  );
  expect(browser.value("__Host-fig_session")).toBeUndefined();
  const asks = await browser.open(out.headers.get("location") ?? "");
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asks.body)?.[1] ?? "";
  const gone = await browser.once(`${provider.url}/session/end/confirm`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ xsrf, logout: "yes" }).toString(),
  });
  expect([gone.status, gone.headers.get("location")]).toEqual([303, `${url}/`]);
  // The provider asks who it is again.
  expect((await browser.open(`${url}/`)).url).toContain(`${provider.url}/interaction/`);
  const stolen = await new CookieBrowser(authority.cert).once(`${url}/`, {
    headers: { accept: "application/json", cookie: `__Host-fig_session=${value}` },
  });
  expect(stolen.status).toBe(401);
  await door.process.stop();

  // Whose authority is not known is not asked for anything but its certificate.
  await start({});
  const unknown = await browser.once(`${url}/`);
  expect(unknown.status).toBe(503);
  expect(unknown.body).toContain("login_unavailable");
});
