// What stands between the front door and a server, and keeps what passes: bytes are judged, not what anybody says of them.
import { connect, createServer } from "node:net";

const { readRecorded } = await import(
  new URL("../../test/conformance/differential/reader.ts", import.meta.url)
);

const ADDRESS = /\r\nx-forwarded-for: (?:[^\r]*, )?(127\.\d+\.\d+\.\d+)\r\n/i;
const REQUEST_ID = /\r\nx-request-id: ([^\r]*)\r\n/i;
const SEEN = /\r\nx-seen: *([^\r]*?) *\r\n/i;

/** What a server said of the request it answers: `METHOD id length hex(path)`, "-" for what it cannot tell. */
export function seenOf(head) {
  const [, method, id, length] = /^(\S+) (\S+) (\S+) /.exec(SEEN.exec(head)?.[1] ?? "") ?? [];
  return method === undefined ? undefined : { method, id, length };
}

/** The final answers in `text` to requests of these methods; `rest`: what follows them. */
export function answersIn(text, methods, ended) {
  const answers = [];
  let at = 0;
  for (;;) {
    const read = readRecorded(text, at, methods[answers.length] ?? "GET", ended);
    if (read === undefined || read.next === at) return { answers, rest: text.slice(at) };
    at = read.next;
    const status = Number(read.message.head.slice(9, 12));
    if (status >= 200 || status === 101 || Number.isNaN(status)) answers.push({ ...read.message, status });
    if (!read.message.whole) return { answers, rest: "" };
  }
}

/** The requests of `text`; `pieces` tell when each came. */
export function requestsIn(text, pieces) {
  const requests = [];
  let at = 0;
  for (;;) {
    const read = readRecorded(text, at, undefined, false);
    if (read === undefined) return { requests, rest: text.slice(at) };
    const moment = pieces.findLast(([begin]) => begin <= at)?.[1] ?? 0;
    const from = at;
    at = read.next;
    const { head, body, whole, fault } = read.message;
    const [, address] = ADDRESS.exec(head) ?? [];
    const [, id] = REQUEST_ID.exec(head) ?? [];
    const [method, target] = head.split(" ");
    requests.push({
      moment,
      head,
      method,
      target,
      id,
      address,
      length: body.length,
      whole,
      fault,
      from,
      to: at,
    });
    if (!whole) return { requests, rest: "" };
  }
}

let moments = 0;

/** One connection between the door and the server. */
class Tapped {
  up = "";
  down = "";
  /** Where each piece of `up` begins, and when it came, over all connections. */
  pieces = [];
  /** Who ended it first. */
  endedBy = undefined;

  constructor(socket, port) {
    const other = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const pass = (from, to, side) => {
      from.on("data", (chunk) => {
        if (side === "door") this.pieces.push([this.up.length, moments++]);
        this[side === "door" ? "up" : "down"] += chunk.toString("latin1");
        if (!to.destroyed) to.write(chunk);
      });
      from.on("end", () => {
        this.endedBy ??= side;
        to.end();
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.endedBy ??= side;
        to.destroy();
      });
    };
    pass(socket, other, "door");
    pass(other, socket, "server");
    this.sockets = [socket, other];
  }

  destroy() {
    for (const socket of this.sockets) socket.destroy();
  }
}

export class Tap {
  connections = [];

  constructor(port) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.connections.push(new Tapped(socket, port));
    });
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", 1024, resolve));
    return this.server.address().port;
  }

  /** What passed since the last call; its connections are ended. */
  take() {
    const taken = this.connections;
    this.connections = [];
    for (const one of taken) one.destroy();
    return taken;
  }

  close() {
    this.take();
    this.server.close();
  }
}
