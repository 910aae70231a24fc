import type { GateReport } from "../control/contract.ts";
import { conditionText } from "../domain/gate.ts";
import { printable } from "../domain/printable.ts";
import { wrap } from "./width.ts";

/** One route's gate: a line with the verdict, then one for each condition with its value, its bound and what is missing. */
export function gateLines(gate: GateReport): readonly string[] {
  const lines = [`gate of ${printable(gate.route)}: ${gate.holds ? "holds" : "does not hold"}`];
  for (const condition of gate.conditions) {
    lines.push(`  ${condition.holds ? "ok  " : "FAIL"} ${printable(conditionText(condition))}`);
    for (const text of [condition.missing, condition.judged])
      if (text !== undefined) lines.push(...wrap(printable(text), 66).map((line) => `         ${line}`));
  }
  return lines;
}
