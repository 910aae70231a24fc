import type { Command } from "commander";
import type { MigrateRequest, MigrationPlan, MigrationStatus } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant } from "./format.ts";
import { gateLines } from "./gate-lines.ts";
import { type NewStepOptions, newStep } from "./migrate-new.ts";
import {
  byOf,
  nonEmpty,
  percentOption,
  revisionOption,
  stepOption,
  type TargetOptions,
  withBy,
  withTarget,
} from "./options.ts";
import { changeLines, printShift, recentLines } from "./print-shift.ts";
import { tableLines } from "./table.ts";
import { onTarget } from "./target.ts";
import { unknownLines } from "./unknown-lines.ts";
import { wrap } from "./width.ts";

interface MoveOptions extends TargetOptions {
  readonly force?: boolean;
  readonly by?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly expectStep?: number;
  readonly expectRevision?: number;
}

export const migrateCommand: CliCommand = {
  name: "migrate",
  register(program, context) {
    const group = program
      .command("migrate")
      .description("the versioned steps: status, plan, new, up, down, to N, squash");
    withExamples(group, "fig migrate status", "fig migrate plan", "fig migrate up", "fig migrate to 3");
    const status = group
      .command("status")
      .description("every step: applied or pending, by whom, drifted, edited");
    withTarget(status).action((options: TargetOptions) => context.run(() => listSteps(context, options)));
    withExamples(status, "fig migrate status");
    const plan = group
      .command("plan")
      .description("what `up` would do now, its gates included; writes nothing");
    withTarget(plan).action((options: TargetOptions) => context.run(() => showPlan(context, options)));
    withExamples(plan, "fig migrate plan --json");
    const fresh = group
      .command("new")
      .description("write the next numbered step into the migrations folder")
      .argument("<name>", "its name, like orders-10-percent")
      .option("--route <id>", "a route that it moves; may be repeated (default: the newest step's)", collect)
      .option(
        "--modern <percent>",
        "where it brings them (default: the next of 1, 10, 50, 100)",
        percentOption,
      )
      .option("--shadow <percent>", "share of requests also sent to the other side", percentOption);
    withTarget(fresh).action((name: string, options: NewStepOptions) =>
      context.run(() => newStep(context, name, options)),
    );
    withExamples(
      fresh,
      "fig migrate new orders-10-percent",
      "fig migrate new all --route orders.read --modern 100",
    );
    const up = group.command("up").description("apply the next pending step");
    withStep(up, "refuse if another step is next");
    withMove(up, context, "up");
    withExamples(
      up,
      "fig migrate up",
      "fig migrate up --expect-step 3",
      'fig migrate up --dry-run --by anna --reason "Wednesday"',
    );
    const down = group.command("down").description("undo the last applied step; never gated");
    withStep(down, "refuse if another step was applied last");
    withMove(down, context, "down");
    withExamples(down, "fig migrate down");
    const to = group
      .command("to")
      .description("walk up or down to a step, and stop at the first refusal")
      .argument("<n>", "the step to end at; 0 is before the first", stepOption);
    withMove(to, context, "to");
    withExamples(to, "fig migrate to 3");
    const squash = group
      .command("squash")
      .description("archive applied steps: their files may leave, and retired routes that only they name")
      .requiredOption("--to <n>", "the last step to archive", stepOption)
      .option("--reason <text>", "why; kept in the ledger", nonEmpty)
      .option("--dry-run", "say what it would do; write nothing");
    withTarget(withBy(squash)).action((options: SquashOptions) =>
      context.run(() => squashSteps(context, options)),
    );
    withExamples(squash, "fig migrate squash --to 12");
  },
};

