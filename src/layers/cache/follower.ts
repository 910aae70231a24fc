import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import type { Timed } from "../../domain/deadlines.ts";
import type { CachedAnswer } from "../../domain/http-cache/cached-answer.ts";
import type { OverListener, Served, SideRequest } from "../contract.ts";
import { NO_CALL } from "../relay.ts";
import type { Asked } from "./asked.ts";
import type { CacheContext } from "./context.ts";
import type { Flight, Waiting } from "./flight.ts";
import { give } from "./give.ts";

/** What a follower asks when what it waited for is not for it. */
type AskAgain = (request: SideRequest, listener: BackendListener, follower: Follower) => BackendCall;

/** A request that waits for another's answer. */
export class Follower implements BackendCall, Timed, OverListener, Waiting {
  deadlineMs: number;
  deadlineAt = -1;
  /** It waits no more for others. */
  onItsOwn = false;
  private readonly context: CacheContext;
  private readonly request: SideRequest;
  private readonly served: Served;
  private readonly asked: Asked;
  private readonly listener: BackendListener;
  private readonly again: AskAgain;
  private fetch: Flight | undefined = undefined;
  private call: BackendCall = NO_CALL;
  private paused = false;
  private ended = false;
  private over = false;

  constructor(
    context: CacheContext,
    of: {
      readonly request: SideRequest;
      readonly asked: Asked;
      readonly listener: BackendListener;
      readonly again: AskAgain;
    },
    waitMs: number,
  ) {
    this.context = context;
    this.request = of.request;
    this.served = of.request.served as Served;
    this.asked = of.asked;
    this.listener = of.listener;
    this.again = of.again;
    this.deadlineMs = context.deadlines.in(waitMs);
    context.deadlines.add(this);
    this.served.onOver(this);
  }

  follow(fetch: Flight): this {
    this.fetch = fetch;
    fetch.follow(this);
    return this;
  }

  told(answer: CachedAnswer | undefined): void {
    this.fetch = undefined;
    if (this.over) return;
    this.attempt(() => {
      if (answer !== undefined && mayHave(this.asked, answer))
        this.give(answer, "fwd=uri-miss; collapsed", "hit");
      else this.ask(answer === undefined);
    });
  }

  giveStale(answer: CachedAnswer): void {
    this.fetch = undefined;
    if (this.over) return;
    this.attempt(() => {
      // What the first client was given may vary by other fields than the newest answer.
      if (mayHave(this.asked, answer)) this.give(answer, "hit; detail=stale-if-error", "stale");
      else this.ask(true);
    });
  }

  /** It has waited long enough. */
  onDeadline(): void {
    if (this.over) return;
    this.context.space.counts.waitedInVain++;
    this.attempt(() => this.ask(true));
  }

  onOver(): void {
    this.leave();
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.ended = true;
    this.call.end(undefined);
  }

  pause(): void {
    this.paused = true;
    this.call.pause();
  }

  resume(): void {
    this.paused = false;
    this.call.resume();
  }

  allowSilence(): void {
    this.call.allowSilence();
  }

  abort(): void {
    this.leave();
    this.call.abort();
  }

  private ask(onItsOwn: boolean): void {
    this.onItsOwn = onItsOwn;
    if (onItsOwn) this.leave();
    this.hand(this.again(this.request, this.listener, this));
  }

  private give(answer: CachedAnswer, said: string, verdict: "hit" | "stale"): void {
    const { context, served } = this;
    const { counts } = context.space;
    counts[verdict]++;
    counts.collapsed++;
    served.verdict("cache", verdict);
    served.answersByPolicy(true);
    this.hand(give(answer, this.asked, this.listener, context.now(), said));
  }

  private hand(call: BackendCall): void {
    if (call === this) return;
    // It waits no more.
    this.leave();
    this.call = call;
    if (this.paused) call.pause();
    if (this.ended) call.end(undefined);
  }

  private leave(): void {
    this.over = true;
    this.context.deadlines.remove(this);
    const { fetch } = this;
    this.fetch = undefined;
    fetch?.unfollow(this);
  }

  /** What a layer above throws ends this request, and not the one that it waited for. */
  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.served.layerFailed(error);
    }
  }
}

/** Whether a stored answer is for this request at all. */
export function mayHave(asked: Asked, { parts }: CachedAnswer): boolean {
  return (
    parts.openTo >= asked.credentials &&
    parts.vary.every((name, i) => asked.fieldOf(name) === parts.varied[i])
  );
}
