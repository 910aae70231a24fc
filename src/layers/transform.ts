import type { BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { BodyFailure, BodyWork, Transformed } from "../bodies/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import { onlyHeader } from "../domain/headers.ts";
import { NO_BODY, type RawHeaders } from "../domain/message.ts";
import type {
  AnswerTransform,
  BodyTransform,
  RequestTransform,
  SideTransform,
} from "../domain/policies/transform.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import { KeptBody } from "../wire/kept-body.ts";
import { joined } from "../wire/kept-bytes.ts";
import { refuse } from "./answer.ts";
import type { Open, ServedRequest, SideLayer, SideRequest } from "./contract.ts";
import { withQuery } from "./query-edit.ts";
import { NO_CALL, Relay } from "./relay.ts";
import {
  ASKS_FOR_LESS,
  fields,
  isStream,
  JSON_TYPE,
  LENGTHS,
  reframed,
  withBody,
  without,
  withWeakTag,
} from "./transformed-head.ts";

/** Whose work it is when a shadow is transformed. */
const NO_CLIENT = "shadows";
/** Methods whose requests get a body that an expression makes of nothing. */
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** What the client is told of a request whose body could not be transformed. */
const REFUSALS_OF: Readonly<Record<BodyFailure, RefusalCode>> = {
  not_json: "body_not_json",
  too_large: "body_too_large",
  failed: "transform_failed",
  slow: "transform_failed",
  busy: "transform_busy",
};

/** Makes what one side takes and gives what the other does: method, query, body and status. The client sees no difference. */
export const transform: SideLayer = {
  name: "transform",
  create(route, side, shadow, { bodies, bodyWork }) {
    const policy = route.policies?.transform?.[side];
    if (policy === undefined) return undefined;
    // The copy of what only reads may not write, unless the route declares it.
    const mayWrite = !shadow || route.shadow.safe === true || route.shadow.writes === "sandboxed";
    const written = policy.request?.method;
    if (!mayWrite && written !== undefined && !SAFE.has(written))
      return {
        wrap: (open) => (request, listener) => {
          if (!SAFE.has(request.method))
            return new TransformCall(listener, request, policy, open, { bodies, work: bodyWork }).begin();
          listener.onError("transform_failed", "the copy of a request that only reads would write", true);
          return NO_CALL;
        },
      };
    return {
      wrap: (open) => (request, listener) => {
        const call = new TransformCall(listener, request, policy, open, { bodies, work: bodyWork });
        return call.begin();
      },
    };
  },
};

interface Tools {
  readonly bodies: ByteBudget;
  readonly work: BodyWork;
}

class TransformCall extends Relay {
  private readonly request: SideRequest;
  private readonly policy: SideTransform;
  private readonly open: Open;
  private readonly tools: Tools;
  private readonly gone = new AbortController();
  /** The request's body, while it is gathered. */
  private gathered: KeptBody | undefined = undefined;
  /** The answer's. */
  private answer:
    | {
        /** The side's, and what becomes of it. */
        readonly sent: number;
        readonly status: number;
        readonly reason: string;
        readonly headers: RawHeaders;
        readonly body: KeptBody;
      }
    | undefined = undefined;
  /** It came to an end, or was given up: nothing that still comes is heard. */
  private over = false;
  private opened = false;
  private paused = false;
  /** The client has its answer. The request, or what is left of it, goes on. */
  private answered = false;
  /** The client may have no body, whatever the side sends. */
  private silent = false;

  constructor(
    listener: BackendListener,
    request: SideRequest,
    policy: SideTransform,
    open: Open,
    tools: Tools,
  ) {
    super(listener);
    this.request = request;
    this.policy = policy;
    this.open = open;
    this.tools = tools;
  }

  begin(): BackendCall {
    const { request } = this;
    const { body, method = request.method } = this.policy.request ?? {};
    const hasBody = request.framing !== NO_BODY && request.framing !== 0;
    if (body === undefined || request.upgrade || !(hasBody || WITH_BODY.has(method))) {
      this.ask(request.headers, request.framing);
      return this;
    }
    this.gathered = new KeptBody(this.tools.bodies, this.policy.maxBytes);
    // Nobody else says it: the side is asked when the body is here.
    if (request.decision.head.expectContinue) this.listener.onInform(100, "Continue", []);
    return this;
  }

  override write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    if (this.gathered === undefined) return this.call.write(chunk);
    if (!this.gathered.keep(chunk))
      this.refuse("body_too_large", "the request's body is too large to be transformed");
    return true;
  }

  override end(trailers: RawHeaders | undefined): void {
    const { gathered } = this;
    if (gathered === undefined || this.over) {
      this.call.end(trailers);
      return;
    }
    const { headers } = this.request;
    const { body } = this.policy.request as RequestTransform & { body: BodyTransform };
    const bytes = joined(gathered.chunks);
    this.run(body, bytes.length === 0 ? undefined : bytes, headers, {}, (result) => {
      gathered.release();
      this.gathered = undefined;
      if (this.over) return;
      if (!result.ok) {
        this.refuse(REFUSALS_OF[result.why], result.message);
        return;
      }
      const fresh = withBody(headers, body, result.body.length);
      this.ask(without(fresh, ["expect"]), result.body.length);
      if (this.over) return;
      this.call.write(result.body);
      this.call.end(undefined);
      if (this.paused) this.call.pause();
    });
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const { answer, request } = this.policy;
    const shown = answer?.status?.[status] ?? status;
    const words = shown === status ? reason : "";
    const { method } = this.request;
    const changed = shown !== status || (request?.method ?? method) !== method;
    const sent = changed ? reframed(method, shown, headers, framing) : { headers, framing, silent: false };
    const body = bodyOf(answer, status);
    this.silent = sent.silent;
    if (body === undefined) {
      const tagged = status === 304 && answer?.body !== undefined ? withWeakTag(sent.headers) : sent.headers;
      this.listener.onHead(shown, words, tagged, sent.framing);
    } else if (method === "HEAD" && shown !== 204) {
      // How long it would be is not known.
      this.listener.onHead(shown, words, withBody(sent.headers, body, undefined), NO_BODY);
    } else if (sent.framing === NO_BODY || sent.framing === 0) {
      this.listener.onHead(shown, words, sent.headers, sent.framing);
    } else if (isStream(headers)) {
      this.fail("the answer is a stream, which has no end to be transformed at");
    } else {
      this.answer = {
        sent: status,
        status: shown,
        reason: words,
        headers,
        body: new KeptBody(this.tools.bodies, this.policy.maxBytes),
      };
    }
  }

  override onData(chunk: Uint8Array): void {
    if (this.over || this.silent) return;
    if (this.answer === undefined) this.listener.onData(chunk);
    else if (!this.answer.body.keep(chunk)) this.fail("the answer is too large to be transformed");
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    const { answer } = this;
    if (this.over) return;
    // The request may go on, and so may the other half of a tunnel.
    if (answer === undefined) {
      this.listener.onEnd(this.silent ? undefined : trailers);
      return;
    }
    const { sent, status, reason, headers } = answer;
    if (answer.body.chunks.length === 0) {
      this.answered = true;
      this.release();
      this.listener.onHead(status, reason, [...without(headers, LENGTHS), "content-length", "0"], 0);
      this.listener.onEnd(undefined);
      return;
    }
    const { body } = this.policy.answer as AnswerTransform & { body: BodyTransform };
    this.run(
      body,
      joined(answer.body.chunks),
      headers,
      { status: sent, headers: fields(headers) },
      (result) => {
        answer.body.release();
        if (this.over) return;
        if (!result.ok) {
          this.fail(result.message);
          return;
        }
        this.answered = true;
        this.verdict("answer");
        this.listener.onHead(status, reason, withBody(headers, body, result.body.length), result.body.length);
        this.listener.onData(result.body);
        this.listener.onEnd(undefined);
      },
    );
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    if (this.over || this.answered) return;
    this.over = true;
    this.release();
    this.listener.onError(code, message, untouched);
  }

  /** What is gathered is wanted whole, however slow the client is. */
  override pause(): void {
    this.paused = true;
    if (this.answer === undefined) this.call.pause();
  }

  override resume(): void {
    this.paused = false;
    this.call.resume();
  }

  override abort(): void {
    if (this.over) return;
    this.over = true;
    this.release();
    this.call.abort();
  }

  private ask(headers: RawHeaders, framing: number): void {
    const { request, policy } = this;
    const { method = request.method, query } = policy.request ?? {};
    this.opened = true;
    this.call = NO_CALL;
    this.through(this.open, {
      ...request,
      method,
      target: query === undefined ? request.target : withQuery(request.target, query),
      headers: policy.answer?.body === undefined ? headers : without(headers, ASKS_FOR_LESS),
      framing,
    });
    if (policy.request !== undefined) this.verdict("request");
  }

  private run(
    { expression, type = JSON_TYPE }: BodyTransform,
    body: Uint8Array | undefined,
    headers: RawHeaders,
    more: Readonly<Record<string, unknown>>,
    done: (result: Transformed) => void,
  ): void {
    const { request, tools, policy } = this;
    const { head, path, captures, host } = request.decision;
    const bound = {
      request: { method: head.method, path, host, captures, headers: fields(request.headers) },
      ...more,
    };
    const coding = onlyHeader(headers, "content-encoding") ?? "";
    const text = !/^application\/(?:[a-z.-]+\+)?json\b/i.test(type);
    const job = {
      kind: "transform",
      expression,
      body,
      coding,
      bound,
      maxBytes: policy.maxBytes,
      text,
    } as const;
    const by = {
      route: request.decision.live.id,
      client: request.served?.clientAddress() ?? NO_CLIENT,
      signal: this.gone.signal,
    };
    void tools.work.transform(job, by).then((result) => {
      try {
        done(result);
      } catch (error) {
        if (request.served !== undefined) request.served.layerFailed(error);
      }
    });
  }

  private verdict(word: "request" | "answer" | "failed"): void {
    this.request.served?.verdict("transform", word);
  }

  /** The side's answer is none that a client may have: it is an error of the side's. */
  private fail(message: string): void {
    this.over = true;
    this.release();
    this.verdict("failed");
    this.call.abort();
    this.listener.onError("transform_failed", message, false);
  }

  /** The request goes to no side. */
  private refuse(code: RefusalCode, message: string): void {
    this.over = true;
    this.release();
    this.verdict("failed");
    if (this.opened) this.call.abort();
    // The client's fault is its own. Any other is the side's, which is asked nothing: fallback may ask the other one.
    const isClients = code === "body_not_json" || code === "body_too_large";
    if (isClients && this.request.served !== undefined)
      refuse(this.request as ServedRequest, this.listener, code);
    else this.listener.onError(code === "transform_busy" ? code : "transform_failed", message, true);
  }

  private release(): void {
    this.gone.abort();
    this.gathered?.release();
    this.gathered = undefined;
    this.answer?.body.release();
    this.answer = undefined;
  }
}

function bodyOf(answer: AnswerTransform | undefined, status: number): BodyTransform | undefined {
  return status >= 200 && status < 300 && status !== 204 && status !== 206 ? answer?.body : undefined;
}
