import type { Control } from "../control/contract.ts";
import type { FrontDoorConfig, ListenAddress } from "../domain/config.ts";
import { FigError, figErrorOf, messageOf } from "../domain/errors.ts";
import { addressText, authority, hasAddress, reachable } from "../domain/host.ts";
import { shownState } from "../domain/state-url.ts";
import type { Store } from "../store/contract.ts";
import { createAdminBoard, createAdminClient } from "./admin-client.ts";
import { type AdminSession, adminSession } from "./admin-request.ts";
import type { CliContext } from "./command.ts";
import type { StatusBoard } from "./contract.ts";
import { hasState } from "./files.ts";
import { instant } from "./format.ts";
import { note } from "./note.ts";
import type { TargetOptions } from "./options.ts";
import { type Access, configFor, filesFor, noteBroken, onlyReads, type TargetFiles } from "./target-files.ts";

/** What a command acts on: a running front door, or the state store itself; the same use cases either way. */
export interface Target {
  readonly control: Control;
  /** What `fig status` shows of the dashboard's figures. */
  readonly board: StatusBoard;
  /** As a user reads it: `front door at http://127.0.0.1:9901`, `production: state sqlite:/srv/.fig/state.db`. */
  readonly where: string;
  close(): Promise<void>;
}

interface Door extends AdminSession {
  readonly origin: string;
  readonly control: Control;
  readonly board: StatusBoard;
}

/** Runs `action` on the target and closes it whatever happens. `write`: a missing state is made. */
export async function onTarget<Result>(
  context: CliContext,
  options: TargetOptions,
  access: Access,
  action: (target: Target) => Promise<Result>,
): Promise<Result> {
  const target = await openTarget(context, options, access);
  try {
    return await action(target);
  } finally {
    await target.close();
  }
}

/**
 * The running front door if the one at `admin` (or `--admin`) answers for the state that fig.yaml names, else that state's
 * store (docs/contract.md, Command line). Where there is no fig.yaml, or none that passes, `--admin` alone decides.
 */
async function openTarget(context: CliContext, options: TargetOptions, access: Access): Promise<Target> {
  const files = await filesFor(context, options, access);
  const config = files?.config;
  const origin = options.admin ?? (config === undefined ? undefined : adminOrigin(config.admin));
  const door = origin === undefined ? undefined : await knock(context, origin, config, options);
  if (files === undefined || config === undefined) return doorTarget(requireDoor(door, options));
  // Which routes there are, and what they compare, only files that pass can say, or a front door that has some in force.
  if (files.broken !== undefined && access === "read" && door === undefined) throw files.broken;
  if (!hasState(config.state)) return withoutState(context, options, files, door, access);
  const store = await openStore(context, config, door, access);
  if (store === "none") return withoutState(context, options, files, door, access);
  if (store === undefined) return doorInstead(context, files, requireDoor(door, options), access);
  if (door !== undefined && door.stateId === store.stateId) {
    await store.close();
    return doorInstead(context, files, door, access);
  }
  if (files.broken !== undefined && access === "read") {
    await store.close();
    throw files.broken;
  }
  noteBroken(context, files, access, "store");
  if (door !== undefined) noteOtherState(context, door, store.stateId, config.state);
  return storeTarget(context, store, files);
}

/** An address that other processes can reach; undefined for a port that only the front door knows. */
export function adminOrigin(admin: ListenAddress): string | undefined {
  if (!hasAddress(admin)) return undefined;
  if (admin.unix !== undefined) return addressText(admin);
  return `http://${authority(reachable(admin.host), admin.port)}`;
}

export function tokenOf({ deps }: CliContext, config: FrontDoorConfig | undefined): string | undefined {
  const { FIG_ADMIN_TOKEN: given } = deps.env;
  return given === undefined || given === "" ? config?.adminToken : given;
}

