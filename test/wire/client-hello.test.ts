import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { expect, test } from "vitest";
import { readClientHello } from "../../src/wire/client-hello.ts";

/** The first bytes that Node's TLS client sends. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  const client = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same message, in records of so many bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

test("what a client asks for is read, of either version, in one record or many", async () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const hello = await helloOf({ maxVersion, servername: "Shop.Test", ALPNProtocols: ["acme-tls/1"] });
    const asked = { serverName: "shop.test", protocols: ["acme-tls/1"] };
    expect(readClientHello(hello)).toEqual(asked);
    for (const size of [1, 7, 100]) expect(readClientHello(inRecords(hello, size))).toEqual(asked);
    expect(readClientHello(Buffer.concat([hello, Buffer.from("more")]))).toEqual(asked);
  }
  expect(readClientHello(await helloOf({ ALPNProtocols: ["h2", "http/1.1"] }))).toEqual({
    serverName: undefined,
    protocols: ["h2", "http/1.1"],
  });
  expect(readClientHello(await helloOf({ servername: "a.test" }))).toMatchObject({ protocols: [] });
});

test("a part of one is waited for, and how much is said, never too much", async () => {
  const hello = inRecords(await helloOf({ servername: "a.test" }), 50);
  for (let length = 0; length < hello.length; length++) {
    const needed = readClientHello(hello.subarray(0, length));
    expect(needed).toBeGreaterThan(length);
    expect(needed).toBeLessThanOrEqual(hello.length);
  }
});

test("whatever else comes is not waited for", () => {
  expect(readClientHello(Buffer.from("GET / HTTP/1.1"))).toBe("other");
  expect(readClientHello(Buffer.from([22, 3, 1, 0, 0]))).toBe("other");
  expect(readClientHello(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]))).toBe("other");
  // One that says to be longer than any.
  expect(readClientHello(Buffer.from([22, 3, 1, 0, 4, 1, 255, 255, 255]))).toBe("other");
  expect(readClientHello(Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]))).toBe("other");
});

test("a hello that was tampered with is read, or not, but never throws or hangs", async () => {
  const hello = await helloOf({ servername: "a.test", ALPNProtocols: ["acme-tls/1"] });
  for (let at = 0; at < hello.length; at++) {
    for (const value of [0, 1, 127, 255]) {
      const broken = Buffer.from(hello);
      broken[at] = value;
      readClientHello(broken);
    }
  }
});
