import type { GateDefinition } from "./gate.ts";
import type { Position } from "./position.ts";
import type { SourcePlace } from "./route.ts";

export interface MigrationDefinition {
  /** From the file's name, NNNN. */
  readonly number: number;
  /** From the file's name, after the number. */
  readonly name: string;
  readonly description: string;
  /** Route id to the position it takes; a part left out stays as it is. */
  readonly changes: Readonly<Record<string, Partial<Position>>>;
  readonly gate: GateDefinition | undefined;
  /** Hash over description-free content: an applied file that was edited differs. 16 hex digits. */
  readonly hash: string;
  readonly source: SourcePlace;
}