async function knock(
  context: CliContext,
  origin: string,
  config: FrontDoorConfig | undefined,
  options: TargetOptions,
): Promise<Door | undefined> {
  const token = tokenOf(context, config);
  const address = { origin, token, onWait: (what: string) => note(context, what) };
  try {
    const session = await adminSession(address);
    return { origin, control: createAdminClient(address), board: createAdminBoard(address), ...session };
  } catch (error) {
    const away =
      figErrorOf(error, "admin_unreachable") ??
      figErrorOf(error, "admin_silent") ??
      figErrorOf(error, "not_an_admin");
    if (away === undefined || config === undefined) throw error;
    // Where nothing listens there is no front door; what takes connections may be one, and is named.
    if (options.admin !== undefined || away.code !== "admin_unreachable")
      note(context, `${away.message}; using ${shownState(config.state)}`);
    return undefined;
  }
}

function requireDoor(door: Door | undefined, options: TargetOptions): Door {
  if (door !== undefined) return door;
  throw new FigError("admin_unreachable", `no front door answers at ${options.admin ?? "its admin address"}`);
}

async function withoutState(
  context: CliContext,
  options: TargetOptions,
  files: TargetFiles,
  door: Door | undefined,
  access: Access,
): Promise<Target> {
  const { config, broken } = files;
  const inMemory = config.state.startsWith("memory:");
  if (door !== undefined && (inMemory || options.admin !== undefined))
    return doorInstead(context, files, door, access);
  // A state that is gone and a front door whose state is away are the same one: nothing here is new.
  if (door?.awaySince !== undefined) {
    note(
      context,
      `${shownState(config.state)} is gone, and the state of the front door at ${door.origin} is away since ${instant(door.awaySince)}: trusting the front door`,
    );
    return doorInstead(context, files, door, access);
  }
  if (door !== undefined) noteOtherState(context, door, undefined, config.state);
  // Nothing has moved yet, or the state is elsewhere than what can be read of the files says.
  if (broken !== undefined) throw broken;
  if (!onlyReads(access)) {
    if (inMemory)
      throw new FigError(
        "no_front_door",
        "the state is in a front door's memory, and no front door answers",
        {
          remedy: "start it with `fig serve`, or name its admin address with --admin",
        },
      );
    return storeTarget(context, await context.deps.openStore(config.state, "write"), files);
  }
  const why = inMemory
    ? "the state is in a front door's memory, and no front door answers"
    : `there is no ${shownState(config.state)}`;
  note(context, `nothing has been recorded yet: ${why}`);
  const empty = await context.deps.openStore("memory:", "read");
  return storeTarget(context, empty, files);
}

/** None: there is none, and reading makes none. Undefined: it cannot be opened (another user's file), but a front door answers that can. */
async function openStore(
  context: CliContext,
  config: FrontDoorConfig,
  door: Door | undefined,
  access: Access,
): Promise<Store | "none" | undefined> {
  try {
    return await context.deps.openStore(config.state, onlyReads(access) ? "read" : "write");
  } catch (error) {
    if (figErrorOf(error, "no_state") !== undefined) return "none";
    if (door === undefined) throw error;
    const reason = messageOf(error);
    note(
      context,
      `${shownState(config.state)} cannot be opened (${reason}): trusting the front door at ${door.origin}`,
    );
    return undefined;
  }
}

function doorInstead(context: CliContext, files: TargetFiles, door: Door, access: Access): Target {
  noteBroken(context, files, access, "door");
  return doorTarget(door);
}

function doorTarget(door: Door): Target {
  const { control, board, origin, name } = door;
  return { control, board, where: named(name, `front door at ${origin}`), close: () => Promise.resolve() };
}

async function storeTarget(context: CliContext, store: Store, files: TargetFiles): Promise<Target> {
  const config = await configFor(store, files);
  const control = context.deps.createControl(store, config);
  const board = context.deps.createBoard(store, config);
  const where = named(config.name, `state ${shownState(config.state)}`);
  return { control, board, where, close: () => store.close() };
}

/** Which environment it is comes first: the same commands are typed for all of them. */
function named(name: string | undefined, where: string): string {
  return name === undefined ? where : `${name}: ${where}`;
}

function noteOtherState(context: CliContext, door: Door, own: string | undefined, state: string): void {
  const mine = own === undefined ? "does not exist yet" : `is ${own}`;
  const shown = shownState(state);
  note(
    context,
    `the front door at ${door.origin} answers for another state (${door.stateId}) than ${shown}, which ${mine}; using ${shown}`,
  );
}
