import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FigReady, type ReadyProcess, startFig } from "../../fig-process.ts";
import type { Step } from "./case.ts";

/** Policies by the routes' first segments. */
export const ROUTES: Readonly<Record<string, string>> = {
  plain: "{}",
  ttl: "{ ttl: 60s }",
  strict: "{ ignoreClientCacheControl: false }",
  stale: "{ staleWhileRevalidate: 30s, staleIfError: 30s }",
  keys: "{ key: { query: [page], headers: [X-Tenant], host: false } }",
  cookies: "{ key: { cookies: [lang] } }",
  small: "{ maxObject: 1KiB }",
};

export interface CacheDoor {
  readonly url: string;
  readonly adminUrl: string;
  readonly folder: string;
  readonly config: string;
  readonly process: ReadyProcess<FigReady>;
  close(): Promise<void>;
}

/** `fig serve` over two sides, with a route for each policy. */
export async function startCacheDoor(options: {
  readonly legacy: number;
  readonly modern?: number;
  readonly routes?: Readonly<Record<string, string>>;
  /** Lines of fig.yaml. */
  readonly more?: string;
  readonly state?: string;
}): Promise<CacheDoor> {
  const { legacy, modern = legacy, routes = ROUTES, more = "", state = "sqlite:state.db" } = options;
  const folder = mkdtempSync(join(tmpdir(), "fig-cache-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "${state}"
default: legacy
upstreams:
  legacy: http://127.0.0.1:${legacy}
  modern: http://127.0.0.1:${modern}
${more}`,
  );
  writeFileSync(join(folder, "routes/cache.yaml"), routesFile(routes));
  const config = join(folder, "fig.yaml");
  const process = await startFig(config);
  return {
    url: process.ready.url,
    adminUrl: process.ready.adminUrl,
    folder,
    config,
    process,
    async close() {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function routesFile(routes: Readonly<Record<string, string>>): string {
  const each = Object.entries(routes).map(
    ([name, policy]) => `  - id: ${name}
    match: { path: "/${name}/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
    policies: { cache: ${policy} }
`,
  );
  return `routes:\n${each.join("")}`;
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Undefined: the answer broke off, or there was none. */
export function send(url: string, path: string, step: Step): Promise<Got | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const asked = ask(
      {
        hostname,
        port,
        path,
        method: step.method ?? "GET",
        headers: { ...(step.headers as Record<string, string>) },
        agent,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", () => resolve(undefined));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    asked.on("error", () => resolve(undefined));
    asked.end(step.body);
  });
}
