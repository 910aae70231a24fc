import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ProxyOptions } from "../contract.ts";
import type { OpenProxy } from "./child.ts";

/** Node's own server in front of a proxy library: the plain set-up of their READMEs, timeouts wired to Node's. */
export async function openPeer(
  options: ProxyOptions,
  web: (request: IncomingMessage, response: ServerResponse) => void,
  ws: (request: IncomingMessage, socket: Socket, head: Buffer) => void,
): Promise<OpenProxy> {
  const server = createServer(
    {
      maxHeaderSize: options.headerBytes ?? 16 * 1024,
      headersTimeout: options.headersMs ?? 10_000,
      keepAliveTimeout: options.idleMs ?? 75_000,
      connectionsCheckingInterval: 50,
    },
    web,
  );
  server.on("upgrade", (request, socket, head) => ws(request, socket as Socket, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => new Promise((resolve) => server.close(() => resolve())),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function answerError(error: Error, response: ServerResponse | Socket | undefined): void {
  if (response === undefined) return;
  if (!("writeHead" in response)) {
    response.destroy();
    return;
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const timedOut = /timeout|ETIMEDOUT/i.test(
    `${error.message} ${(error as NodeJS.ErrnoException).code ?? ""}`,
  );
  response.writeHead(timedOut ? 504 : 502).end();
}
