import type { BackendCall, BackendErrorCode, BackendListener } from "../../backends/contract.ts";
import { type AnswerParts, CachedAnswer } from "../../domain/http-cache/cached-answer.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { REFUSALS } from "../../domain/refusals.ts";
import type { OverListener, Served } from "../contract.ts";
import { NO_CALL } from "../relay.ts";
import { Attended } from "./attended.ts";
import { feed } from "./body-feed.ts";
import { clientHas, conditional, validatorsOf } from "./conditions.ts";
import type { CacheContext } from "./context.ts";
import type { FetchOptions, Flight, Waiting } from "./flight.ts";
import { give, notModified } from "./give.ts";
import { KeptAnswer } from "./kept-answer.ts";
import { mergedFields, storedParts } from "./storing.ts";

/** What stands for a failure (RFC 5861 §4). */
const FAILURES = new Set([500, 502, 503, 504]);
/** A side that failed is not asked again for this answer before, while a stale one is given instead. */
const ASK_AFTER_MS = 2_000;

/**
 * Asks the side for an answer that may be stored. Its first client reads along; bytes are kept meanwhile as fast as the side gives
 * them, so that whoever waits does not wait for that client. If it leaves, those who wait still get their answer.
 */
export class Fetch implements BackendCall, BackendListener, OverListener, Flight {
  private readonly context: CacheContext;
  private readonly of: FetchOptions;
  private readonly followers = new Set<Waiting>();
  private readonly served: Served | undefined;
  private readonly purges: number;
  private listener: BackendListener | undefined;
  private stale: CachedAnswer | undefined;
  private call: BackendCall = NO_CALL;
  private askedAt = 0;
  /** Nothing is heard of the side any more. */
  private over = false;
  private headSeen = false;
  /** Goes on though nobody reads along. */
  private alone: boolean;
  private kept: KeptAnswer | undefined = undefined;
  /** What the first client has not been given yet. */
  private pending: Uint8Array[] = [];
  private paused = false;
  private ended: { readonly trailers: RawHeaders | undefined } | undefined = undefined;
  /** A stored body that the first client is given. */
  private given: BackendCall | undefined = undefined;
  private requestEnded = false;

  constructor(context: CacheContext, of: FetchOptions) {
    this.context = context;
    this.of = of;
    this.listener = of.listener;
    this.served = of.listener === undefined ? undefined : of.request.served;
    this.stale = of.stale;
    this.alone = of.listener === undefined;
    this.purges = context.store.purges;
    if (this.alone) context.store.refreshing++;
    if (of.shared) context.flights.set(of.flight, this);
  }

  begin(): this {
    this.served?.onOver(this);
    this.ask();
    return this;
  }

  follow(follower: Waiting): void {
    this.followers.add(follower);
  }

  unfollow(follower: Waiting): void {
    this.followers.delete(follower);
    if (this.listener === undefined && !this.alone && this.followers.size === 0) this.giveUp();
  }

  // The first client's side.

  write(): boolean {
    return true;
  }

  end(): void {
    this.requestEnded = true;
    this.given?.end(undefined);
  }

