import request from "supertest";
import { afterEach, describe, expect, test } from "vitest";
import { MAX_FAILED_LOGINS, MAX_SESSIONS, SESSION_MS, Sessions } from "../../src/admin/sessions.ts";
import { systemClock } from "../../src/clock.ts";
import type { FigError } from "../../src/domain/errors.ts";
import { closeAdmins, type Fixture, startAdmin } from "./admin-fixture.ts";

afterEach(closeAdmins);

const TOKEN = "correct horse";
const READS = [
  "/overview",
  "/rates",
  "/mismatches/by-path",
  "/routes/orders/definition",
  "/routes",
  "/routes?limit=1",
  "/routes/orders",
  "/routes/orders/latencies",
  "/series",
  "/ledger",
  "/migrations",
  "/migrations/plan",
  "/mismatches",
  "/session",
];

function withToken(now: () => number = systemClock.now) {
  return startAdmin({ adminToken: TOKEN, clock: { ...systemClock, micros: () => now() * 1000 } });
}

const login = ({ url }: Fixture, token = TOKEN, headers = {}) =>
  request(url).post("/api/v1/session").set(headers).send({ token, by: "ann" });

function cookieOf(response: { readonly headers: Record<string, unknown> }): string {
  const [cookie = ""] = response.headers["set-cookie"] as string[];
  return cookie;
}

const sent = (cookie: string) => cookie.split(";")[0] as string;

describe("without an adminToken", () => {
  test("nobody has to log in, and no cookie is set", async () => {
    const fixture = await startAdmin();
    const session = await request(fixture.url).get("/api/v1/session");
    expect(session.body).toEqual({ readOnly: false, loginNeeded: false, by: null, name: "staging" });
    const answered = await login(fixture, "anything");
    expect([answered.status, answered.headers["set-cookie"]]).toEqual([200, undefined]);
  });
});

describe("before login", () => {
  test("the page and what it reads are there, acts and the rest are not", async () => {
    const fixture = await withToken();
    const api = request(fixture.url);
    const session = await api.get("/api/v1/session");
    expect(session.body).toEqual({ readOnly: true, loginNeeded: true, by: null, name: "staging" });
    for (const path of READS) expect([path, (await api.get(`/api/v1${path}`)).status]).toEqual([path, 200]);
    for (const path of ["/status", "/revision", "/comparisons", "/openapi.json"]) {
      expect((await api.get(`/api/v1${path}`)).status).toBe(401);
    }
    const before = fixture.calls.length;
    for (const path of ["/routes/orders/shift", "/rollback", "/migrations/up", "/explain", "/session/x"]) {
      expect((await api.post(`/api/v1${path}`).send({ reason: "go" })).status).toBe(401);
    }
    expect(fixture.calls.length).toBe(before);
  });

  test("no answer holds what a client or an upstream sent", async () => {
    const { url } = await withToken();
    const { body: rows } = await request(url).get("/api/v1/mismatches");
    expect(rows).toMatchObject([{ path: "$.items[*].price", samples: [], withheld: true }]);
    const { body: entries } = await request(url).get("/api/v1/ledger");
    expect(entries.map(({ evidence }: { evidence: object }) => evidence)).toEqual([{}, {}, {}]);
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const whole = await request(url).get("/api/v1/mismatches").set(bearer);
    expect(whole.body[0]).toMatchObject({ withheld: false, samples: [{ legacy: "1" }] });
    expect((await request(url).get("/api/v1/ledger").set(bearer)).body[0].evidence).toEqual({
      forced: false,
    });
  });

  test("a wrong bearer token is refused even where none is needed", async () => {
    const { url } = await withToken();
    const { status } = await request(url).get("/api/v1/overview").set("authorization", "Bearer wrong");
    expect(status).toBe(401);
  });

  test("another scheme, a proxy's before this one, is not a wrong token", async () => {
    const { url } = await withToken();
    const basic = { authorization: "Basic YTpi" };
    expect((await request(url).get("/api/v1/overview").set(basic)).status).toBe(200);
    expect((await request(url).get("/api/v1/status").set(basic)).status).toBe(401);
  });
});

