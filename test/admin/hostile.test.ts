import { once } from "node:events";
import { connect, type Socket } from "node:net";
import request from "supertest";
import { afterEach, expect, test } from "vitest";
import { MAX_CONNECTIONS } from "../../src/admin/connections.ts";
import { MAX_PIPELINED } from "../../src/admin/one-a-turn.ts";
import { MAX_FAILED_LOGINS, SESSION_MS } from "../../src/admin/sessions.ts";
import { systemClock } from "../../src/clock.ts";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

const TOKEN = "correct-horse-battery";
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeAdmins();
});

async function opened(port: number, first: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  if (first !== "") socket.write(first);
  return socket;
}

const UNFINISHED =
  "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";

test.each([
  ["say nothing", ""],
  ["do not end their heads", "GET /livez HTTP/1.1\r\nHost: a\r\n"],
  ["do not end their bodies", UNFINISHED],
])("probes are answered however many connections %s", async (_, first) => {
  const fixture = await startAdmin({ adminToken: TOKEN });
  for (let i = 0; i < MAX_CONNECTIONS + 8; i++) await opened(fixture.port, first);
  for (const path of ["/livez", "/readyz", "/api/v1/overview"])
    expect((await request(fixture.url).get(path)).status).toBe(200);
  expect(fixture.admin.refused().connection_limit).toBeGreaterThanOrEqual(8);
});

test("a probe that has not asked yet is not closed for connections that came after it", async () => {
  const fixture = await startAdmin({ adminToken: TOKEN });
  for (let i = 0; i < MAX_CONNECTIONS; i++) await opened(fixture.port, UNFINISHED);
  expect((await request(fixture.url).get("/livez")).status).toBe(200);
  const probe = await opened(fixture.port, "");
  for (let i = 0; i < 8; i++) await opened(fixture.port, UNFINISHED);
  probe.write("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const [answer] = await Promise.race([once(probe, "data"), once(probe, "close").then(() => ["closed"])]);
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
});

test("a client that sends many requests at once has one answered at a time, and is ended with too many", async () => {
  const fixture = await startAdmin({ adminToken: TOKEN });
  const asked = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const some = await opened(fixture.port, asked("/livez").repeat(MAX_PIPELINED + 1));
  let answers = "";
  some.on("data", (text) => {
    answers += String(text);
  });
  await expect.poll(() => answers.match(/HTTP\/1\.1 200 /g)?.length).toBe(MAX_PIPELINED + 1);
  const many = await opened(fixture.port, asked("/api/v1/overview").repeat(2 * MAX_PIPELINED));
  many.resume();
  await expect.poll(() => many.closed).toBe(true);
  expect(fixture.admin.refused().pipelined).toBe(1);
  expect((await request(fixture.url).get("/livez")).status).toBe(200);
});

test("guessed tokens are slowed by address, logged twice and counted, whatever they are sent with", async () => {
  let now = 0;
  const clock = { ...systemClock, micros: () => now * 1000 };
  const fixture = await startAdmin({ adminToken: TOKEN, clock });
  const ask = (token: string) =>
    request(fixture.url).get("/api/v1/status").set("authorization", `Bearer ${token}`);
  for (let i = 0; i < MAX_FAILED_LOGINS; i++) expect((await ask(`guess-${i}`)).status).toBe(401);
  for (const token of ["guess", TOKEN]) {
    const { status, headers, body } = await ask(token);
    expect([status, body.error.code, headers["retry-after"]]).toEqual([429, "too_many_attempts", "60"]);
  }
  const login = await request(fixture.url).post("/api/v1/session").send({ token: TOKEN });
  expect(login.status).toBe(429);
  expect(fixture.admin.refused()).toEqual({
    wrong_token: MAX_FAILED_LOGINS,
    too_many_attempts: 3,
    connection_limit: 0,
    unread_stream: 0,
    pipelined: 0,
  });
  const said = fixture.logged.filter(({ message }) => message.includes("admin token"));
  expect(said.map(({ level, fields }) => [level, fields])).toEqual([
    ["warn", { address: expect.stringContaining("127.0.0.1") }],
    ["warn", { address: expect.stringContaining("127.0.0.1"), tries: MAX_FAILED_LOGINS }],
  ]);
  expect(JSON.stringify(fixture.logged)).not.toContain("guess");
  now = 60_001;
  expect((await ask(TOKEN)).status).toBe(200);
});

test("a session that is over stays so when the wall clock goes back", async () => {
  let wall = Date.UTC(2026, 0, 2);
  let elapsed = 0;
  const clock = { ...systemClock, now: () => wall, micros: () => elapsed * 1000 };
  const fixture = await startAdmin({ adminToken: TOKEN, clock });
  const login = await request(fixture.url).post("/api/v1/session").send({ token: TOKEN });
  const cookie = (login.headers["set-cookie"] as unknown as string[])[0]?.split(";")[0] as string;
  const status = async () => (await request(fixture.url).get("/api/v1/status").set("cookie", cookie)).status;
  expect(await status()).toBe(200);
  elapsed = SESSION_MS;
  wall -= 3_600_000;
  expect(await status()).toBe(401);
});
