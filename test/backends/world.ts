import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type {
  Asker,
  Backend,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../../src/backends/contract.ts";
import { createBackend } from "../../src/backends/index.ts";
import { type HttpUpstream, UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { UpstreamTry } from "../../src/domain/upstream-state.ts";

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Ends what the tests of a file opened. */
export const closers: (() => unknown)[] = [];

export interface Scripted {
  readonly server: Server;
  readonly port: number;
  readonly heads: string[];
  readonly sockets: Set<Socket>;
  /** Connections so far. */
  taken: number;
  /** All bytes that came. */
  received: string;
  close(): Promise<void>;
}

/** Gets each whole head that comes, and everything that came behind it so far. */
export type Script = (head: string, socket: Socket, nth: number) => void;

export const answering: Script = (_head, socket) => void socket.write(OK);

/** What a server does with bytes that come. */
export function serveHeads(scripted: Pick<Scripted, "heads">, script: Script) {
  return (socket: Socket) => {
    let held = "";
    socket.on("data", (chunk) => {
      held += chunk.toString("latin1");
      for (let end = held.indexOf("\r\n\r\n"); end >= 0; end = held.indexOf("\r\n\r\n")) {
        const head = held.slice(0, end);
        held = held.slice(end + 4);
        scripted.heads.push(head);
        script(head, socket, scripted.heads.length);
      }
    });
  };
}

/** A server at `place`: an address of loopback with a port (0: any), or the path of a Unix socket. */
export async function serveAt(
  place: { readonly host: string; readonly port: number } | { readonly path: string },
  script: Script = answering,
): Promise<Scripted> {
  const server = createServer();
  const scripted: Scripted = {
    server,
    port: 0,
    heads: [],
    sockets: new Set(),
    taken: 0,
    received: "",
    close: async () => {
      for (const socket of scripted.sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  const serve = serveHeads(scripted, script);
  server.on("connection", (socket) => {
    scripted.taken++;
    scripted.sockets.add(socket);
    socket.on("error", () => {}).on("close", () => scripted.sockets.delete(socket));
    socket.on("data", (chunk) => {
      scripted.received += chunk.toString("latin1");
    });
    serve(socket);
  });
  server.listen(place);
  await once(server, "listening");
  closers.push(() => scripted.close());
  const port = "path" in place ? 0 : (server.address() as AddressInfo).port;
  return Object.assign(scripted, { port });
}

/** Servers on one port at the last bytes of 127.0.0.x that are named. */
export async function serveOn(lasts: readonly number[], script?: Script): Promise<readonly Scripted[]> {
  const servers: Scripted[] = [];
  for (const last of lasts) {
    servers.push(await serveAt({ host: `127.0.0.${last}`, port: servers[0]?.port ?? 0 }, script));
  }
  return servers;
}

export interface Opened {
  readonly backend: Upstream;
  readonly deadlines: Deadlines;
  /** Moves the upstream's clock. */
  pass(ms: number): void;
}

/** An upstream on a clock that only `pass` moves. */
export function openUpstream(
  changes: Partial<HttpUpstream> & Pick<HttpUpstream, "urls">,
  options: Partial<BackendOptions> = {},
): Opened {
  const deadlines = new Deadlines();
  deadlines.sweep(1_000_000);
  const backend = createBackend(
    {
      ...{ name: "u", kind: "http", host: "client", timeoutMs: 0, connections: UPSTREAM_CONNECTIONS },
      ...changes,
    },
    { deadlines, connectMs: 1_000, bodyIdleMs: 0, upgradeIdleMs: 0, ...options },
  );
  closers.push(() => backend.close());
  return { backend, deadlines, pass: (ms) => deadlines.sweep(deadlines.now + ms) };
}

export interface Answer {
  status: number;
  headers: RawHeaders;
  body: string;
  /** Of what failed. */
  code?: string;
  message?: string;
}

/** Hears of tries. */
export class Hearing implements Asker {
  readonly tries: string[] = [];
  private readonly address: string;

  constructor(address = "192.0.2.1") {
    this.address = address;
  }

  clientAddress(): string {
    return this.address;
  }

  onTry({ upstream, address, result }: UpstreamTry): void {
    this.tries.push(`${upstream} ${address} ${result}`);
  }
}

/** One request, to its end. */
export function ask(backend: Backend, changes: Partial<BackendRequest> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { status: 0, headers: [], body: "" };
    const method = changes.method ?? "GET";
    const call = backend.open(
      {
        ...{ method, target: "/x", headers: ["Host", "shop.test"], upgrade: false, timeoutMs: undefined },
        ...{ retryable: method !== "POST", framing: body === undefined ? NO_BODY : body.length },
        ...changes,
      },
      {
        ...{ onRequestDrain: () => {}, onInform: () => {}, onUpgrade: () => {} },
        onHead: (status, _reason, headers) => Object.assign(answer, { status, headers }),
        onData: (chunk) => {
          answer.body += Buffer.from(chunk).toString("latin1");
        },
        onEnd: () => resolve(answer),
        onError: (code, message) => resolve({ ...answer, code, message }),
      },
    );
    if (body !== undefined) call.write(Buffer.from(body));
    call.end(undefined);
  });
}
