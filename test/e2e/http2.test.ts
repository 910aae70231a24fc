import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const MIB = 1024 * 1024;

let legacy: SideUpstream;
let door: SplitDoor;
let client: ClientHttp2Session;
let asked: string[] = [];
let closed: string[] = [];

beforeAll(async () => {
  legacy = await startSide("legacy", (request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, "http://a");
    asked.push(pathname);
    response.on("close", () => closed.push(pathname));
    if (pathname === "/hash") {
      const hash = createHash("sha256");
      request.on("data", (chunk: Buffer) => hash.update(chunk));
      request.on("end", () => response.end(hash.digest("hex")));
    } else if (pathname === "/big") {
      let left = Number(searchParams.get("mib")) * 16;
      const more = () => {
        while (left-- > 0) {
          if (!response.write(Buffer.alloc(MIB / 16, left & 255))) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    } else if (pathname === "/trailers") {
      let got = 0;
      request.on("data", (chunk: Buffer) => {
        got += chunk.length;
      });
      request.on("end", () => {
        response.writeHead(200, { trailer: "x-got" });
        response.addTrailers({ "x-got": `${got} ${request.trailers["x-sum"] ?? ""}` });
        response.end("ok");
      });
    } else if (pathname === "/later") {
      setTimeout(() => response.end("later"), 500);
    } else if (pathname === "/never") {
      // Takes nothing, and answers nothing.
      request.pause();
    } else if (pathname === "/dies") {
      response.writeHead(200, { "content-length": "100" });
      response.write("short");
      setTimeout(() => response.destroy(), 50);
    } else if (pathname === "/hasty") {
      // Answers before the request is whole, with trailers.
      response.writeHead(200, { trailer: "x-sum" });
      response.addTrailers({ "x-sum": "7" });
      response.end("hasty");
    } else if (pathname === "/twice") {
      response.sendDate = false;
      response.writeHead(200, ["X-Content-Type-Options", "nosniff", "X-Content-Type-Options", "nosniff"]);
      response.end("twice");
    } else if (pathname === "/early") {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.end("early");
    } else {
      response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.rawHeaders }));
    }
  });
  door = await startSplitDoor(legacy, legacy);
});

beforeEach(() => {
  asked = [];
  closed = [];
  client = http2.connect(door.url);
  client.on("error", () => {});
});

afterEach(() => client.destroy());

afterAll(async () => {
  await door.close();
  legacy.close();
});

async function answerOf(
  stream: ClientHttp2Stream,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  let status = 0;
  const parts: Buffer[] = [];
  stream.on("response", (headers) => {
    status = headers[":status"] as number;
  });
  stream.on("data", (chunk: Buffer) => parts.push(chunk));
  stream.on("error", () => {});
  // once() would reject on an error before it.
  await new Promise((resolve) => stream.on("close", resolve));
  return { status, body: Buffer.concat(parts) };
}

