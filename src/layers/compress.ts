import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import { headerLines } from "../domain/headers.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../domain/message.ts";
import { acceptedCoding, type Coding } from "../domain/policies/compress.ts";
import { mediaTypeOf } from "../domain/policies/media-types.ts";
import { Coder, canCode, memoryOf } from "./compress-coder.ts";
import { AnswerRules, codedFields, forbidsIt, notModifiedFields, variedFields } from "./compress-rules.ts";
import type { OverListener, ServedRequest } from "./contract.ts";
import { doorPolicy } from "./policy.ts";
import { NO_CALL, Relay } from "./relay.ts";

/** Compresses answers on their way to clients that take it. Whoever compares sees them as the sides sent them. */
export const compress = doorPolicy("compress", (policy, _route, { compressing }) => {
  const offered = policy.encodings.filter(canCode);
  const rules = new AnswerRules(policy);
  const asked = (headers: RawHeaders): Coding | undefined => {
    const accept = headerLines(headers, "accept-encoding").join(",");
    return accept === "" || forbidsIt(headers) ? undefined : acceptedCoding(accept, offered);
  };
  return {
    wrap: (open) => (request, listener) =>
      request.upgrade
        ? open(request, listener)
        : new Compressing(
            listener,
            request,
            rules,
            compressing,
            asked(request.decision.head.headers),
          ).through(open, request),
    explain: ({ decision }) => {
      const coding = asked(decision.head.headers);
      return coding === undefined
        ? {
            policy: "compress",
            verdict: "not_accepted",
            detail: "the client takes no coding that is offered",
          }
        : {
            policy: "compress",
            verdict: coding,
            detail: "if the answer's status, type, length and fields let it",
          };
    },
  };
});

/** Its call is over once the side's answer is in, though the client has not all of it. */
class Compressing extends Relay implements OverListener {
  private readonly request: ServedRequest;
  private readonly rules: AnswerRules;
  private readonly budget: ByteBudget;
  private readonly coding: Coding | undefined;
  private coder: Coder | undefined = undefined;
  private heldBytes = 0;
  private trailers: RawHeaders | undefined = undefined;
  /** The coder, or the client, takes no more for now. */
  private full = false;
  private paused = false;

  constructor(
    listener: BackendListener,
    request: ServedRequest,
    rules: AnswerRules,
    budget: ByteBudget,
    coding: Coding | undefined,
  ) {
    super(listener);
    this.request = request;
    this.rules = rules;
    this.budget = budget;
    this.coding = coding;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const { head } = this.request.decision;
    const [verdict, fields] = this.judged(status, headers, framing);
    this.request.served.verdict("compress", verdict);
    if (verdict !== this.coding) {
      const again = status === 304 ? notModifiedFields(headers, head.headers) : undefined;
      this.listener.onHead(status, reason, fields ?? again ?? headers, framing);
      return;
    }
    if (framing === NO_BODY) {
      this.listener.onHead(status, reason, codedFields(headers, verdict), NO_BODY);
      return;
    }
    const [type = ""] = headerLines(headers, "content-type");
    this.coder = new Coder(verdict, mediaTypeOf(type) === "text/event-stream", this);
    this.request.served.onOver(this);
    this.listener.onHead(status, reason, codedFields(headers, verdict), CHUNKED);
    if (this.paused) this.coder?.pause();
  }

  override onData(chunk: Uint8Array): void {
    if (this.coder === undefined) this.listener.onData(chunk);
    else if (!this.coder.write(chunk)) {
      this.full = true;
      this.call.pause();
    }
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    if (this.coder === undefined) {
      this.listener.onEnd(trailers);
      return;
    }
    this.trailers = trailers;
    this.call = NO_CALL;
    this.coder.end();
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.release();
    this.listener.onError(code, message, untouched);
  }

  override pause(): void {
    this.paused = true;
    this.coder?.pause();
    this.call.pause();
  }

  override resume(): void {
    this.paused = false;
    this.coder?.resume();
    if (!this.full) this.call.resume();
  }

  override abort(): void {
    this.release();
    this.call.abort();
  }

  onOver(): void {
    this.release();
  }

  // The coder's side: on a turn of its own, where nothing guards what listens.

  onCoded(chunk: Uint8Array): void {
    this.attempt(() => this.listener.onData(chunk));
  }

  onCoderDrain(): void {
    this.full = false;
    if (!this.paused) this.attempt(() => this.call.resume());
  }

  onCoderEnd(): void {
    if (this.coder === undefined) return;
    this.release();
    this.attempt(() => this.listener.onEnd(this.trailers));
  }

  onCoderError(error: Error): void {
    if (this.coder !== undefined) this.request.served.layerFailed(error);
  }

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.request.served.layerFailed(error);
    }
  }

  /** The coding that it is sent in; or why it is sent as it is, and the fields then if they change. */
  private judged(
    status: number,
    headers: RawHeaders,
    framing: number,
  ): readonly [verdict: Coding | "unsuitable" | "not_accepted" | "secret" | "memory", fields?: string[]] {
    const { coding } = this;
    if (!this.rules.suits(status, headers, framing)) return ["unsuitable"];
    if (this.rules.mayLeak(this.request.decision.head, headers)) return ["secret", variedFields(headers)];
    if (coding === undefined) return ["not_accepted", variedFields(headers)];
    if (framing === NO_BODY) return [coding];
    const bytes = memoryOf(coding);
    if (!this.budget.reserve(bytes)) return ["memory", variedFields(headers)];
    this.heldBytes = bytes;
    return [coding];
  }

  private release(): void {
    this.coder?.destroy();
    this.coder = undefined;
    if (this.heldBytes > 0) this.budget.release(this.heldBytes);
    this.heldBytes = 0;
  }
}
