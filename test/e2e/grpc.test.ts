import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status as codes } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificate } from "../support/certificates.ts";
import { askAdmin, type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { EchoClient, type GrpcSide, startGrpc } from "./support/grpc.ts";
import { until } from "./until.ts";

const MIB = 1024 * 1024;

const ca = certificate({ names: ["ca"], authority: true });
const pair = certificate({ names: ["localhost"], signedBy: ca });
const folder = mkdtempSync(join(tmpdir(), "fig-grpc-"));
let legacy: GrpcSide;
let modern: GrpcSide;
let fig: ReadyProcess<FigReady & { readonly urls: readonly string[] }>;
let plain: EchoClient;
let secure: EchoClient;

/** Legacy speaks h2c, modern HTTP/2 over TLS by ALPN. */
beforeAll(async () => {
  legacy = await startGrpc("legacy");
  modern = await startGrpc("modern", pair);
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  for (const [name, text] of [["ca.pem", ca.cert] as const, ["site.crt", pair.cert], ["site.key", pair.key]])
    writeFileSync(join(folder, name as string), text as string, { mode: 0o600 });
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen:
  - 127.0.0.1:0
  - { address: "127.0.0.1:0", tls: { cert: site.crt, key: site.key } }
admin: 127.0.0.1:0
state: "memory:"
routes: routes
migrations: migrations
limits: { body: 40MiB }
timeouts: { response: 1s, bodyIdle: 1s }
upstreams:
  legacy: { urls: ["http://127.0.0.1:${legacy.port}"], protocol: http2 }
  modern:
    urls: ["https://127.0.0.1:${modern.port}"]
    protocol: auto
    tls: { ca: ca.pem, servername: localhost }
`,
  );
  writeFileSync(
    join(folder, "routes/echo.yaml"),
    `routes:
  - id: echo
    match: { path: "/test.Echo/{method}" }
    legacy: legacy
    modern: modern
    sticky: [header:x-user-id]
    shadow: { safe: { operations: [Unary] }, maxBody: 1MiB }
`,
  );
  fig = (await startFig(join(folder, "fig.yaml"))) as typeof fig;
  const [open, closed] = fig.ready.urls.map((url) => new URL(url).port);
  plain = new EchoClient(`127.0.0.1:${open}`);
  secure = new EchoClient(`127.0.0.1:${closed}`, ca.cert);
});

afterAll(async () => {
  plain?.close();
  secure?.close();
  await fig?.stop();
  legacy?.close();
  modern?.close();
  rmSync(folder, { recursive: true, force: true });
});

const shift = (position: object) =>
  askAdmin(fig.ready.adminUrl, "POST", "/routes/echo/shift", { ...position, reason: "test" });

interface Route {
  readonly comparisons: Readonly<Record<string, number>>;
}
const routeNow = () => askAdmin<Route>(fig.ready.adminUrl, "GET", "/routes/echo");

describe.each([0, 50, 100])("with modern at %i", (percent) => {
  beforeAll(async () => {
    await shift({ modern: percent, shadow: 0 });
  });

  /** A user of the side that serves at this percentage; at 50 the one that hashes to modern. */
  const expected = () => (percent === 0 ? "legacy" : "modern");
  const user = { "x-user-id": "a user of modern's" };

  test.each(["plain", "secure"] as const)("all four kinds of calls work, %s", async (kind) => {
    const client = kind === "plain" ? plain : secure;
    const who = { "x-user-id": await userOf(client, expected()) };
    const unary = await client.call("Unary", Buffer.from("hello"), who).ended;
    expect(unary).toMatchObject({ side: expected(), status: { code: 0 } });
    expect(String(unary.messages[0])).toBe("hello");
    expect(unary.status.metadata.get("x-trail")).toEqual(["yes"]);

    const streamed = await client.call("Server", Buffer.from("x"), { ...who, count: "20" }).ended;
    expect(streamed.messages.map(String)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));

    const upload = client.call("Upload", Buffer.alloc(0), who);
    for (let i = 0; i < 10; i++) upload.write(Buffer.alloc(1000));
    upload.end();
    expect(String((await upload.ended).messages[0])).toBe(`${expected()} 10000`);

    const bidi = client.call("Bidi", Buffer.alloc(0), who);
    for (let i = 0; i < 3; i++) {
      bidi.write(Buffer.from(`${i}`));
      await until(
        () => bidi.messages.length,
        (length) => length === i + 1,
      );
    }
    bidi.end();
    expect(await bidi.ended).toMatchObject({ side: expected(), status: { code: 0 } });
  });

  test("every status comes as it was given, with its message and its metadata", async () => {
    for (const code of Object.values(codes).filter((one): one is number => typeof one === "number")) {
      const { status } = await plain.call("Unary", Buffer.from("x"), { ...user, fails: String(code) }).ended;
      if (code === 0) continue;
      expect(status.code).toBe(code);
      expect(status.details).toMatch(/^no 100 % of it: (legacy|modern)é$/);
      expect(Object.keys(status.metadata.getMap()).sort()).toEqual([
        "content-type",
        "date",
        "x-side",
        "x-trail",
      ]);
    }
  });
});

/** A user that this side serves. */
async function userOf(client: EchoClient, side: string): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const ended = await client.call("Unary", Buffer.from("who"), { "x-user-id": `user ${i}` }).ended;
    if (ended.side === side) return `user ${i}`;
  }
  throw new Error(`nobody is served by ${side}`);
}

describe("a call", () => {
  beforeAll(async () => {
    await shift({ modern: 0, shadow: 0 });
  });

  test("of 16 MiB passes both ways, through TLS", async () => {
    await shift({ modern: 100 });
    const { status, messages, side } = await secure.call("Unary", Buffer.alloc(16 * MIB, 7)).ended;
    expect([status.code, side]).toEqual([0, "modern"]);
    expect(messages[0]?.equals(Buffer.alloc(16 * MIB, 7))).toBe(true);
    await shift({ modern: 0 });
  });

  test("takes its deadline and its metadata to the server, and ends at it", async () => {
    const { status } = await plain.call("Unary", Buffer.from("x"), { hangs: "1", "x-team": "a" }, 300).ended;
    expect(status.code).toBe(codes.DEADLINE_EXCEEDED);
    await until(
      () => legacy.cancelled,
      (cancelled) => cancelled.includes("Unary"),
    );
    const said = legacy.metadata.at(-1);
    expect(said?.get("x-team")).toEqual(["a"]);
    expect(said?.get("x-forwarded-for")).toEqual(["127.0.0.1"]);
  });

  test("that its client cancels is cancelled at the server", async () => {
    legacy.cancelled.length = 0;
    const stream = plain.call("Server", Buffer.from("x"), { hangs: "1" });
    await until(
      () => stream.messages.length,
      (length) => length === 5,
    );
    stream.cancel();
    expect((await stream.ended).status.code).toBe(codes.CANCELLED);
    await until(
      () => legacy.cancelled,
      (cancelled) => cancelled.includes("Server"),
    );
  });

  test("may be silent for longer than other requests, on both ends", async () => {
    const bidi = plain.call("Bidi");
    bidi.write(Buffer.from("1"));
    await until(
      () => bidi.messages.length,
      (length) => length === 1,
    );
    // Twice bodyIdle and response, and until the sweep behind that.
    await new Promise((later) => setTimeout(later, 2_200));
    bidi.write(Buffer.from("2"));
    await until(
      () => bidi.messages.length,
      (length) => length === 2,
    );
    bidi.end();
    expect((await bidi.ended).status.code).toBe(0);
    const slow = await plain.call("Unary", Buffer.from("x"), { hangs: "1" }, 1_800).ended;
    expect(slow.status.code).toBe(codes.DEADLINE_EXCEEDED);
    expect(slow.status.details).not.toContain("upstream_timeout");
  });

  test("that no route takes, or whose message is too large, fails in gRPC's words", async () => {
    const large = await plain.call("Unary", Buffer.alloc(41 * MIB)).ended;
    expect(large.status).toMatchObject({ code: codes.RESOURCE_EXHAUSTED });
    expect(large.status.details).toMatch(/^body_too_large: .*\(request [0-9a-f]{32}\)$/);
    const lost = await plain.call("Unary", Buffer.from("x"), {}, 5_000, "/test.Lost/Unary").ended;
    expect(lost.status).toMatchObject({ code: codes.UNIMPLEMENTED });
    expect(lost.status.details).toMatch(/^no_route: /);
  });

  test("is copied where its route names it as one that reads, to either side, and compared", async () => {
    for (const modern of [0, 100]) {
      await shift({ modern, shadow: 100 });
      for (let i = 0; i < 5; i++) await plain.call("Unary", Buffer.from("same")).ended;
      await plain.call("Server", Buffer.from("x")).ended;
      await until(routeNow, ({ comparisons: { match, mismatch } }) => match === 5 && mismatch === 0);
      await plain.call("Unary", Buffer.from("x"), { fails: "5" }).ended;
      // Its message names the side.
      await until(routeNow, ({ comparisons: { mismatch = 0 } }) => mismatch === 1);
    }
    const rows = await askAdmin<{ path: string }[]>(fig.ready.adminUrl, "GET", "/mismatches?route=echo");
    expect(rows.map(({ path }) => path)).toEqual(["header.grpc-message"]);
  });

  test("is lost to no shift, streams go on where they began", async () => {
    await shift({ modern: 0, shadow: 0 });
    const bidi = plain.call("Bidi");
    bidi.write(Buffer.from("0"));
    await until(
      () => bidi.messages.length,
      (length) => length === 1,
    );
    let running = true;
    const ended: number[] = [];
    const load = Array.from({ length: 8 }, async (_, nth) => {
      for (let i = 0; running; i++) {
        const client = nth % 2 === 0 ? plain : secure;
        const said = { "x-user-id": `${nth}-${i}` };
        const { status } = await client.call(nth < 4 ? "Unary" : "Server", Buffer.from("x"), said).ended;
        ended.push(status.code);
      }
    });
    for (const percent of [10, 50, 100, 50, 0]) {
      const enough = ended.length + 50;
      await until(
        () => ended.length,
        (length) => length >= enough,
      );
      await shift({ modern: percent });
    }
    running = false;
    await Promise.all(load);
    expect(ended.filter((code) => code !== 0)).toEqual([]);
    bidi.write(Buffer.from("1"));
    bidi.end();
    const { status, messages, side } = await bidi.ended;
    expect([status.code, messages.length, side]).toEqual([0, 2, "legacy"]);
  });

  test("to a server that is gone is unavailable, on either side", async () => {
    legacy.close();
    const { status } = await plain.call("Unary", Buffer.from("x")).ended;
    expect(status.code).toBe(codes.UNAVAILABLE);
    expect(status.details).toContain("upstream_refused");
  });
});