const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${door.process.pid}/status`, "latin1"))?.[1]) * 1024;

describe("HTTP/2 in", () => {
  test("a request reaches the upstream as one of HTTP/1.1, and says how it came", async () => {
    const stream = client.request({
      ":path": "/plain?q=1",
      cookie: ["a=1", "b=2"],
      te: "trailers",
      "x-mixed": "é",
    });
    const { status, body } = await answerOf(stream);
    expect(status).toBe(200);
    const { url, headers } = JSON.parse(body.toString()) as { url: string; headers: string[] };
    expect(url).toBe("/plain?q=1");
    const fields = new Map(
      Array.from({ length: headers.length / 2 }, (_, i) => [
        headers[2 * i]?.toLowerCase(),
        headers[2 * i + 1],
      ]),
    );
    expect(fields.get("host")).toBe(new URL(door.url).host);
    expect(fields.get("cookie")).toBe("a=1; b=2");
    expect(fields.get("via")).toBe("2.0 fig");
    expect(fields.get("te")).toBe("trailers");
    expect(fields.get("x-forwarded-for")).toBe("127.0.0.1");
    expect([...fields.keys()].some((name) => name?.startsWith(":"))).toBe(false);
  });

  test("100 requests at once on one connection each get their own answer", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const { body } = await answerOf(client.request({ ":path": `/own/${i}` }));
        return (JSON.parse(body.toString()) as { url: string }).url;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `/own/${i}`));
  });

  test("trailers pass both ways, and interim answers", async () => {
    const stream = client.request(
      { ":method": "POST", ":path": "/trailers", trailer: "x-sum" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
    let trailers: unknown;
    stream.on("trailers", (fields) => {
      trailers = fields["x-got"];
    });
    stream.end("seven by");
    expect((await answerOf(stream)).body.toString()).toBe("ok");
    expect(trailers).toBe("8 7");
    const hinted = client.request({ ":path": "/early" });
    let link: unknown;
    hinted.on("headers", (fields) => {
      link = fields.link;
    });
    expect((await answerOf(hinted)).body.toString()).toBe("early");
    expect(link).toBe("</a.css>; rel=preload");
  });

  test("64 MiB each way arrive whole, and take less than 32 MiB of memory", async () => {
    await answerOf(client.request({ ":path": "/big?mib=8" }));
    const before = rss();
    const part = randomBytes(MIB);
    const hash = createHash("sha256");
    const up = client.request({ ":method": "POST", ":path": "/hash" });
    const hashed = answerOf(up);
    let most = 0;
    for (let i = 0; i < 64; i++) {
      hash.update(part);
      if (!up.write(part)) await once(up, "drain");
      most = Math.max(most, rss());
    }
    up.end();
    expect((await hashed).body.toString()).toBe(hash.digest("hex"));
    const down = client.request({ ":path": "/big?mib=64" });
    let got = 0;
    down.on("data", (chunk: Buffer) => {
      got += chunk.length;
      if ((got & 0xfffff) < chunk.length) most = Math.max(most, rss());
    });
    await once(down, "end");
    expect(got).toBe(64 * MIB);
    expect(most - before).toBeLessThan(32 * MIB);
  });

  test("bodies on one connection stay apart and whole, while one of them waits for its upstream", async () => {
    // Taken by no upstream: its bytes wait here, in what the connection's reads brought.
    const waiting = client.request({ ":method": "POST", ":path": "/never" });
    waiting.on("error", () => {});
    waiting.write(Buffer.alloc(MIB));
    const hashes = await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const body = randomBytes(300_000 + n * 777);
        const stream = client.request({ ":method": "POST", ":path": "/hash" });
        const answer = answerOf(stream);
        for (let at = 0; at < body.length; at += 7_001) {
          if (!stream.write(body.subarray(at, at + 7_001))) await once(stream, "drain");
        }
        stream.end();
        return [(await answer).body.toString(), createHash("sha256").update(body).digest("hex")];
      }),
    );
    for (const [got, sent] of hashes) expect(got).toBe(sent);
    waiting.destroy();
  });

  test("1,000 streams that their clients do not read hold bounded memory, and hold up nobody else's", async () => {
    await answerOf(client.request({ ":path": "/big?mib=8" }));
    const before = rss();
    const paused: ClientHttp2Session[] = [];
    for (let c = 0; c < 10; c++) {
      const session = http2.connect(door.url);
      session.on("error", () => {});
      paused.push(session);
      for (let i = 0; i < 100; i++) {
        const stream = session.request({ ":path": "/big?mib=4" });
        stream.on("error", () => {});
        stream.pause();
      }
    }
    const answered = await Promise.all(
      Array.from({ length: 50 }, () => answerOf(client.request({ ":path": "/big?mib=1" }))),
    );
    expect(answered.every(({ body }) => body.length === MIB)).toBe(true);
    // What they hold settles: 4,000 MiB were asked for.
    const settled = await until(
      async () =>
        [rss(), await new Promise((resolve) => setTimeout(() => resolve(rss()), 300))] as [number, number],
      ([one, other]) => Math.abs(one - other) < 2 * MIB,
    );
    for (const session of paused) session.destroy();
    // Who has left holds nothing.
    await until(
      async () => (await fetch(new URL("/metrics", door.adminUrl))).text(),
      (text) => text.includes("fig_connections 1\n") && /fig_waiting_bytes_held \d{1,6}\n/.test(text),
    );
    expect(settled[0] - before).toBeLessThan(320 * MIB);
  });

  test("a slow stream holds up none of its own connection, in either direction", async () => {
    const slow = client.request({ ":path": "/big?mib=8" });
    slow.on("error", () => {});
    slow.pause();
    const waiting = client.request({ ":method": "POST", ":path": "/never" });
    waiting.on("error", () => {});
    waiting.write(Buffer.alloc(MIB));
    await until(
      () => asked,
      (paths) => paths.includes("/never") && paths.includes("/big"),
    );
    const began = performance.now();
    const neighbours = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        answerOf(client.request({ ":path": n % 2 ? "/plain" : "/big?mib=1" })),
      ),
    );
    expect(neighbours.every(({ status }) => status === 200)).toBe(true);
    expect(neighbours[0]?.body.length).toBe(MIB);
    expect(performance.now() - began).toBeLessThan(10_000);
    let got = 0;
    slow.on("data", (chunk: Buffer) => {
      got += chunk.length;
    });
    slow.resume();
    await once(slow, "end");
    expect(got).toBe(8 * MIB);
    waiting.destroy();
  });

  test("an answer that comes before the whole request keeps its trailers, and ends the sending", async () => {
    const stream = client.request({ ":method": "POST", ":path": "/hasty" });
    stream.write("begun");
    let sum: unknown;
    stream.on("trailers", (fields) => {
      sum = fields["x-sum"];
    });
    expect((await answerOf(stream)).body.toString()).toBe("hasty");
    expect(sum).toBe("7");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
  });

  test("a field of which there should be one may come twice, and a Date is not made up", async () => {
    const stream = client.request({ ":path": "/twice" });
    let fields: readonly string[] = [];
    stream.on("response", (_headers, _flags, raw) => {
      fields = raw;
    });
    expect((await answerOf(stream)).body.toString()).toBe("twice");
    expect(fields.filter((name) => name === "x-content-type-options")).toHaveLength(2);
    expect(fields).not.toContain("date");
  });

  test("a request whose head is too large gets 431, and the connection goes on", async () => {
    const { status, body } = await answerOf(
      client.request({ ":path": "/large", "x-fill": "f".repeat(20_000) }),
    );
    expect(status).toBe(431);
    expect(body.toString()).toContain('"code":"headers_too_large"');
    expect(asked).not.toContain("/large");
    expect((await answerOf(client.request({ ":path": "/plain" }))).status).toBe(200);
  });

  test("a stream that its client resets cancels the upstream; its neighbour goes on", async () => {
    const neighbour = answerOf(client.request({ ":path": "/later" }));
    const stream = client.request({ ":path": "/never" });
    stream.on("error", () => {});
    await until(
      () => asked,
      (paths) => paths.includes("/never"),
    );
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await until(
      () => closed,
      (paths) => paths.includes("/never"),
    );
    expect((await neighbour).body.toString()).toBe("later");
  });

  test("an upstream that dies in its answer resets the stream: a short answer never looks whole", async () => {
    const stream = client.request({ ":path": "/dies" });
    const { body } = await answerOf(stream);
    expect(body.toString()).toBe("short");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
  });

  // The last one: the front door ends.
  test("a drain sends GOAWAY, and ends what is under way", async () => {
    let goaway = false;
    client.on("goaway", () => {
      goaway = true;
    });
    const underWay = answerOf(client.request({ ":path": "/later" }));
    await answerOf(client.request({ ":path": "/plain" }));
    process.kill(door.process.pid, "SIGTERM");
    expect((await underWay).body.toString()).toBe("later");
    await until(
      () => goaway,
      (heard) => heard,
    );
  });
});
