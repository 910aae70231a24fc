import type { Whole, WholeRow } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";
import { printable } from "../domain/printable.ts";
import { answerDiff, type DiffRow } from "../domain/whole/diff.ts";
import { countOf } from "../domain/wording.ts";
import type { CliContext } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { instant } from "./format.ts";
import type { TargetOptions } from "./options.ts";
import { onTarget } from "./target.ts";
import type { Terminal } from "./terminal.ts";
import { cut, wrap } from "./width.ts";

/** Whole answers that `fig diff ROUTE` names; the API lists all. */
const MAX_LISTED = 8;
const WIDTH = 78;
const NO_KEY = "none of the keys in samples.keys opens it";

interface WholeOptions extends TargetOptions {
  readonly sample?: string;
  readonly curl?: boolean;
}

/** That there are whole answers, and how to see one. */
export function wholeLines({ paint }: Terminal, route: string, rows: readonly WholeRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const shown = printable(route);
  const lines = rows.slice(0, MAX_LISTED).map(({ id, at, title, differences }) => {
    const asked = title === null ? `(${NO_KEY})` : `${title.method} ${title.target}`;
    const what = `${instant(at)}  ${asked}, ${countOf(differences.length, "difference")}`;
    return `  ${id}  ${cut(printable(what), WIDTH - id.length - 4)}`;
  });
  const more = rows.length > MAX_LISTED ? [`  and ${rows.length - MAX_LISTED} more`] : [];
  return [
    "",
    `${paint.bold(shown)}: ${countOf(rows.length, "whole answer is", "whole answers are")} kept. fig diff ${shown} --sample ID shows one`,
    ...lines,
    ...more,
  ];
}

/** `fig diff ROUTE --sample ID`: both answers, or the request as a command. */
export async function showWhole(
  context: CliContext,
  route: string | undefined,
  options: WholeOptions,
): Promise<number> {
  const { sample, curl, json } = options;
  if (sample === undefined)
    throw new FigError("usage", "--curl needs --sample ID", { remedy: "`fig diff ROUTE` lists the ids." });
  return onTarget(context, options, "read", async ({ control }) => {
    const whole = await control.whole(sample);
    if (route !== undefined && whole.route !== route)
      throw new FigError("unknown_sample", `${sample} is of route ${whole.route}`);
    const { terminal } = context;
    if (json === true) terminal.json(whole);
    else if (whole.content === null || whole.title === null)
      for (const text of wrap(`${sample}: ${NO_KEY}. It goes ${instant(whole.until)}.`, WIDTH))
        terminal.line(text);
    else if (curl === true) terminal.line(whole.curl ?? "");
    else for (const text of diffText(terminal, whole, whole.title, whole.content)) terminal.line(text);
    return EXIT.done;
  });
}

function diffText(
  { paint }: Terminal,
  { route, at, until }: Whole,
  { method, target, requestId, serving }: NonNullable<Whole["title"]>,
  content: NonNullable<Whole["content"]>,
): readonly string[] {
  const lines = [
    ...wrap(printable(`${method} ${target}`), WIDTH),
    `${printable(route)}, ${instant(at)}, ${serving} served; kept until ${instant(until)}`,
    printable(`request ${requestId}`),
    `${paint.red("- legacy")}  ${paint.green("+ modern")}`,
  ];
  for (const { name, rows, left } of answerDiff(content)) {
    lines.push("", paint.bold(name));
    for (const row of rows) lines.push(...rowText(row, paint));
    if (left > 0) lines.push(`  and ${countOf(left, "more row")}; --json has all`);
  }
  return lines;
}

function rowText(
  { depth, legacy, modern, same, inside }: DiffRow,
  paint: Terminal["paint"],
): readonly string[] {
  const indent = "  ".repeat(Math.min(depth, 20));
  const said = (mark: string, text: string) => `${mark} ${indent}${printable(text)}`;
  if (same) return [inside === undefined ? said(" ", legacy ?? "") : paint.dim(said(" ", legacy ?? ""))];
  return [
    ...(legacy === undefined ? [] : [paint.red(said("-", legacy))]),
    ...(modern === undefined ? [] : [paint.green(said("+", modern))]),
  ];
}
