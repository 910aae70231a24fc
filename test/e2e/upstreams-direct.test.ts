import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";

const { staysSilent } = await import(String(new URL("../../scripts/upstreams/direct.mjs", import.meta.url)));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const ODD = "get /b HTTP/1.1\r\nHost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Answers every request but an odd one; what it does with that, `onOdd` says: the how manieth of its connection it is comes along. */
async function start(onOdd: (socket: Socket, nth: number) => void): Promise<number> {
  const server = createServer((socket) => {
    let nth = 0;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      nth++;
      if (bytes.toString() === ODD) onOdd(socket, nth);
      else socket.write(OK);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

test.each([
  ["none", () => {}, true],
  [
    "none behind another request, as Puma does",
    (socket: Socket, nth: number) => nth === 1 && socket.write(OK),
    true,
  ],
  ["an answer", (socket: Socket) => socket.write(OK), false],
  ["the beginning of one", (socket: Socket) => socket.write("HTTP/1.1 2"), false],
  ["an end", (socket: Socket) => socket.end(), false],
  ["a reset", (socket: Socket) => socket.resetAndDestroy(), false],
])(
  "a server that gives %s to a request of its own is told from one that the front door confused",
  async (_what, onOdd, silent) => {
    const port = await start((socket, nth) => void onOdd(socket, nth));
    expect(await staysSilent(port, GET + GET + ODD, 300)).toBe(silent);
  },
);
