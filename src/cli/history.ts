import type { LedgerEntry } from "../domain/ledger.ts";
import { printable } from "../domain/printable.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant, move } from "./format.ts";
import { type TargetOptions, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { cut, wrap } from "./width.ts";

export const historyCommand: CliCommand = {
  name: "history",
  register(program, context) {
    const command = program
      .command("history")
      .description("the ledger, newest first: when, who, why, from where to where")
      .argument("[route]", "only entries of this route");
    withTarget(command).action((route: string | undefined, options: TargetOptions) =>
      context.run(() => history(context, route, options)),
    );
    withExamples(command, "fig history", "fig history orders.read --json");
  },
};

async function history(
  context: CliContext,
  route: string | undefined,
  options: TargetOptions,
): Promise<number> {
  return onTarget(context, options, "read", async ({ control }) => {
    const entries = await control.history(route);
    if (options.json === true) context.terminal.json(entries);
    else if (entries.length === 0) context.terminal.line("the ledger has no entry yet");
    else printEntries(context, entries);
    return EXIT.done;
  });
}

function printEntries(context: CliContext, entries: readonly LedgerEntry[]): void {
  const { paint, line } = context.terminal;
  for (const entry of entries.toSorted((a, b) => b.revision - a.revision)) {
    const step = entry.migration === null ? "" : ` ${String(entry.migration.number).padStart(4, "0")}`;
    const by = cut(printable(entry.by), 24);
    line(`${paint.bold(`r${entry.revision}`)}  ${instant(entry.at)}  ${entry.kind}${step}  by ${by}`);
    for (const { route, from, to } of entry.changes) {
      const moves = `modern ${move(from.modern, to.modern)}, shadow ${move(from.shadow, to.shadow)}`;
      line(`    ${cut(printable(route), 34).padEnd(35)} ${moves}`);
    }
    if (entry.reason !== "")
      for (const text of wrap(printable(entry.reason), 74)) line(paint.dim(`    ${text}`));
  }
}
