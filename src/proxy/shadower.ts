import type { CapturedAnswer, ComparisonJob, Verdict } from "../compare/contract.ts";
import { withDocument } from "../compare/document.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { Sampler } from "../domain/sampler.ts";
import { isSafe } from "../domain/shadow-eligibility.ts";
import { cohortPrefix, thresholdOf } from "../domain/split.ts";
import { Witnesses } from "../domain/witnesses.ts";
import type { Open, ServedRequest, Shadows } from "../layers/contract.ts";
import { Busy } from "./clients.ts";
import { withSpan } from "./compare-span.ts";
import { comparisonJob } from "./comparison-job.ts";
import { Controls } from "./controls.ts";
import { countShadow } from "./count-shadow.ts";
import type { EarlierWrites } from "./earlier-writes.ts";
import { keepWhole } from "./keep-whole.ts";
import { KeyOrder } from "./key-order.ts";
import { ShadowCall, type ShadowResult } from "./shadow-call.ts";
import { isFull, isSendable, pressureOf, type ShadowLane, ShadowLanes } from "./shadow-lane.ts";
import { ShadowTap } from "./shadow-tap.ts";
import type { ShadowerOptions } from "./shadower-options.ts";
import { StoppedShadows } from "./stopped-shadows.ts";
import { witnessOf } from "./witness.ts";

/** Of these, so many of one sticky key that may not overtake each other. */
const MAX_WAITING_OF_KEY = 64;

/** Shadows sent before clients get a turn: so many, or this share of what waits if that is more. */
const SENDS_A_TURN = 1;
const SHARE_A_TURN = 1 / 64;
/** A shadow waits so long for a turn of the event loop without work for clients, then goes all the same. */
const HOLD_MICROS = 20_000;

/** Reasons for which a request was not eligible, and so is no comparison. */
const INELIGIBLE: ReadonlySet<NotComparedReason> = new Set(["event_stream", "session_cookie", "upgrade"]);

/** The threshold that every hash is below. */
const EVERY = thresholdOf(100);

/**
 * Sends copies of requests to the side that did not serve them, after the client has its answer, and sees that every
 * eligible request ends in exactly one outcome. Bounded by route (concurrency, waiting) and in all (the byte budget).
 */
export class Shadower implements Shadows {
  private readonly options: ShadowerOptions;
  private readonly lanes = new ShadowLanes();
  private sampler: Sampler | undefined;
  private readonly order: KeyOrder;
  /** Legacy asked once more beside shadows. */
  readonly controls: Controls;
  private readonly stopped: StoppedShadows;
  private readonly witnesses = new Witnesses();
  private readonly busy: Busy;
  /** Shadows that wait, over all lanes, and since when clients have held them back. */
  private waiting = 0;
  /** Routes with a shadow that waits and a place for it, the one whose turn is next first. */
  private readonly sendable = new Set<string>();
  private heldSince: number | undefined = undefined;
  private scheduled = false;
  private closed = false;
  private underWay = 0;
  private comparing = 0;
  private held = 0;

  constructor(options: ShadowerOptions) {
    this.options = options;
    this.order = new KeyOrder(options.onEarlierWrite);
    this.stopped = new StoppedShadows(options.onStopped);
    const { deadlines, clock } = options;
    this.busy = new Busy(options.clients);
    this.controls = new Controls({ deadlines, clock, draw: () => this.draw() });
  }

  /** What is remembered of writes. */
  get earlierWrites(): EarlierWrites {
    return this.order.earlier;
  }

  /** Shadows and comparisons without an outcome yet. */
  get pending(): number {
    return this.waiting + this.held + this.underWay + this.comparing;
  }

  tap(
    request: ServedRequest,
    open: Open | undefined,
    legacy: Open | undefined,
  ): ShadowTap | NotComparedReason | undefined {
    const { decision } = request;
    const { live, keyHash, head } = decision;
    const { order } = this;
    const passed = this.passed(request);
    if (passed !== "tapped") {
      // Whoever compares what a write changes meanwhile has to know of it.
      const { shadowThreshold, cohortPrefix } = live;
      if (shadowThreshold > 0 && keyHash !== undefined) order.watch(cohortPrefix);
      if (order.watching && keyHash !== undefined && !isSafe(live.definition, head)) {
        const noted = order.write(keyHash, live.cohortPrefix);
        if (noted !== undefined) request.served.onOver(noted);
      }
      return passed;
    }
    const tap = new ShadowTap(this.options, request, open);
    if (live.definition.compare.control !== undefined && legacy !== undefined)
      this.controls.plan(tap, legacy);
    if (keyHash !== undefined) {
      const write = !isSafe(live.definition, head);
      tap.turn = order.turn(keyHash, live.cohortPrefix, write, () => this.admitted(tap));
    }
    return tap;
  }

