import { afterAll, beforeAll, expect, test } from "vitest";
import { CookieBrowser, type Page } from "../support/cookie-browser.ts";
import { OLDER_SECRET, SECRET } from "../support/login-door.ts";
import { LoginForge } from "../support/login-forge.ts";
import { until } from "./until.ts";

let forge: LoginForge;
beforeAll(async () => {
  forge = await LoginForge.start();
});
afterAll(() => forge?.close());

const json = { accept: "application/json" };

interface Begun {
  readonly state: string;
  readonly cookie: string;
  readonly location: string;
}

async function begun(): Promise<Begun> {
  const page = await new CookieBrowser().once(`${forge.door.url}/begin`);
  const location = page.headers.get("location") ?? "";
  return {
    state: new URL(location).searchParams.get("state") ?? "",
    cookie: page.headers.get("set-cookie")?.split(";", 1)[0] ?? "",
    location,
  };
}

function back(query: string | URLSearchParams, cookie: string, init: object = {}): Promise<Page> {
  return new CookieBrowser().once(`${forge.door.url}/.fig/login/callback?${query}`, {
    headers: { ...json, cookie },
    ...init,
  });
}

const iss = () => `iss=${encodeURIComponent(forge.provider.url)}`;

/** A real code, with the cookies that belong to it. */
async function authorized(name = "ada"): Promise<{ query: string; cookie: string; state: string }> {
  const browser = new CookieBrowser();
  const isBack = (page: Page) => (page.headers.get("location") ?? "").includes("/.fig/login/callback");
  const page = await browser.logIn(await browser.open(`${forge.door.url}/orders`), name, isBack);
  const url = new URL(page.headers.get("location") ?? "");
  const state = url.searchParams.get("state") ?? "";
  const own = browser.names().find((each) => each.includes("_login_")) ?? "";
  return { query: url.search.slice(1), cookie: `${own}=${browser.value(own)}`, state };
}

const attempt = (state: string, more: object = {}) => ({
  ...{ state, nonce: "n".repeat(64), verifier: "v".repeat(64), back: "/", at: Date.now() },
  ...more,
});
const attemptCookie = (state: string, value: object, where = forge.about("attempt"), secret = SECRET) =>
  `fig_session_login_${state.slice(0, 16)}=${forge.sealed(value, where, secret)}`;
const STATE = "ab".repeat(32);

const CALLBACKS: readonly [what: string, fault: string, ask: () => Promise<Page>][] = [
  ["without anything", "state", () => back("", "")],
  ["with a state that is none", "state", () => back(`state=x&code=y&${iss()}`, "")],
  [
    "with an attacker's state and no cookie",
    "state",
    async () => back(`state=${(await begun()).state}&code=y&${iss()}`, ""),
  ],
  [
    "with the state of another tab",
    "state",
    async () => back(`state=${(await begun()).state}&code=y&${iss()}`, (await begun()).cookie),
  ],
  [
    "with another tab's cookie under this state's name",
    "state",
    async () => {
      const [one, other] = [await begun(), await begun()];
      return back(
        `state=${one.state}&code=y&${iss()}`,
        `fig_session_login_${one.state.slice(0, 16)}=${other.cookie.split("=")[1]}`,
      );
    },
  ],
  [
    "of another secret",
    "state",
    () =>
      back(
        `state=${STATE}&code=y&${iss()}`,
        attemptCookie(STATE, attempt(STATE), forge.about("attempt"), OLDER_SECRET),
      ),
  ],
  [
    "of another host",
    "state",
    () =>
      back(
        `state=${STATE}&code=y&${iss()}`,
        attemptCookie(STATE, attempt(STATE), forge.about("attempt", "fig_session", "evil.test")),
      ),
  ],
  [
    "of another client",
    "state",
    () =>
      back(
        `state=${STATE}&code=y&${iss()}`,
        attemptCookie(STATE, attempt(STATE), forge.about("attempt", "fig_session", forge.host, "x y")),
      ),
  ],
  [
    "with a session in a login's place",
    "state",
    () =>
      back(`state=${STATE}&code=y&${iss()}`, attemptCookie(STATE, forge.person(), forge.about("session"))),
  ],
  [
    "that was begun too long ago",
    "expired",
    () =>
      back(
        `state=${STATE}&code=y&${iss()}`,
        attemptCookie(STATE, attempt(STATE, { at: Date.now() - 600_001 })),
      ),
  ],
  [
    "with two states",
    "parameters",
    async () => {
      const one = await begun();
      return back(`state=${one.state}&state=${one.state}&code=y`, one.cookie);
    },
  ],
  [
    "with two codes",
    "parameters",
    async () => {
      const one = await begun();
      return back(`state=${one.state}&code=x&code=y`, one.cookie);
    },
  ],
  [
    "with a code that nobody gave",
    "code",
    async () => {
      const one = await begun();
      return back(`state=${one.state}&code=forged&${iss()}`, one.cookie);
    },
  ],
  [
    "by POST",
    "method",
    async () => {
      const one = await begun();
      return back(`state=${one.state}&code=x`, one.cookie, { method: "POST" });
    },
  ],
  [
    "with the code of another login: its verifier is not this one's",
    "code",
    async () => {
      const [victim, thief] = [await authorized("ada"), await begun()];
      const query = new URLSearchParams(victim.query);
      query.set("state", thief.state);
      return back(query, thief.cookie);
    },
  ],
  [
    "whose ID token has another nonce",
    "token",
    async () => {
      const real = await authorized();
      const opened = forge.opened(real.cookie.split("=")[1] ?? "");
      const other = { ...opened, nonce: "f".repeat(64) };
      return back(real.query, attemptCookie(real.state, other));
    },
  ],
  [
    "that was used before",
    "replayed",
    async () => {
      const real = await authorized();
      expect((await back(real.query, real.cookie)).status).toBe(302);
      return back(real.query, real.cookie);
    },
  ],
  [
    "whose code was used before, with another door's memory",
    "code",
    async () => {
      const real = await authorized();
      const opened = forge.opened(real.cookie.split("=")[1] ?? "");
      expect((await back(real.query, real.cookie)).status).toBe(302);
      const query = new URLSearchParams(real.query);
      query.set("state", STATE.replace("ab", "cd"));
      const state = query.get("state") ?? "";
      return back(query, attemptCookie(state, { ...opened, state }));
    },
  ],
];

