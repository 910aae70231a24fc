import { connect } from "node:net";
import { text } from "node:stream/consumers";
import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { closeAdmins, type Fixture, startAdmin } from "./admin-fixture.ts";

afterEach(closeAdmins);

const API = ["/api/v1/status", "/api/v1/openapi.json", "/api/v1/events", "/metrics"];

/** One request as bytes, its status line's number. */
async function raw(
  fixture: Fixture,
  head: string,
): Promise<{ readonly status: number; readonly answer: string }> {
  const socket = connect(fixture.port, "127.0.0.1");
  socket.end(head);
  const answer = await text(socket);
  return { status: Number(answer.split(" ")[1]), answer };
}

test.each([
  "evil.example",
  "evil.example:PORT",
  "127.0.0.1.evil.example:PORT",
  "localhost.evil.example:PORT",
  "127.0.0.1",
  "127.0.0.1:1",
  "localhost:PORT@evil.example",
  "[::2]:PORT",
  "128.0.0.1:PORT",
  "",
])("without a token, Host %s is refused, on everything but health", async (host) => {
  const fixture = await startAdmin();
  const value = host.replace("PORT", String(fixture.port));
  for (const path of API) {
    const { status, answer } = await raw(
      fixture,
      `GET ${path} HTTP/1.1\r\nHost: ${value}\r\nConnection: close\r\n\r\n`,
    );
    expect([status, answer.includes('"forbidden_host"')]).toEqual([403, true]);
  }
  const post = `POST /api/v1/rollback HTTP/1.1\r\nHost: ${value}\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"reason":"go"}`;
  expect((await raw(fixture, post)).status).toBe(403);
  expect(fixture.calls).toEqual([]);
  const live = await raw(fixture, `GET /livez HTTP/1.1\r\nHost: ${value}\r\nConnection: close\r\n\r\n`);
  expect(live.status).toBe(200);
});

test.each([
  "127.0.0.1:PORT",
  "localhost:PORT",
  "LOCALHOST.:PORT",
  "fig.localhost:PORT",
  "127.1.2.3:PORT",
  "[::1]:PORT",
])("without a token, Host %s is this machine", async (host) => {
  const fixture = await startAdmin();
  const value = host.replace("PORT", String(fixture.port));
  const get = `GET /api/v1/status HTTP/1.1\r\nHost: ${value}\r\nConnection: close\r\n\r\n`;
  expect((await raw(fixture, get)).status).toBe(200);
});

test.each<[name: string, value: string]>([
  ["Origin", "https://evil.example"],
  ["Origin", "null"],
  ["Origin", "http://localhost:3000"],
  ["Origin", "http://127.0.0.1"],
  ["Origin", "file://"],
  ["Sec-Fetch-Site", "cross-site"],
  ["Sec-Fetch-Site", "same-site"],
])("a page with %s: %s may neither read nor shift, with a token or without", async (name, value) => {
  for (const adminToken of [undefined, "hunter2"]) {
    const fixture = await startAdmin({ adminToken });
    const ask = (path: string) =>
      request(fixture.url).get(path).set(name, value).set("authorization", "Bearer hunter2");
    for (const path of API) {
      const { status, body } = await ask(path);
      expect([status, body.error.code]).toEqual([403, "forbidden_origin"]);
    }
    const post = await request(fixture.url)
      .post("/api/v1/rollback")
      .set(name, value)
      .set("authorization", "Bearer hunter2")
      .send({ reason: "go" });
    expect(post.status).toBe(403);
    const preflight = await request(fixture.url).options("/api/v1/rollback").set(name, value);
    expect(preflight.status).toBe(403);
    expect(fixture.calls).toEqual([]);
  }
});

test("our own page may call: same origin, as browsers say it", async () => {
  const fixture = await startAdmin();
  const { status } = await request(fixture.url)
    .post("/api/v1/rollback")
    .set("origin", fixture.url)
    .set("sec-fetch-site", "same-origin")
    .send({ reason: "go" });
  expect(status).toBe(200);
});

test("with a token, everything but health and what the page reads asks for it, and any Host will do", async () => {
  const fixture = await startAdmin({ adminToken: "hunter2 é" });
  const closed = ["/status", "/comparisons", "/openapi.json", "/explain", "/nothing"];
  for (const path of [...closed.map((each) => `/api/v1${each}`), "/metrics", "/nothing"]) {
    const { status, headers, body } = await request(fixture.url).get(path);
    expect([status, body.error.code]).toEqual([401, "unauthorized"]);
    expect(headers["www-authenticate"]).toBe('Bearer realm="strangler-fig admin"');
  }
  for (const path of ["/livez", "/readyz"]) expect((await request(fixture.url).get(path)).status).toBe(200);
});

