import type { CapturedAnswer, Comparer, Verdict } from "../compare/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { headerLines } from "../domain/headers.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import { murmur2Latin1, thresholdOf } from "../domain/split.ts";
import type { Open, ServedRequest, Shadows } from "../layers/contract.ts";
import type { LiveRoute } from "../routing/contract.ts";
import { ShadowCall, type ShadowResult } from "./shadow-call.ts";
import { ShadowTap } from "./shadow-tap.ts";

/** Shadows of one route that wait for their turn; past it they are shed. */
const MAX_WAITING = 256;

/** Shadows sent before clients get a turn: so many, or this share of what waits if that is more. */
const SENDS_A_TURN = 1;
const SHARE_A_TURN = 1 / 64;
/** A shadow waits so long for a moment without client requests, then goes all the same. */
const HOLD_MICROS = 20_000;

/** The threshold that every hash is below. */
const EVERY = thresholdOf(100);

/** What the client asked for, as far as it is known: references in answers are resolved against it. */
function askedUrl({ decision: { host, path }, request }: ShadowTap): string | undefined {
  if (host === "") return undefined;
  const [scheme = "http"] = headerLines(request.headers, "x-forwarded-proto");
  return `${scheme}://${host}${path}`;
}

interface Lane {
  /** Under way, `concurrency` at most. */
  readonly calls: ShadowCall[];
  readonly concurrency: number;
  readonly waiting: ShadowTap[];
}

interface ShadowerOptions {
  readonly budget: ByteBudget;
  readonly comparer: Comparer;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** Client requests under way. */
  readonly clientsActive: () => number;
  /** Runs later: after the I/O that is due, or in a millisecond. */
  readonly defer: (run: () => void, when: "soon" | "later") => void;
  /** Hears every comparison that came to a verdict: mismatch book, recent list, events. */
  readonly onVerdict: (tap: ShadowTap, verdict: Verdict) => void;
}

/**
 * Sends copies of requests to the side that did not serve them, after the client has its answer, and sees that every
 * eligible request ends in exactly one outcome. Bounded by route (concurrency, waiting) and in all (the byte budget).
 */
export class Shadower implements Shadows {
  private readonly options: ShadowerOptions;
  private readonly lanes = new Map<string, Lane>();
  /** Shadows that wait, over all lanes, and since when clients have held them back. */
  private waiting = 0;
  /** Routes with a shadow that waits and a place for it, the one whose turn is next first. */
  private readonly sendable = new Set<string>();
  private heldSince: number | undefined = undefined;
  private scheduled = false;
  private closed = false;
  private underWay = 0;
  private comparing = 0;

  constructor(options: ShadowerOptions) {
    this.options = options;
  }

  /** Shadows and comparisons without an outcome yet. */
  get pending(): number {
    return this.waiting + this.underWay + this.comparing;
  }

  tap(request: ServedRequest, open: Open | undefined): ShadowTap | NotComparedReason | undefined {
    const { live, unshadowed } = request.decision;
    if (unshadowed !== undefined) return unshadowed === "no_other_side" ? undefined : unshadowed;
    const { shadowThreshold } = live;
    if (shadowThreshold === 0) return "skipped";
    if (shadowThreshold < EVERY && murmur2Latin1(request.requestId) >= shadowThreshold) return "skipped";
    // Nothing is copied for a shadow that would find no place to wait: behind a hung upstream that is nearly every one.
    const lane = this.lanes.get(live.id);
    if (this.closed || (lane !== undefined && lane.waiting.length >= MAX_WAITING)) return "shed";
    return new ShadowTap(this.options.budget, request, open);
  }

  finish(tap: ShadowTap): void {
    const { live } = tap.decision;
    live.tally.inflight++;
    if (tap.reason !== undefined || this.closed) {
      this.settle(tap, tap.reason ?? "shed");
      return;
    }
    const lane = this.laneOf(live);
    if (lane.waiting.length >= MAX_WAITING) {
      this.settle(tap, "shed");
      return;
    }
    lane.waiting.push(tap);
    this.waiting++;
    this.noteSendable(live.id, lane);
    if (this.sendable.size > 0) this.schedule("soon");
  }

  /** What waits is shed; what is under way may finish. */
  shedWaiting(): void {
    this.closed = true;
    this.waiting = 0;
    this.sendable.clear();
    for (const lane of this.lanes.values()) {
      for (const tap of lane.waiting.splice(0)) this.settle(tap, "shed");
    }
  }

  /** Ends everything: what waits or is under way is shed. Comparisons are the comparer's to close. */
  close(): void {
    this.shedWaiting();
    for (const lane of this.lanes.values()) {
      for (const call of lane.calls.splice(0)) {
        call.cancel();
        this.underWay--;
        this.settle(call.tap, "shed");
      }
    }
  }

