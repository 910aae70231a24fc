import { createServer, type Socket } from "node:net";

const MIB = 1024 ** 2;
const JSON_TYPE = "Content-Type: application/json\r\n";
/** A megabyte in chunks of one byte. */
export const TINY_CHUNKS = Buffer.from(`${"1\r\nX\r\n".repeat(1_000_000)}0\r\n\r\n`);
const END_OF_CHUNKS = "0\r\n\r\n";

function whole(body: string, fields = ""): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Different names each time: every member is a path of its own. */
function distinctMembers(number: number, side: string): string {
  const members = (of: string) =>
    side === "legacy"
      ? ""
      : Array.from({ length: 45 }, (_, at) => `"${of}${number}_${at}${"n".repeat(190)}":1`);
  return `{"a":{${members("a")}},"b":{${members("b")}}}`;
}

/** What takes most memory when it is read, a mebibyte each; they differ at their end. */
function wastefulJson(kind: string, side: string): string {
  const last = side === "legacy" ? 1 : 2;
  const fill = (piece: string) => piece.repeat(Math.floor((MIB - 64) / piece.length));
  if (kind === "members") return `{${fill('"a":1,')}"z":${last}}`;
  if (kind === "objects") return `[${fill('{"a":1},')}${last}]`;
  if (kind === "few") return `[${'{"a":{}},'.repeat(27_000)}${last}]`;
  return `${"[".repeat(MIB / 2 - 1)}${last}${"]".repeat(MIB / 2 - 1)}`;
}

const DIFFERING: Readonly<Record<string, string>> = { legacy: "x".repeat(MIB), modern: "y".repeat(MIB) };

/** More than the kernel takes for a client that does not read. */
const BIG = Buffer.from(whole("x".repeat(4 * MIB)));

/** An upstream that answers by path, and takes as much of a front door's memory as it can. */
export async function startHostileUpstream(side: "legacy" | "modern") {
  const sockets = new Set<Socket>();
  const held: Socket[] = [];
  let holding = side === "modern";

  function answer(socket: Socket, path: string): void {
    const [kind, number = ""] = (path.split("/")[2] ?? "").split("-");
    if (path === "/calm") socket.write(whole("ok"));
    else if (path.startsWith("/big")) socket.write(BIG);
    else if (kind === "flood") socket.write(whole(distinctMembers(Number(number), side), JSON_TYPE));
    else if (kind === "json") socket.write(whole(wastefulJson(number, side), JSON_TYPE));
    else if (kind === "tiny" && side === "modern") {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      socket.write(TINY_CHUNKS);
    } else if (kind === "held") {
      if (holding) held.push(socket);
      else socket.write(whole(DIFFERING[side] as string));
    } else socket.write(whole("ok"));
  }

  function serve(socket: Socket): void {
    let path = "";
    let tail = "";
    socket.on("data", (bytes) => {
      let rest = bytes.toString("latin1");
      if (path === "") {
        const head = rest;
        path = head.split(" ", 2)[1] ?? "";
        rest = head.slice(head.indexOf("\r\n\r\n") + 4);
        // Bodies of these are never read: uploads, and modern's of the route that falls back.
        if (path.startsWith("/upload") || path.startsWith("/fall/")) {
          if (side === "legacy" && path.startsWith("/fall/"))
            socket.end(whole("ok", "Connection: close\r\n"));
          else socket.pause();
          return;
        }
        if (!/transfer-encoding: chunked/i.test(head)) tail = END_OF_CHUNKS;
      } else if (path.startsWith("/fall/")) return;
      tail = (tail + rest).slice(-END_OF_CHUNKS.length);
      if (tail !== END_OF_CHUNKS) return;
      const asked = path;
      path = "";
      tail = "";
      answer(socket, asked);
    });
  }

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    hangUp,
    /** Answers what it has held back, and holds nothing back any more. */
    release() {
      holding = false;
      for (const socket of held.splice(0)) socket.write(whole(DIFFERING[side] as string));
    },
    close() {
      hangUp();
      server.close();
    },
  };
}

export type HostileUpstream = Awaited<ReturnType<typeof startHostileUpstream>>;
