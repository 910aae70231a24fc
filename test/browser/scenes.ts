import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import type { Control } from "../../src/control/contract.ts";
import { startFig } from "../e2e/fig-process.ts";

export interface SceneOptions {
  /** Ids, each a route of its own path `/ID/{id}`, or with a cohort. */
  readonly routes: readonly { readonly id: string; readonly cohort?: string }[];
  readonly name?: string;
  readonly state?: string;
  readonly adminToken?: string;
  /** Migration files by name. */
  readonly steps?: Readonly<Record<string, string>>;
  /** `listen` of fig.yaml; the first is `url`. */
  readonly listen?: unknown;
  /** What fig.yaml says of the upstream of legacy. */
  readonly monolith?: (origin: string) => unknown;
  /** Written below the settings of fig.yaml. */
  readonly more?: string;
}

export interface Scene {
  readonly url: string;
  readonly adminUrl: string;
  readonly control: Control;
  /** So many requests to each of these routes. */
  ask(ids: readonly string[], times: number): Promise<void>;
  /** Nothing listens there any more. */
  killModern(): Promise<void>;
  stop(): Promise<void>;
}

async function listening(body: (path: string) => string): Promise<Server> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(body(request.url ?? "/"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A front door with these routes between two small services; some of modern's answers differ. */
export async function startScene(options: SceneOptions): Promise<Scene> {
  const { routes, name, state = "sqlite:state.db", adminToken, steps = {}, more = "" } = options;
  const { listen = "127.0.0.1:0", monolith = (origin) => origin } = options;
  const legacy = await listening((path) => JSON.stringify({ path, total: 10, at: 1 }));
  const modern = await listening((path) =>
    JSON.stringify({ path, total: path.endsWith("7") ? 11 : 10, at: 1 }),
  );
  const folder = await mkdtemp(join(tmpdir(), "fig-scene-"));
  await mkdir(join(folder, "routes"));
  await mkdir(join(folder, "migrations"));
  const settings = [
    ...(name === undefined ? [] : [`name: ${JSON.stringify(name)}`]),
    `listen: ${JSON.stringify(listen)}`,
    "admin: 127.0.0.1:0",
    `state: ${JSON.stringify(state)}`,
    "default: monolith",
    `upstreams: { monolith: ${JSON.stringify(monolith(originOf(legacy)))}, orders: ${JSON.stringify(originOf(modern))} }`,
    ...(adminToken === undefined ? [] : [`adminToken: ${JSON.stringify(adminToken)}`]),
    more,
  ];
  await writeFile(join(folder, "fig.yaml"), `${settings.join("\n")}\n`);
  const list = routes.map(
    ({ id, cohort }) =>
      `  - { id: ${JSON.stringify(id)}, match: { path: ${JSON.stringify(`/${id}/{id}`)} }, legacy: monolith, modern: orders, sticky: [ip]${cohort === undefined ? "" : `, cohort: ${JSON.stringify(cohort)}`} }`,
  );
  await writeFile(join(folder, "routes", "all.yaml"), `routes:\n${list.join("\n")}\n`);
  for (const [file, text] of Object.entries(steps)) await writeFile(join(folder, "migrations", file), text);
  const door = await startFig(join(folder, "fig.yaml"));
  const { url, adminUrl } = door.ready;
  return {
    url,
    adminUrl,
    control: createAdminClient({ origin: adminUrl, token: adminToken }),
    async ask(ids, times) {
      for (let at = 0; at < times; at++) {
        await Promise.all(
          ids.map(async (id) => {
            const response = await fetch(new URL(`/${id}/${at}`, url));
            await response.arrayBuffer();
          }),
        );
      }
    },
    killModern: () => close(modern),
    async stop() {
      await door.stop();
      await close(legacy);
      if (modern.listening) await close(modern);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `shop-01.read` and the like, of 60 cohorts. */
export function manyRoutes(count: number): SceneOptions["routes"] {
  const verbs = ["list", "read", "write", "search", "export"];
  return Array.from({ length: count }, (_, at) => {
    const cohort = `area-${String(Math.floor(at / verbs.length) + 1).padStart(2, "0")}`;
    return { id: `${cohort}.${verbs[at % verbs.length]}`, cohort };
  });
}

/** 100 characters, without a place to break in the second half. */
export const LONG_ID = `catalogue.products.variants.prices.${"x".repeat(65)}`;
