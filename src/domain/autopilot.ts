import { type LedgerState, revisionOf, type Trail } from "./fold.ts";
import type { GateState } from "./gate/contract.ts";
import { canNeverHold } from "./gate/reasons.ts";
import { isOpen, type MoveTimes, moveTimesText, nextOpen } from "./move-times.ts";
import type { Position } from "./position.ts";
import { durationText, listText, positionText } from "./wording.ts";

/** How a step may be applied by itself. */
export interface AutopilotTimes extends MoveTimes {
  /** From the move before it, ms. */
  readonly waitMs: number;
  /** For how long it may wait until somebody is told, ms. */
  readonly patienceMs: number;
}

export const AUTOPILOT_TIMES: AutopilotTimes = {
  days: undefined,
  hours: undefined,
  zone: "UTC",
  waitMs: 0,
  patienceMs: 24 * 3_600_000,
};

/** What people said last. One for a state: every front door of it goes by the same. */
export interface AutopilotOrder {
  readonly mode: "off" | "running" | "paused";
  readonly by: string;
  readonly reason: string;
  /** ISO 8601; empty: nobody ever said anything. */
  readonly at: string;
  /** The last step that it applies; undefined: all there are. */
  readonly to: number | undefined;
  /** The ledger's revision then: what is taken back after it pauses the autopilot. */
  readonly since: number;
}

export const NO_ORDER: AutopilotOrder = {
  mode: "off",
  by: "",
  reason: "",
  at: "",
  to: undefined,
  since: 0,
};

/** A route whose modern went down, though no step said so: somebody, or a guard, took it back. */
interface Setback {
  readonly revision: number;
  readonly route: string;
  readonly from: Position;
  readonly to: Position;
}

/** The newest setback after a revision; undefined: none. */
export function setbackSince(state: LedgerState, since: number): Setback | undefined {
  let found: Setback | undefined;
  if (state.revision <= since) return undefined;
  for (const { route, trail } of state.routes.values()) {
    let mark: Trail | undefined = trail;
    const least = Math.max(since, found?.revision ?? 0);
    while (mark?.earlier !== undefined && mark.revision > least) {
      const { position: to, holds, revision } = mark;
      const from = mark.earlier.position;
      // A step may lower a route: that is what its file says.
      if (to.modern < from.modern && holds?.step.revision !== revision) {
        found = { revision, route, from, to };
        break;
      }
      mark = mark.earlier;
    }
  }
  return found;
}

/** The newest revision that a step stands on: the step before it, or what moved one of its routes. 0: nothing moved yet. */
export function moveBefore(state: LedgerState, routes: readonly string[]): number {
  return Math.max(state.applied.at(-1)?.revision ?? 0, ...routes.map((route) => revisionOf(state, route)));
}

/** What a gate says of a route, as it is told everywhere. */
export interface GateSaid {
  readonly state: GateState;
  readonly holds: boolean;
  readonly conditions: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly bound: number;
    readonly holds: boolean;
    readonly missing?: string | undefined;
  }[];
}

/** One route of the next step that the step raises. */
export interface RisingRoute {
  readonly route: string;
  /** Undefined: its gate is `none`. `missing`: nobody wrote one. */
  readonly gate: GateSaid | "missing" | undefined;
  /** Requests lately. False where that is not known: nobody advances on silence. */
  readonly asked: boolean;
  /** How near its guards are to taking it back, as this front door sees it: 0 to 1. */
  readonly guard: number;
  /** How long its evidence window has been open, ms; undefined: it is not. */
  readonly windowMs: number | undefined;
}

/** All that there is to know of the next step before it is applied. */
export interface NextMove {
  readonly number: number;
  readonly name: string;
  readonly times: AutopilotTimes;
  /** What refuses it whatever the evidence: drift, an edited file, a route that may not move. */
  readonly refusals: readonly string[];
  readonly rising: readonly RisingRoute[];
  /** Which gates do not hold and why, in one sentence; empty: all hold. */
  readonly gateText: string;
  /** Since the move before it, ms; undefined: there was none. */
  readonly sinceMoveMs: number | undefined;
}

export const WAITS = [
  "order",
  "store",
  "steps",
  "person",
  "refused",
  "gate",
  "guard",
  "traffic",
  "wait",
  "hours",
] as const;

/** What an autopilot makes of it. */
export interface AutopilotDecision {
  readonly state: "off" | "running" | "paused";
  /** Undefined: the step is to be applied now. */
  readonly waitsFor: (typeof WAITS)[number] | undefined;
  /** In one sentence. */
  readonly says: string;
  /** When it expects to move, ms since the epoch; undefined: that cannot be said. */
  readonly expectedAt: number | undefined;
  /** Waiting does not help: the gate fails, a person has to do something. */
  readonly stuck: boolean;
}

/** How long a gate needs at the pace so far, ms; undefined: that cannot be said. */
export function gatePaceMs({ conditions }: GateSaid, windowMs: number | undefined): number | undefined {
  let most = 0;
  for (const { name, value, bound, holds } of conditions) {
    if (holds) continue;
    if (value === null) return undefined;
    const missing = bound - value;
    if (name === "minDuration") most = Math.max(most, missing);
    else if (name === "minComparisons" && value > 0 && windowMs !== undefined)
      most = Math.max(most, (missing * windowMs) / value);
    else return undefined;
  }
  return most;
}

/** Of the logarithm of the evidence that an alarm needs. Below it lies what a healthy route comes to in time. */
const GUARD_NEAR = 0.75;

