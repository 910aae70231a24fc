import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import type { CliDeps, ServeHandle, ServeOptions } from "./cli/contract.ts";
import { runCli } from "./cli/run-cli.ts";
import { systemClock } from "./clock.ts";
import { createBoard, createControl, decideFromStore } from "./control/index.ts";
import type { FrontDoorConfig } from "./domain/config.ts";
import { tuneCollector } from "./engine.ts";
import { wholeSeal } from "./front-door/whole-seal.ts";
import { admit } from "./lanes/admission.ts";
import { compileTable } from "./routing/index.ts";
import type { Store } from "./store/contract.ts";
import { copyState } from "./store/copy-state.ts";
import { kindOf, openStore } from "./store/index.ts";
import { writeLocalRollback } from "./store/local-rollback-disk.ts";
import { VERSION } from "./version.ts";

async function serve({ file, env, quiet }: ServeOptions): Promise<ServeHandle> {
  // For a process that stays: it makes the first collections of a short command long.
  const serving = tuneCollector();
  // Most of what fig is, and no other command needs it.
  const { FrontDoor } = await import("./front-door/front-door.ts");
  const door = new FrontDoor(file, { env, quiet: quiet ?? false });
  const { url, urls, adminUrl, stateId, revision } = await door.listen();
  serving();
  const closed = Promise.withResolvers<number>();
  return {
    ready: { ready: true, url, urls, adminUrl, pid: process.pid, stateId, revision },
    closed: closed.promise,
    stop: () =>
      door.close().then(
        ({ brokenOff }) => closed.resolve(brokenOff > 0 ? 1 : 0),
        () => closed.resolve(1),
      ),
    reload: () => door.reload(),
    reopenLogs: () => door.reopenLogs(),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return `uid:${process.getuid?.() ?? "?"}`;
  }
}

/** The use cases on a store that no front door of this process serves by. */
function useCases(store: Store, config: FrontDoorConfig): Parameters<typeof createControl>[0] {
  return {
    store,
    clock: systemClock,
    seal: wholeSeal(() => config, systemClock.hex),
    decide: decideFromStore(admit, compileTable),
    facts: {
      config: () => config,
      problems: () => [],
      invalid: () => [],
      flush: async () => {},
      rollUp: async () => {},
      inForce: () => undefined,
      away: () => undefined,
      answered: async () => new Map(),
      apply: async () => {},
    },
  };
}

/** What a command is handed, for this process as it is. */
export function commandDeps(): CliDeps {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    version: VERSION,
    packageRoot: fileURLToPath(new URL("..", import.meta.url)),
    clock: systemClock,
    user: userName(),
    serve,
    openStore: (url, access) => openStore(url, { ...systemClock, create: access === "write" }),
    copyState: (from, to) => copyState(from, to, systemClock),
    writeLocalRollback,
    backupState: (url, file) => kindOf(url).backup?.(url, file),
    createControl: (store, config) => createControl(useCases(store, config)),
    createBoard: (store, config) => createBoard(useCases(store, config), VERSION),
    onSignal(name, listener) {
      process.on(name, listener);
      return () => process.off(name, listener);
    },
  };
}

/** The `fig` command, wired. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exit(await runCli(argv, commandDeps()));
}
