import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { until } from "./until.ts";

const ENV = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "none", AWS_REGION: "us-east-1" };

/** A bucket that answers as a test says, and what it was asked. */
let answers: RequestListener;
/** Connections that carried what is no HTTP, or broke off in a request. */
let broken = 0;
const asked: { readonly line: string; readonly body: string }[] = [];
const server = createServer(async (incoming, response) => {
  const line = `${incoming.method} ${incoming.url}`;
  const body = await incoming.toArray().then(
    (all) => Buffer.concat(all).toString("latin1"),
    () => "broken",
  );
  asked.push({ line, body });
  answers(incoming, response);
});
server.on("clientError", (_error, socket) => {
  broken++;
  socket.destroy();
});

let endpoint: string;
const closing: (() => unknown)[] = [];

async function door(target: object = {}, more: object = {}) {
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: { assets: { s3: { bucket: "shop", endpoint, ...target }, ...more } },
      routes: [
        { id: "assets", match: { path: "/{key+}" }, modern: "assets", retired: true },
        { id: "root", match: { path: "/" }, modern: "assets", retired: true },
      ],
    },
    { quiet: true, env: ENV },
  );
  closing.push(() => opened.close());
  return { ...(await opened.listen()), opened };
}

async function ask(url: string, path: string, options: object = {}, body: string | Buffer = "") {
  const { hostname, port } = new URL(url);
  const asking = request({ hostname, port, path, agent: false, ...options });
  asking.end(body);
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, text: bytes.toString("latin1") };
}

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  answers = (_incoming, response) => response.end("ok");
  asked.splice(0);
  broken = 0;
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  server.close();
  server.closeAllConnections();
});

describe("what clients send", () => {
  test("the body of a request that only reads reaches no bucket", async () => {
    const { url } = await door({ write: true });
    const smuggled = "GET /shop/other HTTP/1.1\r\nHost: x\r\n\r\n";
    for (const method of ["GET", "HEAD"]) {
      const headers = { "content-length": smuggled.length };
      expect([method, (await ask(url, "/k", { method, headers }, smuggled)).status]).toEqual([method, 200]);
    }
    await ask(url, "/k", { method: "GET", headers: { "transfer-encoding": "chunked" } }, smuggled);
    await ask(url, "/last");
    expect(broken).toBe(0);
    expect(asked).toEqual([
      { line: "GET /shop/k", body: "" },
      { line: "HEAD /shop/k", body: "" },
      { line: "GET /shop/k", body: "" },
      { line: "GET /shop/last", body: "" },
    ]);
  });

  test("no query makes a bucket be listed", async () => {
    for (const target of [{ write: true }, { write: true, index: false }, {}, { prefix: "p", write: true }]) {
      const { url } = await door(target);
      asked.splice(0);
      for (const query of [
        "uploadId=x",
        "uploads",
        "list-type=2",
        "versions",
        "acl",
        "location",
        "policy&uploadId",
      ])
        for (const method of ["GET", "HEAD"]) await ask(url, `/?${query}`, { method });
      expect(asked.filter(({ line }) => /^\w+ \/shop\/?(\?|$)/.test(line))).toEqual([]);
    }
  });
});

