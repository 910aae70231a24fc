import type { LiveRoute } from "../routing/contract.ts";
import type { ShadowCall, ShadowResult } from "./shadow-call.ts";
import { ShadowLimit } from "./shadow-limit.ts";
import type { ShadowTap } from "./shadow-tap.ts";

/** Shadows of one route that wait for their turn; past it they are shed. */
const MAX_WAITING = 256;

/** One route's shadows. */
export interface ShadowLane {
  /** Under way, `limit.current` at most. */
  readonly calls: ShadowCall[];
  readonly limit: ShadowLimit;
  readonly waiting: ShadowTap[];
  /** How many wait for others of their sticky key, before they wait here. */
  held: number;
}

export function isFull(lane: ShadowLane): boolean {
  return lane.waiting.length + lane.held >= MAX_WAITING;
}

/** Places that the shadow whose turn is next takes: two with a control, as far as there are two. */
function placesOf({ waiting, limit }: ShadowLane): number {
  return waiting[0]?.control === undefined ? 1 : Math.min(2, limit.current);
}

/** Whether one waits for which there is room. */
export function isSendable(lane: ShadowLane): boolean {
  return lane.waiting.length > 0 && lane.calls.length + placesOf(lane) <= lane.limit.current;
}

/** The lanes of all routes, by id. */
export class ShadowLanes extends Map<string, ShadowLane> {
  of({ id, definition }: LiveRoute): ShadowLane {
    const known = this.get(id);
    const { concurrency } = definition.shadow;
    if (known?.limit.max === concurrency) return known;
    // A reload changed the bound: those under way and waiting count on.
    const { calls, waiting, held } = known ?? { calls: [], waiting: [], held: 0 };
    const lane: ShadowLane = { calls, limit: new ShadowLimit(concurrency), waiting, held };
    this.set(id, lane);
    return lane;
  }
}

/** What a shadow's end says of its side: how long it took, if that says anything, and whether there was no room for it. */
export function pressureOf(
  result: ShadowResult,
  { eventStream }: ShadowTap,
  micros: number,
): [micros: number | undefined, refused: boolean] {
  if (result === "shed") return [undefined, false];
  if (result.kind === "failure") return result.code === "timeout" ? [micros, true] : [undefined, false];
  // A stream takes as long as what it tells of.
  return [eventStream ? undefined : micros, result.status === 429 || result.status === 503];
}
