import type { CompareOptions } from "../../domain/route.ts";
import type { BodyComparator } from "../body.ts";
import { byteBodies } from "./bytes.ts";
import { grpcBodies } from "./grpc.ts";
import { htmlBodies } from "./html.ts";
import { jsonBodies } from "./json.ts";
import { textBodies } from "./text.ts";
import { valuedBodies } from "./valued.ts";
import { xmlBodies } from "./xml.ts";

interface BodyComparatorKind {
  readonly name: string;
  /** Throws FigError `invalid_path_pattern`. */
  readonly create: (options: CompareOptions) => BodyComparator;
}

/** One line for each comparator. The first that does not pass has the last word, and the last one takes every body. */
export const BODY_COMPARATORS: readonly BodyComparatorKind[] = [
  grpcBodies,
  jsonBodies,
  valuedBodies,
  xmlBodies,
  htmlBodies,
  textBodies,
  byteBodies,
];