describe("what a bucket answers", () => {
  test("an error that never ends is answered", async () => {
    const { url } = await door();
    answers = (_incoming, response) => {
      response.writeHead(404);
      const more = () => {
        while (!response.destroyed && response.write("<!ENTITY a '&b;'>".repeat(1000)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    expect((await ask(url, "/k")).status).toBe(404);
    answers = (_incoming, response) => {
      response.writeHead(404);
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    };
    const { url: slow } = await door({}, { timeout: "300ms" });
    expect((await ask(slow, "/k")).status).toBe(404);
  }, 5_000);

  test("no field but the object's own", async () => {
    const { url } = await door();
    answers = (_incoming, response) => {
      response.writeHead(200, {
        ...{ "set-cookie": ["session=theirs"], "x-amz-id-2": "secret", "x-amz-meta-a": "b", server: "S3" },
        ...{ "strict-transport-security": "max-age=1", "www-authenticate": "Basic", etag: '"x"' },
        ...{ location: "http://elsewhere/", "access-control-allow-origin": "*", "content-type": "a/b" },
      });
      response.end("ok");
    };
    const { headers } = await ask(url, "/k");
    expect(headers).toMatchObject({ "x-amz-meta-a": "b", etag: '"x"', "content-type": "a/b" });
    expect(
      Object.keys(headers).filter(
        (name) =>
          !/^(x-amz-meta-a|etag|content-type|date|connection|keep-alive|x-request-id|transfer-encoding|content-length)$/.test(
            name,
          ),
      ),
    ).toEqual([]);
  });

  test("a time that nobody has does not stop what is asked next", async () => {
    const { url } = await door();
    for (const date of [
      "Sat, 13 Sep 275760 00:00:00 GMT",
      "Fri, 01 Jan 10000 00:00:00 GMT",
      "x".repeat(5000),
    ]) {
      answers = (_incoming, response) => response.writeHead(404, { date }).end();
      expect([date, (await ask(url, "/k")).status]).toEqual([date, 404]);
      answers = (_incoming, response) => response.end("ok");
      expect([date, (await ask(url, "/k")).status]).toEqual([date, 200]);
    }
  });

  test("an upload that is refused while it comes has its answer, and the next request its own connection", async () => {
    const early = createServer((incoming, response) => {
      // It reads no more than the head.
      if (incoming.method === "PUT") response.writeHead(403).end("<Error><Code>ExpiredToken</Code></Error>");
      else response.end("ok");
    });
    early.listen(0, "127.0.0.1");
    await once(early, "listening");
    closing.push(() => {
      early.close();
      early.closeAllConnections();
    });
    const { url } = await door({
      ...{ write: true, endpoint: `http://127.0.0.1:${(early.address() as AddressInfo).port}` },
    });
    for (const size of [1, 100_000, 20_000_000]) {
      const body = Buffer.alloc(size);
      const headers = { "content-length": size, expect: "100-continue" };
      const put = await ask(url, "/k", { method: "PUT", headers }, body);
      expect([size, put.status, JSON.parse(put.text).error.code]).toEqual([size, 502, "bucket_refused"]);
      expect((await ask(url, "/k")).text).toBe("ok");
    }
  });

  test("redirects are not followed, and go to nobody", async () => {
    const { url } = await door();
    for (const status of [300, 301, 302, 303, 307, 308]) {
      answers = (_incoming, response) => response.writeHead(status, { location: `${endpoint}/other` }).end();
      const { status: got, headers } = await ask(url, "/k");
      expect([status, got, headers.location]).toEqual([status, 502, undefined]);
    }
    expect(asked.every(({ line }) => line === "GET /shop/k")).toBe(true);
  });

  test("a clock that one bucket has is not another's", async () => {
    const other = createServer((_incoming, response) => {
      response.writeHead(200, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end();
    });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    closing.push(() => other.close());
    const opened = createFrontDoor(
      {
        ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
        upstreams: {
          a: {
            s3: { bucket: "shop", endpoint: `http://127.0.0.1:${(other.address() as AddressInfo).port}` },
          },
          b: { s3: { bucket: "shop", endpoint } },
        },
        routes: [
          { id: "a", match: { path: "/a/{key+}" }, modern: "a", retired: true },
          { id: "b", match: { path: "/b/{key+}" }, modern: "b", retired: true },
        ],
      },
      { quiet: true, env: ENV },
    );
    closing.push(() => opened.close());
    const { url: both } = await opened.listen();
    let signedAt = 0;
    answers = (incoming, response) => {
      const stamp = String(incoming.headers["x-amz-date"]);
      signedAt = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
      response.end("ok");
    };
    await ask(both, "/a/k");
    await ask(both, "/b/k");
    expect(Math.abs(signedAt - Date.now())).toBeLessThan(60_000);
  });
});

test("an upload that its client breaks off is none at the bucket, and its connection carries nothing else", async () => {
  const { url } = await door({ write: true });
  const { port } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`PUT /half HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n${"x".repeat(100_000)}`);
  await once(server, "request");
  socket.destroy();
  await until(
    () => asked.length,
    (count) => count > 0,
  );
  expect(asked[0]?.body).toBe("broken");
  expect((await ask(url, "/next")).text).toBe("ok");
  expect(asked.map(({ line }) => line)).toEqual(["PUT /shop/half", "GET /shop/next"]);
});

test("a large upload that breaks off on either side is told to the other, and the next ones are whole", async () => {
  const { url } = await door({ write: true });
  const { port } = new URL(url);
  for (const bytes of [300_000, 6_000_000]) {
    // The client leaves, once the bucket has some of it.
    const socket = connect(Number(port), "127.0.0.1");
    asked.splice(0);
    const came = once(server, "request") as Promise<[IncomingMessage]>;
    socket.write(`PUT /left HTTP/1.1\r\nHost: h\r\nContent-Length: ${2 * bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes, "x"));
    const [incoming] = await came;
    await once(incoming, "data");
    socket.destroy();
    await until(
      () => asked.length,
      (count) => count > 0,
    );
    expect([bytes, asked[0]?.line, asked[0]?.body]).toEqual([bytes, "PUT /shop/left", "broken"]);
    // The bucket does.
    const leaving = createServer((request) => request.once("data", () => request.socket.resetAndDestroy()));
    leaving.listen(0, "127.0.0.1");
    await once(leaving, "listening");
    closing.push(() => leaving.close());
    const { url: reset } = await door({
      ...{ write: true, endpoint: `http://127.0.0.1:${(leaving.address() as AddressInfo).port}` },
    });
    const headers = { "content-length": bytes, expect: "100-continue" };
    const put = await ask(reset, "/k", { method: "PUT", headers }, Buffer.alloc(bytes));
    expect([bytes, put.status, JSON.parse(put.text).error.code]).toEqual([bytes, 502, "upstream_reset"]);
    asked.splice(0);
    const whole = await ask(url, "/k", { method: "PUT", headers }, Buffer.alloc(bytes, "y"));
    expect([bytes, whole.text]).toEqual([bytes, "ok"]);
    const data = asked[0]?.body.replace(/[0-9a-f]+;chunk-signature=[0-9a-f]{64}\r\n|\r\n/g, "");
    expect([bytes, data === "y".repeat(bytes)]).toEqual([bytes, true]);
  }
});

test("a bucket that does not read holds its client back, and a client that does not read the bucket", async () => {
  let given = 0;
  const slow = createServer((incoming, response) => {
    if (incoming.method === "PUT") return;
    response.writeHead(200, { "content-length": 1e12 });
    const more = () => {
      while (!response.destroyed) {
        given += 65_536;
        if (!response.write(Buffer.alloc(65_536))) break;
      }
      response.once("drain", more);
    };
    more();
  });
  slow.listen(0, "127.0.0.1");
  await once(slow, "listening");
  closing.push(() => {
    slow.close();
    slow.closeAllConnections();
  });
  const { url } = await door({
    ...{ write: true, endpoint: `http://127.0.0.1:${(slow.address() as AddressInfo).port}` },
  });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  closing.push(() => socket.destroy());
  socket.write("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
  let sent = 0;
  const fill = () => {
    while (socket.writableLength < 1_000_000 && sent < 200_000_000) {
      sent += 100_000;
      socket.write(Buffer.alloc(100_000));
    }
  };
  socket.on("drain", fill);
  fill();
  const reader = connect(Number(new URL(url).port), "127.0.0.1").pause();
  closing.push(() => reader.destroy());
  reader.write("GET /k HTTP/1.1\r\nHost: h\r\n\r\n");
  // Until neither moves any more.
  let last = "";
  await until(
    async () => {
      const before = last;
      last = `${sent} ${given}`;
      return given > 0 && before === last;
    },
    (still) => still,
  );
  // Buffers of three sockets of the system's each, and what is in memory: no more can be.
  expect([sent < 60_000_000, given < 60_000_000]).toEqual([true, true]);
});
