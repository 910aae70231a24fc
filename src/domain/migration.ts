import type { GateDefinition } from "./gate/contract.ts";
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
  /** By route: its own gate in place of `gate`; null: it has none. */
  readonly gates?: Readonly<Record<string, GateDefinition | null>> | undefined;
  /** Hash over description-free content: an applied file that was edited differs. 16 hex digits. */
  readonly hash: string;
  readonly source: SourcePlace;
}

/** What a route must hold before the step raises its modern. */
export function gateFor({ gate, gates }: MigrationDefinition, route: string): GateDefinition | undefined {
  const own = gates !== undefined && Object.hasOwn(gates, route) ? gates[route] : gate;
  return own ?? undefined;
}
