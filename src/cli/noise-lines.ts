import type { MismatchReport, Noticed } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { countOf, countText } from "../domain/wording.ts";
import type { Terminal } from "./terminal.ts";
import { cut, wrap } from "./width.ts";

type Noise = NonNullable<Noticed["noise"]>;
type Path = Noise["paths"][number];

/** What is known of a path that stays a difference; undefined: nothing. */
export function saidOfPath(control: MismatchReport["control"]): string | undefined {
  if (control === undefined) return undefined;
  const { state, modern, legacy, own } = control;
  const pairs = `modern alone differed in ${countText(modern)} controls, legacy's second answer alone in ${countText(legacy)}`;
  if (state === "real") return `modern's: ${pairs}`;
  if (own === 0) return `not sure yet: ${pairs}`;
  return `legacy differs from itself, too: in ${countOf(own, "control")}; ${pairs}`;
}

function saidOfNoise({ state, formats, array, own, hidden }: Path): string {
  const how =
    array !== undefined
      ? `in another order, compared ${array === "unordered" ? "without it" : `by its ${array}`}`
      : state === "unprovable"
        ? `never the same, compared as ${formats.join(", ")}`
        : "legacy differs from itself";
  return `${how}; in ${countOf(own, "control")}; ${countText(hidden)} not counted`;
}

/** Paths of legacy's own noise, and what has no control. */
export function noiseLines({ paint }: Terminal, route: string, noise: Noise): readonly string[] {
  const { controls, unusable, uncontrolled, paths } = noise;
  const hidden = paths.filter((path) => path.hidden > 0);
  const unused = unusable === 0 ? "" : `, of ${countText(unusable)} others it could not be compared`;
  const name = paint.bold(printable(route));
  const lines =
    hidden.length === 0
      ? [`${name}: no noise of legacy's own in ${countOf(controls, "control")}${unused}`]
      : [`${name}: legacy's own noise, no mismatches, by ${countOf(controls, "control")}${unused}`];
  for (const path of hidden) {
    const shown = printable(path.path);
    const [first = "", ...rest] = wrap(saidOfNoise(path), 46);
    // Paths often differ only at their ends: a long one has a line of its own.
    if (shown.length > 26) lines.push(`${" ".repeat(4)}${cut(shown, 74)}`, `${" ".repeat(32)}${first}`);
    else lines.push(`${" ".repeat(4)}${shown.padEnd(26)}  ${first}`);
    for (const text of rest) lines.push(`${" ".repeat(32)}${text}`);
  }
  if (uncontrolled.length > 0)
    lines.push(
      `${" ".repeat(4)}without a control, so nothing of them is taken for noise by itself: ${uncontrolled.join(", ")}`,
    );
  return lines;
}