interface Decided extends Partial<AutopilotDecision> {
  readonly waitsFor: AutopilotDecision["waitsFor"];
  readonly says: string;
}

function running(decided: Decided): AutopilotDecision {
  return { state: "running", expectedAt: undefined, stuck: false, ...decided };
}

/** When all of it may hold at once, as far as the gates' pace tells. */
function expected({ rising, times, sinceMoveMs }: NextMove, now: number): number | undefined {
  const waits = rising.map(({ gate, windowMs }) =>
    gate === undefined || gate === "missing" ? 0 : gatePaceMs(gate, windowMs),
  );
  if (waits.some((ms) => ms === undefined)) return undefined;
  const rest = sinceMoveMs === undefined ? 0 : times.waitMs - sinceMoveMs;
  return nextOpen(times, now + Math.ceil(Math.max(0, rest, ...waits.map((ms) => ms ?? 0))));
}

function routesOf(rising: readonly RisingRoute[]): string {
  return listText(rising.map(({ route }) => route));
}

/** Of a step that is next and may be applied by itself. */
function decideMove(move: NextMove, step: string, now: number): AutopilotDecision {
  const { refusals, rising, times, sinceMoveMs, gateText } = move;
  if (refusals.length > 0)
    return running({ waitsFor: "refused", says: `${step} is refused: ${refusals.join("; ")}`, stuck: true });
  const ungated = rising.filter(({ gate }) => gate === "missing");
  if (ungated.length > 0) {
    const says = `${step} raises ${routesOf(ungated)} without a gate: apply it by hand, or give it one (\`none\` says that it needs none)`;
    return running({ waitsFor: "person", says, stuck: true });
  }
  const expectedAt = expected(move, now);
  if (gateText !== "") {
    const stuck = rising.some(({ gate }) => gate !== undefined && gate !== "missing" && gateFails(gate));
    return running({ waitsFor: "gate", says: `${step} waits: ${gateText}`, expectedAt, stuck });
  }
  const near = rising.filter(({ guard }) => guard >= GUARD_NEAR);
  if (near.length > 0)
    return running({ waitsFor: "guard", says: `${step} waits: a guard of ${routesOf(near)} is near` });
  const silent = rising.filter(({ gate, asked }) => gate !== undefined && !asked);
  if (silent.length > 0) {
    const says = `${step} waits for requests: none came to ${routesOf(silent)} lately, as far as this front door has seen`;
    return running({ waitsFor: "traffic", says });
  }
  const rest = sinceMoveMs === undefined ? 0 : times.waitMs - sinceMoveMs;
  if (rest > 0) {
    const says = `${step} waits for ${durationText(rest)} more after the move before it`;
    return running({ waitsFor: "wait", says, expectedAt });
  }
  if (!isOpen(times, now)) {
    const says = `${step} waits for its hours: ${moveTimesText(times)}`;
    return running({ waitsFor: "hours", says, expectedAt, stuck: expectedAt === undefined });
  }
  return running({ waitsFor: undefined, says: `${step} is applied now`, expectedAt: now });
}

/** It is proven that it does not hold, or it never can: waiting alone does not help. */
function gateFails(gate: GateSaid): boolean {
  return gate.state === "fails" || (!gate.holds && canNeverHold(gate));
}

export interface Situation {
  readonly order: AutopilotOrder;
  /** The store cannot be asked, or does not take the counters: what holds is not known. */
  readonly away: boolean;
  readonly setback: Setback | undefined;
  /** Undefined: no step is pending. */
  readonly next: NextMove | undefined;
  /** ms since the epoch: hours of a wall are told by nothing else. */
  readonly now: number;
}

/** Whether the next step is applied now, and if not, what for it waits. */
export function decideAutopilot({ order, away, setback, next, now }: Situation): AutopilotDecision {
  const { mode, by, reason, to } = order;
  const why = reason === "" ? "" : `: ${reason}`;
  if (mode === "off")
    return {
      ...running({ waitsFor: "order", says: by === "" ? "it is off" : `stopped by ${by}${why}` }),
      state: "off",
    };
  if (mode === "paused")
    return { ...running({ waitsFor: "order", says: `paused by ${by}${why}` }), state: "paused" };
  if (away) return running({ waitsFor: "store", says: "it waits for the state store" });
  if (setback !== undefined) {
    const { revision, route, from, to: stands } = setback;
    const says = `paused, since revision ${revision} took ${route} back from ${positionText(from)} to ${positionText(stands)}: look why, then resume it`;
    return { ...running({ waitsFor: "person", says, stuck: true }), state: "paused" };
  }
  if (next === undefined) return running({ waitsFor: "steps", says: "no step is pending" });
  if (to !== undefined && next.number > to)
    return running({ waitsFor: "steps", says: `it stands after step ${to}, as far as it was to go` });
  return decideMove(next, `step ${next.number} (${next.name})`, now);
}

/** It waits longer than the step declares: somebody should look. Waiting for its hours is no such wait. */
export function isOverdue(
  { state, waitsFor }: Pick<AutopilotDecision, "state" | "waitsFor">,
  { waitMs, patienceMs }: Pick<AutopilotTimes, "waitMs" | "patienceMs">,
  waitedMs: number,
): boolean {
  const waits =
    waitsFor === "gate" || waitsFor === "guard" || waitsFor === "traffic" || waitsFor === "refused";
  return state === "running" && waits && waitedMs > waitMs + patienceMs;
}
