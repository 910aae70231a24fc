import { CommanderError } from "commander";
import { FigError } from "../domain/errors.ts";
import type { CliContext } from "./command.ts";
import type { CliDeps, RunCli } from "./contract.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { printError } from "./print-error.ts";
import { createProgram } from "./program.ts";
import { createTerminal } from "./terminal.ts";

/** See RunCli. `argv` is without node and script: `["status", "--json"]`. Never rejects. */
export const runCli: RunCli = async (argv, deps) => {
  const terminal = createTerminal(deps, argv);
  let exitCode: number = EXIT.done;
  const context: CliContext = {
    deps,
    terminal,
    async run(action) {
      exitCode = await action();
    },
  };
  const json = asksForJson(argv);
  try {
    const program = createProgram(context, argv);
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    exitCode = report(error, json, deps, terminal);
  }
  await terminal.flush();
  if (terminal.failure !== undefined) {
    printError(terminal, new FigError("output_failed", terminal.failure.message), json);
    return exitCode === EXIT.done ? EXIT.failed : exitCode;
  }
  return exitCode;
};

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

function report(
  error: unknown,
  json: boolean,
  deps: CliDeps,
  terminal: ReturnType<typeof createTerminal>,
): number {
  if (!(error instanceof CommanderError)) {
    printError(terminal, error, json);
    if ((deps.env.FIG_DEBUG ?? "") !== "" && error instanceof Error) terminal.errorLine(error.stack ?? "");
    return exitCodeOf(error);
  }
  if (error.exitCode === 0) return EXIT.done;
  // A group without its command (`fig`, `fig migrate`): its help was printed on stderr.
  if (error.code === "commander.help") return EXIT.usage;
  printError(terminal, usageError(error), json);
  return EXIT.usage;
}

function usageError(error: CommanderError): FigError {
  const [message = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = more.join(" ").replace(/^\((.*)\)$/, "$1");
  const remedy = suggestion === "" ? "run it with --help to see what it takes" : suggestion;
  return new FigError("usage", message, { remedy });
}
