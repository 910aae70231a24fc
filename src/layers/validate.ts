import type { BackendCall, BackendListener } from "../backends/contract.ts";
import type { BodyWork, CheckDocument, Checked, CheckFound } from "../bodies/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import type { ValidatePolicy } from "../domain/policies/validate.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { KeptBody } from "../wire/kept-body.ts";
import { joined } from "../wire/kept-bytes.ts";
import { refuse } from "./answer.ts";
import type { DoorLayer, ExplainedRequest, Open, OverListener, ServedRequest } from "./contract.ts";
import { hold } from "./hold.ts";
import { Relay } from "./relay.ts";

/** Longer than a message waits for the thread (src/bodies/body-thread.ts), which says that it is busy. */
const WAIT_MS = 15_000;

const UNKNOWN: Readonly<Record<string, RefusalCode>> = {
  no_path: "operation_unknown",
  no_method: "operation_method",
  media_type: "operation_media_type",
};

interface Context {
  readonly policy: ValidatePolicy;
  readonly document: CheckDocument;
  readonly work: BodyWork;
  readonly bodies: ByteBudget;
  readonly deadlines: Deadlines;
}

/** What becomes of a request, by what was found. */
interface Judged {
  readonly verdict: "passed" | "refused" | "reported" | "failed";
  readonly refusal: RefusalCode | undefined;
  readonly details: CheckFound;
}

function judged({ policy }: Context, checked: Checked): Judged {
  // It cannot be told: closed, unless nothing is enforced anyway.
  if (!checked.ok) {
    const refusal = checked.why === "busy" ? "validate_busy" : "validate_failed";
    return { verdict: "failed", refusal: policy.requests === "report" ? undefined : refusal, details: [] };
  }
  const { found } = checked;
  if (typeof found !== "string" && found.length === 0)
    return { verdict: "passed", refusal: undefined, details: [] };
  const strict = policy.requests === "enforce" && (typeof found !== "string" || policy.unknown === "refuse");
  const code = typeof found === "string" ? (UNKNOWN[found] as RefusalCode) : "request_invalid";
  return { verdict: strict ? "refused" : "reported", refusal: strict ? code : undefined, details: found };
}

/** Holds requests against an OpenAPI document before a side is asked. */
export const validate: DoorLayer = {
  name: "validate",
  create(route, { documents, bodyWork, bodies, deadlines }) {
    const policy = route.policies?.validate;
    const document = policy && documents.get(policy.openapi);
    if (policy === undefined) return undefined;
    // Files that do not pass name it in vain: nobody gets past it.
    if (document === undefined)
      return { wrap: () => (request, listener) => refuse(request, listener, "validate_failed") };
    const context = { policy, document, work: bodyWork, bodies, deadlines };
    return {
      wrap: (open) => (request, listener) => {
        if (policy.requests === "report") return new Watching(listener, request, context).ask(open);
        if (request.framing === NO_BODY || request.framing === 0)
          return hold(request, listener, {
            deadlines,
            timeoutMs: WAIT_MS,
            name: "validate",
            work: (signal) => checkOf(context, request, clientOf(request), undefined, signal),
            go: (checked, below) => proceed(context, request, below, checked, () => open(request, below)),
          });
        return new Gathering(listener, request, open, context).begin();
      },
      explain: (asked) => explained(context, asked),
    };
  },
};

function checkOf(
  { work, document, policy }: Context,
  { decision }: Pick<ServedRequest, "decision">,
  client: string,
  body: Uint8Array | undefined,
  signal?: AbortSignal,
): Promise<Checked> {
  const { head, path } = decision;
  const { method, headers } = head;
  const { maxBytes } = policy;
  return work.check(
    {
      kind: "check",
      document,
      method,
      target: path,
      headers,
      status: undefined,
      body,
      maxBytes,
    },
    { route: decision.live.id, client, signal },
  );
}

function clientOf({ served }: ServedRequest): string {
  return served.clientAddress();
}

/** Counts, and goes on or refuses. */
function proceed(
  context: Context,
  request: ServedRequest,
  listener: BackendListener,
  checked: Checked,
  go: () => BackendCall,
): BackendCall {
  const { verdict, refusal, details } = judged(context, checked);
  request.served.verdict("validate", verdict);
  if (refusal === undefined) return go();
  return refuse(request, listener, refusal, [], typeof details === "string" ? undefined : details);
}

