import type { FrontDoor } from "../../../src/index.ts";

/** What a front door holds and has done, for tests that must see that nothing stays behind. */
export interface DoorInside {
  /** Client connections open. */
  readonly connections: number;
  /** Requests under way. */
  readonly active: number;
  /** Requests, shadows and comparisons under way that the routing table knows of. */
  readonly inflight: number;
  /** Requests the fast lane took. */
  readonly fast: number;
  /** Connections it handed over, by reason. */
  readonly handovers: Readonly<Record<string, number>>;
}

interface Lane {
  readonly connections: number;
  readonly taken: Readonly<Record<string, number>>;
  readonly handovers: Readonly<Record<string, number>>;
}

interface Tallied {
  readonly tally: { readonly inflight: number };
}

interface Inside {
  readonly context: {
    readonly active: number;
    readonly table: {
      readonly current: {
        readonly routes: readonly Tallied[];
        readonly fallback?: Tallied;
        readonly requests: { readonly active: number };
      };
    };
  };
  readonly doors: { readonly lanes: readonly Lane[] };
}

export function insideOf(door: FrontDoor): DoorInside {
  const { context, doors } = (door as unknown as { readonly running: { readonly serving: Inside } }).running
    .serving;
  const { routes, fallback, requests } = context.table.current;
  const tallied = fallback === undefined ? routes : [...routes, fallback];
  const handovers: Record<string, number> = {};
  for (const lane of doors.lanes) {
    for (const [reason, count] of Object.entries(lane.handovers))
      handovers[reason] = (handovers[reason] ?? 0) + count;
  }
  return {
    connections: doors.lanes.reduce((sum, lane) => sum + lane.connections, 0),
    active: context.active,
    inflight: tallied.reduce((sum, { tally }) => sum + tally.inflight, requests.active),
    fast: doors.lanes.reduce((sum, lane) => sum + (lane.taken.fast ?? 0), 0),
    handovers,
  };
}
