import { dirname } from "node:path";
import { FigError, messageOf } from "../domain/errors.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import { printable } from "../domain/printable.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { loadFiles, requireFile } from "./files.ts";
import {
  byOf,
  nonEmpty,
  reasonOf,
  revisionOption,
  type TargetOptions,
  withBy,
  withTarget,
} from "./options.ts";
import { printShift } from "./print-shift.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

interface RollbackOptions extends TargetOptions {
  readonly all?: boolean;
  readonly to?: number;
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly expectRevision?: number;
  readonly local?: boolean;
}

export const rollbackCommand: CliCommand = {
  name: "rollback",
  register(program, context) {
    const command = program
      .command("rollback")
      .description(
        "undo the newest shift not yet undone, or go back to what held after a revision; never gated",
      )
      .argument("[route]", "the route's id")
      .option("--all", "undo each route's newest shift, in one revision")
      .option(
        "--to <revision>",
        "restore what held after this revision; needed if modern would rise",
        revisionOption,
      )
      .option("--reason <text>", "why; kept in the ledger", nonEmpty)
      .option("--dry-run", "say what it would do; write nothing")
      .option("--expect-revision <n>", "refuse if a route has a newer entry than this", revisionOption);
    command.option(
      "--local",
      "lower modern to 0 on the front door of these files alone, by its disk, whatever became of the store; written to the ledger when it is back",
    );
    withTarget(withBy(command)).action((route: string | undefined, options: RollbackOptions) =>
      context.run(() => rollback(context, route, options)),
    );
    withExamples(
      command,
      'fig rollback orders.read --reason "errors after the shift"',
      'fig rollback --all --to 12 --reason "back to Monday"',
      'fig rollback orders.read --local --reason "the state store is down"',
    );
  },
};

/** Needs neither the store nor files that pass: where they do, a route that they do not have is refused. */
async function holdHere(
  context: CliContext,
  route: string | undefined,
  reason: string,
  options: RollbackOptions,
): Promise<number> {
  const { deps, terminal } = context;
  if (options.to !== undefined || options.expectRevision !== undefined || options.dryRun === true)
    throw usage(
      "--local looks at no ledger, so it takes no --to, --expect-revision and --dry-run",
      "leave them out: it lowers modern to 0",
    );
  const file = requireFile(deps, options.config);
  const { config, problems } = await loadFiles(deps, options.config);
  const known = config?.routes.filter(({ retired }) => !retired).map(({ id }) => id);
  if (route === undefined && known === undefined)
    throw new FigError("invalid_files", "the files do not pass, so which routes there are is not known", {
      remedy: "name one route after the other; `fig check` says what is wrong",
      details: { problems },
    });
  if (route !== undefined && known?.includes(route) === false)
    throw new FigError("unknown_route", `there is no route ${route} that can move`, {
      remedy: `the routes are: ${known.join(", ")}`,
    });
  const ids = route === undefined ? (known ?? []) : [route];
  const folder = dirname(file);
  const given: LocalRollback = {
    id: deps.clock.hex(8),
    at: new Date(deps.clock.now()).toISOString(),
    by: byOf(options.by, deps),
    reason,
    routes: Object.fromEntries(ids.map((id) => [id, 0])),
  };
  const { path, held } = await deps.writeLocalRollback(folder, given).catch((error: unknown) => {
    throw new FigError("store_unavailable", `nothing could be written in ${folder}: ${messageOf(error)}`, {
      remedy: `make room on that disk, or put {"routes": {"ROUTE": 0}} into .fig/rollback.json there by other means`,
    });
  });
  if (options.json === true) terminal.json({ file: path, ...held });
  else {
    terminal.line(`wrote ${printable(path)}: modern is at most`);
    for (const [id, modern] of Object.entries(held.routes)) terminal.line(`  ${printable(id)}  ${modern} %`);
    terminal.line("on a front door that runs from these files, within a second; no other door follows");
  }
  return EXIT.done;
}

async function rollback(
  context: CliContext,
  route: string | undefined,
  options: RollbackOptions,
): Promise<number> {
  if (route !== undefined && options.all === true)
    throw usage("a route and --all were both given", "give one of them");
  if (route === undefined && options.all !== true)
    throw usage("neither a route nor --all was given", "name the route, or every route with --all");
  const reason = reasonOf(options);
  if (options.local === true) return holdHere(context, route, reason, options);
  return onTarget(context, options, "back", async ({ control, where }) => {
    const expectedRevision = options.expectRevision ?? (await control.revision()).revision;
    const result = await control.rollback({
      route,
      to: options.to,
      reason,
      by: byOf(options.by, context.deps),
      expectedRevision,
      dryRun: options.dryRun,
    });
    printShift(context, result, where, options.json === true);
    return EXIT.done;
  });
}
