import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Parts of node:http's parser that its types leave out. */
interface Parser {
  /** Hears each head. What it returns is the parser's `skipBody`: 2 has it stop behind the head, as for an upgrade. */
  onIncoming: (request: IncomingMessage, keepAlive: boolean) => number;
}

const LEFT = new WeakSet<IncomingMessage>();
const DECLINED = new WeakSet<IncomingMessage>();

interface Wishes {
  /** Many requests wait. */
  isFarAhead(): boolean;
  /** Whether a request that asks for an upgrade may have it now. */
  upgrades(request: IncomingMessage): boolean;
}

/**
 * Has node:http stop behind the head of a request with a chunked body, as behind one that upgrades: its parser calls back for
 * every chunk, 11,000 times for one read of one-byte chunks, and nobody else is served until it is through. So it does for
 * every request of a read, 1,400 of them in one: behind many that wait it stops as well. Behind one whose Upgrade is ignored it
 * would stop by itself and lose what follows. What is left is read by wire/chunked and the fast lane's parser
 * (docs/decisions/0030), and what is HTTP/1.0 by node:http again (`headBytes`).
 */
export function leaveRequests(socket: Socket, { isFarAhead, upgrades }: Wishes): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  if (parser === undefined || parser === null) return;
  const { onIncoming } = parser;
  parser.onIncoming = (request, keepAlive) => {
    const { headers, httpVersion, method } = request;
    const asked = (request as IncomingMessage & { readonly upgrade?: boolean | null }).upgrade === true;
    if (method === "CONNECT") return onIncoming(request, keepAlive);
    const declined = asked && !upgrades(request);
    // Another coding is refused (framing.ts), and HTTP/1.0 has none.
    const chunked = httpVersion === "1.1" && headers["transfer-encoding"]?.toLowerCase() === "chunked";
    if (chunked || isFarAhead() || (declined && httpVersion === "1.1")) {
      LEFT.add(request);
      if (!asked || declined) DECLINED.add(request);
      Object.assign(request, { upgrade: true });
    }
    // HTTP/1.0 knows no Upgrade: what follows such a request is lost, and the answer says that it is the last.
    return onIncoming(request, keepAlive && (!declined || wasLeft(request)));
  };
}

/** Whether node:http let go of the connection behind its head. */
export function wasLeft(request: IncomingMessage): boolean {
  return LEFT.has(request);
}

/** Whether it asks for no upgrade, or for one that it cannot have. */
export function isDeclined(request: IncomingMessage): boolean {
  return DECLINED.has(request);
}

/** A head as it may have come, for node:http to read it again. */
export function headBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}