test.each(CALLBACKS)("coming back %s is refused: %s", async (_, fault, asked) => {
  const answer = await asked();
  expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([400, "login_failed"]);
  expect(JSON.parse(answer.body).error.details[0].fault).toBe(fault);
  expect(answer.headers.getSetCookie().join()).not.toMatch(/fig_session=[^;]/);
});

test("coming back from another issuer is refused, and so is what the provider refuses itself", async () => {
  const mixed = await begun();
  const other = await back(`state=${mixed.state}&code=x&iss=https%3A%2F%2Fevil.test`, mixed.cookie);
  expect(other.status).toBeGreaterThanOrEqual(400);
  expect(other.headers.getSetCookie().join()).not.toMatch(/fig_session=[^;]/);
  const denied = await begun();
  const answer = await back(`state=${denied.state}&error=access_denied&${iss()}`, denied.cookie);
  expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([403, "login_denied"]);
  expect(answer.headers.get("set-cookie")).toMatch(/^fig_session_login_[0-9a-f]{16}=; Path=\/; Max-Age=0/);
});

const EVIL: readonly string[] = [
  ...[
    "//evil.test",
    "https://evil.test/",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "javascript:alert(1)",
  ],
  ...[
    "evil.test",
    "",
    "/%0d%0aset-cookie:a=b\r\n",
    " /",
    "///evil.test",
    "/.//evil.test",
    "/x/..//evil.test",
    "/ü",
    "/#x",
    "/a b",
  ],
  ...[
    "/.fig/login/callback?state=x",
    "/.fig/logout",
    "/.fig/login?return=/",
    "/x/../.fig/logout",
    `/${"a".repeat(2048)}`,
  ],
];

test.each(EVIL)("a login does not lead to %j", async (where) => {
  const answer = await new CookieBrowser().once(
    `${forge.door.url}/.fig/login?return=${encodeURIComponent(where)}`,
  );
  expect(answer.status).toBe(400);
  expect(answer.headers.get("location")).toBeNull();
});

test("a page whose own address would lead elsewhere comes back to the start page", async () => {
  const answer = await new CookieBrowser().once(`${forge.door.url}//evil.test/x`);
  const set = answer.headers.get("set-cookie") ?? "";
  expect(answer.status).toBe(302);
  const opened = forge.opened(/=([^;]*)/.exec(set)?.[1] ?? "");
  expect(opened.back).toBe("/");
});

test("a browser has five logins under way at most, and the oldest go", async () => {
  const browser = new CookieBrowser();
  for (let tab = 0; tab < 8; tab++) await browser.once(`${forge.door.url}/tab/${tab}`);
  const attempts = () => browser.names().filter((name) => name.includes("_login_"));
  expect(attempts()).toHaveLength(5);
  // Long addresses do not fill a request's head, which would then be refused.
  const long = new CookieBrowser();
  for (let tab = 0; tab < 8; tab++) {
    const page = await long.once(`${forge.door.url}/${tab}?${"x".repeat(1_900)}`);
    expect(page.status).toBe(302);
  }
  const kept = long.names().filter((name) => name.includes("_login_"));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.reduce((sum, name) => sum + (long.value(name) ?? "").length, 0)).toBeLessThan(4_200);
  // Both of two tabs finish.
  const two = new CookieBrowser();
  const [one, other] = [await two.once(`${forge.door.url}/one`), await two.once(`${forge.door.url}/other`)];
  const first = await two.logIn(await two.open(one.headers.get("location") ?? ""), "ada");
  const second = await two.open(other.headers.get("location") ?? "");
  expect([first.url, second.url]).toEqual([`${forge.door.url}/one`, `${forge.door.url}/other`]);
  expect(await forge.door.metrics()).toMatch(/fig_login_limits_total\{limit="attempts"\} [1-9]/);
});

test("nothing secret is said anywhere", async () => {
  const real = await authorized();
  const code = new URLSearchParams(real.query).get("code") ?? "";
  expect((await back(real.query, real.cookie)).status).toBe(302);
  const metrics = await forge.door.metrics();
  // The access log has it by now.
  await until(
    () => forge.door.process.output().split("/.fig/login/callback").length,
    (times) => times > 10,
  );
  for (const text of [code, real.state, real.cookie.split("=")[1] ?? ""]) {
    expect(text.length).toBeGreaterThan(20);
    expect(forge.door.process.output()).not.toContain(text);
  }
  for (const text of [SECRET, "shop-secret-of-the-provider", forge.session, forge.session.slice(2, 60)]) {
    expect(forge.door.process.output()).not.toContain(text);
    expect(metrics).not.toContain(text);
  }
});
