import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FigReady, type ReadyProcess, startFig } from "../e2e/fig-process.ts";
import { freePort } from "./free-port.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";
export const OLDER_SECRET = "fedcba9876543210fedcba9876543210";

/** A side that answers with what it was sent. */
export interface EchoSide {
  readonly url: string;
  readonly got: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  close(): void;
}

export async function echoSide(): Promise<EchoSide> {
  const got: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    got.push({ path: request.url ?? "", headers: request.headers });
    response.setHeader("content-type", "text/html");
    response.end(`<p>path ${request.url}</p><p id="who">${request.headers["x-fig-subject"] ?? "nobody"}</p>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface LoginDoorOptions {
  readonly port: number;
  readonly upstream: string;
  /** Keys of `login`, in YAML's flow style: what they lack is that of the client `shop`. */
  readonly login: string;
  readonly more?: string;
  readonly state?: string;
  /** In place of plain HTTP on the port; its files are beside fig.yaml. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly env?: Readonly<Record<string, string>>;
}

export interface LoginDoor {
  readonly url: string;
  readonly process: ReadyProcess<FigReady>;
  readonly folder: string;
  metrics(): Promise<string>;
  close(): Promise<unknown>;
}

export const doorPort = freePort;

/** A front door with `login` on every route. */
export async function loginDoor({
  port,
  upstream,
  login,
  more = "",
  state = "memory:",
  tls,
  env = {},
}: LoginDoorOptions): Promise<LoginDoor> {
  const folder = mkdtempSync(join(tmpdir(), "fig-login-"));
  mkdirSync(join(folder, "routes"));
  if (tls !== undefined) {
    writeFileSync(join(folder, "door.crt"), tls.cert);
    writeFileSync(join(folder, "door.key"), tls.key, { mode: 0o600 });
  }
  writeFileSync(
    join(folder, "fig.yaml"),
    [
      tls === undefined
        ? `listen: 127.0.0.1:${port}`
        : `listen: { address: "127.0.0.1:${port}", tls: { cert: door.crt, key: door.key } }`,
      "admin: 127.0.0.1:0",
      `state: "${state}"`,
      `upstreams: { shop: ${upstream} }`,
      "default: shop",
      more,
      "policies:",
      `  login: ${login}`,
      "",
    ].join("\n"),
  );
  const door = await startFig(join(folder, "fig.yaml"), {
    SHOP_SECRET: "shop-secret-of-the-provider",
    SESSION_SECRET: SECRET,
    OLDER_SECRET,
    ...env,
  });
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    process: door,
    folder,
    metrics: async () => (await fetch(`${door.ready.adminUrl}/metrics`)).text(),
    close: async () => {
      await door.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
