/** Steps that one evaluation may take: some milliseconds. Past them it cannot be told in time, and nothing is allowed. */
export const MAX_GLOB_STEPS = 500_000;

/** What an evaluation has left. */
export interface Steps {
  left: number;
}

/** A pattern was too dear for the text. */
export class OutOfSteps extends Error {}

/** `any`: `*`; `one`: `?`; else a character that stands for itself. */
type Piece = string | { readonly wild: "any" | "one" };

/** A pattern of IAM: `*` is any characters, `?` is one; `${*}`, `${?}` and `${$}` are those characters themselves. */
export interface Glob {
  readonly pieces: readonly Piece[];
  /** It refers to a variable that is not known here. */
  readonly unknown: boolean;
}

const ANY = { wild: "any" } as const;
const ONE = { wild: "one" } as const;

/** `literal`: `*` and `?` stand for themselves (StringEquals). */
export function globOf(text: string, literal = false): Glob {
  const pieces: Piece[] = [];
  let unknown = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char === "$" && text[at + 1] === "{") {
      const close = text.indexOf("}", at);
      const name = close < 0 ? "" : text.slice(at + 2, close);
      if (name === "*" || name === "?" || name === "$") pieces.push(name);
      else unknown = true;
      at = close < 0 ? text.length : close;
    } else if (char === "*" && !literal) {
      if (pieces.at(-1) !== ANY) pieces.push(ANY);
    } else {
      pieces.push(char === "?" && !literal ? ONE : char);
    }
  }
  return { pieces, unknown };
}

/** Whether a pattern stands for the whole text. Throws OutOfSteps. */
export function matchesGlob({ pieces }: Glob, text: string, steps: Steps): boolean {
  let at = 0;
  let piece = 0;
  let star = -1;
  let from = 0;
  while (at < text.length) {
    if (--steps.left < 0) throw new OutOfSteps();
    const next = pieces[piece];
    if (next === ANY) {
      star = piece++;
      from = at;
    } else if (next !== undefined && (next === ONE || next === text[at])) {
      piece++;
      at++;
    } else if (star >= 0) {
      // The last * takes one character more; those before it never have to (greedy matching of globs).
      piece = star + 1;
      at = ++from;
    } else {
      return false;
    }
  }
  while (pieces[piece] === ANY) piece++;
  return piece === pieces.length;
}
