import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runFig, startFig } from "./in-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startDoor(settings: readonly string[]) {
  const side = createServer((_request, response) => response.end("ok"));
  await new Promise<void>((resolve) => side.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "fig-one-"));
  const file = join(folder, "fig.yaml");
  const lines = [
    ...["admin: 127.0.0.1:0", 'state: "memory:"', "default: side", ...settings, "policies: { apiKeys: {} }"],
    `upstreams: { side: "http://127.0.0.1:${(side.address() as AddressInfo).port}" }`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const door = await startFig(file);
  const { ready } = door;
  cleanups.push(
    () => side.close(),
    () => side.closeAllConnections(),
    () => rmSync(folder, { recursive: true }),
    () => door.stop(),
  );
  const fig = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runFig([...args, "-c", file, "--admin", ready.adminUrl]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const add = async (name: string) => {
    const { key, apiKey } = JSON.parse(await fig("keys", "add", "--name", name, "--json"));
    return { key: key as string, id: apiKey.id as string };
  };
  return { port: Number(new URL(ready.url).port), fig, add };
}

type Ask = (key: string | undefined) => Promise<number>;

/** One connection of HTTP/1.1, one request after the other. */
function overHttp1(port: number, before = ""): Ask {
  const socket: Socket = connect(port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  if (before !== "") socket.write(before);
  let read = "";
  let heard: ((status: number) => void) | undefined;
  socket.setEncoding("latin1").on("data", (text: string) => {
    read += text;
    const end = read.indexOf("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(read)?.[1]);
    if (end < 0 || read.length < end + 4 + length) return;
    heard?.(Number(read.slice(9, 12)));
    read = "";
  });
  return (key) =>
    new Promise((resolve) => {
      heard = resolve;
      socket.write(`GET / HTTP/1.1\r\nHost: a\r\n${key === undefined ? "" : `X-API-Key: ${key}\r\n`}\r\n`);
    });
}

function overHttp2(port: number): Ask {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  cleanups.push(() => session.destroy());
  return (key) =>
    new Promise((resolve, reject) => {
      const stream = session.request(key === undefined ? {} : { "x-api-key": key });
      stream.on("response", (fields) => resolve(Number(fields[":status"])));
      stream.on("error", reject).resume();
    });
}

test.each<[string, readonly string[], (port: number) => Ask]>([
  ["the fast lane", ["listen: 127.0.0.1:0"], (port) => overHttp1(port)],
  ["the node lane", ["listen: 127.0.0.1:0", "lane: node"], (port) => overHttp1(port)],
  ["HTTP/2", ["listen: 127.0.0.1:0"], overHttp2],
  [
    "a PROXY header",
    ["listen: { address: 127.0.0.1:0, proxyProtocol: true }", "trustedProxies: [127.0.0.1]"],
    (port) => overHttp1(port, "PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\n"),
  ],
])(
  "on one connection by %s each request has its own verdict, and a key that is revoked passes no more",
  async (_how, settings, open) => {
    const { port, fig, add } = await startDoor(settings);
    const [ann, ben] = [await add("ann"), await add("ben")];
    const ask = open(port);
    for (const { key } of [ann, ben])
      await until(
        () => ask(key),
        (status) => status === 200,
      );
    const unknown = `${ann.key.slice(0, -1)}${ann.key.endsWith("0") ? "1" : "0"}`;
    const sent = [
      ann.key,
      ann.key,
      ann.key,
      unknown,
      unknown,
      unknown,
      ann.key,
      ben.key,
      undefined,
      ben.key,
      ben.key,
      ann.key,
    ];
    const got: number[] = [];
    for (const key of sent) got.push(await ask(key));
    expect(got).toEqual(sent.map((key) => (key === undefined || key === unknown ? 401 : 200)));
    for (let i = 0; i < 3; i++) expect(await ask(ann.key)).toBe(200);
    await fig("keys", "revoke", ann.id, "--reason", "lost");
    await until(
      () => ask(ann.key),
      (status) => status === 401,
    );
    expect([await ask(ann.key), await ask(ann.key), await ask(ben.key)]).toEqual([401, 401, 200]);
  },
);
