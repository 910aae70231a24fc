import { InvalidArgumentError } from "commander";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { look } from "./look.ts";
import { onlyRoutes, routesOption } from "./only-routes.ts";
import { type StatusOptions, withTarget } from "./options.ts";
import { printStatus } from "./status-text.ts";
import { onTarget } from "./target.ts";
import { watchStatus } from "./watch-status.ts";

interface Options extends StatusOptions {
  /** true: without a number. */
  readonly watch?: number | true;
}

const DEFAULT_WATCH_SECONDS = 2;

function secondsOption(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0.1 && seconds <= 3600))
    throw new InvalidArgumentError("Write seconds from 0.1 to 3600, e.g. 5.");
  return seconds;
}

export const statusCommand: CliCommand = {
  name: "status",
  register(program, context) {
    const command = program
      .command("status")
      .description(
        "what needs attention, and every route in a line, worst first; with --route all that is known of some",
      )
      .option(
        "--watch [seconds]",
        `look again every ${DEFAULT_WATCH_SECONDS} s, or as often as you say; arrows and space scroll, q ends it. Without a terminal: one line for each change`,
        secondsOption,
      )
      .option(
        "--route <id>",
        "in detail: only this route, or 'shop.*' for all ids that begin with shop.; may be repeated",
        routesOption,
      );
    withTarget(command).action((options: Options) => context.run(() => status(context, options)));
    withExamples(
      command,
      "fig status",
      "fig status --watch 5 --route 'orders.*'",
      "fig status --json | jq '.routes[] | {id, phase}'",
    );
  },
};

async function status(context: CliContext, options: Options): Promise<number> {
  if (options.watch !== undefined) {
    const seconds = options.watch === true ? DEFAULT_WATCH_SECONDS : options.watch;
    return watchStatus(context, options, seconds * 1000);
  }
  return onTarget(context, options, "read", async (target) => {
    if (options.json === true)
      context.terminal.json(onlyRoutes(await target.control.status(), options.route));
    else printStatus(context, await look(target, options), target.where, options.route !== undefined);
    return EXIT.done;
  });
}
