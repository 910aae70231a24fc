import { isCredentialName } from "./credentials.ts";
import type { Span } from "./span.ts";

/** A table's names stand in its first line; a longer one is text. */
const MAX_HEAD_CHARS = 4096;
const SEPARATORS = [",", ";", "\t", "|"];
/** What a column may be called. */
const NAME = /^[\p{L}\p{N}_ .-]{1,64}$/u;

/** Where the cell that begins at `at` ends; what is quoted may hold anything (RFC 4180 §2). */
function cellEnd(text: string, at: number, separator: string): number {
  let end = at;
  if (text[at] === '"') {
    for (end = at + 1; end < text.length; end++) {
      if (text[end] !== '"') continue;
      if (text[end + 1] !== '"') break;
      end++;
    }
  }
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}

const unquoted = (cell: string) => cell.trim().replace(/^"(.*)"$/s, "$1");

/** The separator, and which columns are credentials by their names; undefined: none is, or it is no table. */
function columnsOf(text: string): readonly [separator: string, columns: ReadonlySet<number>] | undefined {
  const end = text.indexOf("\n");
  if (end <= 0 || end > MAX_HEAD_CHARS) return undefined;
  const head = text.slice(0, end).replace(/^\ufeff/, "");
  for (const separator of SEPARATORS) {
    const names = head.split(separator).map(unquoted);
    if (names.length < 2 || !names.every((name) => NAME.test(name))) continue;
    const columns = new Set(names.flatMap((name, at) => (isCredentialName(name) ? [at] : [])));
    return columns.size === 0 ? undefined : [separator, columns];
  }
  return undefined;
}

/** Adds the places of credentials in a table (CSV and its like): the cells below a name that says so. Linear. */
export function columnSpans(text: string, spans: Span[]): void {
  const found = columnsOf(text);
  if (found === undefined) return;
  const [separator, columns] = found;
  let column = 0;
  for (let at = text.indexOf("\n") + 1; at < text.length; ) {
    const end = cellEnd(text, at, separator);
    if (end > at && columns.has(column)) spans.push([at, end]);
    column = text[end] === separator ? column + 1 : 0;
    at = end + 1;
  }
}