  finish(tap: ShadowTap): void {
    const { live } = tap.decision;
    const { turn } = tap;
    live.tally.inflight++;
    tap.finishedMicros = this.options.clock.micros();
    // The client has its answer: reading its body costs it nothing.
    tap.noteOperations();
    turn?.end();
    if (tap.reason !== undefined || this.closed) {
      this.settle(tap, tap.reason ?? "shed");
      return;
    }
    const lane = this.lanes.of(live);
    const ahead = turn?.ahead ?? 0;
    if (isFull(lane) || ahead >= MAX_WAITING_OF_KEY) {
      this.settle(tap, "shed");
      return;
    }
    tap.witness = witnessOf(tap, this.witnesses, this.options.clock.micros());
    if (turn === undefined || turn.line()) {
      this.wait(tap, lane);
    } else {
      lane.held++;
      this.held++;
    }
  }

  /** These routes are in the files now. Whose copies may be sent after all are sent again. */
  retain(routes: readonly RouteDefinition[]): void {
    this.order.retain(new Set(routes.map(({ cohort }) => cohortPrefix(cohort))));
    this.stopped.retain(routes);
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
        const { control } = call.tap;
        if (control?.call === call) {
          control.end(undefined);
          continue;
        }
        this.underWay--;
        this.settle(call.tap, "shed");
      }
    }
  }

  /** Why a request is not copied, or "tapped". */
  private passed({ decision }: ServedRequest): NotComparedReason | "tapped" | undefined {
    const { live, unshadowed } = decision;
    if (unshadowed !== undefined) return unshadowed === "no_other_side" ? undefined : unshadowed;
    const { shadowThreshold, id } = live;
    if (shadowThreshold === 0) return "skipped";
    if (this.stopped.has(live)) return "session_cookie";
    if (shadowThreshold < EVERY && this.draw() >= shadowThreshold) return "skipped";
    // Nothing is copied for a shadow that would find no place to wait: behind a hung upstream that is nearly every one.
    const lane = this.lanes.get(id);
    return this.closed || (lane !== undefined && isFull(lane)) ? "shed" : "tapped";
  }

  private draw(): number {
    this.sampler ??= new Sampler(this.options.clock.hex(16));
    return this.sampler.next();
  }

  /** Those of its sticky key that it must not overtake are over. */
  private admitted(tap: ShadowTap): void {
    const { live } = tap.decision;
    const lane = this.lanes.get(live.id) ?? this.lanes.of(live);
    lane.held--;
    this.held--;
    if (this.closed) this.settle(tap, "shed");
    else this.wait(tap, lane);
  }

  private wait(tap: ShadowTap, lane: ShadowLane): void {
    if (this.stopped.has(tap.decision.live)) {
      this.settle(tap, "session_cookie");
      return;
    }
    lane.waiting.push(tap);
    this.waiting++;
    this.noteSendable(tap.decision.live.id, lane);
    if (this.sendable.size > 0) this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.defer(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  /** Sends what waits: in turns in which nothing was to be done for clients, or after it was held long enough, a few at a time. */
  private pump(): void {
    if (this.waiting === 0) return;
    const now = this.options.clock.micros();
    if (!this.busy.since()) {
      this.heldSince = undefined;
    } else {
      this.heldSince ??= now;
      if (now - this.heldSince < HOLD_MICROS) {
        this.schedule();
        return;
      }
    }
    let turns = Math.max(SENDS_A_TURN, Math.floor(this.waiting * SHARE_A_TURN));
    for (const id of this.sendable) {
      if (turns-- === 0) break;
      this.sendable.delete(id);
      const lane = this.lanes.get(id);
      const tap = lane && this.next(lane, now);
      if (lane === undefined || tap === undefined) continue;
      this.send(tap, id, lane);
      this.noteSendable(id, lane);
    }
    if (this.sendable.size > 0) this.schedule();
    else this.heldSince = undefined;
  }

  /** The first that is not late. */
  private next({ waiting }: ShadowLane, now: number): ShadowTap | undefined {
    for (let tap = waiting.shift(); tap !== undefined; tap = waiting.shift()) {
      this.waiting--;
      if (!tap.isLate(now)) return tap;
      this.settle(tap, "shed");
    }
    return undefined;
  }

  /** Behind the others: each route has its turn, however busy another is. */
  private noteSendable(id: string, lane: ShadowLane): void {
    if (isSendable(lane)) this.sendable.add(id);
  }

  private send(tap: ShadowTap, id: string, lane: ShadowLane): void {
    const { open } = tap;
    if (open === undefined) {
      this.settle(tap, "shed");
      return;
    }
    const { deadlines, clock } = this.options;
    this.underWay++;
    const { calls, limit } = lane;
    const number = limit.sent(calls.length, lane.waiting.length > 0);
    const done = (ended: ShadowCall, result: ShadowResult) => {
      limit.answered(number, ...pressureOf(result, tap, clock.micros() - ended.startMicros));
      this.onShadow(ended, result, id, calls);
    };
    const controlFirst = this.controls.goesFirst(tap, lane);
    const freed = () => this.freed(id);
    if (controlFirst) this.controls.send(tap, calls, freed);
    const call = new ShadowCall(tap, tap.decision.shadowSide, open, deadlines, clock.micros(), done);
    if (!call.over) calls.push(call);
    if (!controlFirst) this.controls.send(tap, calls, freed);
  }

  /** There is a place. */
  private freed(id: string): void {
    const lane = this.lanes.get(id);
    if (lane !== undefined) this.noteSendable(id, lane);
    if (this.sendable.size > 0) this.schedule();
  }

  private onShadow(call: ShadowCall, result: ShadowResult, id: string, calls: ShadowCall[]): void {
    const { tap } = call;
    const micros = this.options.clock.micros() - call.startMicros;
    const at = calls.indexOf(call);
    if (at >= 0) calls.splice(at, 1);
    this.underWay--;
    if (result !== "shed" && result.kind === "answer") {
      this.lookAtCookies(tap, call.sentHeaders ?? result.headers);
    }
    if (result === "shed" || !tap.reserveCopies(result)) {
      this.settle(tap, "shed");
    } else {
      const failed = result.kind === "failure";
      const known = countShadow(call, result, micros);
      const compared = () => {
        tap.turn?.leave(failed);
        if (known === undefined) this.compare(call, result);
        else this.onVerdict(tap, known);
      };
      if (tap.failed) {
        tap.turn?.leave(failed);
        this.settle(tap, "serving_error");
      } else {
        this.comparing++;
        if (tap.control === undefined) compared();
        else tap.control.whenOver(compared);
      }
    }
    this.freed(id);
  }

  private compare(call: ShadowCall, shadowed: CapturedAnswer): void {
    const { tap } = call;
    const { live } = tap.decision;
    const { noise, comparer } = this.options;
    const options = () => noise?.optionsOf(live) ?? live.definition.compare;
    const job = comparisonJob(call, shadowed, options());
    const done = withSpan(tap.request.trace, (verdict) => this.onVerdict(tap, verdict, job));
    comparer.submit(job, (verdict) => {
      // While it waited for its turn, controls before it may have found what it was to be compared by.
      const now = verdict.outcome === "mismatch" ? options() : job.options;
      if (now === job.options) done(verdict);
      else comparer.submit({ ...job, options: now }, done);
    });
  }

  /** `job`: what was compared; undefined: nothing was. */
  private onVerdict(tap: ShadowTap, found: Verdict, job?: ComparisonJob): void {
    const { live, head } = tap.decision;
    const controlled = live.definition.compare.control !== undefined && isSafe(live.definition, head);
    const judged = controlled
      ? (this.options.noise?.judged(live, found, tap.control?.answer !== undefined) ?? found)
      : found;
    const verdict = this.order.earlier.told(tap.turn, judged);
    const { checks } = tap;
    if (checks === undefined) {
      this.conclude(tap, verdict, job);
      return;
    }
    // Whatever the comparison came to is known; only what a document says of the answers may not be yet.
    if (live.definition.compare.wholes === undefined) tap.release();
    checks.whenOver(() => this.conclude(tap, withDocument(verdict, checks.held), job));
  }

  private conclude(tap: ShadowTap, verdict: Verdict, job: ComparisonJob | undefined): void {
    keepWhole(this.options, { tap, verdict, job }, () => this.judged(tap, verdict));
  }

  private judged(tap: ShadowTap, verdict: Verdict): void {
    const { live, head } = tap.decision;
    const { tally } = live;
    this.comparing--;
    tally.compared(verdict.outcome, head.method, tap.witness?.again);
    if (verdict.reason !== undefined) tally.notCompared(verdict.reason);
    // Of an inconclusive one the reason is what happened.
    const { outcome } = verdict;
    if (outcome === "inconclusive") tap.witness?.giveBack();
    tap.countStratum(outcome === "inconclusive" ? (verdict.reason ?? "comparator_error") : outcome);
    for (const mismatch of verdict.mismatches) tally.mismatched(mismatch.kind);
    tap.release();
    tally.inflight--;
    this.options.onVerdict(tap, verdict);
  }

  /** A copy that wrote a session of its client's is the last of its route, until the files say what copies may carry. */
  private lookAtCookies(tap: ShadowTap, answer: RawHeaders): void {
    if (!this.stopped.stops(tap, answer)) return;
    const { id } = tap.decision.live;
    const waiting = this.lanes.get(id)?.waiting.splice(0) ?? [];
    this.waiting -= waiting.length;
    this.sendable.delete(id);
    for (const each of waiting) this.settle(each, "session_cookie");
    this.stopped.told();
  }

  /** Ends a tapped request without a comparison. */
  private settle(tap: ShadowTap, reason: NotComparedReason): void {
    const { live, shadowSide } = tap.decision;
    const { tally } = live;
    tally.notCompared(reason);
    tap.witness?.giveBack();
    tap.countStratum(reason);
    if (reason === "shed") tally.shadowed(shadowSide, "shed");
    else if (!INELIGIBLE.has(reason)) tally.compared("inconclusive");
    tap.release();
    tally.inflight--;
  }
}