describe("login", () => {
  test("trades the token for a strict cookie that says nothing of it, and lets act", async () => {
    const fixture = await withToken();
    const answered = await login(fixture);
    expect(answered.body).toEqual({ readOnly: false, loginNeeded: true, by: "ann", name: "staging" });
    const cookie = cookieOf(answered);
    expect(cookie).toMatch(
      new RegExp(
        `^fig_session_${fixture.port}=[0-9a-f]{64}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`,
      ),
    );
    const api = request(fixture.url);
    const own = { cookie: `other=1; ${sent(cookie)}`, origin: fixture.url };
    expect((await api.get("/api/v1/session").set(own)).body).toMatchObject({ readOnly: false, by: "ann" });
    expect((await api.get("/api/v1/status").set(own)).status).toBe(200);
    expect((await api.post("/api/v1/rollback").set(own).send({ reason: "go" })).status).toBe(200);
    expect(JSON.stringify(fixture.logged)).not.toContain(TOKEN);
    const out = await api.delete("/api/v1/session").set(own);
    expect(out.body).toEqual({ readOnly: true, loginNeeded: true, by: null, name: "staging" });
    expect(cookieOf(out)).toMatch(/=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/);
    expect((await api.post("/api/v1/rollback").set(own).send({ reason: "go" })).status).toBe(401);
  });

  test("logging out ends the event streams of the session, in whatever tab", async () => {
    const fixture = await withToken();
    const own = { cookie: sent(cookieOf(await login(fixture))), origin: fixture.url };
    const stream = await fetch(`${fixture.url}/api/v1/events`, { headers: { cookie: own.cookie } });
    const events = stream.body as unknown as AsyncIterable<Uint8Array>;
    await request(fixture.url).delete("/api/v1/session").set(own);
    const at = "2026-11-22T10:00:00.000Z";
    fixture.events.publish({ type: "comparison", at, data: { outcome: "mismatch", path: "/users/ann" } });
    let text = "";
    for await (const chunk of events) text += Buffer.from(chunk).toString();
    expect(text).toMatch(/^retry: 3000\nid: \w+-0\n\n$/);
  });

  test("the cookie is for TLS only where the request came through it", async () => {
    const fixture = await withToken();
    expect(cookieOf(await login(fixture, TOKEN, { "x-forwarded-proto": "https" }))).toMatch(/; Secure$/);
  });

  test.each([
    ["another site's page", { origin: "https://evil.example" }, 403],
    ["a page that browsers call another site's", { "sec-fetch-site": "cross-site" }, 403],
    ["a request that does not say which page made it", {}, 401],
  ])("the cookie alone lets %s do nothing", async (_who, headers, status) => {
    const fixture = await withToken();
    const cookie = sent(cookieOf(await login(fixture)));
    const acted = await request(fixture.url)
      .post("/api/v1/rollback")
      .set({ cookie, ...headers })
      .send({ reason: "go" });
    expect(acted.status).toBe(status);
    expect(fixture.calls).toEqual([]);
  });

  test("a session ends after half a day, and the oldest when there are too many", async () => {
    let now = 1_000_000;
    const fixture = await withToken(() => now);
    const first = sent(cookieOf(await login(fixture)));
    const readOnly = async (cookie: string) =>
      (await request(fixture.url).get("/api/v1/session").set({ cookie })).body.readOnly;
    expect(await readOnly(first)).toBe(false);
    now += SESSION_MS;
    expect(await readOnly(first)).toBe(true);
    const second = sent(cookieOf(await login(fixture)));
    for (let i = 0; i < MAX_SESSIONS - 1; i++) await login(fixture);
    expect(await readOnly(second)).toBe(false);
    await login(fixture);
    expect(await readOnly(second)).toBe(true);
    for (const cookie of [`fig_session_${fixture.port}=`, `fig_session_${fixture.port}=00`, "x"]) {
      expect(await readOnly(cookie)).toBe(true);
    }
  });

  test("after ten wrong tokens an address has to wait a minute, even with the right one", async () => {
    let now = 1_000_000;
    const fixture = await withToken(() => now);
    for (let i = 0; i < MAX_FAILED_LOGINS; i++) {
      const { status, body } = await login(fixture, `wrong ${i}`);
      expect([status, body.error.code]).toEqual([401, "unauthorized"]);
    }
    const { status, body, headers } = await login(fixture);
    expect([status, body.error.code, headers["retry-after"]]).toEqual([429, "too_many_attempts", "60"]);
    now += 60_000;
    expect((await login(fixture)).status).toBe(200);
  });

  test("whoever has many IPv6 addresses guesses from one: they are counted by /64, and IPv4 is IPv4 however it came", () => {
    const clock = { micros: () => 1_000_000, hex: () => "00" };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const sessions = new Sessions({ adminToken: TOKEN, clock, log, cookieName: () => "fig" });
    const codeOf = (address: string, token = "wrong") => {
      try {
        sessions.check(address, token);
      } catch (error) {
        return (error as FigError).code;
      }
      return "ok";
    };
    for (let i = 1; i <= MAX_FAILED_LOGINS; i++) {
      expect(codeOf(`2001:db8:1:2:${i.toString(16)}::${i}`)).toBe("unauthorized");
      expect(codeOf(i % 2 === 0 ? "192.0.2.7" : "::ffff:192.0.2.7")).toBe("unauthorized");
      expect(codeOf(`::ffff:198.51.100.${i}`)).toBe("unauthorized");
    }
    expect(codeOf("2001:db8:1:2:ffff::1", TOKEN)).toBe("too_many_attempts");
    expect(codeOf("192.0.2.7", TOKEN)).toBe("too_many_attempts");
    expect(codeOf("::ffff:c000:207", TOKEN)).toBe("too_many_attempts");
    expect(
      ["2001:db8:1:3::1", "::ffff:198.51.100.1", "198.51.100.2"].map((each) => codeOf(each, TOKEN)),
    ).toEqual(["ok", "ok", "ok"]);
  });
});
