import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CookieBrowser } from "../support/cookie-browser.ts";
import {
  doorPort,
  type EchoSide,
  echoSide,
  type LoginDoor,
  loginDoor,
  OLDER_SECRET,
} from "../support/login-door.ts";
import { OpenIdProvider, type OpenIdProviderOptions } from "../support/openid-provider.ts";
import { until } from "./until.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface World {
  readonly side: EchoSide;
  readonly provider: OpenIdProvider;
  readonly door: LoginDoor;
}

async function world(session = "", more: Partial<OpenIdProviderOptions> = {}, rest = ""): Promise<World> {
  const port = await doorPort();
  const side = await echoSide();
  open.push(() => side.close());
  const provider = await OpenIdProvider.start({ door: `http://127.0.0.1:${port}`, ...more });
  open.push(() => provider.close());
  const door = await loginDoor({
    port,
    upstream: side.url,
    login: `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"]${session} }, forward: { claims: [email, name] }${rest} }`,
  });
  open.push(() => door.close());
  return { side, provider, door };
}

test("somebody logs in, comes back to where they were, and the side is told who it is", async () => {
  const { side, door, provider } = await world();
  const browser = new CookieBrowser();
  const first = await browser.once(`${door.url}/orders?page=2`);
  expect(first.status).toBe(302);
  const sent = new URL(first.headers.get("location") ?? "");
  expect(sent.origin).toBe(provider.url);
  expect(Object.fromEntries(sent.searchParams)).toMatchObject({
    client_id: "shop",
    response_type: "code",
    code_challenge_method: "S256",
    scope: "openid email profile",
    redirect_uri: `${door.url}/.fig/login/callback`,
  });
  expect(first.headers.get("set-cookie")).toMatch(
    /^fig_session_login_[0-9a-f]{16}=.*HttpOnly; SameSite=Lax$/,
  );
  const page = await browser.logIn(await browser.open(sent.href), "ada");
  expect([page.status, page.url]).toEqual([200, `${door.url}/orders?page=2`]);
  const headers = side.got.at(-1)?.headers ?? {};
  expect(headers).toMatchObject({
    "x-fig-subject": "ada",
    "x-fig-claim-email": "ada@shop.test",
    "x-fig-claim-name": "Ada%2C ada",
  });
  expect(headers.cookie ?? "").not.toContain("fig_session");
  expect(browser.names().filter((name) => name.includes("_login_"))).toEqual([]);
  expect(side.got).toHaveLength(1);
  expect(door.process.output()).not.toMatch(/shop-secret-of-the-provider|0123456789abcdef/);
});

async function loggedIn({ door }: Pick<World, "door">, name = "ada"): Promise<CookieBrowser> {
  const browser = new CookieBrowser();
  const page = await browser.logIn(await browser.open(`${door.url}/`), name);
  expect([page.status, page.url]).toEqual([200, `${door.url}/`]);
  return browser;
}

const json = { accept: "application/json" };

test("what is no page gets 401 with the place of the login, and no redirect", async () => {
  const { door, side } = await world();
  const browser = new CookieBrowser();
  const answer = await browser.once(`${door.url}/api/me?x=1`, { headers: json });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe(
    'Cookie realm="fig", form-action="/.fig/login", cookie-name="fig_session"',
  );
  expect(JSON.parse(answer.body)).toMatchObject({
    error: { code: "login_required", details: [{ login: "/.fig/login?return=%2Fapi%2Fme%3Fx%3D1" }] },
  });
  const script = { accept: "text/html", "sec-fetch-mode": "cors" };
  expect((await browser.once(`${door.url}/`, { headers: script })).status).toBe(401);
  const posted = await browser.once(`${door.url}/orders`, { method: "POST", body: "a=1" });
  expect(posted.status).toBe(401);
  expect(side.got).toEqual([]);
  // The place that it names begins a login, and it comes back.
  const page = await browser.logIn(
    await browser.open(`${door.url}/.fig/login?return=%2Fapi%2Fme%3Fx%3D1`),
    "ada",
  );
  expect(page.url).toBe(`${door.url}/api/me?x=1`);
});

