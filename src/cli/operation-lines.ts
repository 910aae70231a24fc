import type { MismatchReport } from "../control/contract.ts";
import { byFrequency } from "../domain/operations/row-operations.ts";
import { printable } from "../domain/printable.ts";
import { countText, listText } from "../domain/wording.ts";
import { wrap } from "./width.ts";

/** Operations that are named. */
const MOST = 5;

/** Which operations were asked for where it was seen; nothing where none were. */
export function operationLines({ operations }: Pick<MismatchReport, "operations">): readonly string[] {
  if (operations === undefined) return [];
  const named = byFrequency(operations).map(([name, count]) => `${name} ${countText(count)}`);
  return wrap(printable(`by operation: ${listText(named, MOST)}`), 54).map(
    (text) => `${" ".repeat(23)}${text}`,
  );
}
