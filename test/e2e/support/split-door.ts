import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FigReady, type ReadyProcess, startFig } from "../fig-process.ts";

/** An upstream of one side. Answers its side's name; `on` adds what a test needs. */
export interface SideUpstream {
  readonly url: string;
  readonly server: Server;
  close(): void;
}

export async function startSide(
  side: "legacy" | "modern",
  handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-length": side.length }).end(side);
  },
): Promise<SideUpstream> {
  const server = http.createServer((request, response) => {
    request.resume();
    handle(request, response);
  });
  // Longer than any test, so that no connection is closed under a request.
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface SplitDoor {
  readonly url: string;
  readonly adminUrl: string;
  /** Path of its fig.yaml. */
  readonly config: string;
  readonly process: ReadyProcess<FigReady>;
  /** Ends the process and starts another one on the same files. */
  restart(): Promise<SplitDoor>;
  close(): Promise<void>;
}

/** `fig serve` in a folder of its own: one route `shop` over every path, sticky by x-user-id, all legacy at first. */
export async function startSplitDoor(
  legacy: SideUpstream,
  modern: SideUpstream,
  more = "",
  where = tmpdir(),
): Promise<SplitDoor> {
  const folder = mkdtempSync(join(where, "fig-e2e-split-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(
    join(folder, "fig.yaml"),
    `${more.includes("listen:") ? "" : "listen: 127.0.0.1:0\n"}${more.includes("admin:") ? "" : "admin: 127.0.0.1:0\n"}${more.includes("state:") ? "" : "state: sqlite:state.db\n"}routes: routes
migrations: migrations
default: legacy
debugHeaders: true
upstreams:
  legacy: ${legacy.url}
  modern: ${modern.url}
${more}`,
  );
  writeFileSync(
    join(folder, "routes/shop.yaml"),
    `routes:
  - id: shop
    match: { path: "/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
`,
  );
  return startIn(folder);
}

async function startIn(folder: string): Promise<SplitDoor> {
  const config = join(folder, "fig.yaml");
  const process = await startFig(config);
  return {
    config,
    url: process.ready.url,
    adminUrl: process.ready.adminUrl,
    process,
    restart: async () => {
      await process.stop();
      return startIn(folder);
    },
    close: async () => {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
