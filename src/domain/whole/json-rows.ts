import { printableJson } from "../printable.ts";
import { parseSent } from "../sent-json.ts";
import { diffLines } from "./diff-lines.ts";

/** One line of the two, side by side. */
export interface DiffRow {
  readonly depth: number;
  /** Undefined: this side has no such line. */
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
  readonly same: boolean;
  /** The equal lines that it stands for. */
  readonly inside?: readonly DiffRow[];
}

class SourceNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Json = null | boolean | string | SourceNumber | readonly Json[] | { readonly [name: string]: Json };
type Members = { readonly [name: string]: Json };

/** Numbers keep their text: 64 bits of an id are more than a double has. Undefined: it is no JSON. */
function parsed(text: string): Json | undefined {
  const keep = (value: unknown, source: string | undefined) =>
    typeof value === "number" ? new SourceNumber(source ?? String(value)) : value;
  try {
    return parseSent(text, keep) as Json;
  } catch {
    return undefined;
  }
}

/** What would turn the line around, or is not seen, is told by its number. */
const said = (value: unknown) => printableJson(JSON.stringify(value));

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isMembers = (value: Json): value is Members =>
  typeof value === "object" && value !== null && !(value instanceof SourceNumber) && !isList(value);

function childrenOf(value: Json): readonly (readonly [label: string, value: Json])[] {
  if (isList(value)) return value.map((each) => ["", each] as const);
  return Object.entries(value as Members).map(([name, each]) => [`${said(name)}: `, each] as const);
}

const bracketsOf = (value: Json) => (isList(value) ? (["[", "]"] as const) : (["{", "}"] as const));
const isEmpty = (value: Json) => childrenOf(value).length === 0;
const isTree = (value: Json): boolean => (isList(value) || isMembers(value)) && !isEmpty(value);

function leaf(value: Json): string {
  if (value instanceof SourceNumber) return value.source;
  if (isList(value)) return "[]";
  return isMembers(value) ? "{}" : said(value);
}

type Line = readonly [depth: number, text: string];

function linesOf(label: string, value: Json, depth: number): readonly Line[] {
  if (!isTree(value)) return [[depth, label + leaf(value)]];
  const [open, close] = bracketsOf(value);
  const inside = childrenOf(value).flatMap(([name, each]) => linesOf(name, each, depth + 1));
  return [[depth, label + open], ...inside, [depth, close]];
}

const textOf = (value: Json) =>
  linesOf("", value, 0)
    .map(([depth, text]) => `${depth} ${text}`)
    .join("\n");

/** Equal values of more lines than this are one row. */
const SHOWN_EQUAL = 1;

function equalRows(label: string, value: Json, depth: number): readonly DiffRow[] {
  const rows = linesOf(label, value, depth).map(
    ([at, text]): DiffRow => ({ depth: at, legacy: text, modern: text, same: true }),
  );
  if (rows.length <= SHOWN_EQUAL) return rows;
  const [open, close] = bracketsOf(value);
  const text = `${label}${open} … ${close}`;
  return [{ depth, legacy: text, modern: text, same: true, inside: rows }];
}

function besideRows(legacy: readonly Line[], modern: readonly Line[]): readonly DiffRow[] {
  return Array.from({ length: Math.max(legacy.length, modern.length) }, (_, i): DiffRow => {
    const [left, right] = [legacy[i], modern[i]];
    return { depth: (left ?? right)?.[0] ?? 0, legacy: left?.[1], modern: right?.[1], same: false };
  });
}

type Child = readonly [label: string, legacy: Json | undefined, modern: Json | undefined];

/** Members by their names, in legacy's order; elements by what they have in common. */
function paired(a: Json, b: Json): readonly Child[] {
  if (isList(a) && isList(b)) {
    const [left, right] = [a.map(textOf), b.map(textOf)];
    let [i, j] = [0, 0];
    return diffLines(left, right).map(
      ({ legacy, modern }): Child => [
        "",
        legacy === undefined ? undefined : a[i++],
        modern === undefined ? undefined : b[j++],
      ],
    );
  }
  const [left, right] = [new Map(Object.entries(a as Members)), new Map(Object.entries(b as Members))];
  return [...new Set([...left.keys(), ...right.keys()])].map(
    (name): Child => [`${said(name)}: `, left.get(name), right.get(name)],
  );
}

function rowsOf(label: string, a: Json | undefined, b: Json | undefined, depth: number): readonly DiffRow[] {
  if (a === undefined || b === undefined)
    return besideRows(
      a === undefined ? [] : linesOf(label, a, depth),
      b === undefined ? [] : linesOf(label, b, depth),
    );
  if (textOf(a) === textOf(b)) return equalRows(label, a, depth);
  const alike = isTree(a) && isTree(b) && isList(a) === isList(b);
  if (!alike) return besideRows(linesOf(label, a, depth), linesOf(label, b, depth));
  const [open, close] = bracketsOf(a);
  const both = (text: string): DiffRow => ({ depth, legacy: text, modern: text, same: true });
  const inside = paired(a, b).flatMap(([name, legacy, modern]) => rowsOf(name, legacy, modern, depth + 1));
  return [both(label + open), ...inside, both(close)];
}

/** Two JSON texts by their members; undefined: one is none. */
export function jsonRows(legacy: string, modern: string): readonly DiffRow[] | undefined {
  const [a, b] = [parsed(legacy), parsed(modern)];
  return a === undefined || b === undefined ? undefined : rowsOf("", a, b, 0);
}
