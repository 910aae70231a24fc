import type { CompareOptions } from "../../domain/route.ts";
import type { BodyComparator } from "../body.ts";
import { byteBodies } from "./bytes.ts";
import { jsonBodies } from "./json.ts";
import { textBodies } from "./text.ts";

interface BodyComparatorKind {
  readonly name: string;
  /** Throws FigError `invalid_path_pattern`. */
  readonly create: (options: CompareOptions) => BodyComparator;
}

/** One line a comparator; the first that does not pass decides, so the last takes everything. */
export const BODY_COMPARATORS: readonly BodyComparatorKind[] = [jsonBodies, textBodies, byteBodies];
