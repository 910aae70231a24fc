import type { RouteGate } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { endedIn, reasonsText } from "../domain/strata/seen.ts";
import { countText, numberText, positionText } from "../domain/wording.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { gateLines } from "./gate-lines.ts";
import { type TargetOptions, withTarget } from "./options.ts";
import { tableLines } from "./table.ts";
import { onTarget } from "./target.ts";
import { unknownLines } from "./unknown-lines.ts";
import { wrap } from "./width.ts";

interface Options extends TargetOptions {
  readonly all?: boolean;
}

/** Templates that are shown without `--all`. */
const MOST_TEMPLATES = 20;

export const gateCommand: CliCommand = {
  name: "gate",
  register(program, context) {
    const command = program
      .command("gate")
      .description("the gate that waits for a route, and what was seen of its requests")
      .argument("<route>", "the route's id")
      .option("--all", `every path template and operation, not only the ${MOST_TEMPLATES} most frequent`);
    withTarget(command).action((route: string, options: Options) =>
      context.run(() =>
        onTarget(context, options, "read", async ({ control }) => {
          const found = await control.gate(route);
          if (options.json === true) context.terminal.json(found);
          else print(context, found, options.all === true);
          return EXIT.done;
        }),
      ),
    );
    withExamples(
      command,
      "fig gate orders.read",
      "fig gate orders.read --all",
      "fig gate orders.read --json",
    );
  },
};

function print({ terminal }: CliContext, found: RouteGate, all: boolean): void {
  const { line, paint } = terminal;
  for (const text of unknownLines(terminal, found.unknown)) line(text);
  const whose = found.step === null ? "the gate of `fig shift`" : `the gate of step ${found.step}`;
  line(`${paint.bold(printable(found.route))} at ${positionText(found.position)}`);
  if (found.gate === null) line("no gate waits for it");
  else {
    line(whose);
    for (const text of gateLines(found.gate)) line(text);
  }
  const { match, mismatch } = found.comparisons;
  line();
  line(`${countText(match + mismatch)} of ${countText(found.requests)} requests were compared`);
  const reasons = reasonsText(found.notCompared);
  if (reasons !== "") for (const text of wrap(`not compared: ${reasons}`, 76)) line(`  ${text}`);
  printTable(
    terminal.line,
    "METHOD",
    found.methods.map(({ method, requests, compared, mismatches, shadowed }) => [
      ...[method, countText(requests), countText(compared), countText(mismatches)],
      shadowed ? "" : "not shadowed",
    ]),
    "REQUESTS",
  );
  const drawn = found.templates.filter((each) => drawnOf(each) > 0);
  const shown = all ? drawn : drawn.slice(0, MOST_TEMPLATES);
  printTable(
    terminal.line,
    "PATH TEMPLATE",
    shown.map(({ name, compared, mismatches, without }) => {
      const shadowed = endedIn([compared, mismatches, without]);
      return [
        ...[printable(name), countText(shadowed), countText(compared), countText(mismatches)],
        reasonsText(without),
      ];
    }),
    "SHADOWED",
  );
  printAnswers(terminal.line, found.templates, all);
  const more = drawn.length - shown.length;
  if (more > 0) line(`  and ${countText(more)} more: --all shows them`);
  for (const unseen of found.unseen)
    for (const text of wrap(printable(unseen), 76)) line(paint.yellow(`! ${text}`));
}

type Template = RouteGate["templates"][number];

function drawnOf({ compared, mismatches, without }: Template): number {
  return endedIn([compared, mismatches, without]);
}

/** Errors and latencies of both sides, where several templates or operations have some. */
function printAnswers(line: (text: string) => void, templates: RouteGate["templates"], all: boolean): void {
  const rows = templates.flatMap(({ name, answers }) => (answers === undefined ? [] : [{ name, answers }]));
  if (rows.length < 2) return;
  const said = ({ answers, errors, p95 }: (typeof rows)[number]["answers"]["legacy"]) => [
    `${countText(errors)} of ${countText(answers)}`,
    p95 === null ? "" : `${numberText(p95)} ms`,
  ];
  const right = "right" as const;
  const columns = [
    { title: "PATH TEMPLATE", max: 32 },
    { title: "LEGACY FAILED", align: right },
    { title: "P95", align: right },
    { title: "MODERN FAILED", align: right },
    { title: "P95", align: right },
  ];
  const shown = all ? rows : rows.slice(0, MOST_TEMPLATES);
  const cells = shown.map(({ name, answers }) => [
    printable(name),
    ...said(answers.legacy),
    ...said(answers.modern),
  ]);
  for (const text of tableLines(columns, cells)) line(text);
}

function printTable(
  line: (text: string) => void,
  title: string,
  rows: readonly (readonly string[])[],
  counted: string,
): void {
  if (rows.length === 0) return;
  const right = "right" as const;
  const columns = [
    { title, max: 40 },
    { title: counted, align: right },
    { title: "COMPARED", align: right },
    { title: "DIFFER", align: right },
    { title: "NOT COMPARED", max: 20 },
  ];
  for (const text of tableLines(columns, rows)) line(text);
}
