import { afterAll, beforeAll, expect, test } from "vitest";
import { Seal } from "../../src/logins/seal.ts";
import { CookieBrowser } from "../support/cookie-browser.ts";
import { OLDER_SECRET, SECRET } from "../support/login-door.ts";
import { LoginForge, randomHex } from "../support/login-forge.ts";

let forge: LoginForge;
beforeAll(async () => {
  forge = await LoginForge.start();
});
afterAll(() => forge?.close());

test("what the table forges with is what the front door seals with", async () => {
  const answer = await forge.ask(`fig_session=1.${forge.sealed(forge.person(), forge.about("session"))}`);
  expect(answer.status).toBe(200);
  expect(forge.side.got.at(-1)?.headers["x-fig-subject"]).toBe("root");
  expect((await forge.ask(`fig_session=${forge.session}`)).status).toBe(200);
});

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

const COOKIES: readonly [what: string, cookie: () => string][] = [
  ["none", () => "other=1"],
  ["empty", () => "fig_session="],
  ["no number of chunks", () => `fig_session=${forge.session.slice(2)}`],
  ["a changed salt", () => `fig_session=${flip(forge.session, 5)}`],
  ["a changed nonce", () => `fig_session=${flip(forge.session, 30)}`],
  ["a changed tag", () => `fig_session=${flip(forge.session, 50)}`],
  ["a changed text", () => `fig_session=${flip(forge.session, forge.session.length - 9)}`],
  ["cut short", () => `fig_session=${forge.session.slice(0, -4)}`],
  ["nothing but a head", () => `fig_session=${forge.session.slice(0, 60)}`],
  ["longer", () => `fig_session=${forge.session}AAAA`],
  ["another spelling of the same bytes", () => `fig_session=${forge.session}=`],
  ["plain JSON", () => `fig_session=1.${Buffer.from(JSON.stringify(forge.person())).toString("base64url")}`],
  [
    "of another secret",
    () => `fig_session=1.${forge.sealed(forge.person(), forge.about("session"), OLDER_SECRET)}`,
  ],
  [
    "of another host",
    () => `fig_session=1.${forge.sealed(forge.person(), forge.about("session", "fig_session", "evil.test"))}`,
  ],
  [
    "of another port",
    () =>
      `fig_session=1.${forge.sealed(forge.person(), forge.about("session", "fig_session", "127.0.0.1:1"))}`,
  ],
  ["of another name", () => `fig_session=1.${forge.sealed(forge.person(), forge.about("session", "other"))}`],
  [
    "of a TLS host",
    () => `fig_session=1.${forge.sealed(forge.person(), forge.about("session", "__Host-fig_session"))}`,
  ],
  [
    "of another client",
    () =>
      `fig_session=1.${forge.sealed(forge.person(), forge.about("session", "fig_session", forge.host, "https://a b"))}`,
  ],
  [
    "a login's in a session's place",
    () => `fig_session=1.${forge.sealed(forge.person(), forge.about("attempt"))}`,
  ],
  ["not JSON", () => `fig_session=1.${new Seal([SECRET], randomHex).seal("hello", forge.about("session"))}`],
  [
    "without a subject",
    () => `fig_session=1.${forge.sealed({ ...forge.person(), subject: undefined }, forge.about("session"))}`,
  ],
  [
    "without a time",
    () => `fig_session=1.${forge.sealed({ ...forge.person(), began: undefined }, forge.about("session"))}`,
  ],
  [
    "over its life",
    () =>
      `fig_session=1.${forge.sealed(forge.person({ began: Date.now() - 13 * 3_600_000 }), forge.about("session"))}`,
  ],
  [
    "idle for too long",
    () =>
      `fig_session=1.${forge.sealed(forge.person({ seen: Date.now() - 3_700_000 }), forge.about("session"))}`,
  ],
  ["two chunks, one there", () => `fig_session=2.${forge.session.slice(2)}`],
  [
    "two chunks in the wrong order",
    () => `fig_session=2.${forge.session.slice(300)}; fig_session.1=${forge.session.slice(2, 300)}`,
  ],
  ["nine chunks", () => `fig_session=9.${forge.session.slice(2)}`],
  [
    "too long",
    () =>
      `fig_session=4.${"A".repeat(3600)}; fig_session.1=${"A".repeat(3600)}; fig_session.2=${"A".repeat(3600)}; fig_session.3=${"A".repeat(3600)}`,
  ],
  ["a forged one before the real one", () => `fig_session=1.forged; fig_session=${forge.session}`],
  ["under the name for TLS", () => `__Host-fig_session=${forge.session}`],
];

test.each(COOKIES)("a session's cookie that is %s is none", async (_, cookie) => {
  const before = forge.side.got.length;
  const answer = await forge.ask(cookie());
  expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([401, "login_required"]);
  expect(forge.side.got).toHaveLength(before);
});

test("a session is of its scheme and host as trusted senders tell them", async () => {
  const cookie = `fig_session=${forge.session}`;
  expect((await forge.ask(cookie, { "x-forwarded-host": "evil.test" })).status).toBe(401);
  expect((await forge.ask(cookie, { "x-forwarded-proto": "https" })).status).toBe(401);
  const tls = `__Host-fig_session=1.${forge.sealed(forge.person(), forge.about("session", "__Host-fig_session"))}`;
  expect((await forge.ask(tls, { "x-forwarded-proto": "https" })).status).toBe(200);
  const begun = await new CookieBrowser().once(`${forge.door.url}/`, {
    headers: { "x-forwarded-proto": "https" },
  });
  expect(begun.headers.get("set-cookie")).toMatch(/^__Host-fig_session_login_.*; Path=\/; .*; Secure$/);
  expect(begun.headers.get("location")).toContain(
    encodeURIComponent(`https://${forge.host}/.fig/login/callback`),
  );
});
