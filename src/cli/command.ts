import type { Command } from "commander";
import type { CliDeps } from "./contract.ts";
import type { Terminal } from "./terminal.ts";

/** What a command has at hand while it runs. */
export interface CliContext {
  readonly deps: CliDeps;
  readonly terminal: Terminal;
  /** Runs the action of the command that was chosen; what it resolves to is the exit code. */
  run(action: () => Promise<number>): Promise<void>;
}

/** One file a command, one line in commands.ts. */
export interface CliCommand {
  readonly name: string;
  /** Adds itself to the program, with an example in its help. */
  register(program: Command, context: CliContext): void;
}

/** Shown under the command's help; every line is something that can be typed as it stands. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const title = examples.length === 1 ? "Example:" : "Examples:";
  return command.addHelpText("after", ["", title, ...examples.map((example) => `  $ ${example}`)].join("\n"));
}
