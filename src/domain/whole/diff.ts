import { printable } from "../printable.ts";
import { diffLines } from "./diff-lines.ts";
import { type DiffRow, jsonRows } from "./json-rows.ts";
import type { DescribedWhy, WholeAnswer, WholeBody, WholeContent, WholeField } from "./sample.ts";

export type { DiffRow } from "./json-rows.ts";

/** A part of two answers, line by line beside each other. */
interface DiffPart {
  readonly name: "status" | "headers" | "body";
  readonly rows: readonly DiffRow[];
  /** Rows that are not shown, as there are too many. */
  readonly left: number;
}

/** A page and a terminal show so many rows of a part; folded ones count as one. */
const MAX_ROWS = 1_000;
/** Equal lines of a text beside what differs. */
const CONTEXT_LINES = 3;

const WHY: Readonly<Record<DescribedWhy, string>> = {
  binary: "no text",
  charset: "not in its charset",
  coding: "its content coding cannot be undone",
  redact: "what `redact` names cannot be found in it",
  too_large: "too large",
};

/** In place of a body that is not kept. */
function describedText(body: Extract<WholeBody, { readonly kind: "described" }>): string {
  const { why, type, bytes, sha256 } = body;
  const size = bytes === null ? "of a size that was not counted" : `${bytes} bytes`;
  const hash = sha256 === null ? "" : `, sha256 ${sha256}`;
  return `(${type === "" ? "no type" : type}, ${size}${hash}; not kept: ${WHY[why]})`;
}

/** A page in one line is cut between its tags. */
function markupLines(text: string): readonly string[] {
  return text
    .split(/\r?\n|(?<=>)(?=<)/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function linesOf(body: WholeBody | undefined): readonly string[] {
  if (body === undefined || body.kind === "none") return [];
  if (body.kind === "described") return [describedText(body)];
  const lines = body.form === "markup" ? markupLines(body.text) : body.text.split(/\r?\n/);
  return lines.map(printable);
}

function textRows(legacy: readonly string[], modern: readonly string[]): readonly DiffRow[] {
  return diffLines(legacy, modern).map((pair) => ({ depth: 0, ...pair, same: pair.legacy === pair.modern }));
}

/** Long runs of equal lines are one row. */
function folded(rows: readonly DiffRow[]): readonly DiffRow[] {
  const near = rows.map((_, i) =>
    rows.slice(Math.max(0, i - CONTEXT_LINES), i + CONTEXT_LINES + 1).some((row) => !row.same),
  );
  const result: DiffRow[] = [];
  for (let i = 0; i < rows.length; ) {
    let end = i;
    while (end < rows.length && !near[end]) end++;
    if (end - i > 1) {
      const text = `… ${end - i} equal lines …`;
      result.push({ depth: 0, legacy: text, modern: text, same: true, inside: rows.slice(i, end) });
      i = end;
    } else {
      result.push(rows[i] as DiffRow);
      i++;
    }
  }
  return result;
}

function bodyRows(legacy: WholeBody | undefined, modern: WholeBody | undefined): readonly DiffRow[] {
  const json = (body: WholeBody | undefined) => body?.kind === "text" && body.form === "json";
  if (legacy?.kind === "text" && modern?.kind === "text" && json(legacy) && json(modern)) {
    const rows = jsonRows(legacy.text, modern.text);
    if (rows !== undefined) return rows;
  }
  return folded(textRows(linesOf(legacy), linesOf(modern)));
}

/** Values by lower-case name. */
function fieldsOf(answer: WholeAnswer): ReadonlyMap<string, readonly string[]> {
  const fields: readonly WholeField[] = answer.kind === "answer" ? answer.headers : [];
  const byName = Map.groupBy(fields, ([name]) => name.toLowerCase());
  return new Map([...byName].map(([name, all]) => [name, all.map(([, value]) => value)]));
}

/** Fields by their names: their order says little, and servers differ in it. */
function fieldRows(legacy: WholeAnswer, modern: WholeAnswer): readonly DiffRow[] {
  const [left, right] = [fieldsOf(legacy), fieldsOf(modern)];
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((name) => {
    const lines = (values: readonly string[] = []) => values.map((value) => printable(`${name}: ${value}`));
    return textRows(lines(left.get(name)), lines(right.get(name)));
  });
}

function statusText(answer: WholeAnswer): string {
  return answer.kind === "answer" ? String(answer.status) : `failed: ${answer.code}`;
}

const bodyOf = (answer: WholeAnswer) => (answer.kind === "answer" ? answer.body : undefined);

function partOf(name: DiffPart["name"], rows: readonly DiffRow[]): DiffPart {
  return { name, rows: rows.slice(0, MAX_ROWS), left: Math.max(0, rows.length - MAX_ROWS) };
}

/** Two whole answers side by side: JSON by members, with equal parts folded; all else by lines. */
export function answerDiff({ legacy, modern }: Pick<WholeContent, "legacy" | "modern">): readonly DiffPart[] {
  return [
    partOf("status", textRows([statusText(legacy)], [statusText(modern)])),
    partOf("headers", fieldRows(legacy, modern)),
    partOf("body", bodyRows(bodyOf(legacy), bodyOf(modern))),
  ];
}
