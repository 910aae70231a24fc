import type { MismatchReport, Noticed, RouteStatus, Status } from "../control/contract.ts";
import { MOST_FIRST, mostFirst } from "../domain/most-first.ts";
import { printable } from "../domain/printable.ts";
import { countOf, countText, rateText } from "../domain/wording.ts";
import { afterWritesLines } from "./after-writes.ts";
import { cascadeLines } from "./cascade-lines.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { suggest } from "./diff-suggest.ts";
import { showWhole, wholeLines } from "./diff-whole.ts";
import { EXIT } from "./exit-codes.ts";
import { instant } from "./format.ts";
import { noiseLines, saidOfPath } from "./noise-lines.ts";
import { operationLines } from "./operation-lines.ts";
import { type TargetOptions, withTarget } from "./options.ts";
import { onTarget } from "./target.ts";
import { unknownLines } from "./unknown-lines.ts";
import { cut, wrap } from "./width.ts";

interface Options extends TargetOptions {
  readonly summary?: boolean;
  readonly suggest?: boolean;
  readonly apply?: boolean;
  readonly sample?: string;
  readonly curl?: boolean;
}

export const diffCommand: CliCommand = {
  name: "diff",
  register(program, context) {
    const command = program
      .command("diff")
      .description("mismatches by path: how often, first and last seen, samples")
      .argument("[route]", "only this route");
    command.option("--summary", "one line a path, without times and samples");
    command.option("--suggest", "what remains worth a rule of compare, and why; needs the files");
    command.option("--apply", "with --suggest: write it into the route's file");
    command.option(
      "--sample <id>",
      "one whole answer of each side, beside each other (compare.samples.bodies)",
    );
    command.option("--curl", "with --sample: its request as a curl command");
    withTarget(command).action((route: string | undefined, options: Options) =>
      context.run(() => {
        if (options.suggest === true || options.apply === true) return suggest(context, route, options);
        return options.sample !== undefined || options.curl === true
          ? showWhole(context, route, options)
          : diff(context, route, options);
      }),
    );
    withExamples(
      command,
      "fig diff orders.read",
      "fig diff orders.read --suggest",
      "fig diff orders.read --sample 9f86d081884c7d65",
      "fig diff --summary",
      "fig diff --json",
    );
  },
};

async function diff(context: CliContext, route: string | undefined, options: Options): Promise<number> {
  return onTarget(context, options, "read", async ({ control }) => {
    const mismatches = await control.mismatches(route);
    if (options.json === true) {
      context.terminal.json(mismatches);
      return EXIT.done;
    }
    for (const text of unknownLines(context.terminal, mismatches[0]?.unknown)) context.terminal.line(text);
    if (mismatches.length === 0) await printNone(context, control.status(), route);
    else printMismatches(context, mismatches, options.summary === true);
    // What is known of differences came from memory; of this, nothing is.
    if (route !== undefined && mismatches.length > 0)
      for (const text of wholeLines(context.terminal, route, await control.wholes({ route })))
        context.terminal.line(text);
    if (mismatches[0]?.unknown === undefined) printNoticed(context, await control.noticed(route));
    return EXIT.done;
  });
}

/** Green never means that nobody looked: how many comparisons found nothing is part of the answer. */
async function printNone(
  context: CliContext,
  asked: Promise<Status>,
  route: string | undefined,
): Promise<void> {
  const { routes, unknown } = await asked;
  for (const text of unknownLines(context.terminal, unknown)) context.terminal.line(text);
  const rows = routes.filter(({ id }) => route === undefined || id === route);
  const matches = rows.reduce((sum, { comparisons }) => sum + comparisons.match, 0);
  const shadowed = rows.filter(({ position, phase }) => position.shadow > 0 && phase !== "retired");
  if (matches > 0) context.terminal.line(`no mismatch in ${countText(matches)} comparisons`);
  else if (shadowed.length === 0)
    context.terminal.line("nothing has been compared yet: `fig shift ROUTE --shadow 100` starts it");
  else for (const text of wrap(notCompared(shadowed), 78)) context.terminal.line(text);
}