interface SquashOptions extends TargetOptions {
  readonly to: number;
  readonly by?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

async function squashSteps(context: CliContext, options: SquashOptions): Promise<number> {
  return onTarget(context, options, "back", async ({ control, where }) => {
    const { to, reason, dryRun } = options;
    const by = byOf(options.by, context.deps);
    const { revision: expectedRevision } = await control.revision();
    const result = await control.migrate({ action: "squash", to, expectedRevision, reason, by, dryRun });
    printShift(context, result, where, options.json === true);
    if (options.json !== true && result.written)
      context.terminal.line(
        `steps up to ${stepNumber({ number: to })} are archived: their files may leave, and so may retired routes`,
      );
    return EXIT.done;
  });
}

function withStep(command: Command, description: string): void {
  command.option("--expect-step <n>", `${description}, as \`fig migrate status\` numbers them`, stepOption);
}

function withMove(command: Command, context: CliContext, action: MigrateRequest["action"]): void {
  command
    .option("--force", "override a gate, drift, or a `down` that raises modern; recorded in the ledger")
    .option("--reason <text>", "why (default: the step's description)", nonEmpty)
    .option("--dry-run", "say what it would do, gates included; write nothing")
    .option("--expect-revision <n>", "refuse if a route has a newer entry than this", revisionOption);
  withTarget(withBy(command));
  if (action === "to")
    command.action((to: number, options: MoveOptions) =>
      context.run(() => move(context, action, to, options)),
    );
  else command.action((options: MoveOptions) => context.run(() => move(context, action, undefined, options)));
}

async function move(
  context: CliContext,
  action: MigrateRequest["action"],
  to: number | undefined,
  options: MoveOptions,
): Promise<number> {
  return onTarget(context, options, action === "up" ? "write" : "back", async ({ control, where }) => {
    // What is known now is what is expected: a step that somebody else applies in between is a conflict, not one step more.
    const expectedRevision = options.expectRevision ?? (await control.revision()).revision;
    const expectedStep = options.expectStep ?? stepMeant(action, await control.migrations());
    const result = await control.migrate({
      action,
      to,
      expectedStep,
      expectedRevision,
      reason: options.reason,
      by: byOf(options.by, context.deps),
      force: options.force,
      dryRun: options.dryRun,
    });
    printShift(context, result, where, options.json === true);
    return EXIT.done;
  });
}

/** The step that `up` or `down` is about now; undefined: none, or of `to`, which says where it goes. */
function stepMeant(action: MigrateRequest["action"], steps: readonly MigrationStatus[]): number | undefined {
  if (action === "to") return undefined;
  if (action === "up") return steps.find((step) => step.state === "pending")?.number;
  const applied = steps.filter((step) => step.state === "applied");
  return applied.sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]?.number;
}

async function listSteps(context: CliContext, options: TargetOptions): Promise<number> {
  return onTarget(context, options, "ledger", async ({ control }) => {
    const migrations = await control.migrations();
    if (options.json === true) context.terminal.json(migrations);
    else if (migrations.length === 0) context.terminal.line("there are no migrations");
    else printSteps(context, migrations);
    return EXIT.done;
  });
}

function printSteps(context: CliContext, migrations: readonly MigrationStatus[]): void {
  const { line, paint } = context.terminal;
  const columns = [
    { title: "STEP" },
    { title: "NAME" },
    { title: "STATE" },
    { title: "REV", align: "right" as const },
    { title: "APPLIED" },
    { title: "BY", max: 14 },
  ];
  const rows = migrations.map((step) => [
    stepNumber(step),
    printable(step.name),
    step.state,
    step.revision === null ? "" : String(step.revision),
    step.at === null ? "" : instant(step.at),
    printable(step.by ?? ""),
  ]);
  for (const text of unknownLines(context.terminal, migrations[0]?.unknown)) line(text);
  for (const text of tableLines(columns, rows)) line(text);
  for (const step of migrations) {
    if (step.edited) line(paint.red(`! ${stepNumber(step)}: its file was edited after it was applied`));
    if (step.late)
      line(paint.red(`! ${stepNumber(step)}: it is late, a higher number was applied before it`));
    if (step.drifted.length === 0) continue;
    const text = `${stepNumber(step)}: these routes have drifted since: ${step.drifted.join(", ")}`;
    for (const part of wrap(printable(text), 76)) line(paint.yellow(`! ${part}`));
  }
}

async function showPlan(context: CliContext, options: TargetOptions): Promise<number> {
  return onTarget(context, options, "read", async ({ control }) => {
    const plan = await control.plan();
    if (options.json === true) context.terminal.json(plan);
    else printPlan(context, plan);
    return EXIT.done;
  });
}

function printPlan(context: CliContext, plan: MigrationPlan): void {
  const { line, paint } = context.terminal;
  for (const text of unknownLines(context.terminal, plan.unknown)) line(text);
  if (plan.next === null) {
    if (plan.unknown !== undefined) line("which step is next is not known");
    else line("every step is applied; there is nothing to do");
    return;
  }
  line(paint.bold(`${stepNumber(plan.next)} ${printable(plan.next.name)}`));
  if (plan.next.description !== "")
    for (const text of wrap(printable(plan.next.description), 78)) line(`  ${text}`);
  for (const text of changeLines(plan.changes)) line(text);
  for (const text of recentLines(plan.effects)) line(text);
  for (const gate of plan.gates) for (const text of gateLines(gate)) line(text);
  for (const unseen of plan.unseen ?? [])
    for (const text of wrap(printable(unseen), 76)) line(paint.yellow(`! ${text}`));
  line(
    plan.allowed
      ? paint.green("`fig migrate up` would apply it")
      : paint.red("`fig migrate up` would refuse it:"),
  );
  for (const reason of plan.reasons) for (const text of wrap(`- ${printable(reason)}`, 76)) line(`  ${text}`);
}

function stepNumber(step: { readonly number: number }): string {
  return String(step.number).padStart(4, "0");
}
