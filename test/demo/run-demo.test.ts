import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/index.ts";
import type { MigrateRequest } from "../../src/control/contract.ts";
import type { DemoDeps } from "../../src/demo/contract.ts";
import { runDemo } from "../../src/demo/run-demo.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { FigError } from "../../src/domain/errors.ts";
import { entry, fakeControl, routeStatus, statusOf } from "../cli/support.ts";

const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

interface Seen {
  readonly files: string[];
  readonly texts: string[];
  readonly steps: MigrateRequest[];
  readonly notes: string[];
  config: FrontDoorConfig | undefined;
  requests: number;
  readonly cookies: Set<string>;
  written: string;
}

/** Deps whose front door answers 204 to everything where the file says it listens. */
function demoDeps(known: Partial<DemoDeps> = {}) {
  const seen: Seen = {
    files: [],
    texts: [],
    steps: [],
    notes: [],
    config: undefined,
    requests: 0,
    cookies: new Set(),
    written: "",
  };
  const enough = Promise.withResolvers<void>();
  const control = fakeControl({
    status: async () => statusOf([routeStatus({ id: "orders.read", legacy: { ...NONE, requests: 3 } })]),
    mismatches: async () => [],
    noticed: async () => [],
    migrate: async (request) => {
      seen.steps.push(request);
      const result = { dryRun: false, changes: [], effects: [], gates: [], warnings: [], unsafeServed: {} };
      return { ...result, written: true, entries: [entry({})] };
    },
  });
  const deps: DemoDeps = {
    clock: { now: () => 0, micros: () => performance.now() * 1000, hex: () => "" },
    packageRoot,
    async serve(file) {
      seen.files.push(file);
      seen.texts.push(readFileSync(file, "utf8"));
      const loaded = await loadConfig(file, {});
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      seen.config = loaded.config;
      const listen = loaded.config.listen[0];
      const server = createServer((request, response) => {
        seen.requests++;
        seen.cookies.add(request.headers.cookie ?? "");
        if (seen.requests === 120) enough.resolve();
        response.writeHead(204).end();
      });
      await new Promise<void>((resolve) => server.listen(listen?.port, listen?.host, resolve));
      const down = Promise.withResolvers<number>();
      return {
        ready: { url: `http://127.0.0.1:${listen?.port}`, adminUrl: "http://127.0.0.1:1" },
        closed: down.promise,
        stop: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
            down.resolve(0);
          }),
      };
    },
    connect: () => control,
    stopped: enough.promise,
    command: "npx fig",
    screen: {
      write: (text) => (seen.written += text),
      live: false,
      bold: (text) => text,
      dim: (text) => text,
    },
    note: (text) => seen.notes.push(text),
    ...known,
  };
  return { deps, seen };
}

const NONE = { requests: 0, errors: 0, p50: null, p95: null, p99: null };

describe("The demo", () => {
  test("serves the repo's own routes on free ports, takes the opening steps, and leaves nothing behind", async () => {
    const { deps, seen } = demoDeps();
    expect(await runDemo(deps, { forMs: undefined, rate: 1000, json: true })).toBe(0);
    const { config } = seen;
    expect(config?.routes.map(({ id }) => id)).toContain("orders.read");
    expect(config?.routes[0]?.source.file.startsWith(packageRoot)).toBe(true);
    const ports = [...(config?.upstreams.values() ?? [])].map((upstream) => {
      const served = upstream.kind === "http" ? upstream.urls[0] : undefined;
      const invoked = upstream.kind === "lambda" ? upstream.lambda.functions["*"]?.endpoint : undefined;
      return new URL(served ?? invoked ?? "").port;
    });
    expect(new Set([...ports, String(config?.listen[0]?.port), String(config?.admin.port)]).size).toBe(6);
    expect(config?.state).toBe(`sqlite:${seen.files[0]?.replace("fig.yaml", "state.db")}`);
    expect(seen.steps.map(({ action }) => action)).toEqual(["up", "up", "up", "up"]);
    expect(seen.cookies.size).toBe(60);
    const summary = JSON.parse(seen.written);
    expect(summary).toMatchObject({ failed: 0, stateId: "own-state", routes: [{ id: "orders.read" }] });
    expect(summary.requests).toBe(seen.requests);
    expect(existsSync(seen.files[0] as string)).toBe(false);
    expect(seen.notes).toEqual([]);
  });

  test("ends by itself after its time, and prints commands that name its own file", async () => {
    const never = new Promise<void>(() => {});
    const { deps, seen } = demoDeps({ stopped: never });
    expect(await runDemo(deps, { forMs: 1300, rate: 50, json: false })).toBe(0);
    expect(seen.written).toContain(`  npx fig status -c ${seen.files[0]}\n`);
    expect(seen.written).toContain(
      `npx fig shift --cohort orders --modern 50 --reason more -c ${seen.files[0]}\n`,
    );
    expect(seen.written).toMatch(/The demo is over; its state is gone\.\n$/);
    expect(seen.written).not.toContain("\u001b");
  });

  test("takes other ports when those it found free are taken by then", async () => {
    let calls = 0;
    const { deps, seen } = demoDeps();
    const serve: DemoDeps["serve"] = (file) => {
      calls++;
      if (calls === 1) return Promise.reject(new FigError("address_in_use", "taken"));
      return deps.serve(file, {});
    };
    expect(await runDemo({ ...deps, serve }, { forMs: undefined, rate: 1000, json: true })).toBe(0);
    expect(calls).toBe(2);
    expect(seen.files).toHaveLength(1);
  });

  test("a front door that cannot start is the demo's failure, with everything closed", async () => {
    const files: string[] = [];
    const serve: DemoDeps["serve"] = (file) => {
      files.push(file);
      return Promise.reject(new FigError("invalid_files", "no"));
    };
    const { deps } = demoDeps({ serve });
    await expect(runDemo(deps, { forMs: 1, rate: 1, json: true })).rejects.toMatchObject({
      code: "invalid_files",
    });
    expect(files.map((file) => existsSync(file))).toEqual([false]);
  });

  test("without the package's files it says what is missing", async () => {
    const { deps } = demoDeps({ packageRoot: "/nonexistent" });
    await expect(runDemo(deps, { forMs: 1, rate: 1, json: true })).rejects.toMatchObject({
      code: "demo_files_missing",
    });
  });
});
