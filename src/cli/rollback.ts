import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { byOf, nonEmpty, reasonOf, revisionOption, withBy, withTarget } from "./options.ts";
import { printShift } from "./print-shift.ts";
import { type LocalOptions, rollbackLocally } from "./rollback-local.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

interface RollbackOptions extends LocalOptions {
  readonly all?: boolean;
  readonly reason?: string;
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
  if (options.local === true) return rollbackLocally(context, route, reason, options);
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
