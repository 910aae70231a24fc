import type { BackendCall, BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { LimitDecision } from "../domain/policies/limit.ts";
import { rateLimitValue } from "../domain/policies/rate-limit-fields.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { refuse } from "./answer.ts";
import type { CompiledLayer, DoorLayer, LayerTools, Open, OverListener, ServedRequest } from "./contract.ts";
import { hold } from "./hold.ts";
import { type CompiledLimits, compileLimits, type LimitSet } from "./limit-rules.ts";
import { Relay } from "./relay.ts";

/** Until whoever counts for this process has answered. Who is away is not waited for so long: it is for one that hangs. */
const ANSWER_MS = 5000;

/** Counts a route's requests, and refuses those that are too many. */
export const limit: DoorLayer = {
  name: "limit",
  create(route, tools) {
    const limits = compileLimits(route, tools);
    return limits === undefined ? undefined : limiting(limits, tools);
  },
};

function limiting(limits: CompiledLimits, { deadlines }: LayerTools): CompiledLayer<ServedRequest> {
  return {
    wrap: (open) => (request, listener) => {
      const set = limits.of(request.served.identity);
      if (set === undefined) return open(request, listener);
      if (set === "plan_missing") {
        request.served.verdict("limit", "refused");
        return refuse(request, listener, set);
      }
      const { served, decision } = request;
      const keys = set.keys(decision.head.headers, served);
      const taken = set.limiter.take(keys);
      const slot = set.concurrent ? new Slot(set, keys, request) : undefined;
      if (!(taken instanceof Promise)) return settled(set, taken, slot, open, request, listener);
      return hold(request, listener, {
        deadlines,
        name: "limit",
        timeoutMs: ANSWER_MS,
        work: () => (slot === undefined ? taken : slot.after(taken)),
        go: (said, below) => settled(set, said, slot, open, request, below),
      });
    },
    async explain(asked): Promise<PolicyVerdict | undefined> {
      const set = limits.of(asked.identity);
      if (set === undefined) return undefined;
      if (set === "plan_missing") return refusedVerdict(set, REFUSALS.plan_missing.message);
      const { identity, address, decision } = asked;
      const keys = set.keys(decision.head.headers, { identity, clientAddress: () => address });
      return explained(set, await set.limiter.peek(keys));
    },
    close: () => limits.close(),
  };
}

/** Of the requests under way one is this: whatever becomes of it, it is given back. */
class Slot implements OverListener {
  private readonly set: LimitSet;
  private readonly keys: readonly string[];
  private over = false;
  private taken = false;

  constructor(set: LimitSet, keys: readonly string[], request: ServedRequest) {
    this.set = set;
    this.keys = keys;
    request.served.onOver(this);
  }

  /** Its client may leave before it is decided: nobody hears of the decision then. */
  async after(decision: Promise<LimitDecision>): Promise<LimitDecision> {
    const said = await decision;
    this.decided(said);
    return said;
  }

  decided({ refusedBy }: LimitDecision): void {
    if (this.taken || refusedBy >= 0) return;
    if (this.over) this.set.limiter.done(this.keys);
    else this.taken = true;
  }

  onOver(): void {
    this.over = true;
    if (this.taken) this.set.limiter.done(this.keys);
    this.taken = false;
  }
}

function settled(
  set: LimitSet,
  said: LimitDecision,
  slot: Slot | undefined,
  open: Open<ServedRequest>,
  request: ServedRequest,
  listener: BackendListener,
): BackendCall {
  const { refusedBy } = said;
  if (refusedBy >= 0) {
    request.served.verdict("limit", "refused");
    set.refused(refusedBy, request.decision.head.headers, request.served);
    const extra = withFields([], set, said);
    if (said.retryMs > 0) extra.push("retry-after", String(Math.ceil(said.retryMs / 1000)));
    return refuse(request, listener, set.codes[refusedBy] as RefusalCode, extra);
  }
  request.served.verdict("limit", "passed");
  slot?.decided(said);
  return set.policy === "" ? open(request, listener) : new Said(listener, set, said).through(open, request);
}

/** The answer says what is left. */
class Said extends Relay {
  private readonly set: LimitSet;
  private readonly said: LimitDecision;

  constructor(listener: BackendListener, set: LimitSet, said: LimitDecision) {
    super(listener);
    this.set = set;
    this.said = said;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, withFields(headers, this.set, this.said), framing);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.listener.onUpgrade(status, reason, withFields(headers, this.set, this.said));
  }
}

function withFields(headers: RawHeaders, { policy, items }: LimitSet, { readings }: LimitDecision): string[] {
  const all = headers.slice();
  if (policy !== "") all.push("ratelimit-policy", policy, "ratelimit", rateLimitValue(items, readings));
  return all;
}

function refusedVerdict(code: RefusalCode, detail: string): PolicyVerdict {
  return { policy: "limit", verdict: "refused", detail, status: REFUSALS[code].status };
}

function explained(
  { names, codes }: LimitSet,
  { refusedBy, retryMs, readings }: LimitDecision,
): PolicyVerdict {
  if (refusedBy >= 0) {
    const when = retryMs > 0 ? `; the next request passes in ${seconds(retryMs)}` : "";
    return refusedVerdict(codes[refusedBy] as RefusalCode, `${names[refusedBy]}: nothing is left${when}`);
  }
  const left = readings.map(({ left, wholeMs }, at) => {
    const whole = wholeMs > 0 ? `, all of it again in ${seconds(wholeMs)}` : "";
    return `${names[at]}: ${left} left${whole}`;
  });
  return { policy: "limit", verdict: "passed", detail: left.join("; ") };
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
