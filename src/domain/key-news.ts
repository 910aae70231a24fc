import type { EarlierWrite } from "./outcomes.ts";
import type { Side } from "./position.ts";
import type { WindowKey } from "./tally.ts";

/** What one of several processes that serve has learnt of sticky keys, by their split hashes, for the others. */
export interface KeyNews {
  /** Writes of theirs that the sides answered differently, or that one of them never got. */
  readonly writes: readonly (readonly [key: number, what: EarlierWrite])[];
  /** Keys that a side failed for the first time in a window. */
  readonly failed: readonly (readonly [window: WindowKey, side: Side, key: number])[];
}
