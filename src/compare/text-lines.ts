import { firstDifference } from "./text-sample.ts";

/** Where texts differ in more lines, only the first difference is told. */
const MAX_LINES = 100_000;

/** A line: its number in its text, from 1, and where it stands there, its end not included. */
export interface Line {
  readonly number: number;
  readonly start: number;
  readonly text: string;
}

/** Lines of each side, in their order. Changed ones go together, one by one. */
interface LineDifferences {
  readonly changed: readonly (readonly [legacy: Line, modern: Line])[];
  readonly missing: readonly Line[];
  readonly extra: readonly Line[];
  /** The same lines in another order. */
  readonly moved: readonly (readonly [legacy: Line, modern: Line])[];
}

function countOf(text: string, char: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf(char, from); at >= 0 && at < to; at = text.indexOf(char, at + 1)) count++;
  return count;
}

/** How many characters two texts have in common at their ends, behind `start`. */
function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let end = 0;
  while (end < most && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  return end;
}

/** The lines in which two texts differ, and those between them; undefined: they are too many. */
function differingLines(a: string, b: string): readonly [Line[], Line[]] | undefined {
  const at = firstDifference(a, b);
  const start = at === 0 ? 0 : a.lastIndexOf("\n", at - 1) + 1;
  const first = countOf(a, "\n", 0, start) + 1;
  let end = commonEnd(a, b, start);
  const begins = (text: string) => end === text.length - start || text[text.length - end - 1] === "\n";
  if (end > 0 && !(begins(a) && begins(b))) {
    const next = a.indexOf("\n", a.length - end);
    end = next < 0 ? 0 : a.length - next - 1;
  }
  const sides = [a, b].map((text) => {
    const stop = text.length - end;
    if (countOf(text, "\n", start, stop) > MAX_LINES) return undefined;
    const lines: Line[] = [];
    let from = start;
    for (const line of text.slice(start, stop).split("\n")) {
      lines.push({ number: first + lines.length, start: from, text: line });
      from += line.length + 1;
    }
    // What follows begins a line of its own.
    if (end > 0) lines.pop();
    return lines;
  });
  const [left, right] = sides;
  return left === undefined || right === undefined ? undefined : [left, right];
}

function counted(lines: readonly Line[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of lines) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Of lines, those for which the other side has no like. */
function without(lines: readonly Line[], others: readonly Line[]): readonly Line[] {
  const counts = counted(others);
  return lines.filter(({ text }) => {
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
}

/** By how many of the lines that stay where they are stand before it. */
function byGap(lines: readonly Line[], stays: readonly Line[]): Map<number, Line[]> {
  const gaps = new Map<number, Line[]>();
  let gap = 0;
  for (const line of lines) {
    while (gap < stays.length && (stays[gap] as Line).number < line.number) gap++;
    const known = gaps.get(gap);
    if (known === undefined) gaps.set(gap, [line]);
    else known.push(line);
  }
  return gaps;
}

/**
 * How two texts differ, line by line: what both begin and end with is left out, then lines are told apart by how often each is there.
 * Of what is there on one side alone, lines between the same others go together as changed. Linear. Undefined: the texts have one line
 * each, or more lines between their ends than are looked at.
 */
export function lineDifferences(a: string, b: string): LineDifferences | undefined {
  if (!a.includes("\n") && !b.includes("\n")) return undefined;
  const lines = differingLines(a, b);
  if (lines === undefined) return undefined;
  const [left, right] = lines;
  const [onlyLeft, onlyRight] = [without(left, right), without(right, left)];
  const moved: [Line, Line][] = [];
  const stays: [Line[], Line[]] = [[], []];
  // Of lines that are there more than once none can be said to have moved, unless nothing else differs.
  const all = onlyLeft.length + onlyRight.length === 0;
  const [inLeft, inRight] = [counted(left), counted(right)];
  const once = ({ text }: Line) => all || (inLeft.get(text) === 1 && inRight.get(text) === 1);
  const [ofLeft, ofRight] = [left.filter(once), right.filter(once)];
  for (const [i, line] of ofLeft.entries()) {
    const other = ofRight[i] as Line;
    if (line.text !== other.text) moved.push([line, other]);
    else {
      stays[0].push(line);
      stays[1].push(other);
    }
  }
  const changed: [Line, Line][] = [];
  const missing: Line[] = [];
  const extra: Line[] = [];
  const [gaps, others] = [byGap(onlyLeft, stays[0]), byGap(onlyRight, stays[1])];
  for (let gap = 0; gap <= stays[0].length; gap++) {
    const [mine, theirs] = [gaps.get(gap) ?? [], others.get(gap) ?? []];
    const both = Math.min(mine.length, theirs.length);
    for (let i = 0; i < both; i++) changed.push([mine[i] as Line, theirs[i] as Line]);
    for (const line of mine.slice(both)) missing.push(line);
    for (const line of theirs.slice(both)) extra.push(line);
  }
  return { changed, missing, extra, moved };
}

const SHOWN_RANGES = 3;

/** `line 3`, `lines 3-5, 9 and 4 more`. */
export function lineNumbers(lines: readonly Line[]): string {
  const ranges: [number, number][] = [];
  for (const { number } of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, SHOWN_RANGES);
  const told = shown.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const texts = shown.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
  const more = lines.length - told;
  return `${lines.length === 1 ? "line" : "lines"} ${texts}${more > 0 ? ` and ${more} more` : ""}`;
}