async function explained(context: Context, asked: ExplainedRequest): Promise<PolicyVerdict> {
  const checked = await checkOf(context, asked, asked.address, undefined);
  const { verdict, refusal, details } = judged(context, withoutBody(checked));
  const first = typeof details === "string" ? undefined : details[0];
  const why =
    first === undefined
      ? typeof details === "string"
        ? `the document does not describe it (${details})`
        : "as far as it can be told without a body"
      : `${first.in} ${first.at} ${first.message}`;
  return {
    policy: "validate",
    verdict,
    detail: why,
    ...(refusal === undefined ? {} : { status: REFUSALS[refusal].status }),
  };
}

/** That a body is missing says nothing of a request that is only asked about. */
function withoutBody(checked: Checked): Checked {
  if (!checked.ok || typeof checked.found === "string") return checked;
  return { ...checked, found: checked.found.filter(({ in: place }) => place !== "body") };
}

/** A request that goes on as it comes, and is counted when it is looked at. Nothing that goes wrong here is its client's. */
class Watching extends Relay implements OverListener {
  private readonly request: ServedRequest;
  private readonly context: Context;
  private readonly body: KeptBody;

  constructor(listener: BackendListener, request: ServedRequest, context: Context) {
    super(listener);
    this.request = request;
    this.context = context;
    this.body = new KeptBody(context.bodies, context.policy.maxBytes);
  }

  ask(open: Open<ServedRequest>): this {
    const { request } = this;
    if (request.framing === NO_BODY || request.framing === 0) this.look(undefined);
    else request.served.onOver(this);
    return this.through(open, request);
  }

  override write(chunk: Uint8Array): boolean {
    this.body.keep(chunk);
    return this.call.write(chunk);
  }

  override end(trailers: RawHeaders | undefined): void {
    const { body, request } = this;
    if (body.whole) this.look(joined(body.chunks));
    else if (request.framing !== NO_BODY && request.framing !== 0) this.said("reported");
    body.release();
    this.call.end(trailers);
  }

  override abort(): void {
    this.body.release();
    this.call.abort();
  }

  onOver(): void {
    this.body.release();
  }

  private look(body: Uint8Array | undefined): void {
    const { context, request } = this;
    void checkOf(context, request, clientOf(request), body).then((checked) =>
      this.said(judged(context, checked).verdict),
    );
  }

  private said(verdict: Judged["verdict"]): void {
    this.request.served.verdict("validate", verdict);
  }
}

/** A request whose body is looked at whole before a side is asked. */
class Gathering extends Relay {
  private readonly request: ServedRequest;
  private readonly open: Open<ServedRequest>;
  private readonly context: Context;
  private readonly body: KeptBody;
  private readonly gone = new AbortController();
  private opened = false;
  private over = false;
  private paused = false;

  constructor(
    listener: BackendListener,
    request: ServedRequest,
    open: Open<ServedRequest>,
    context: Context,
  ) {
    super(listener);
    this.request = request;
    this.open = open;
    this.context = context;
    this.body = new KeptBody(context.bodies, context.policy.maxBytes);
  }

  begin(): this {
    if (this.request.decision.head.expectContinue) this.listener.onInform(100, "Continue", []);
    return this;
  }

  override write(chunk: Uint8Array): boolean {
    if (this.over || this.body.keep(chunk)) return true;
    this.over = true;
    this.request.served.verdict("validate", "refused");
    refuse(this.request, this.listener, "body_too_large");
    return true;
  }

  override end(trailers: RawHeaders | undefined): void {
    if (this.over) return;
    const { context, request, listener, body } = this;
    const whole = joined(body.chunks);
    const ended = request.trace?.child("validate");
    void checkOf(context, request, clientOf(request), whole, this.gone.signal).then((checked) => {
      ended?.(checked.ok ? undefined : checked.why);
      if (this.over) return;
      try {
        proceed(context, request, listener, checked, () => this.pass(whole, trailers));
      } catch (error) {
        request.served.layerFailed(error);
      }
      body.release();
    });
  }

  override pause(): void {
    this.paused = true;
    this.call.pause();
  }

  override resume(): void {
    this.paused = false;
    this.call.resume();
  }

  override abort(): void {
    this.over = true;
    this.gone.abort();
    this.body.release();
    if (this.opened) this.call.abort();
  }

  private pass(whole: Uint8Array, trailers: RawHeaders | undefined): BackendCall {
    const { request } = this;
    this.opened = true;
    const expect = request.headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === "expect");
    const headers = expect < 0 ? request.headers : request.headers.toSpliced(expect, 2);
    this.through(this.open, { ...request, headers });
    this.call.write(whole);
    this.call.end(trailers);
    if (this.paused) this.call.pause();
    return this;
  }
}
