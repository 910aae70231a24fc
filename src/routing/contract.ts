import type { GuardTap } from "../domain/guards.ts";
import type { CohortPins } from "../domain/pins.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { Serving } from "../domain/serving.ts";
import type { WindowTally } from "../domain/tally.ts";

/** A route as it is in force: definition, position and the window it counts in. Replaced, never changed. */
export interface LiveRoute extends Serving {
  readonly tally: WindowTally;
  /** `cohort:` ready for splitHash. */
  readonly cohortPrefix: string;
  readonly id: string;
  readonly definition: RouteDefinition;
  readonly position: Position;
  /** The ledger revision that put it here; 0: none. */
  readonly revision: number;
  /** Modern was taken back: no pin goes there. */
  readonly held?: boolean;
  /** Who came is noted there, by the split hash of the key; undefined: the route has one side. */
  readonly recent?: { add(keyHash: number | undefined): void } | undefined;
  /** Who is told of failures; undefined: nobody watches. */
  readonly guard?: GuardTap | undefined;
}

/** The requests that took a table, and are not over. */
export interface TableRequests {
  active: number;
}

/** What matching reads of a request. Header values are latin1 strings of the bytes received. */
export interface MatchInput {
  readonly method: string;
  /** Origin-form request target as received: path and query. */
  readonly target: string;
  /** Host header without port, lower-case; "" when there is none. */
  readonly host: string;
  /** Flat [name, value, ...] as received. */
  readonly headers: readonly string[];
  /** Lower-case names that a CORS preflight announces: their values are not told, and count as what is asked for. */
  readonly announced?: readonly string[];
  /** Names of the operations that it asks for, each once; empty: none are known. Undefined: they were not looked for yet. */
  readonly operations?: readonly (string | undefined)[] | undefined;
  /** Hears that they would decide: a route that asks for some would take it otherwise. */
  readonly wants?: { operations: boolean } | undefined;
}

export type MatchResult =
  | {
      readonly kind: "route";
      readonly route: LiveRoute;
      /** Among the files' routes. */
      readonly place: number;
      /** Raw, undecoded capture values in the order of the template's names. */
      readonly captures: readonly string[];
    }
  | { readonly kind: "none" }
  /** Strict and lenient reading would choose different routes (docs/contract.md, Matching). */
  | { readonly kind: "ambiguous" };

/** The compiled routing table: immutable; a shift makes a new one that shares the compiled matcher. */
export interface RouteTable {
  readonly routes: readonly LiveRoute[];
  /** Where requests without a route go; undefined: 404. Its definition's legacy is the default upstream. */
  readonly fallback: LiveRoute | undefined;
  readonly requests: TableRequests;
  /** A route's sticky asks for the front door's own cookie. */
  readonly clients: boolean;
  /** A route is matched by operation. */
  readonly byOperation: boolean;
  /** Of cohorts whose clients are pinned after writes; undefined: there are none. */
  readonly pins?: ReadonlyMap<string, CohortPins> | undefined;
  byId(id: string): LiveRoute | undefined;
  match(input: MatchInput): MatchResult;
  /** A side's path template filled in; the target unchanged where the side has no template. Keeps the query. */
  rewrite(route: LiveRoute, side: "legacy" | "modern", target: string, captures: readonly string[]): string;
  /** The same matcher with other live routes, one for each given by id; fallback by DEFAULT_ROUTE_ID. */
  withRoutes(changed: readonly LiveRoute[]): RouteTable;
}

/** The one mutable cell between control and proxy. A request takes `current` once. */
export interface TableRef {
  readonly current: RouteTable;
  swap(next: RouteTable): void;
}
