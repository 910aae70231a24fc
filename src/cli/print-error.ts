import { formatProblems } from "../config/index.ts";
import type { GateReport } from "../control/contract.ts";
import type { ConfigProblem } from "../domain/config.ts";
import { FigError, messageOf } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import { gateLines } from "./gate-lines.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./width.ts";

/** The form every checker uses and every editor jumps to: `file:line:column: message — remedy`. */
export function problemLine(problem: ConfigProblem): string {
  return printable(formatProblems([problem]));
}

/** On stderr: code and message, the reasons, the remedy; with `json` one line for a program instead. */
export function printError(terminal: Terminal, error: unknown, json: boolean): void {
  const known = error instanceof FigError ? error : unexpected(error);
  const { code, message, remedy, details } = known;
  if (json) {
    terminal.errorLine(JSON.stringify({ error: { code, message, remedy, details } }));
    return;
  }
  const paint = terminal.paintError;
  // A message of several lines says more in each. Where they are the files' problems, these follow as data.
  const [first = "", ...more] = message.split("\n");
  const repeated = (details as { readonly problems?: unknown } | undefined)?.problems !== undefined;
  terminal.errorLine(`${paint.red(`fig: ${code}:`)} ${printable(first)}`);
  if (!repeated) for (const line of more) terminal.errorLine(`  ${printable(line)}`);
  for (const line of reasonLines(details)) terminal.errorLine(`  ${line}`);
  if (remedy !== undefined) terminal.errorLine(`${paint.bold("remedy:")} ${printable(remedy)}`);
}

function unexpected(error: unknown): FigError {
  const message = messageOf(error);
  const code = (error as { readonly code?: unknown } | null)?.code;
  return new FigError(typeof code === "string" ? code.toLowerCase() : "internal", message, {
    remedy: "run it again; if it happens again, report it with this message",
    cause: error,
  });
}

/** Reasons as data, in the forms that errors carry: gates, problems, sentences; anything else as JSON. */
function reasonLines(details: unknown): readonly string[] {
  if (details === undefined || details === null) return [];
  if (typeof details !== "object" || Array.isArray(details)) return valueLines(details);
  const lines: string[] = [];
  for (const [name, value] of Object.entries(details)) {
    if (value === undefined || value === null) continue;
    if (name === "gates" && Array.isArray(value)) {
      for (const gate of value as readonly GateReport[]) lines.push(...gateLines(gate));
    } else if (name === "problems" && Array.isArray(value)) {
      for (const problem of value as readonly unknown[])
        lines.push(...(isConfigProblem(problem) ? [problemLine(problem)] : valueLines(problem)));
    } else if (name === "reasons" || name === "warnings") lines.push(...valueLines(value));
    // Whole entries are for programs (`--json`): the message has said what matters in them.
    else if (typeof value !== "object") lines.push(...wrap(`${name}: ${printable(textOf(value))}`, 76));
  }
  return lines;
}

function isConfigProblem(value: unknown): value is ConfigProblem {
  const problem = value as Partial<ConfigProblem> | null;
  return typeof problem?.file === "string" && typeof problem.message === "string";
}

function valueLines(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((each) => wrap(`- ${printable(textOf(each))}`, 76));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