  pause(): void {
    this.paused = true;
    if (this.given !== undefined) this.given.pause();
    else if (this.kept === undefined) this.call.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.given !== undefined) this.given.resume();
    else this.handOn();
  }

  allowSilence(): void {
    this.call.allowSilence();
  }

  abort(): void {
    this.given?.abort();
    this.leave();
  }

  onOver(): void {
    this.leave();
  }

  // The side's.

  onRequestDrain(): void {}

  onInform(status: number, reason: string, headers: RawHeaders): void {
    if (!this.over && status !== 100) this.listener?.onInform(status, reason, headers);
  }

  onUpgrade(): void {
    this.call.abort();
    this.onError("upstream_invalid", "101 where nothing was to be upgraded", false);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (this.over) return;
    this.headSeen = true;
    this.tally(status);
    if (this.stale !== undefined && status === 304) this.validated(this.stale, headers);
    else if (FAILURES.has(status) && this.giveStale(status)) this.giveUp();
    else this.begun(status, reason, headers, framing);
  }

  private begun(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const { asked, forward, flight, shared } = this.of;
    const parts = this.partsOf(status, reason, headers, framing);
    let said = `fig; fwd=${forward}`;
    if (parts !== undefined) {
      this.kept = new KeptAnswer(this.context, parts);
      this.context.keeps(flight);
      said += `; ttl=${Math.floor((parts.freshUntil - this.context.now()) / 1000)}; stored`;
    }
    const fields = [...headers, "cache-status", said];
    this.says("miss");
    const { listener } = this;
    if (listener !== undefined) {
      const has =
        (shared || this.of.stale !== undefined) && status === 200 && clientHas(asked, validatorsOf(headers));
      if (has) {
        this.listener = undefined;
        // It goes on for the cache alone.
        this.alone ||= this.kept !== undefined;
        notModified(fields, listener);
      } else {
        listener.onHead(status, reason, fields, framing);
      }
    }
    // Of a side that fails nothing else is known.
    if (this.kept === undefined) this.notKept(status < 500);
  }

  onData(chunk: Uint8Array): void {
    if (this.over) return;
    const { kept } = this;
    const copy = kept?.keep(chunk);
    if (kept !== undefined && copy === undefined) this.stopKeeping();
    if (this.listener === undefined) return;
    if (this.paused || this.pending.length > 0) this.pending.push(copy ?? new Uint8Array(chunk));
    else this.listener.onData(chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    if (this.over) return;
    this.finish();
    const { kept, listener } = this;
    this.ended = { trailers };
    // What trailers say would be lost.
    if (kept !== undefined && trailers !== undefined && trailers.length > 0) this.stopKeeping();
    const answer = this.kept?.complete(this.of.asked, this.purges);
    const behind = this.pending.reduce((sum, each) => sum + each.length, 0);
    if (this.kept !== undefined && listener !== undefined && behind > 0) {
      this.pending = [];
      const { body } = this.kept;
      this.hand(feed(listener, body, body.length - behind));
    } else {
      this.handOn();
    }
    this.tell(answer);
  }

  onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    if (this.over) return;
    if (!this.headSeen) this.tally(REFUSALS[code].status);
    const instead = !this.headSeen && this.giveStale(REFUSALS[code].status);
    this.finish();
    if (instead) return;
    this.stopKeeping();
    const { listener } = this;
    this.listener = undefined;
    this.says("miss");
    // They may have come for another reason than the one that broke this.
    this.tell(undefined);
    listener?.onError(code, message, untouched);
  }

  private ask(): void {
    const { request } = this.of;
    this.askedAt = this.context.now();
    const served = request.served as Served;
    const whole = this.of.shared || this.of.stale !== undefined;
    const call = this.context.open(
      {
        ...request,
        // A trace ends with its client's answer.
        trace: this.served === undefined ? undefined : request.trace,
        method: "GET",
        headers: whole ? conditional(request.headers, this.stale?.parts) : request.headers,
        served: new Attended(
          served,
          () => this.listener !== undefined,
          (error) => this.broken(error),
        ),
      },
      this,
    );
    if (this.over) {
      call.abort();
      return;
    }
    this.call = call;
    call.end(undefined);
  }

  private partsOf(
    status: number,
    reason: string,
    headers: RawHeaders,
    framing: number,
  ): AnswerParts | undefined {
    const { clock, settings } = this.context;
    const times = { now: this.context.now(), askedAt: this.askedAt, dayNow: clock.now() };
    return storedParts(this.of.asked, { status, reason, headers, framing }, times, settings);
  }

  /** The side says that the stored answer is still the one (RFC 9111 §4.3.4). */
  private validated(stale: CachedAnswer, headers: RawHeaders): void {
    const { context, of } = this;
    const { status, reason } = stale.parts;
    const merged = mergedFields(stale.parts, headers);
    if (merged === undefined) {
      // It speaks of another answer than it was asked about: that one is asked for, without conditions.
      context.store.remove(stale);
      this.stale = undefined;
      this.headSeen = false;
      const { call } = this;
      this.call = NO_CALL;
      call.abort();
      this.ask();
      return;
    }
    this.finish();
    this.says("revalidated");
    const parts = this.partsOf(status, reason, merged, stale.body.length);
    const answer = new CachedAnswer(parts ?? { ...stale.parts, headers: merged }, stale.body);
    const kept = parts !== undefined && new KeptAnswer(context, parts).put(of.asked, answer, this.purges);
    if (!kept) context.store.remove(stale);
    const { listener } = this;
    this.listener = undefined;
    if (listener !== undefined)
      this.hand(give(answer, of.asked, listener, context.now(), `fwd=${of.forward}; fwd-status=304`));
    this.tell(kept ? answer : undefined);
  }

  /** A stale answer in place of a failure; false: there is none that may be given. */
  private giveStale(status: number): boolean {
    const { context, stale } = this;
    const now = context.now();
    if (stale === undefined || now >= stale.parts.ifErrorUntil) return false;
    stale.askAfter = now + ASK_AFTER_MS;
    const { listener, of, served } = this;
    this.listener = undefined;
    if (listener !== undefined) {
      const { live } = of.request.decision;
      const { side } = context.space;
      // The side failed, though its client does not see it.
      live.tally.answered(side, status, (now - this.askedAt) * 1000, true, false);
      served?.answersByPolicy(true);
      this.says("stale");
      this.hand(give(stale, of.asked, listener, now, "hit; detail=stale-if-error"));
    }
    const waiting = [...this.followers];
    this.followers.clear();
    for (const follower of waiting) follower.giveStale(stale);
    return true;
  }

  /** Gives the first client what is there for it. */
  private handOn(): void {
    const { listener, pending } = this;
    if (listener === undefined) return;
    while (pending.length > 0 && !this.paused) listener.onData(pending.shift() as Uint8Array);
    if (this.paused || pending.length > 0 || this.listener !== listener) return;
    if (this.ended === undefined) {
      if (this.kept === undefined) this.call.resume();
      return;
    }
    this.listener = undefined;
    listener.onEnd(this.ended.trailers);
  }

  private hand(call: BackendCall): void {
    this.given = call;
    if (this.paused) call.pause();
    if (this.requestEnded) call.end(undefined);
  }

  /** What is kept is let go of: it is too large, or will not be whole. */
  private stopKeeping(): void {
    if (this.kept === undefined) return;
    this.kept.release();
    this.kept = undefined;
    this.context.space.counts.abandoned++;
    if (this.over) return;
    this.notKept(true);
    if (this.paused) this.call.pause();
  }

  /** The answer is the first client's alone. */
  private notKept(passes: boolean): void {
    if (passes) this.context.pass(this.of.flight);
    this.leaveFlight();
    this.tell(undefined);
    if (this.listener === undefined) this.giveUp();
  }

  private tell(answer: CachedAnswer | undefined): void {
    const waiting = [...this.followers];
    this.followers.clear();
    for (const follower of waiting) follower.told(answer);
  }

  private says(word: "miss" | "revalidated" | "stale"): void {
    const { counts } = this.context.space;
    if (this.served === undefined) counts.refreshed++;
    else counts[word]++;
    this.served?.verdict("cache", word);
  }

  /** Nobody's request was answered, and yet the side was asked and answered, or failed. */
  private tally(status: number): void {
    if (this.served !== undefined) return;
    const { live } = this.of.request.decision;
    // Of a request that fell back, it is not the one that was decided.
    const { side } = this.context.space;
    const micros = (this.context.now() - this.askedAt) * 1000;
    live.tally.answered(side, status, micros, status >= 500, false);
  }

  private leave(): void {
    if (this.listener === undefined) return;
    this.listener = undefined;
    this.pending = [];
    if (this.over || this.alone) return;
    const goesOn = this.followers.size > 0 && (!this.headSeen || this.kept !== undefined);
    if (!goesOn) this.giveUp();
  }

  /** A layer below broke. */
  private broken(error: unknown): void {
    if (this.over) return;
    const told = this.listener !== undefined;
    this.giveUp();
    if (told) this.served?.layerFailed(error);
  }

  private giveUp(): void {
    if (this.over) return;
    this.finish();
    this.kept?.release();
    this.kept = undefined;
    this.call.abort();
    this.tell(undefined);
  }

  private finish(): void {
    this.over = true;
    this.leaveFlight();
    if (this.of.listener === undefined) this.context.store.refreshing--;
  }

  private leaveFlight(): void {
    const { flights } = this.context;
    if (flights.get(this.of.flight) === this) flights.delete(this.of.flight);
  }
}
