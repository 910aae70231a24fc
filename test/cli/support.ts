import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { CliDeps, CliOutput, CliSignal, Environment, StatusBoard } from "../../src/cli/contract.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import type { Attention, Overview } from "../../src/control/board-contract.ts";
import type { Control, RouteStatus, SideStatus, Status } from "../../src/control/contract.ts";
import type { LedgerEntry } from "../../src/domain/ledger.ts";
import { writeLocalRollback } from "../../src/store/local-rollback-disk.ts";
import { memoryStore } from "../../src/store/memory.ts";

/** What a command wrote. */
export interface Captured extends CliOutput {
  text(): string;
  isTTY: boolean;
}

export function captured(isTTY = false): Captured {
  let text = "";
  return {
    isTTY,
    columns: 80,
    write: (more, done) => {
      text += more;
      done?.();
      return true;
    },
    on: () => undefined,
    off: () => undefined,
    text: () => text,
  };
}

export interface FakeDeps extends CliDeps {
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly opened: string[];
  signal(name: CliSignal): void;
}

export interface FakeOptions {
  readonly cwd?: string;
  readonly env?: Environment;
  readonly control?: Partial<Control>;
  readonly board?: Partial<StatusBoard>;
  readonly tty?: boolean;
  readonly stateId?: string;
  /** What the store's ledger holds. */
  readonly entries?: readonly LedgerEntry[];
  readonly serve?: CliDeps["serve"];
  readonly stdin?: CliDeps["stdin"];
}

/** Deps whose store is in memory and whose control is what the test says; what it does not say fails. */
export function fakeDeps(options: FakeOptions = {}): FakeDeps {
  const opened: string[] = [];
  const listeners = new Map<CliSignal, Set<() => void>>();
  const clock = { now: () => Date.parse("2026-11-22T20:00:00Z"), micros: () => 0, hex: () => "ab" };
  return {
    env: options.env ?? {},
    stdin: options.stdin ?? new PassThrough(),
    stdout: captured(options.tty),
    stderr: captured(options.tty),
    cwd: options.cwd ?? "/nonexistent",
    version: "1.2.3",
    packageRoot: "/nonexistent",
    clock,
    user: "tester",
    opened,
    serve: options.serve ?? (() => Promise.reject(new Error("serve is not expected"))),
    copyState: () => Promise.reject(new Error("copyState is not expected")),
    backupState: () => Promise.reject(new Error("backupState is not expected")),
    writeLocalRollback,
    openStore: async (url) => {
      opened.push(url);
      const store = await memoryStore.open(url, {
        now: clock.now,
        hex: () => options.stateId ?? "own-state",
      });
      const newest = { revision: Number.MAX_SAFE_INTEGER, routes: [] };
      for (const each of options.entries ?? []) await store.append(each, newest);
      return store;
    },
    createControl: () => fakeControl(options.control ?? {}),
    createBoard: () => fakeBoard(options.board ?? {}),
    onSignal(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => set.delete(listener);
    },
    signal(name) {
      for (const listener of listeners.get(name) ?? []) listener();
    },
  };
}

export function fakeControl(known: Partial<Control>): Control {
  const missing = (name: string) => () => Promise.reject(new Error(`${name} is not expected`));
  return {
    status: () => Promise.resolve(statusOf([])),
    revision: () => Promise.resolve({ stateId: "s", revision: 7 }),
    shift: missing("shift"),
    rollback: missing("rollback"),
    resume: missing("resume"),
    migrate: missing("migrate"),
    migrations: missing("migrations"),
    plan: missing("plan"),
    gate: missing("gate"),
    history: missing("history"),
    mismatches: missing("mismatches"),
    noticed: async () => [],
    wholes: async () => [],
    whole: async () => {
      throw new Error("there is none");
    },
    explain: missing("explain"),
    purgeCache: missing("purgeCache"),
    cacheReport: missing("cacheReport"),
    identityKeys: missing("identityKeys"),
    files: missing("files"),
    filesAt: missing("filesAt"),
    filesTable: missing("filesTable"),
    reloadFiles: missing("reloadFiles"),
    autopilot: {
      status: missing("autopilot.status"),
      start: missing("autopilot.start"),
      pause: missing("autopilot.pause"),
      resume: missing("autopilot.resume"),
      stop: missing("autopilot.stop"),
    },
    apiKeys: {
      list: missing("list"),
      show: missing("show"),
      add: missing("add"),
      change: missing("change"),
      revoke: missing("revoke"),
      remove: missing("remove"),
      import: missing("import"),
    },
    policies: missing("policies"),
    ...known,
  };
}

/** Nothing needs attention, and nothing came lately, if the test does not say otherwise. */
function fakeBoard(known: Partial<StatusBoard>): StatusBoard {
  return {
    overview: () => Promise.resolve(attentionOf([])),
    rates: () => Promise.resolve({ at: "2026-11-22T20:00:00.000Z", seconds: 300, routes: [] }),
    ...known,
  };
}

/** An overview with these entries; of the rest no command makes anything. */
export function attentionOf(attention: readonly Attention[], attentionTotal = attention.length): Overview {
  return { attention, attentionTotal } as unknown as Overview;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly deps: FakeDeps;
}

export async function run(argv: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  const deps = fakeDeps(options);
  const code = await runCli(argv, deps);
  return { code, out: deps.stdout.text(), err: deps.stderr.text(), deps };
}

/** A temp folder with these files, gone after the test. */
export async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fig-cli-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

export const SHOP_FILES = {
  "fig.yaml": `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:state.db
routes: routes
default: monolith
upstreams:
  monolith: http://127.0.0.1:3000
  orders: http://127.0.0.1:3001
`,
  "routes/orders.yaml": `routes:
  - id: orders.read
    match: { path: "/api/orders/{id}", methods: [GET] }
    modern: orders
`,
  // Present, so that a state is taken to be there; the fake store does not read it.
  "state.db": "",
};

/** A folder with files that pass and a state. */
export function shop(more: Readonly<Record<string, string>> = {}): Promise<string> {
  return folder({ ...SHOP_FILES, ...more });
}

const NO_ANSWERS: SideStatus = { requests: 0, errors: 0, p50: null, p95: null, p99: null };

export function routeStatus(known: Partial<RouteStatus> & { readonly id: string }): RouteStatus {
  return {
    cohort: known.id,
    phase: "legacy",
    position: { modern: 0, shadow: 0 },
    since: null,
    legacy: NO_ANSWERS,
    modern: NO_ANSWERS,
    shadow: { legacy: NO_ANSWERS, modern: NO_ANSWERS },
    comparisons: { match: 0, mismatch: 0, inconclusive: 0 },
    notCompared: {},
    fallbacks: 0,
    declined: 0,
    pinned: { legacy: 0, modern: 0 },
    lastShift: null,
    drifted: false,
    definitionDrift: false,
    ...known,
  };
}

export function statusOf(routes: readonly RouteStatus[], known: Partial<Status> = {}): Status {
  return {
    stateId: "own-state",
    revision: 7,
    problems: [],
    routes,
    migrations: { applied: 0, pending: 0 },
    ...known,
  };
}

export function entry(known: Partial<LedgerEntry>): LedgerEntry {
  return {
    revision: 8,
    at: "2026-11-22T19:55:00.000Z",
    kind: "shift",
    by: "anna",
    reason: "because",
    migration: null,
    changes: [
      { route: "orders.read", from: { modern: 0, shadow: 0 }, to: { modern: 10, shadow: 100 }, hash: "00" },
    ],
    evidence: {},
    ...known,
  };
}
