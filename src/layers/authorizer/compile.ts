import type { BackendCall, BackendListener } from "../../backends/contract.ts";
import { regionOfArn } from "../../domain/aws.ts";
import { dashed } from "../../domain/forwarding-fields.ts";
import { isGrpc } from "../../domain/grpc.ts";
import { onlyHeader } from "../../domain/headers.ts";
import { evaluatePolicy } from "../../domain/iam/evaluate.ts";
import type { RawHeaders } from "../../domain/message.ts";
import {
  type AuthorizerPolicy,
  functionOf,
  identityOf,
  ttlOf,
  writtenSource,
} from "../../domain/policies/authorizer.ts";
import type { PolicyVerdict } from "../../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../../domain/refusals.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import { compileWholePattern } from "../../domain/text-pattern/whole.ts";
import { askedHost, askedScheme } from "../../routing/asked.ts";
import type { Decided } from "../../routing/decide.ts";
import { answer, refuse } from "../answer.ts";
import type { CompiledLayer, ExplainedRequest, LayerTools, Open, ServedRequest } from "../contract.ts";
import { hold } from "../hold.ts";
import { type Asking, identityValues, verdictKey } from "./asked.ts";
import { eventOf } from "./event.ts";
import { questionOf, urlOutcome } from "./forward-auth.ts";
import { functionOutcome, MAX_FUNCTION_ANSWER_BYTES } from "./function-answer.ts";
import { passOn, vouched } from "./grant.ts";
import { arnPath, MAX_ARN_LENGTH, methodArn, pathReadings } from "./method-arn.ts";
import type { Judged, Outcome, Refused } from "./outcome.ts";
import { Questions } from "./questions.ts";

/** The questions' own clock comes first; this is for what it would miss. */
const GRACE_MS = 2_000;
/** Regions that are not named anywhere. */
const NO_REGION = "us-east-1";

/** The word for each refusal in the log and in the metric. */
const WORDS: Partial<Record<RefusalCode, string>> = {
  authorizer_unauthorized: "unauthorized",
  authorizer_denied: "refused",
  authorizer_busy: "busy",
  authorizer_timeout: "timeout",
};

/** When to come again. */
const RETRY_SECONDS: Partial<Record<RefusalCode, string>> = {
  authorizer_busy: "1",
  authorizer_unavailable: "5",
};

/** What is known of a request before anybody is asked. */
type Known =
  | { readonly kind: "unauthorized"; readonly why: string }
  | { readonly kind: "kept"; readonly judged: Judged }
  | { readonly kind: "ask"; readonly key: string | undefined; readonly values: readonly string[] };

export function compileAuthorizer(
  policy: AuthorizerPolicy,
  route: RouteDefinition,
  tools: LayerTools,
): CompiledLayer<ServedRequest> {
  const compiled = new CompiledAuthorizer(policy, route, tools);
  return {
    wrap: (open) => (request, listener) => compiled.open(open, request, listener),
    explain: (asked) => compiled.explain(asked),
  };
}

class CompiledAuthorizer {
  private readonly policy: AuthorizerPolicy;
  private readonly routeId: string;
  private readonly tools: LayerTools;
  private readonly sources: ReturnType<typeof identityOf>;
  private readonly ttlMs: number;
  private readonly function: ReturnType<typeof functionOf>;
  private readonly region: string;
  private readonly standsFor: ((value: string) => boolean) | undefined;
  private readonly forwarded: ReadonlySet<string>;
  /** Other files with the same policy find what was kept. */
  private readonly keyBase: string;
  private readonly questions: Questions;

