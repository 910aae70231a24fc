import { Command } from "commander";
import { type CliContext, withExamples } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT } from "./exit-codes.ts";
import { wantsColour } from "./terminal.ts";

/** The whole command tree. Parsing throws commander's CommanderError, also for `--help` and `--version`. */
export function createProgram(context: CliContext, argv: readonly string[]): Command {
  const { deps, terminal } = context;
  const colour = wantsColour(deps.stdout, argv, deps);
  const program = new Command("fig")
    .description(
      "The front door of a migration: replace a monolith piece by piece behind the same endpoints.",
    )
    .version(deps.version, "-V, --version", "print the version")
    .option("--no-color", "no colour (NO_COLOR does the same)")
    .helpOption("-h, --help", "print help")
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (text) => (colour ? `\x1b[1m${text}\x1b[22m` : text),
    })
    .configureOutput({
      writeOut: (text) => terminal.raw(text),
      writeErr: (text) => terminal.errorLine(text.trimEnd()),
      // Reported once, in the form of every other error, by runCli.
      outputError: () => {},
      getOutHasColors: () => colour,
      getErrHasColors: () => wantsColour(deps.stderr, argv, deps),
      getOutHelpWidth: () => helpWidth(deps.stdout.columns),
      getErrHelpWidth: () => helpWidth(deps.stderr.columns),
    })
    .exitOverride();
  withExamples(program, "fig init", "fig serve", "fig status", "fig help shift");
  program.addHelpText("after", `\n${exitCodeHelp()}`);
  for (const command of COMMANDS) command.register(program, context);
  return program;
}

function helpWidth(columns: number | undefined): number {
  return Math.min(Math.max(columns ?? 80, 40), 80);
}

function exitCodeHelp(): string {
  return [
    "Exit codes:",
    `  ${EXIT.done}  done`,
    `  ${EXIT.failed}  failed`,
    `  ${EXIT.usage}  wrong usage, or files that do not pass`,
    `  ${EXIT.refused}  refused: a gate, a conflict, drift, nothing to undo`,
  ].join("\n");
}
