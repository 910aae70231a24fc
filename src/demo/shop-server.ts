import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface ShopAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer takes, ms. */
  readonly delayMs?: number;
}

export interface ShopServer {
  readonly url: string;
  close(): Promise<void>;
}

/** One of the shop's backends on a free port of loopback. A path that `answer` does not know gets 404. */
export function startShopServer(
  answer: (request: ShopRequest) => ShopAnswer | undefined,
): Promise<ShopServer> {
  return listening(
    createServer((request, response) => {
      // Bodies are read to their end and not looked at: the shop takes every order as it is.
      request.resume();
      request.on("end", () => {
        const found = answer(shopRequest(request)) ?? { status: 404, body: { error: "not_found" } };
        if (found.delayMs === undefined) send(response, found);
        else setTimeout(() => send(response, found), found.delayMs);
      });
    }),
  );
}

/** On a free port of loopback. */
export async function listening(server: Server): Promise<ShopServer> {
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function shopRequest(request: IncomingMessage): ShopRequest {
  const url = new URL(request.url ?? "/", "http://shop.example");
  return { method: request.method ?? "GET", path: url.pathname, query: url.searchParams };
}

function send(response: ServerResponse, { status, body, headers }: ShopAnswer): void {
  if (response.destroyed) return;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": typeof body === "string" ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** The number at the end of `/prefix/17`; undefined for any other path. */
export function idIn(path: string, prefix: string): number | undefined {
  const [, digits] = path.startsWith(`${prefix}/`)
    ? (/^(\d{1,9})$/.exec(path.slice(prefix.length + 1)) ?? [])
    : [];
  return digits === undefined ? undefined : Number(digits);
}
