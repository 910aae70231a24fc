import { InvalidArgumentError } from "commander";
import type { Unknown } from "../control/contract.ts";
import { othersText } from "../control/index.ts";
import { figErrorOf } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { printable } from "../domain/printable.ts";
import { parseDuration } from "../domain/quantities.ts";
import { countOf } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant, move } from "./format.ts";
import { type TargetOptions, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { cut, wrap } from "./width.ts";

interface Options extends TargetOptions {
  readonly limit?: number;
  readonly since?: Since;
}

interface InForce {
  readonly unknown: Unknown;
  readonly revision: number;
  readonly entries: readonly LedgerEntry[];
}

/** An age, as of when the command runs, or a moment; ms. */
type Since = { readonly age: number } | { readonly at: number };

function limitOption(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write how many entries, e.g. 20.");
  return Number(text);
}

function sinceOption(text: string): Since {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const age = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (age !== undefined) return { age };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      "Write an age, e.g. 2h or 7d, or a moment, e.g. 2026-11-22 or 2026-11-22T20:00Z.",
    );
  return { at };
}

export const historyCommand: CliCommand = {
  name: "history",
  register(program, context) {
    const command = program
      .command("history")
      .description("the ledger, newest first: when, who, why, from where to where")
      .argument("[route]", "only entries of this route");
    command
      .option("--limit <n>", "only the newest n entries", limitOption)
      .option("--since <when>", "only entries since then: 2h, 7d, or 2026-11-22T20:00Z (UTC)", sinceOption);
    withTarget(command).action((route: string | undefined, options: Options) =>
      context.run(() => history(context, route, options)),
    );
    withExamples(
      command,
      "fig history",
      "fig history --since 7d --limit 20",
      "fig history orders.read --json",
    );
  },
};

async function history(context: CliContext, route: string | undefined, options: Options): Promise<number> {
  const { since, limit } = options;
  const from =
    since === undefined ? undefined : "at" in since ? since.at : context.deps.clock.now() - since.age;
  return onTarget(context, options, "ledger", async ({ control }) => {
    const all = await control.history(route).catch((error: unknown) => {
      if (options.json !== true) printFromMemory(context, error, route);
      throw error;
    });
    const wanted = from === undefined ? all : all.filter(({ at }) => Date.parse(at) >= from);
    // Oldest first, so the newest are the last ones.
    const entries = limit === undefined ? wanted : wanted.slice(-limit);
    if (options.json === true) context.terminal.json(entries);
    else if (entries.length === 0)
      context.terminal.line(
        all.length === 0 ? "the ledger has no entry yet" : "the ledger has no entry since then",
      );
    else {
      printEntries(context, entries);
      if (entries.length < wanted.length)
        context.terminal.line(
          context.terminal.paint.dim(
            `${countOf(wanted.length - entries.length, "older entry", "older entries")} not shown`,
          ),
        );
    }
    return EXIT.done;
  });
}

/** What a front door has in force while the store is away; the error that follows says that it is not all. */
function printFromMemory(context: CliContext, error: unknown, route: string | undefined): void {
  const details = figErrorOf(error, "store_unavailable")?.details as Partial<InForce> | undefined;
  const entries = (details?.entries ?? []).filter(
    ({ changes }) => route === undefined || changes.some((change) => change.route === route),
  );
  if (details?.unknown === undefined) return;
  const { line, paint } = context.terminal;
  line(
    paint.red(`! the state store is away since ${instant(details.unknown.since)}: the ledger cannot be read`),
  );
  line(
    paint.dim(`in force is revision ${details.revision ?? 0}; the newest entry of each route, from memory:`),
  );
  if (entries.length === 0) line(paint.dim("    none is known"));
  printEntries(context, entries);
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
    const others = othersText(entry);
    if (others !== undefined) for (const text of wrap(printable(others), 74)) line(`    ${text}`);
  }
}
