import type { MismatchReport } from "../control/contract.ts";
import { countText } from "../domain/wording.ts";
import { wrap } from "./width.ts";

/** What may have made them differ; nothing where nothing is known. */
export function afterWritesLines({
  afterWrites,
  count,
}: Pick<MismatchReport, "afterWrites" | "count">): readonly string[] {
  if (afterWrites === undefined) return [];
  const { differed, not_copied } = afterWrites;
  const said = [
    ...(differed > 0 ? [`differed: ${countText(differed)} of ${countText(count)}`] : []),
    ...(not_copied > 0 ? [`was not copied: ${countText(not_copied)} of ${countText(count)}`] : []),
  ];
  return wrap(`since a write of the same client ${said.join(", or ")}`, 54).map(
    (text) => `${" ".repeat(23)}${text}`,
  );
}
