import type { CliContext } from "./command.ts";

/** On stderr: what the user should know, although all is well. */
export function note(context: CliContext, text: string): void {
  context.terminal.errorLine(`${context.terminal.paintError.yellow("note:")} ${text}`);
}
