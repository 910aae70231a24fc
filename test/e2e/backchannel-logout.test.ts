import { afterEach, expect, test } from "vitest";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { CookieBrowser, type Page } from "../support/cookie-browser.ts";
import { mockServer } from "../support/identity-providers.ts";
import { doorPort, echoSide, type LoginDoor, loginDoor, SECRET } from "../support/login-door.ts";
import { OpenIdProvider } from "../support/openid-provider.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { until } from "./until.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const PATH = "/.fig/backchannel-logout";
const json = { accept: "application/json" };

/** Logs out at the provider itself: it asks whether one wants to. */
async function outAtProvider(browser: CookieBrowser, provider: string): Promise<Page> {
  const page = await browser.open(`${provider}/session/end`);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
  return browser.open(`${provider}/session/end/confirm`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ xsrf, logout: "yes" }).toString(),
  });
}

withRedis("a logout that a provider tells of", () => {
  test("ends the session at every front door and worker of the state, and stays so", {
    timeout: 120_000,
  }, async () => {
    const redis = await RedisServer.start();
    open.push(() => redis.remove());
    const side = await echoSide();
    open.push(() => side.close());
    const port = await doorPort();
    const url = `http://127.0.0.1:${port}`;
    const provider = await OpenIdProvider.start({ door: url, backchannel: url + PATH });
    open.push(() => provider.close());
    const start = async (at: number, more = ""): Promise<LoginDoor> => {
      const door = await loginDoor({
        ...{ port: at, upstream: side.url, more, state: redis.url },
        login: `{ issuer: "${provider.url}", clientId: shop, clientSecret: "\${SHOP_SECRET}", session: { secrets: ["\${SESSION_SECRET}"] }, backchannel: ${PATH} }`,
      });
      open.push(() => door.close());
      return door;
    };
    const farPort = await doorPort();
    const [near, far] = await Promise.all([start(port), start(farPort, "workers: 2")]);
    const [ada, bob] = [new CookieBrowser(), new CookieBrowser()];
    for (const [browser, name] of [
      [ada, "ada"],
      [bob, "bob"],
    ] as const) {
      const page = await browser.logIn(await browser.open(`${url}/me`), name);
      expect([page.status, page.url]).toEqual([200, `${url}/me`]);
    }
    // The other front door has the same name for its clients. Each question is a connection of its own.
    const at = async (door: string, browser: CookieBrowser) =>
      (await browser.once(`${door}/`, { headers: { ...json, host: new URL(url).host } })).status;
    const everywhere = async (door: string, browser: CookieBrowser) => [
      ...new Set(await Promise.all(Array.from({ length: 8 }, () => at(door, browser)))),
    ];
    for (const browser of [ada, bob]) {
      expect(await everywhere(near.url, browser)).toEqual([200]);
      expect(await everywhere(far.url, browser)).toEqual([200]);
    }
    await outAtProvider(ada, provider.url);
    const told = performance.now();
    expect(await everywhere(near.url, ada)).toEqual([401]);
    await until(
      () => everywhere(far.url, ada),
      (statuses) => statuses.length === 1 && statuses[0] === 401,
    );
    expect(performance.now() - told).toBeLessThan(5_000);
    expect(await everywhere(near.url, bob)).toEqual([200]);
    expect(await everywhere(far.url, bob)).toEqual([200]);
    expect(await near.metrics()).toMatch(/policy="login",verdict="ended"\} 1/);
    // A front door that begins later knows of it.
    await far.process.stop();
    const again = await start(farPort);
    expect(await everywhere(again.url, ada)).toEqual([401]);
    expect(await everywhere(again.url, bob)).toEqual([200]);
    // The other way about: the provider asks one that is told, and who asked it is told too.
    await ada.logIn(await ada.open(`${url}/me`), "ada");
    expect(await everywhere(near.url, ada)).toEqual([200]);
    // Without a state nothing is ended, and the provider hears so.
    await redis.stop();
    const refused = await fetch(url + PATH, {
      method: "POST",
      body: new URLSearchParams({ logout_token: "x.y.z" }),
    });
    expect([refused.status, refused.headers.get("cache-control")]).toEqual([400, "no-store"]);
    await outAtProvider(bob, provider.url);
    await until(
      () => near.metrics(),
      (text) => /policy="login",verdict="not_ended"\} 2/.test(text),
    );
    expect(await everywhere(near.url, bob)).toEqual([200]);
    for (const door of [near, again]) expect(door.process.output()).not.toMatch(/eyJ/);
  });
});

