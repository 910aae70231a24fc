import type { Invocation, Invoked, InvokeFunction } from "../../aws/contract.ts";
import { ByteBudget } from "../../domain/byte-budget.ts";
import type { FunctionUpstream } from "../../domain/config.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import { type FunctionTarget, functionFor } from "../../domain/function-target.ts";
import {
  TRY_RESULTS,
  type TryResult,
  UPSTREAM_LIMITS,
  type UpstreamState,
} from "../../domain/upstream-state.ts";
import type {
  BackendCall,
  BackendErrorCode,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../contract.ts";
import { eventBody, mediaTypes } from "./binary.ts";
import { type CallHome, FunctionCall } from "./call.ts";

/** Where a program that uses the library gives no bound. */
const BODIES_BYTES = 64 * 1024 * 1024;

const TRIED: Partial<Record<BackendErrorCode, TryResult>> = {
  upstream_refused: "refused",
  function_refused: "refused",
  upstream_timeout: "timeout",
  upstream_reset: "reset",
  upstream_invalid: "invalid",
  function_failed: "invalid",
};
/** They say that no function can be asked at all, not that one failed. */
const OUT_OF_REACH: ReadonlySet<BackendErrorCode> = new Set(["upstream_refused", "function_refused"]);

/** Functions of AWS Lambda: a request becomes an event of API Gateway's, what is returned an answer. */
class LambdaUpstream implements Upstream, CallHome {
  readonly name: string;
  readonly target: FunctionTarget;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  readonly bodyIdleMs: number;
  readonly upgradeIdleMs: number;
  private readonly timeoutMs: number;
  private readonly invoked: InvokeFunction | undefined;
  private readonly isBinary: (type: string) => boolean;
  private readonly tries = Object.fromEntries(TRY_RESULTS.map((result) => [result, 0])) as Record<
    TryResult,
    number
  >;
  private underWay = 0;
  private turnedAway = 0;
  /** What is wrong since a function was reached last; undefined: nothing. */
  private trouble: string | undefined = undefined;

  constructor({ name, lambda, timeoutMs }: FunctionUpstream, options: BackendOptions) {
    this.name = name;
    this.target = lambda;
    this.timeoutMs = timeoutMs;
    this.deadlines = options.deadlines;
    this.bodyIdleMs = options.bodyIdleMs;
    this.upgradeIdleMs = options.upgradeIdleMs;
    this.bodies = options.bodies ?? new ByteBudget(BODIES_BYTES);
    this.invoked = options.invoke;
    this.isBinary = mediaTypes(lambda.binary);
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    return new FunctionCall(request, listener, this, request.timeoutMs ?? this.timeoutMs).begin();
  }

  event(request: BackendRequest, sent: Uint8Array | undefined) {
    const asked = functionFor(this.target, request.method);
    if (asked === undefined || request.event === undefined) return undefined;
    const body = sent === undefined ? undefined : eventBody(sent, request.headers, this.isBinary);
    const payload = JSON.stringify(request.event(body));
    return { function: asked, payload, async: this.target.async, repeatable: request.retryable };
  }

  async invoke(invocation: Invocation): Promise<Invoked> {
    if (this.invoked !== undefined) return this.invoked(invocation);
    return { kind: "failed", why: "refused", detail: "nothing invokes functions here" };
  }

  enter(): boolean {
    const may = this.underWay < this.target.concurrency;
    if (may) this.underWay++;
    else this.turnedAway++;
    return may;
  }

  left(): void {
    this.underWay--;
  }

  ended(code: BackendErrorCode | undefined, detail: string): void {
    const result = code === undefined ? "answered" : TRIED[code];
    if (result !== undefined) this.tries[result]++;
    if (code !== undefined && OUT_OF_REACH.has(code)) this.trouble = detail;
    else if (result !== undefined) this.trouble = undefined;
  }

  problems(): readonly string[] {
    return this.trouble === undefined
      ? []
      : [`upstream ${this.name}: its functions cannot be asked (${this.trouble})`];
  }

  warnings(): readonly string[] {
    return [];
  }

  state(): UpstreamState {
    const none = Object.fromEntries(UPSTREAM_LIMITS.map((limit) => [limit, 0])) as UpstreamState["limited"];
    return {
      ...{ name: this.name, failOpen: false, unresolved: [], waiting: 0 },
      members: Object.entries(this.target.functions).map(([method, { name, qualifier }]) => ({
        url: method === "*" ? "lambda" : `lambda ${method}`,
        address: qualifier === undefined ? name : `${name}:${qualifier}`,
        ...{ condition: "up" as const, weight: 1, requests: this.underWay, idle: 0, ejections: 0 },
      })),
      tries: { ...this.tries },
      ...{ retries: 0, ejections: 0, checksPassed: 0, checksFailed: 0 },
      limited: { ...none, connections: this.turnedAway },
    };
  }

  certificate(): undefined {}

  close(): void {}
}

export const lambdaBackend: BackendKind<FunctionUpstream> = {
  create: (definition, options) => new LambdaUpstream(definition, options),
};
