import type { MismatchReport } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { countOf, countText } from "../domain/wording.ts";
import { cut, wrap } from "./width.ts";

type Cascade = NonNullable<MismatchReport["cascade"]>;

/** Places that are told; `--json` has them all. */
const SHOWN = 5;

const WAYS: Readonly<Record<Cascade[number]["by"], string>> = {
  element: "elements that only one list has",
  rename: "the same under another name",
  wrap: "the same one level deeper",
  value: "holds the value that differs",
};

/** What differs for the same cause, the most frequent first. */
export function cascadeLines(cascade: Cascade = []): readonly string[] {
  const pad = " ".repeat(23);
  const lines = cascade.slice(0, SHOWN).flatMap(({ path, kind, by, count, places, legacy, modern }) => {
    const often = `${countText(count)} times${places > count ? `, ${countText(places)} places` : ""}`;
    const [value] = by === "element" ? [legacy ?? modern] : [];
    const shown = value === undefined ? [] : wrap(printable(value), 50).map((text) => `${pad}    ${text}`);
    return [`${pad}${kind} ${cut(printable(path), 40)}: ${WAYS[by]}`, `${pad}    ${often}`, ...shown];
  });
  if (lines.length === 0) return [];
  const more = cascade.length - SHOWN;
  const rest = more > 0 ? [`${pad}and ${countOf(more, "other path")}`] : [];
  return [`${pad}follows from it, and counts with it:`, ...lines, ...rest];
}
