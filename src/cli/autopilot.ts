import type { Command } from "commander";
import type { AutopilotControl, AutopilotStatus } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { durationText } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant } from "./format.ts";
import { gateLines } from "./gate-lines.ts";
import { byOf, nonEmpty, reasonOf, stepOption, type TargetOptions, withBy, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { unknownLines } from "./unknown-lines.ts";
import { wrap } from "./width.ts";

interface TellOptions extends TargetOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly to?: number;
}

const VERBS = {
  pause: "apply no step until it is resumed",
  resume: "go on, also after a route was taken back",
  stop: "turn it off",
} as const;

export const autopilotCommand: CliCommand = {
  name: "autopilot",
  register(program, context) {
    const group = program
      .command("autopilot")
      .description("apply the steps by themselves, each when its gate holds, in its hours");
    withExamples(
      group,
      'fig autopilot start --reason "the new service is ready"',
      "fig autopilot status",
      'fig autopilot pause --reason "release of the shop"',
    );
    const status = group
      .command("status")
      .description("whether it runs, what it waits for, and when it expects to move");
    withTarget(status).action((options: TargetOptions) => context.run(() => show(context, options)));
    withExamples(status, "fig autopilot status", "fig autopilot status --json");
    const start = group
      .command("start")
      .description("from now on apply each pending step when its gate holds")
      .option("--to <n>", "the last step to apply (default: all there are)", stepOption);
    withTelling(start, context, "start");
    withExamples(
      start,
      'fig autopilot start --reason "ready"',
      'fig autopilot start --to 3 --reason "as far as half of the clients"',
    );
    for (const verb of ["pause", "resume", "stop"] as const) {
      const command = group.command(verb).description(VERBS[verb]);
      withTelling(command, context, verb);
      withExamples(command, `fig autopilot ${verb}`, `fig autopilot ${verb} --reason "release day"`);
    }
  },
};

function withTelling(command: Command, context: CliContext, verb: "start" | keyof typeof VERBS): void {
  command.option("--reason <text>", "why; shown in its status", nonEmpty);
  withTarget(withBy(command)).action((options: TellOptions) =>
    context.run(() => tell(context, verb, options)),
  );
}

function asked(
  autopilot: AutopilotControl,
  verb: "start" | keyof typeof VERBS,
  by: string,
  { reason, to }: TellOptions,
): Promise<AutopilotStatus> {
  if (verb === "start")
    return autopilot.start({ by, reason: reason ?? "", ...(to === undefined ? {} : { to }) });
  return autopilot[verb]({ by, ...(reason === undefined ? {} : { reason }) });
}

async function tell(
  context: CliContext,
  verb: "start" | keyof typeof VERBS,
  options: TellOptions,
): Promise<number> {
  if (verb === "start") reasonOf(options);
  return onTarget(context, options, "write", async ({ control, where }) => {
    print(
      context,
      await asked(control.autopilot, verb, byOf(options.by, context.deps), options),
      where,
      options,
    );
    return EXIT.done;
  });
}

async function show(context: CliContext, options: TargetOptions): Promise<number> {
  return onTarget(context, options, "read", async ({ control, where }) => {
    print(context, await control.autopilot.status(), where, options);
    return EXIT.done;
  });
}

function print(context: CliContext, status: AutopilotStatus, where: string, options: TargetOptions): void {
  const { terminal } = context;
  if (options.json === true) {
    terminal.json(status);
    return;
  }
  const { line, paint } = terminal;
  const { state, by, at, reason, to, says, expectedAt, gates, times, stuck, overdue, waitsFor } = status;
  for (const text of unknownLines(terminal, status.unknown)) line(text);
  line(`autopilot ${paint.bold(state)} (${printable(where)})`);
  if (by !== null && at !== null) {
    const told = `told by ${by} at ${instant(at)}${reason === "" ? "" : `: ${reason}`}`;
    for (const text of wrap(printable(told), 76)) line(`  ${text}`);
  }
  if (state !== "off" && to !== null) line(`  as far as step ${to}`);
  const tone = stuck || overdue ? paint.yellow : (text: string) => text;
  for (const text of wrap(printable(says), 76)) line(`  ${tone(text)}`);
  if (state !== "running") return;
  for (const gate of gates) if (!gate.holds) for (const text of gateLines(gate)) line(`  ${text}`);
  if (times.text !== null || times.waitMs > 0) {
    const wait = times.waitMs === 0 ? [] : [`${durationText(times.waitMs)} after the move before it`];
    for (const text of wrap(`declared: ${[times.text ?? "at any time", ...wait].join("; ")}`, 76))
      line(`  ${text}`);
  }
  if (expectedAt !== null) line(`  expects to move at ${instant(expectedAt)}`);
  else if (waitsFor === "gate") line("  when it will move cannot be said");
  if (overdue)
    line(paint.yellow(`! it waits for longer than ${durationText(times.patienceMs)}: somebody should look`));
}