test("two tabs whose token has ended are renewed by one question, and neither is broken by the other", async () => {
  const { door, provider, side } = await world("", { accessTokenSeconds: 2, rotates: true });
  const browser = await loggedIn({ door });
  const before = browser.value("fig_session") ?? "";
  const cookie = { cookie: `fig_session=${before}` };
  const { grants } = provider;
  await until(
    async () =>
      (await new CookieBrowser().once(`${door.url}/wait`, { headers: { ...cookie, ...json } })).headers.get(
        "set-cookie",
      ),
    (set) => set !== null,
  );
  const asked = grants.length;
  expect(asked).toBe(2);
  const tabs = await Promise.all(
    Array.from({ length: 8 }, () =>
      new CookieBrowser().once(`${door.url}/tab`, { headers: { ...cookie, ...json } }),
    ),
  );
  expect(tabs.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(grants).toHaveLength(asked);
  const renewed = tabs[0]?.headers.getSetCookie() ?? [];
  expect(renewed.join()).not.toContain(before);
  expect(tabs[0]?.headers.get("cache-control")).toContain("private");
  expect(side.got.at(-1)?.headers["x-fig-claim-email"]).toBe("ada@shop.test");
  expect(await door.metrics()).toMatch(/fig_login_calls_total\{call="refresh",result="ok"\} 1\n/);
});

test("a provider that ends a session's token ends the session", async () => {
  const { door, provider } = await world("", { accessTokenSeconds: 1 });
  const browser = await loggedIn({ door });
  provider.instead = (_request, response) => {
    response.writeHead(400, { "content-type": "application/json" });
    response.end('{"error":"invalid_grant"}');
  };
  const last = await until(
    () => browser.once(`${door.url}/`, { headers: json }),
    ({ status }) => status !== 200,
  );
  expect(last.status).toBe(401);
  expect(browser.names()).not.toContain("fig_session");
});

test("a session ends after idle, and after life however much it is used", async () => {
  const idle = await world(", idle: 1500ms");
  const browser = await loggedIn(idle);
  const stolen = { cookie: `fig_session=${browser.value("fig_session")}`, ...json };
  // It is used: its cookie is written anew, and what was stolen before is not made to last.
  const end = performance.now() + 3_000;
  while (performance.now() < end)
    expect((await browser.once(`${idle.door.url}/`, { headers: json })).status).toBe(200);
  expect((await browser.once(`${idle.door.url}/`, { headers: stolen })).status).toBe(401);

  const life = await world(", idle: 2s, life: 2s");
  const other = await loggedIn(life);
  const ended = await until(
    () => other.once(`${life.door.url}/`, { headers: json }),
    ({ status }) => status !== 200,
  );
  expect(ended.status).toBe(401);
});

test("a logout ends the session here and at the provider, and another site cannot do it", async () => {
  const { door, provider } = await world();
  const browser = await loggedIn({ door });
  const stolen = { cookie: `fig_session=${browser.value("fig_session")}`, ...json };
  const out = `${door.url}/.fig/logout`;
  for (const headers of [
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    { "sec-fetch-site": "same-site", origin: door.url },
    { "sec-fetch-site": "same-origin", "sec-purpose": "prefetch" },
    { origin: "http://evil.test" },
    { referer: "http://evil.test/page" },
    { origin: "null", referer: `${door.url}/` },
    {},
  ]) {
    const refused = await browser.once(out, { headers: headers as Record<string, string> });
    expect([headers, refused.status]).toEqual([headers, 403]);
  }
  expect((await browser.once(out, { method: "PUT" })).status).toBe(400);
  expect((await browser.once(`${door.url}/`, { headers: json })).status).toBe(200);

  const page = await browser.once(out, { method: "POST", headers: { origin: door.url } });
  expect(page.status).toBe(303);
  const end = new URL(page.headers.get("location") ?? "");
  expect(end.href).toContain(`${provider.url}/session/end?`);
  expect(end.searchParams.get("post_logout_redirect_uri")).toBe(`${door.url}/`);
  expect(end.searchParams.get("id_token_hint")).toMatch(/^ey/);
  expect(browser.names()).not.toContain("fig_session");
  // A copy that was taken before is none any more.
  expect((await browser.once(`${door.url}/`, { headers: stolen })).status).toBe(401);
  // A script is told, since it cannot follow.
  const again = await loggedIn({ door });
  const told = await again.once(out, {
    method: "POST",
    headers: { ...json, "sec-fetch-site": "same-origin" },
  });
  expect([told.status, JSON.parse(told.body).logout]).toEqual([
    200,
    expect.stringContaining("/session/end?"),
  ]);
});

test("a provider that is away, hangs or lies lets sessions go on, and new logins get 503", async () => {
  const { door, provider } = await world("", { accessTokenSeconds: 1 });
  const browser = await loggedIn({ door });
  const tries: readonly [string, () => unknown][] = [
    [
      "hangs",
      () => {
        provider.instead = () => {};
      },
    ],
    [
      "lies",
      () => {
        provider.instead = (_request, response) =>
          response.end('{"issuer":"https://other.test","access_token":7}');
      },
    ],
    [
      "answers HTML",
      () => {
        provider.instead = (_request, response) => response.end("<p>hello</p>");
      },
    ],
    [
      "is broken",
      () => {
        provider.instead = (_request, response) => response.writeHead(500).end();
      },
    ],
    [
      "is endless",
      () => {
        provider.instead = (_request, response) => {
          const chunk = "x".repeat(65_536);
          const more = () => {
            while (response.write(chunk));
          };
          response.on("drain", more);
          more();
        };
      },
    ],
    ["is away", () => provider.close()],
  ];
  const attempts = await Promise.all(tries.map(() => new CookieBrowser().once(`${door.url}/`)));
  for (const [index, [name, become]] of tries.entries()) {
    await become();
    const many = Array.from({ length: 30 }, () => browser.once(`${door.url}/`, { headers: json }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect([name, statuses]).toEqual([name, statuses.map(() => 200)]);
    // Its metadata are known, so the code is what it does not take.
    const state = new URL(attempts[index]?.headers.get("location") ?? "").searchParams.get("state");
    const cookie = attempts[index]?.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const iss = encodeURIComponent(provider.url);
    const back = await new CookieBrowser().once(
      `${door.url}/.fig/login/callback?state=${state}&code=some-code&iss=${iss}`,
      { headers: { cookie } },
    );
    expect([name, back.status, back.headers.get("retry-after")]).toEqual([name, 503, "5"]);
    expect(back.body).toContain("login_unavailable");
  }
  expect(door.process.output()).toContain("a login's provider could not be asked");
}, 120_000);

test("without metadata nobody can log in, and somebody can when they are there", async () => {
  const port = await doorPort();
  const at = await doorPort();
  const side = await echoSide();
  open.push(() => side.close());
  const door = await loginDoor({
    port,
    upstream: side.url,
    login: `{ issuer: "http://127.0.0.1:${at}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"] } }`,
  });
  open.push(() => door.close());
  const browser = new CookieBrowser();
  const away = await browser.once(`${door.url}/`);
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "5"]);
  const provider = await OpenIdProvider.start({ door: door.url, port: at });
  open.push(() => provider.close());
  await until(
    () => browser.once(`${door.url}/`),
    ({ status }) => status === 302,
  );
});

test("several processes and other front doors with the same secrets know a session; secrets are changed one after the other", async () => {
  const { door, side, provider } = await world();
  const browser = await loggedIn({ door });
  const old = browser.value("fig_session");
  const port = Number(new URL(door.url).port);
  await door.process.stop();
  const again = async (secrets: string, more = "", env = {}) => {
    const next = await loginDoor({
      ...{ port, upstream: side.url, more, env },
      login: `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ${secrets}, idle: 8s } }`,
    });
    open.push(() => next.close());
    return next;
  };
  const ask = () => browser.once(`${door.url}/`, { headers: json });
  const both = await again(`["${OLDER_SECRET}", "\${SESSION_SECRET}"]`, "workers: 2");
  for (let at = 0; at < 6; at++) expect((await ask()).status).toBe(200);
  // It is written anew, with the secret that is first.
  await until(ask, ({ status, headers }) => status === 200 && headers.get("set-cookie") !== null);
  expect(browser.value("fig_session")).not.toBe(old);
  await both.process.stop();
  const file = join(both.folder, "session-secret");
  writeFileSync(file, `${OLDER_SECRET}\n`);
  await again(`[{ file: "${file}" }]`);
  expect((await ask()).status).toBe(200);
  const cookie = { cookie: `fig_session=${old}`, ...json };
  expect((await browser.once(`${door.url}/`, { headers: cookie })).status).toBe(401);
});

test("a secret that cannot be read lets nobody pass", async () => {
  const side = await echoSide();
  open.push(() => side.close());
  const door = await loginDoor({
    port: await doorPort(),
    upstream: side.url,
    login:
      '{ issuer: "http://127.0.0.1:9", clientId: shop, session: { secrets: [{ file: not-there }] }, required: false }',
  });
  open.push(() => door.close());
  expect((await new CookieBrowser().once(`${door.url}/`)).status).toBe(503);
  expect(side.got).toEqual([]);
  await until(
    () => door.process.output(),
    (said) => said.includes("not-there"),
  );
});

test("where no session is required, requests without one pass as nobody's", async () => {
  const { door, side } = await world("", {}, ", required: false");
  const browser = new CookieBrowser();
  const forged = {
    "x-fig-subject": "root",
    "x-fig-claim-email": "root@shop.test",
    cookie: "a=1; fig_session=1.forged; b=2",
  };
  expect((await browser.once(`${door.url}/`, { headers: forged })).status).toBe(200);
  const headers = side.got[0]?.headers ?? {};
  expect([headers["x-fig-subject"], headers["x-fig-claim-email"], headers.cookie]).toEqual([
    undefined,
    undefined,
    "a=1; b=2",
  ]);
  const page = await browser.logIn(await browser.open(`${door.url}/.fig/login?return=/me`), "ada");
  expect(page.url).toBe(`${door.url}/me`);
  expect(side.got.at(-1)?.headers["x-fig-subject"]).toBe("ada");
});
