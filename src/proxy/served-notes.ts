import type { Identity } from "../domain/identity.ts";
import type { PolicyName } from "../domain/policies.ts";
import type { UpstreamTry } from "../domain/upstream-state.ts";
import type { OverListener } from "../layers/contract.ts";
import type { Decision } from "../routing/decide.ts";
import type { ExchangeContext } from "./contract.ts";
import { noted } from "./tries.ts";

/** What layers and upstreams note of a request while it is served. */
export abstract class ServedNotes {
  /** The request is copied for a shadow. */
  shadowed = false;
  cached = false;
  erred = false;
  status = 0;
  error: string | undefined = undefined;
  complete = false;
  counted = false;
  upgraded = false;
  untouched = false;
  fellBack = false;
  /** What modern gave, where legacy answered in its place. */
  fallbackStatus = 0;
  fallbackMicros = 0;
  identity: Identity | undefined = undefined;
  /** Its client was told to go on. */
  protected continued = false;
  protected readonly context: ExchangeContext;
  abstract readonly decision: Decision;
  /** Flat [policy, verdict, ...]. */
  protected verdicts: string[] | undefined = undefined;
  protected tries: UpstreamTry[] | undefined = undefined;
  /** Who is told when this is over: the first, and any others. */
  protected listener: OverListener | undefined = undefined;
  protected listeners: OverListener[] | undefined = undefined;

  constructor(context: ExchangeContext) {
    this.context = context;
  }

  onTry(tried: UpstreamTry): void {
    this.tries = noted(this.tries, tried);
  }

  onOver(listener: OverListener): void {
    if (this.listener === undefined) this.listener = listener;
    else if (this.listeners === undefined) this.listeners = [listener];
    else this.listeners.push(listener);
  }

  verdict(policy: PolicyName, verdict: string): void {
    this.context.verdicts.add(this.decision.live?.id ?? "", policy, verdict);
    if (this.verdicts === undefined) this.verdicts = [policy, verdict];
    else this.verdicts.push(policy, verdict);
  }
}
