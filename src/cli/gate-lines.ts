import type { GateReport } from "../control/contract.ts";
import { type GateState, stateOf } from "../domain/gate/contract.ts";
import { conditionText, intervalText } from "../domain/gate/evaluate.ts";
import { printable } from "../domain/printable.ts";
import { countText } from "../domain/wording.ts";
import { cut, wrap } from "./width.ts";

const MOST_PARTS = 5;
const VERDICTS: Readonly<Record<GateState, string>> = {
  holds: "holds",
  fails: "does not hold",
  unknown: "not known yet",
};
const MARKS: Readonly<Record<GateState, string>> = { holds: "ok  ", fails: "FAIL", unknown: "?   " };

/** Methods and path templates that do not hold, a few of them; those that do are of no interest. */
function partLines(parts: NonNullable<GateReport["conditions"][number]["parts"]>): readonly string[] {
  const open = parts.filter(
    ({ state, mismatches }) => state !== "holds" && (state === "fails" || mismatches > 0),
  );
  return open.slice(0, MOST_PARTS).map(({ name, comparisons, mismatches, state }) => {
    const counts = `${countText(mismatches)} of ${countText(comparisons)} differ`;
    return `         ${MARKS[state]} ${cut(printable(name), 38)}: ${counts}`;
  });
}

/** One route's gate: a line with the verdict, then one for each condition with its value, its bound and what is missing. */
export function gateLines(gate: GateReport): readonly string[] {
  const lines = [`gate of ${printable(gate.route)}: ${VERDICTS[stateOf(gate)]}`];
  for (const condition of gate.conditions) {
    lines.push(
      `  ${MARKS[stateOf(condition)]} ${printable(conditionText(condition))}${intervalText(condition)}`,
    );
    for (const text of [condition.missing, condition.judged])
      if (text !== undefined) lines.push(...wrap(printable(text), 66).map((line) => `         ${line}`));
    lines.push(...partLines(condition.parts ?? []));
    for (const { name, text } of (condition.beyond ?? []).slice(0, MOST_PARTS))
      lines.push(
        ...wrap(printable(`${name}: ${text}`), 61).map(
          (line, at) => `         ${at === 0 ? MARKS.fails : "    "} ${line}`,
        ),
      );
  }
  return lines;
}
