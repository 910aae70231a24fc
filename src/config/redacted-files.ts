import { createHash } from "node:crypto";
import { REDACTED } from "../domain/redaction.ts";
import { scalarsIn, secretPlaces, type ValuePath } from "./secret-places.ts";

/** By file and key, so that the same place of another version of the file has the same name. */
function nameOf(file: string, path: ValuePath): string {
  return `FIG_REDACTED_${createHash("sha256")
    .update(JSON.stringify([file, path]))
    .digest("hex")
    .slice(0, 8)}`;
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf("\n"); end >= 0 && end < at; end = text.indexOf("\n", end + 1)) line++;
  return line;
}

interface Redacted {
  readonly text: string;
  /** The lines on which something was taken out, from 1. */
  readonly lines: readonly number[];
}

const placeholderOf = (file: string, path: ValuePath) => `"\${${nameOf(file, path)}}"`;

/**
 * A file's text without credentials: in the place of a value stands a reference that nothing defines, so that the file does not pass
 * until somebody has put the value back. A file that has none is given back as it is, byte for byte. `variables`: the names of vars
 * that stand for a credential in any file.
 */
export function withoutCredentials(
  file: string,
  text: string,
  variables: ReadonlySet<string> = new Set(),
): Redacted {
  const lines: number[] = [];
  let result = "";
  let at = 0;
  for (const { span, path } of secretPlaces(file, text, variables)) {
    const [from, to] = span;
    if (from < at) continue;
    lines.push(lineOf(text, from));
    result += text.slice(at, from) + (path === undefined ? REDACTED : placeholderOf(file, path));
    at = to;
  }
  return { text: result + text.slice(at), lines };
}

/** A reference that stands where a credential stood. */
const TAKEN_OUT = /"\$\{FIG_REDACTED_[0-9a-f]{8}\}"/g;

/** A kept text with what `present`, the same file as it is now, has in these places; `left`: places that it has nothing for. */
export function filledFrom(
  file: string,
  kept: string,
  present: string | undefined,
): { readonly text: string; readonly left: number } {
  if (kept.search(TAKEN_OUT) < 0) return { text: kept, left: 0 };
  const there = new Map(
    scalarsIn(file, present ?? "").map(({ path, span }) => [
      placeholderOf(file, path),
      (present ?? "").slice(...span),
    ]),
  );
  let left = 0;
  const text = kept.replace(TAKEN_OUT, (whole) => {
    const value = there.get(whole);
    if (value !== undefined && value.search(TAKEN_OUT) < 0) return value;
    left++;
    return whole;
  });
  return { text, left };
}