test("what is no logout token of this provider for this client ends nothing", {
  timeout: 60_000,
}, async () => {
  const server = await mockServer();
  let isUp = true;
  const stop = async () => {
    if (isUp) await server.stop();
    isUp = false;
  };
  open.push(stop);
  const side = await echoSide();
  open.push(() => side.close());
  const issuer = server.issuer.url as string;
  const door = new FrontDoor(
    {
      listen: "127.0.0.1:0",
      admin: "127.0.0.1:0",
      state: "memory:",
      upstreams: { shop: side.url },
      default: "shop",
      policies: {
        login: { issuer, clientId: "shop", session: { secrets: [SECRET] }, backchannel: PATH },
      },
    },
    { quiet: true },
  );
  open.push(() => door.close());
  const { url } = await door.listen();
  const seconds = Math.floor(Date.now() / 1000);
  let tokens = 0;
  const tokenOf = (claims: object = {}, header: object = {}) =>
    server.issuer.buildToken({
      scopesOrTransform: (head: Record<string, unknown>, payload: Record<string, unknown>) => {
        Object.assign(head, header);
        for (const key of Object.keys(payload)) delete payload[key];
        Object.assign(payload, {
          iss: issuer,
          aud: "shop",
          iat: seconds,
          exp: seconds + 120,
          jti: `${++tokens}`,
          sub: "ada",
          events: { "http://schemas.openid.net/event/backchannel-logout": {} },
          ...claims,
        });
      },
    });
  const post = async (body: string | URLSearchParams | Uint8Array, init: RequestInit = {}) => {
    const answer = await fetch(url + PATH, { method: "POST", body: body as string, ...init });
    const text = await answer.text();
    const { error } =
      text === "" ? {} : (JSON.parse(text) as { error?: { code: string; details: { fault: string }[] } });
    return [answer.status, error?.code, error?.details?.[0]?.fault];
  };
  const form = (token: string) => new URLSearchParams({ logout_token: token });
  const good = await tokenOf({}, { typ: "logout+jwt" });
  expect(await post(form(good))).toEqual([200, undefined, undefined]);
  expect(await post(form(good))).toEqual([400, "logout_failed", "replayed"]);
  expect(await post(form(await tokenOf({ aud: ["other", "shop"], sid: "s" })))).toEqual([
    200,
    undefined,
    undefined,
  ]);
  const another = await tokenOf();
  const [head = "", payload = "", signature = ""] = another.split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  for (const token of [
    await tokenOf({ iss: "https://evil.test" }),
    await tokenOf({ aud: "other" }),
    await tokenOf({ exp: seconds - 600 }),
    await tokenOf({ exp: undefined }),
    await tokenOf({ iat: seconds + 3600 }),
    await tokenOf({}, { typ: "at+jwt" }),
    await tokenOf({}, { typ: "dpop+jwt" }),
    await tokenOf({}, { kid: "made up" }),
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${head}.${payload}.${"A".repeat(signature.length)}`,
    `${head}.${Buffer.from('{"iss":"x"}').toString("base64url")}.${signature}`,
    "x",
    "",
    "a".repeat(20_000),
  ])
    expect(await post(form(token))).toEqual([400, "logout_failed", "token"]);
  for (const claims of [
    { nonce: "n" },
    { events: {} },
    { jti: undefined },
    { sub: undefined },
    { aud: undefined, client_id: "shop" },
  ])
    expect(await post(form(await tokenOf(claims)))).toEqual([400, "logout_failed", "claims"]);
  for (const [body, init] of [
    [new URLSearchParams(), {}],
    [
      new URLSearchParams([
        ["logout_token", another],
        ["logout_token", another],
      ]),
      {},
    ],
    [JSON.stringify({ logout_token: another }), { headers: { "content-type": "application/json" } }],
    [`logout_token=${another}`, { headers: { "content-type": "text/plain" } }],
    [
      `logout_token=${another}&x=${"y".repeat(40_000)}`,
      { headers: { "content-type": "application/x-www-form-urlencoded" } },
    ],
    [
      `logout_token=${another}`,
      { headers: { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" } },
    ],
    [
      `logout_token=${another}`,
      { method: "PUT", headers: { "content-type": "application/x-www-form-urlencoded" } },
    ],
  ] as const)
    expect(await post(body, init)).toEqual([400, "logout_failed", "form"]);
  expect((await fetch(url + PATH)).status).toBe(400);
  // A body whose length nobody said is bounded too, and one that fits is read.
  const streamed = (text: string) =>
    fetch(url + PATH, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: new Blob([text]).stream(),
      duplex: "half",
    } as RequestInit);
  expect((await streamed(`x=${"y".repeat(40_000)}&logout_token=${another}`)).status).toBe(400);
  expect((await streamed(`logout_token=${another}`)).status).toBe(200);
  // Known keys hold for a while.
  const last = await tokenOf();
  await stop();
  expect(await post(form(last))).toEqual([200, undefined, undefined]);
  expect(side.got).toEqual([]);
});