  constructor(policy: AuthorizerPolicy, route: RouteDefinition, tools: LayerTools) {
    const { deadlines, authorizers } = tools;
    const { timeout: timeoutMs, maxConcurrent, maxWaiting } = policy;
    this.policy = policy;
    this.routeId = route.id;
    this.tools = tools;
    this.sources = identityOf(policy);
    this.ttlMs = ttlOf(policy);
    this.function = functionOf(policy);
    this.region = this.function?.region ?? regionOfArn(this.function?.name ?? "") ?? NO_REGION;
    const pattern = policy.validation === undefined ? undefined : compileWholePattern(policy.validation);
    // The files were checked: a pattern that is none lets nobody pass.
    this.standsFor = pattern && ((value) => !("problem" in pattern) && pattern.standsFor(value));
    this.forwarded = new Set(policy.forward.map(dashed));
    this.keyBase = verdictKey(route.id, [JSON.stringify(policy)]);
    const { counts } = authorizers;
    this.questions = new Questions({ timeoutMs, maxConcurrent, maxWaiting, deadlines, counts });
  }

  open(open: Open<ServedRequest>, request: ServedRequest, listener: BackendListener): BackendCall {
    const { served, decision } = request;
    const known = this.known({ decision, identity: served.identity });
    if (known.kind === "unauthorized") return this.refused(request, listener, UNAUTHORIZED);
    if (known.kind === "kept") {
      count(this.tools.authorizers.counts.cache, "kept");
      return this.judged(open, request, listener, known.judged);
    }
    return hold(request, listener, {
      name: "authorizer",
      deadlines: this.tools.deadlines,
      timeoutMs: this.policy.timeout + GRACE_MS,
      work: (signal) => this.questions.ask(known.key, signal, (ended) => this.ask(request, known, ended)),
      go: (outcome, held) =>
        outcome.kind === "judged"
          ? this.judged(open, request, held, outcome)
          : this.refused(request, held, outcome),
    });
  }

  explain(asked: ExplainedRequest): PolicyVerdict {
    const { decision, identity, address } = asked;
    const known = this.known({ decision, identity });
    const policy = "authorizer";
    if (known.kind === "unauthorized") {
      const { status } = REFUSALS.authorizer_unauthorized;
      return { policy, verdict: "unauthorized", detail: known.why, status };
    }
    if (known.kind === "ask") {
      const why =
        known.key === undefined ? "each request is asked about" : "no answer is kept for this client";
      return { policy, verdict: "not known", detail: `${why}, and this command asks nobody` };
    }
    const { judged } = known;
    const code = this.refusalOf(judged, decision, address);
    if (code !== undefined)
      return {
        policy,
        verdict: "refused",
        detail: "by an answer that is kept",
        status: REFUSALS[code].status,
      };
    asked.identity = vouched(identity, judged.grant);
    return { policy, verdict: "passed", detail: "by an answer that is kept" };
  }

  private known(asking: Asking): Known {
    const values = identityValues(this.sources, asking);
    if (values === undefined) {
      // Over HTTP, who is not known yet may be sent to a login.
      if (this.function === undefined) return { kind: "ask", key: undefined, values: [] };
      const written = this.sources.map(writtenSource).join(", ");
      return { kind: "unauthorized", why: `the request lacks ${written}, or has it twice` };
    }
    if (this.standsFor?.(values[0] ?? "") === false)
      return { kind: "unauthorized", why: "what it says does not look as `validation` wants" };
    if (this.ttlMs === 0) return { kind: "ask", key: undefined, values };
    const { decision } = asking;
    const { method } = decision.head;
    // The service is told them, and may decide by them.
    const told =
      this.function === undefined
        ? [method, askedScheme(decision), askedHost(decision), decision.host, decision.path]
        : [];
    const key = verdictKey(this.keyBase, [...values, ...told]);
    const kept = this.tools.authorizers.kept.get(key) as Judged | undefined;
    return kept === undefined ? { kind: "ask", key, values } : { kind: "kept", judged: kept };
  }

  /** Asks, and keeps what it says. */
  private async ask(
    request: ServedRequest,
    { key, values }: Extract<Known, { kind: "ask" }>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { authorizers } = this.tools;
    count(authorizers.counts.cache, "asked");
    const outcome = await this.put(request, values, signal);
    if (outcome.kind === "judged" && key !== undefined)
      authorizers.kept.keep(key, outcome, outcome.bytes, this.ttlMs);
    return outcome;
  }

