import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FrameClient, GET, headers, PREFACE, settings } from "../conformance/http2/frames.ts";
import { certificate } from "../support/certificates.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const { cert, key } = certificate();
const tls = { cert, key };
const address = "127.0.0.1:0";

let side: SideUpstream;
const doors: SplitDoor[] = [];

beforeAll(async () => {
  side = await startSide("legacy", (request, response) => {
    if (request.url === "/later") setTimeout(() => response.end("later"), 500);
    else response.end(JSON.stringify(request.headers));
  });
});

afterAll(async () => {
  for (const door of doors) await door.close();
  side.close();
});

/** Listeners, in this order: plain, TLS, both without HTTP/2, and one behind the PROXY protocol. */
async function startDoor(
  lane: string,
): Promise<{ readonly door: SplitDoor; readonly ports: readonly number[] }> {
  const listen = [
    { address },
    { address, tls },
    { address, http2: false },
    { address, tls, http2: false },
    { address, proxyProtocol: true },
  ];
  const door = await startSplitDoor(
    side,
    side,
    `listen: ${JSON.stringify(listen)}\nlane: ${lane}\ntrustedProxies: [127.0.0.1]\ntimeouts: { headers: 1s }\n`,
  );
  doors.push(door);
  return { door, ports: door.process.ready.urls.map((url) => Number(new URL(url).port)) };
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** All that comes until the other end closes. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await once(socket, "close");
  return text;
}

async function bodyOf(session: ClientHttp2Session, path: string): Promise<string> {
  const stream = session.request({ ":path": path });
  let body = "";
  stream.on("data", (chunk: Buffer) => {
    body += chunk.toString();
  });
  await once(stream, "close");
  return body;
}

describe.each(["auto", "node"])("HTTP/2 at listeners, lane %s", (lane) => {
  let door: SplitDoor;
  let ports: readonly number[];
  const port = (at: number) => ports[at] as number;

  beforeAll(async () => {
    ({ door, ports } = await startDoor(lane));
  });

  test("HTTP/1.1 and HTTP/2 are served at one address, with TLS by what was agreed on", async () => {
    for (const url of [`http://127.0.0.1:${port(0)}`, `https://localhost:${port(1)}`]) {
      const session = connectHttp2(url, { rejectUnauthorized: false });
      expect(JSON.parse(await bodyOf(session, "/x"))).toMatchObject({ via: "2.0 fig" });
      session.destroy();
    }
    const answer = await fetch(`http://127.0.0.1:${port(0)}/x`);
    expect(await answer.json()).toMatchObject({ via: "1.1 fig" });
    const socket = connectTls({ port: port(1), host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    socket.write("GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
    expect(await readAll(socket)).toContain('"via":"1.1 fig"');
    const metrics = await (await fetch(new URL("/metrics", door.adminUrl))).text();
    expect(metrics).toContain('fig_lane_requests_total{lane="h2"} 2\n');
    expect(metrics).toContain('fig_lane_handovers_total{reason="http2"} 1\n');
  });

  test("with http2: false neither the preface nor ALPN opens it, and HTTP/1.1 is served", async () => {
    const preface = await opened(port(2));
    preface.write(Buffer.concat([PREFACE, settings()]));
    expect(await readAll(preface)).toMatch(/^HTTP\/1\.1 400 /);
    const only = connectTls({
      ...{ port: port(3), host: "127.0.0.1", rejectUnauthorized: false },
      ALPNProtocols: ["h2"],
    });
    const [error] = (await once(only, "error")) as [Error];
    expect(error.message).toMatch(/alert/);
    const both = connectTls({
      ...{ port: port(3), host: "127.0.0.1", rejectUnauthorized: false },
      ALPNProtocols: ["h2", "http/1.1"],
    });
    await once(both, "secureConnect");
    expect(both.alpnProtocol).toBe("http/1.1");
    both.destroy();
    expect((await fetch(`http://127.0.0.1:${port(2)}/x`)).status).toBe(200);
  });

  test("a preface is known whatever pieces it comes in, and behind a PROXY header", async () => {
    const socket = await opened(port(0));
    socket.setNoDelay(true);
    const heard: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => heard.push(chunk));
    for (const byte of Buffer.concat([PREFACE, settings(), headers(1, GET)])) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await until(
      () => Buffer.concat(heard).toString("latin1"),
      (text) => text.includes("hygiene.test"),
    );
    socket.destroy();
    const proxied = await opened(port(4));
    proxied.write("PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n");
    const client = new FrameClient(proxied);
    let text = "";
    proxied.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    client.send(headers(1, GET));
    await until(
      () => text,
      (now) => now.includes('"x-forwarded-for":"192.0.2.7"'),
    );
    client.close();
  });

  test("half a preface is refused once its time is up, and a client that leaves in it is let go", async () => {
    const half = await opened(port(0));
    half.write(PREFACE.subarray(0, 10));
    expect(await readAll(half)).toMatch(/^HTTP\/1\.1 40[08] /);
    const leaving = await opened(port(0));
    leaving.end(PREFACE.subarray(0, 10));
    await once(leaving.resume(), "close");
    const silent = await opened(port(0));
    silent.end();
    await once(silent.resume(), "close");
  });

  // The last one: the front door ends.
  test("a drain sends GOAWAY, and ends what is under way", async () => {
    const session = connectHttp2(`https://localhost:${port(1)}`, { rejectUnauthorized: false });
    session.on("error", () => {});
    let goaway = false;
    session.on("goaway", () => {
      goaway = true;
    });
    await bodyOf(session, "/x");
    const idle = await opened(port(0));
    const underWay = bodyOf(session, "/later");
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(door.process.pid, "SIGTERM");
    expect(await underWay).toBe("later");
    await until(
      () => goaway,
      (heard) => heard,
    );
    await once(idle.resume(), "close");
  });
});
