import type { Invocation, Invoked, InvokeFunction } from "../../aws/contract.ts";
import { ByteBudget } from "../../domain/byte-budget.ts";
import type { FunctionUpstream } from "../../domain/config.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import { type FunctionTarget, functionFor } from "../../domain/function-target.ts";
import type { UpstreamState } from "../../domain/upstream-state.ts";
import type {
  BackendCall,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../contract.ts";
import { ServiceUpstream } from "../service-upstream.ts";
import { eventBody, mediaTypes } from "./binary.ts";
import { type CallHome, FunctionCall } from "./call.ts";

/** Where a program that uses the library gives no bound. */
const BODIES_BYTES = 64 * 1024 * 1024;

const ERRORS = {
  tried: {
    upstream_refused: "refused",
    function_refused: "refused",
    upstream_timeout: "timeout",
    upstream_reset: "reset",
    upstream_invalid: "invalid",
    function_failed: "invalid",
  },
  outOfReach: new Set(["upstream_refused", "function_refused"] as const),
} as const;

/** Functions of AWS Lambda: a request becomes an event of API Gateway's, what is returned an answer. */
class LambdaUpstream extends ServiceUpstream implements Upstream, CallHome {
  readonly target: FunctionTarget;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  readonly bodyIdleMs: number;
  readonly upgradeIdleMs: number;
  private readonly timeoutMs: number;
  private readonly invoked: InvokeFunction | undefined;
  private readonly isBinary: (type: string) => boolean;

  constructor({ name, lambda, timeoutMs }: FunctionUpstream, options: BackendOptions) {
    super(name, lambda.concurrency, ERRORS);
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

  problems(): readonly string[] {
    return this.trouble === undefined
      ? []
      : [`upstream ${this.name}: its functions cannot be asked (${this.trouble})`];
  }

  state(): UpstreamState {
    return this.stateOf(
      Object.entries(this.target.functions).map(([method, { name, qualifier }]) => ({
        url: method === "*" ? "lambda" : `lambda ${method}`,
        address: qualifier === undefined ? name : `${name}:${qualifier}`,
      })),
    );
  }

  close(): void {}
}

export const lambdaBackend: BackendKind<FunctionUpstream> = {
  create: (definition, options) => new LambdaUpstream(definition, options),
};