  private laneOf({ id, definition }: LiveRoute): Lane {
    const known = this.lanes.get(id);
    const { concurrency } = definition.shadow;
    if (known?.concurrency === concurrency) return known;
    // A reload changed the bound: those under way and waiting count on.
    const lane: Lane = { calls: known?.calls ?? [], concurrency, waiting: known?.waiting ?? [] };
    this.lanes.set(id, lane);
    return lane;
  }

  private schedule(when: "soon" | "later"): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.defer(() => {
      this.scheduled = false;
      this.pump();
    }, when);
  }

  /** Sends what waits: when no client does, or after it was held long enough, a few at a time. */
  private pump(): void {
    if (this.waiting === 0) return;
    const now = this.options.clock.micros();
    if (this.options.clientsActive() > 0) {
      this.heldSince ??= now;
      if (now - this.heldSince < HOLD_MICROS) {
        this.schedule("later");
        return;
      }
    } else {
      this.heldSince = undefined;
    }
    let turns = Math.max(SENDS_A_TURN, Math.floor(this.waiting * SHARE_A_TURN));
    for (const id of this.sendable) {
      if (turns-- === 0) break;
      this.sendable.delete(id);
      const lane = this.lanes.get(id);
      const tap = lane?.waiting.shift();
      if (lane === undefined || tap === undefined) continue;
      this.waiting--;
      this.send(tap, id, lane);
      this.noteSendable(id, lane);
    }
    if (this.sendable.size > 0) this.schedule("soon");
    else this.heldSince = undefined;
  }

  /** Behind the others: each route has its turn, however busy another is. */
  private noteSendable(id: string, lane: Lane): void {
    if (lane.waiting.length > 0 && lane.calls.length < lane.concurrency) this.sendable.add(id);
  }

  private send(tap: ShadowTap, id: string, lane: Lane): void {
    const { open } = tap;
    if (open === undefined) {
      this.settle(tap, "shed");
      return;
    }
    const { deadlines, clock } = this.options;
    this.underWay++;
    const done = (ended: ShadowCall, result: ShadowResult) => this.onShadow(ended, result, id, lane.calls);
    const call = new ShadowCall(tap, open, deadlines, clock.micros(), done);
    if (!call.over) lane.calls.push(call);
  }

  private onShadow(call: ShadowCall, result: ShadowResult, id: string, calls: ShadowCall[]): void {
    const { tap, side } = call;
    const { tally } = tap.decision.live;
    const micros = this.options.clock.micros() - call.startMicros;
    const at = calls.indexOf(call);
    if (at >= 0) calls.splice(at, 1);
    this.underWay--;
    if (result === "shed") {
      this.settle(tap, "shed");
    } else {
      const failed = result.kind === "failure";
      const status = failed ? 0 : result.status;
      tally.shadowAnswered(side, status, micros, failed || status >= 500);
      tally.shadowed(side, !failed ? "sent" : result.code === "timeout" ? "timeout" : "error");
      this.compare(tap, result);
    }
    const lane = this.lanes.get(id);
    if (lane !== undefined) this.noteSendable(id, lane);
    if (this.sendable.size > 0) this.schedule("soon");
  }

  private compare(tap: ShadowTap, shadowed: CapturedAnswer): void {
    const { live, side, shadowSide, head } = tap.decision;
    this.comparing++;
    this.options.comparer.submit(
      {
        method: head.method,
        url: askedUrl(tap),
        answers: {
          serving: { side, answer: tap.servingAnswer() },
          shadow: { side: shadowSide, answer: shadowed },
        },
        options: live.definition.compare,
        maxBodyBytes: live.definition.shadow.maxBodyBytes,
      },
      (verdict) => this.onVerdict(tap, verdict),
    );
  }

  private onVerdict(tap: ShadowTap, verdict: Verdict): void {
    const { tally } = tap.decision.live;
    this.comparing--;
    tally.compared(verdict.outcome);
    if (verdict.reason !== undefined) tally.notCompared(verdict.reason);
    for (const mismatch of verdict.mismatches) tally.mismatched(mismatch.kind);
    tap.release();
    tally.inflight--;
    this.options.onVerdict(tap, verdict);
  }

  /** Ends a tapped request without a comparison. */
  private settle(tap: ShadowTap, reason: NotComparedReason): void {
    const { live, shadowSide } = tap.decision;
    const { tally } = live;
    tally.notCompared(reason);
    if (reason === "shed") tally.shadowed(shadowSide, "shed");
    else if (reason !== "event_stream") tally.compared("inconclusive");
    tap.release();
    tally.inflight--;
  }
}
