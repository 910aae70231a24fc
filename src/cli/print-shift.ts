import type { ShiftResult } from "../control/contract.ts";
import type { LedgerChange } from "../domain/ledger.ts";
import { stepText } from "../domain/migration-plan.ts";
import { printable } from "../domain/printable.ts";
import { countText } from "../domain/wording.ts";
import type { CliContext } from "./command.ts";
import { move } from "./format.ts";
import { gateLines } from "./gate-lines.ts";
import { tableLines } from "./table.ts";
import { wrap } from "./width.ts";

/** What a shift, rollback or step did or would do. Warnings go to stderr, so that stdout is the result alone. */
export function printShift(context: CliContext, result: ShiftResult, where: string, json: boolean): void {
  const { terminal } = context;
  for (const warning of result.warnings)
    terminal.errorLine(`${terminal.paintError.yellow("warning:")} ${printable(warning)}`);
  if (json) {
    terminal.json(result);
    return;
  }
  for (const line of changeLines(result.changes)) terminal.line(line);
  for (const line of recentLines(result.effects)) terminal.line(line);
  for (const gate of result.gates) for (const line of gateLines(gate)) terminal.line(line);
  for (const { gate, ...step } of result.stepGates ?? []) {
    terminal.line(
      printable(`step ${stepText(step)}, which ${gate.holds ? "could raise this too" : "waits for this"}:`),
    );
    for (const line of gateLines(gate)) terminal.line(line);
  }
  for (const [route, requests] of Object.entries(result.unsafeServed)) {
    const text = `${printable(route)}: modern has served ${countText(requests)} unsafe requests since the shift that this undoes`;
    terminal.line(requests > 0 ? terminal.paint.yellow(text) : text);
  }
  terminal.line(printable(verdict(result, where)));
}

export function changeLines(changes: readonly LedgerChange[]): readonly string[] {
  if (changes.length === 0) return [];
  return tableLines(
    [
      { title: "ROUTE", max: 40 },
      { title: "MODERN", align: "right" },
      { title: "SHADOW", align: "right" },
    ],
    changes.map(({ route, from, to }) => [
      printable(route),
      move(from.modern, to.modern),
      move(from.shadow, to.shadow),
    ]),
  );
}

/** Who of the recent clients moves. */
export function recentLines(effects: ShiftResult["effects"]): readonly string[] {
  return effects.flatMap(({ route, recent }) =>
    recent === undefined ? [] : wrap(printable(`${route}: ${recent.text}`), 78),
  );
}

function verdict(result: ShiftResult, where: string): string {
  if (result.dryRun) return `dry run: nothing was written (${where})`;
  if (!result.written) return `nothing was written (${where})`;
  const numbers = result.entries.map((entry) => entry.revision);
  return `${numbers.length === 1 ? "revision" : "revisions"} ${numbers.join(", ")} written (${where})`;
}