/** Shadowed, and nothing compared: because no request came, or because of what came. */
function notCompared(shadowed: readonly RouteStatus[]): string {
  const reasons = new Map<string, number>();
  let requests = 0;
  for (const { legacy, modern, notCompared: why } of shadowed) {
    requests += legacy.requests + modern.requests;
    for (const [reason, count] of Object.entries(why))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  const said = [...reasons]
    .filter(([, count]) => count > 0)
    .sort(MOST_FIRST)
    .map(([reason, count]) => `${reason} ${countText(count)}`);
  const why = said.length === 0 ? "" : `: ${said.join(", ")}`;
  return `nothing has been compared of ${countOf(requests, "request")} to what is shadowed${why}`;
}

const MOST_SEEN = mostFirst<MismatchReport>(
  ({ count }) => count,
  ({ path, kind }) => `${path} ${kind}`,
);

function printMismatches(context: CliContext, mismatches: readonly MismatchReport[], summary: boolean): void {
  const { line, paint } = context.terminal;
  const byRoute = new Map<string, MismatchReport[]>();
  for (const row of mismatches) byRoute.set(row.route, [...(byRoute.get(row.route) ?? []), row]);
  let first = true;
  for (const [route, rows] of byRoute) {
    if (!first && !summary) line();
    first = false;
    const paths = summary ? `, ${countOf(rows.length, "path differs", "paths differ")}` : "";
    line(`${paint.bold(printable(route))}: ${countText(rows[0]?.comparisons ?? 0)} compared${paths}`);
    for (const row of rows.toSorted(MOST_SEEN))
      for (const text of summary ? [rowHead(context, row)] : rowLines(context, row)) line(text);
  }
}

/** A longer path is cut in its row, and whole below it. */
const PATH_WIDTH = 48;

function rowHead({ terminal: { paint } }: CliContext, row: MismatchReport): string {
  const share = rateText(row.count, row.comparisons);
  return `${countText(row.count).padStart(9)}  ${share.padStart(8)}  ${paint.yellow(row.kind.padEnd(7))}  ${cut(printable(row.path), PATH_WIDTH)}`;
}

const DIFFERS = { missing: "modern lacks it", extra: "only modern has it", value: "another value" } as const;
const BREAKS = { both: "both sides", legacy: "legacy alone" } as const;
const RULE_SAYS = { dead: "met nothing in", hiding: "hides more than half of", ended: "has ended;" } as const;

/** No mismatches, but what people may take for compared and is not. */
function printNoticed(context: CliContext, noticed: readonly Noticed[]): void {
  const { line, paint } = context.terminal;
  for (const { route, looked, headers, rules, noise, comparisons, document = [] } of noticed) {
    line();
    if (noise !== undefined) for (const text of noiseLines(context.terminal, route, noise)) line(text);
    if (headers.length > 0)
      line(
        `${paint.bold(printable(route))}: headers not compared that differ, in ${countText(looked)} looked at`,
      );
    for (const { name, kind, count } of headers) {
      const share = rateText(count, looked).padStart(8);
      line(`${countText(count).padStart(9)}  ${share}  ${cut(printable(name), 32)}: ${DIFFERS[kind]}`);
    }
    if (document.length > 0)
      line(`${paint.bold(printable(route))}: the OpenAPI document is broken, and not by modern alone`);
    for (const { place, by, count } of document) {
      const share = rateText(count, comparisons).padStart(8);
      line(`${countText(count).padStart(9)}  ${share}  ${BREAKS[by]}: ${cut(printable(place), 48)}`);
    }
    if (rules.length > 0) line(`${paint.bold(printable(route))}: rules to look at`);
    for (const { rule, state, count, read, reason, until } of rules) {
      const bodies = state === "hiding" ? `${countText(count)} of ${countText(read)}` : countText(read);
      const said = state === "ended" ? "it is no longer in force" : `${bodies} compared bodies`;
      line(`${" ".repeat(11)}${paint.yellow(cut(printable(rule), 48))} ${RULE_SAYS[state]} ${said}`);
      const terms = [
        ...(until === undefined ? [] : [`until ${until}`]),
        ...(reason === undefined ? [] : [reason]),
      ];
      if (terms.length > 0)
        for (const text of wrap(printable(terms.join(": ")), 60)) line(`${" ".repeat(15)}${text}`);
    }
  }
}

function rowLines(context: CliContext, row: MismatchReport): readonly string[] {
  const { paint } = context.terminal;
  const said = saidOfPath(row.control);
  const path = printable(row.path);
  const lines = [
    rowHead(context, row),
    ...(path.length <= PATH_WIDTH ? [] : wrap(path, 54).map((text) => `${" ".repeat(23)}${text}`)),
    ...(said === undefined ? [] : wrap(said, 54).map((text) => `${" ".repeat(23)}${text}`)),
    paint.dim(`${" ".repeat(23)}first ${instant(row.firstSeen)}, last ${instant(row.lastSeen)}`),
  ];
  lines.push(...operationLines(row));
  lines.push(...afterWritesLines(row));
  lines.push(...cascadeLines(row.cascade));
  for (const sample of row.samples) lines.push(...sampleLines(sample));
  return lines;
}

/** Which request it was. Samples that an older fig wrote do not say. */
function requestLines({
  method,
  target,
  statuses,
  at,
}: MismatchReport["samples"][number]): readonly string[] {
  if (method === undefined) return [];
  const answered =
    statuses === undefined ? "" : `, ${statuses.legacy ?? "failed"} and ${statuses.modern ?? "failed"}`;
  const text = `${method} ${target ?? ""}, ${instant(at)}${answered}`;
  return wrap(printable(text), 54).map((part) => `${" ".repeat(23)}${part}`);
}

function sampleLines(sample: MismatchReport["samples"][number]): readonly string[] {
  const side = (name: string, value: string | null | undefined): readonly string[] =>
    wrap(value === undefined || value === null ? "(missing)" : printable(value), 46).map(
      (text, index) => `${" ".repeat(23)}${(index === 0 ? name : "").padEnd(8)}${text}`,
    );
  return [...side("legacy", sample.legacy), ...side("modern", sample.modern), ...requestLines(sample)];
}
