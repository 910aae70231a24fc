import { dirname } from "node:path";
import type { LocalRollbackAnswer } from "../control/contract.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { FigError, messageOf } from "../domain/errors.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import { printable } from "../domain/printable.ts";
import { withoutSecrets } from "../domain/redaction.ts";
import { scrubbed } from "../domain/scrub.ts";
import { adminRequest } from "./admin-request.ts";
import type { CliContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { loadFiles, requireFile } from "./files.ts";
import { note } from "./note.ts";
import { byOf, type TargetOptions } from "./options.ts";
import { adminOrigin, tokenOf } from "./target.ts";
import { usage } from "./usage.ts";

export interface LocalOptions extends TargetOptions {
  readonly to?: number;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly expectRevision?: number;
}

/** The ids that may be held. Throws where the files do not say which there are. */
async function idsOf(
  { deps }: CliContext,
  route: string | undefined,
  options: LocalOptions,
): Promise<{ readonly ids: readonly string[]; readonly config: FrontDoorConfig | undefined }> {
  const { config, problems } = await loadFiles(deps, options.config);
  const known = config?.routes.filter(({ retired }) => !retired).map(({ id }) => id);
  if (route === undefined && known === undefined)
    throw new FigError("invalid_files", "the files do not pass, so which routes there are is not known", {
      remedy: "name one route after the other; `fig check` says what is wrong",
      details: { problems },
    });
  if (route !== undefined && known?.includes(route) === false)
    throw new FigError("unknown_route", `there is no route ${scrubbed(route)} that can move`, {
      remedy: `the routes are: ${known.join(", ")}`,
    });
  return { ids: route === undefined ? (known ?? []) : [route], config };
}

function print({ terminal }: CliContext, held: LocalRollbackAnswer, where: string, json: boolean): number {
  if (json) {
    terminal.json(held);
    return EXIT.done;
  }
  const { file } = held;
  if (file !== null) terminal.line(`wrote ${printable(file)}: modern is at most`);
  else
    terminal.line(
      `in the memory of the front door at ${where} alone, and a restart of it forgets it: modern is at most`,
    );
  for (const [id, modern] of Object.entries(held.routes)) terminal.line(`  ${printable(id)}  ${modern} %`);
  terminal.line(`on ${where}, within a second; no other door follows`);
  return EXIT.done;
}

/** The front door at `origin` holds it, on its own disk if that takes it. */
async function askDoor(
  context: CliContext,
  origin: string,
  config: FrontDoorConfig | undefined,
  body: { readonly routes: readonly string[] | undefined; readonly reason: string; readonly by: string },
): Promise<LocalRollbackAnswer> {
  const address = { origin, token: tokenOf(context, config) };
  return (await adminRequest(address, "POST", "/rollback/local", body)) as LocalRollbackAnswer;
}

/**
 * Needs neither the store nor files that pass: where they do, a route that they do not have is refused. By the disk of these
 * files; where that takes nothing, by the admin API of the front door that runs from them, in its memory.
 */
export async function rollbackLocally(
  context: CliContext,
  route: string | undefined,
  typed: string,
  options: LocalOptions,
): Promise<number> {
  const { deps } = context;
  if (options.to !== undefined || options.expectRevision !== undefined || options.dryRun === true)
    throw usage(
      "--local looks at no ledger, so it takes no --to, --expect-revision and --dry-run",
      "leave them out: it lowers modern to 0",
    );
  const json = options.json === true;
  const by = withoutSecrets(byOf(options.by, deps));
  const reason = withoutSecrets(typed);
  const routes = route === undefined ? undefined : [route];
  if (options.admin !== undefined) {
    const { config } = await loadFiles(deps, options.config).catch(() => ({ config: undefined }));
    const held = await askDoor(context, options.admin, config, { routes, reason, by });
    return print(context, held, options.admin, json);
  }
  const file = requireFile(deps, options.config);
  const { ids, config } = await idsOf(context, route, options);
  const folder = dirname(file);
  const given: LocalRollback = {
    id: deps.clock.hex(8),
    at: new Date(deps.clock.now()).toISOString(),
    by,
    reason,
    routes: Object.fromEntries(ids.map((id) => [id, 0])),
  };
  try {
    const { path, held } = await deps.writeLocalRollback(folder, given);
    return print(context, { file: path, ...held }, "a front door that runs from these files", json);
  } catch (error) {
    const why = `nothing could be written in ${folder}: ${messageOf(error)}`;
    const origin = config === undefined ? undefined : adminOrigin(config.admin);
    if (origin === undefined) throw unwritten(why);
    note(context, `${why}; asking the front door at ${origin}`);
    const held = await askDoor(context, origin, config, { routes: ids, reason, by }).catch((refused) => {
      throw unwritten(`${why}, and the front door does not hold it: ${messageOf(refused)}`);
    });
    return print(context, held, origin, json);
  }
}

function unwritten(message: string): FigError {
  return new FigError("store_unavailable", message, {
    remedy:
      'make room on that disk, name the running front door with --admin, or put {"routes": {"ROUTE": 0}} into .fig/rollback.json there by other means',
  });
}
