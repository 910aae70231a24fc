import type { Unknown } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { instant } from "./format.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./width.ts";

/** That the store is away is said before anything that memory tells; nothing where it is there. */
export function unknownLines({ paint }: Terminal, unknown: Unknown | undefined): readonly string[] {
  if (unknown === undefined) return [];
  const text = `since ${instant(unknown.since)}: ${printable(unknown.what)}`;
  return wrap(text, 78).map((line, index) => paint.red(index === 0 ? `! ${line}` : `  ${line}`));
}

/** The same of all figures together, as part of a sentence. */
export function figuresText({ read }: Unknown): string {
  return read === null ? "figures are not known" : `figures are as of ${instant(read)}`;
}

/** From when the figures are that stand below or above it. */
export function readText({ read }: Unknown): string {
  return read === null
    ? "its figures are not known: nobody read them before"
    : `figures as of ${instant(read)}`;
}