test.each([
  "Bearer hunter",
  "Bearer hunter22",
  "Bearer",
  "Basic hunter2",
  "hunter2",
  "Bearer hunter2 x",
  "Bearer  ",
])("authorization %s is not the token", async (authorization) => {
  const fixture = await startAdmin({ adminToken: "hunter2" });
  const { status, text: answer } = await request(fixture.url)
    .post("/api/v1/rollback")
    .set("authorization", authorization)
    .send({ reason: "go" });
  expect(status).toBe(401);
  expect(answer).not.toContain("hunter");
  expect(fixture.calls).toEqual([]);
});

test.each([
  ["evil.example:PORT", 401],
  ["127.0.0.1.evil.example", 401],
  ["", 401],
  ["127.0.0.1:PORT", 200],
  ["localhost:9000", 200],
  ["[::1]:PORT", 200],
])("with a token on loopback, who has not logged in reads by Host %s: %i", async (host, expected) => {
  const fixture = await startAdmin({ adminToken: "hunter2" });
  const value = host.replace("PORT", String(fixture.port));
  const ask = async (method: string, path: string) =>
    (await raw(fixture, `${method} ${path} HTTP/1.1\r\nHost: ${value}\r\nConnection: close\r\n\r\n`)).status;
  for (const path of ["/overview", "/routes/orders", "/ledger", "/mismatches", "/series"]) {
    expect(await ask("GET", `/api/v1${path}`)).toBe(expected);
  }
  expect(await ask("HEAD", "/api/v1/events")).toBe(expected);
  // By a proxy with a name of its own people still log in.
  expect(await ask("GET", "/api/v1/session")).toBe(200);
});

test("under a proxy's name who has logged in reads and acts", async () => {
  const fixture = await startAdmin({ adminToken: "hunter2" });
  const own = { host: "fig.example", origin: "https://fig.example", "x-forwarded-proto": "https" };
  const api = request(fixture.url);
  const login = await api.post("/api/v1/session").set(own).send({ token: "hunter2" });
  const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
  expect((await api.get("/api/v1/overview").set({ ...own, cookie })).status).toBe(200);
  expect(
    (
      await api
        .post("/api/v1/rollback")
        .set({ ...own, cookie })
        .send({ reason: "go" })
    ).status,
  ).toBe(200);
});

test.each(["Bearer hunter2", "bearer hunter2", "Bearer  hunter2"])(
  "authorization %s is, from any Host",
  async (authorization) => {
    const fixture = await startAdmin({ adminToken: "hunter2" });
    const get = `GET /api/v1/status HTTP/1.1\r\nHost: admin.example\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
    expect((await raw(fixture, get)).status).toBe(200);
  },
);

test("an empty token is no token", async () => {
  const fixture = await startAdmin({ adminToken: "" });
  expect((await request(fixture.url).get("/api/v1/status")).status).toBe(200);
  await expect(startAdmin({ adminToken: "", listen: { host: "0.0.0.0", port: 0 } })).rejects.toMatchObject({
    code: "admin_token_required",
  });
});

test("a token may hold spaces", async () => {
  const fixture = await startAdmin({ adminToken: "correct horse" });
  const ask = (token: string) =>
    request(fixture.url).get("/api/v1/status").set("authorization", `Bearer ${token}`);
  expect((await ask("correct horse")).status).toBe(200);
  expect((await ask("correct")).status).toBe(401);
});

test.each(["0.0.0.0", "::", "192.0.2.1", "admin.example", "127.0.0.1.example"])(
  "an admin on %s without a token refuses to be made",
  async (host) => {
    await expect(startAdmin({ listen: { host, port: 0 } })).rejects.toMatchObject({
      code: "admin_token_required",
    });
  },
);

test("an admin on every address with a token answers at the URL it names", async () => {
  const fixture = await startAdmin({ listen: { host: "0.0.0.0", port: 0 }, adminToken: "hunter2" });
  expect(fixture.url).toBe(`http://127.0.0.1:${fixture.port}`);
  expect((await request(fixture.url).get("/livez")).status).toBe(200);
});

test("what is no HTTP is refused and the connection closed", async () => {
  const fixture = await startAdmin();
  expect((await raw(fixture, "GET / HTTP/1.1\r\nHost : x\r\n\r\n")).status).toBe(400);
  const large = `GET / HTTP/1.1\r\nHost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
  expect((await raw(fixture, large)).status).toBe(431);
});
