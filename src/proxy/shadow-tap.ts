import type { Backend } from "../backends/contract.ts";
import type { CapturedAnswer } from "../compare/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import { shadowSideOf } from "../domain/shadow-eligibility.ts";
import type { RequestHead } from "../lanes/contract.ts";
import type { LiveRoute, RouteTable } from "../routing/contract.ts";
import type { OutgoingRequest } from "./outgoing.ts";

/** A request as its shadow will repeat it, with the table and backends it began with. */
export interface TappedRequest {
  readonly live: LiveRoute;
  readonly serving: Side;
  readonly head: RequestHead;
  readonly outgoing: OutgoingRequest;
  readonly table: RouteTable;
  readonly backends: ReadonlyMap<string, Backend>;
  /** Origin-form target as received. */
  readonly path: string;
  readonly captures: readonly string[];
}

/** What a shadow costs before any body byte: heads and objects. */
const BASE_BYTES = 4096;

/** A message body kept up to a bound. */
class Copy {
  chunks: Uint8Array[] = [];
  bytes = 0;
  tooLarge = false;
}

/**
 * A sampled request's copy: the request's body and the serving side's answer, each up to the route's maxBody, all of it
 * reserved in one budget. It only listens: whatever it cannot keep, it lets go of, and the client's request does not notice.
 */
export class ShadowTap {
  readonly request: TappedRequest;
  readonly shadowSide: Side;
  requestTrailers: RawHeaders | undefined = undefined;
  /** Why this request will not be compared; undefined: nothing speaks against it. */
  reason: NotComparedReason | undefined = undefined;
  private readonly budget: ByteBudget;
  private readonly maxBodyBytes: number;
  private reserved = 0;
  private body: Copy = new Copy();
  private answer: Copy = new Copy();
  private status = 0;
  private answerHeaders: RawHeaders = [];

  constructor(budget: ByteBudget, request: TappedRequest) {
    this.budget = budget;
    this.request = request;
    this.shadowSide = shadowSideOf(request.serving);
    this.maxBodyBytes = request.live.definition.shadow.maxBodyBytes;
    if (budget.reserve(BASE_BYTES)) this.reserved = BASE_BYTES;
    else this.drop("shed");
  }

  get requestBody(): readonly Uint8Array[] {
    return this.body.chunks;
  }

  requestChunk(chunk: Uint8Array): void {
    if (this.reason === undefined && !this.keep(this.body, chunk)) this.drop("too_large");
  }

  answerHead(status: number, headers: RawHeaders): void {
    this.status = status;
    this.answerHeaders = headers;
  }

  /** An answer past the bound is let go of; its status and headers can still be compared. */
  answerChunk(chunk: Uint8Array): void {
    if (this.reason === undefined && !this.answer.tooLarge) this.keep(this.answer, chunk);
  }

  /** The first reason stays. Everything kept is let go of. */
  drop(reason: NotComparedReason): void {
    this.reason ??= reason;
    this.release();
  }

  /** Reserves what the other side's answer takes; false: the bound is reached. */
  reserve(bytes: number): boolean {
    if (!this.budget.reserve(bytes)) return false;
    this.reserved += bytes;
    return true;
  }

  /** Gives everything back; harmless when nothing is held. */
  release(): void {
    this.body = new Copy();
    this.answer = new Copy();
    this.budget.release(this.reserved);
    this.reserved = 0;
  }

  servingAnswer(): CapturedAnswer {
    const { chunks, bytes, tooLarge } = this.answer;
    return {
      kind: "answer",
      status: this.status,
      headers: this.answerHeaders,
      body: chunks,
      bodyBytes: bytes,
      tooLarge,
    };
  }

  /** False when the copy went past maxBody (the copy is let go of) or the budget refused (all of it is). */
  private keep(copy: Copy, chunk: Uint8Array): boolean {
    if (copy.bytes + chunk.length > this.maxBodyBytes) {
      this.budget.release(copy.bytes);
      this.reserved -= copy.bytes;
      copy.chunks = [];
      copy.bytes = 0;
      copy.tooLarge = true;
      return false;
    }
    if (!this.reserve(chunk.length)) {
      this.drop("shed");
      return true;
    }
    copy.bytes += chunk.length;
    copy.chunks.push(Buffer.from(chunk));
    return true;
  }
}