  private async put(
    request: ServedRequest,
    values: readonly string[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { policy, tools } = this;
    const { ask, invoke, apiKey } = tools.authorizers;
    if (this.function === undefined)
      return urlOutcome(await ask(questionOf(policy, request, signal)), policy);
    const arn = this.arn(request.method, arnPath(request.decision));
    if (arn.length > MAX_ARN_LENGTH) return { kind: "refused", code: "url_too_long" };
    const payload = eventOf({ request, policy, values, arn, nowMs: tools.clock.now() });
    const invoked = await invoke({
      // Who is asked says who somebody is, and does nothing.
      ...{ function: this.function, payload, signal, repeatable: true },
      maxBytes: MAX_FUNCTION_ANSWER_BYTES,
    });
    return functionOutcome(invoked, policy.payload, apiKey);
  }

  private judged(
    open: Open<ServedRequest>,
    request: ServedRequest,
    listener: BackendListener,
    judged: Judged,
  ): BackendCall {
    const { served, decision } = request;
    const code = this.refusalOf(judged, decision, served.clientAddress());
    if (code !== undefined) return this.refused(request, listener, { kind: "refused", code });
    served.verdict("authorizer", "passed");
    return passOn(open, request, listener, judged.grant, this.forwarded);
  }

  /** Why a request may not pass by what was said; undefined: it may. */
  private refusalOf({ allows }: Judged, decision: Decided, address: string): RefusalCode | undefined {
    if (typeof allows === "boolean") return allows ? undefined : "authorizer_denied";
    const { head } = decision;
    const readings = pathReadings(decision);
    if (readings === undefined) return "authorizer_denied";
    const facts = {
      sourceIp: address,
      userAgent: onlyHeader(head.headers, "user-agent"),
      referer: onlyHeader(head.headers, "referer"),
      secure: askedScheme(decision) === "https",
      nowMs: this.tools.clock.now(),
    };
    for (const ways of readings) {
      let allowed = false;
      for (const path of ways) {
        const arn = this.arn(head.method, path);
        if (arn.length > MAX_ARN_LENGTH) return "url_too_long";
        const decided = evaluatePolicy(allows, { ...facts, arn });
        if (decided === "undecided") return "authorizer_failed";
        if (decided === "denied") return "authorizer_denied";
        allowed ||= decided === "allowed";
      }
      if (!allowed) return "authorizer_denied";
    }
    return undefined;
  }

  private refused(
    request: ServedRequest,
    listener: BackendListener,
    { code, answer: own, detail }: Refused,
  ): BackendCall {
    const { served, decision } = request;
    if (detail !== undefined) this.tools.authorizers.failed(this.routeId, detail);
    const forClient = own !== undefined && !isGrpc(decision.head.headers);
    served.verdict("authorizer", forClient ? "answered" : (WORDS[code] ?? "failed"));
    if (!forClient) {
      const seconds = RETRY_SECONDS[code];
      const later = seconds === undefined ? [] : ["retry-after", seconds];
      const extra = code === "authorizer_unauthorized" ? ["www-authenticate", this.policy.challenge] : later;
      return refuse(request, listener, code, extra);
    }
    if (own.body === undefined) return refuse(request, listener, code, withoutContent(own.headers));
    if (own.status < 400) served.answersByPolicy();
    else served.answersItself(code);
    const headers = [...own.headers, "content-length", String(own.body.length)];
    return answer(request, listener, own.status, own.reason, headers, own.body);
  }

  private arn(method: string, path: string): string {
    return methodArn(this.policy.arn, this.region, method, path);
  }
}

const UNAUTHORIZED: Refused = Object.freeze({ kind: "refused", code: "authorizer_unauthorized" });

/** The front door writes a body of its own, and what belongs to it. */
function withoutContent(headers: RawHeaders): RawHeaders {
  return headers.flatMap((name, at) =>
    at % 2 === 0 && name !== "cache-control" ? [name, headers[at + 1] as string] : [],
  );
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
