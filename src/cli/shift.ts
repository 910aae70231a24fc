import type { ShiftRequest } from "../control/contract.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import {
  byOf,
  nonEmpty,
  percentOption,
  reasonOf,
  revisionOption,
  type TargetOptions,
  withBy,
  withTarget,
} from "./options.ts";
import { printShift } from "./print-shift.ts";
import { onTarget } from "./target.ts";
import { usage } from "./usage.ts";

interface ShiftOptions extends TargetOptions {
  readonly cohort?: string;
  readonly modern?: number;
  readonly shadow?: number;
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly expectRevision?: number;
  readonly fresh?: boolean;
}

export const shiftCommand: CliCommand = {
  name: "shift",
  register(program, context) {
    const command = program
      .command("shift")
      .description("change the position of a route, or of all routes of a cohort in one revision")
      .argument("[route]", "the route's id")
      .option("--cohort <name>", "all routes of this cohort instead of one route", nonEmpty)
      .option("--modern <percent>", "share of clients that modern serves, 0 to 100", percentOption)
      .option("--shadow <percent>", "share of requests also sent to the other side, 0 to 100", percentOption)
      .option("--reason <text>", "why; kept in the ledger", nonEmpty)
      .option("--dry-run", "say what it would do, gates included; write nothing")
      .option("--force", "override a gate; recorded in the ledger")
      .option("--expect-revision <n>", "refuse if the route has a newer entry than this", revisionOption)
      .option("--fresh", "open a new evidence window, even if the position stays the same");
    withTarget(withBy(command)).action((route: string | undefined, options: ShiftOptions) =>
      context.run(() => shift(context, route, options)),
    );
    withExamples(
      command,
      'fig shift orders.read --shadow 100 --reason "look at the new service"',
      'fig shift --cohort orders --modern 10 --reason "first users" --dry-run',
    );
  },
};

async function shift(context: CliContext, route: string | undefined, options: ShiftOptions): Promise<number> {
  const target = targetOf(route, options);
  if (options.modern === undefined && options.shadow === undefined && options.fresh !== true)
    throw usage(
      "there is nothing to change",
      "give --modern, --shadow, or --fresh for a new evidence window",
    );
  const reason = reasonOf(options);
  return onTarget(context, options, "write", async ({ control, where }) => {
    // What is shown is what is expected: a shift of someone else's in between is a conflict, not overwritten.
    const expectedRevision = options.expectRevision ?? (await control.revision()).revision;
    const request: ShiftRequest = {
      target,
      modern: options.modern,
      shadow: options.shadow,
      reason,
      by: byOf(options.by, context.deps),
      expectedRevision,
      force: options.force,
      dryRun: options.dryRun,
      fresh: options.fresh,
    };
    printShift(context, await control.shift(request), where, options.json === true);
    return EXIT.done;
  });
}

function targetOf(route: string | undefined, options: ShiftOptions): ShiftRequest["target"] {
  if (route !== undefined && options.cohort !== undefined)
    throw usage("a route and --cohort were both given", "give one of them");
  if (route !== undefined) return { route };
  if (options.cohort !== undefined) return { cohort: options.cohort };
  throw usage("neither a route nor --cohort was given", "name the route, or its cohort with --cohort");
}
