import type { BodyTaker } from "../asking/contract.ts";
import { messageOf } from "../domain/errors.ts";
import type { Invoked, PayloadTaker } from "./contract.ts";
import { jsonObject } from "./credentials/source.ts";
import { type EventMessage, EventStreamDecoder, EventStreamError } from "./event-stream.ts";

/**
 * An answer of InvokeWithResponseStream: `PayloadChunk` messages, and `InvokeComplete` at the end, which says whether the function
 * failed, and after which nothing is to come, whether or not the connection ends the answer too. An answer that ends without it broke off.
 */
export class StreamedPayload implements BodyTaker {
  private readonly taker: PayloadTaker;
  private readonly decoder: EventStreamDecoder;
  private readonly controller = new AbortController();
  private readonly whole = Promise.withResolvers<undefined>();
  private said: Invoked | undefined = undefined;
  /** The taker wants more. */
  private flows = true;

  constructor(taker: PayloadTaker) {
    this.taker = taker;
    this.decoder = new EventStreamDecoder({
      onMessage: (message) => this.onMessage(message),
      reserve: (bytes) => taker.reserve(bytes),
      release: (bytes) => taker.release(bytes),
    });
  }

  /** Aborted once nothing of use can come any more. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Settled once `InvokeComplete` came. */
  get complete(): Promise<undefined> {
    return this.whole.promise;
  }

  /** Nobody waits for the end of the answer any more. */
  close(): void {
    this.controller.abort();
  }

  onBegin(resume: () => void): void {
    this.taker.onBegin(resume);
  }

  onData(chunk: Uint8Array): boolean {
    if (this.said !== undefined) return true;
    this.flows = true;
    try {
      this.decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof EventStreamError)) throw error;
      this.giveUp("malformed", `Lambda's stream is malformed: ${messageOf(error)}`);
    }
    // What comes behind the last message is read, so that the connection may be used again.
    return this.flows || this.said !== undefined;
  }

  /** What was said of the function's end; undefined: nothing. */
  outcome(): Invoked | undefined {
    this.decoder.close();
    return this.said;
  }

  /** The answer ended. */
  ended(requestId: string | undefined): Invoked {
    const said = this.outcome();
    if (said === undefined) return failed("broken", "Lambda's stream ended before it was complete");
    return said.kind === "failed" ? said : { ...said, requestId };
  }

  private onMessage({ headers, payload }: EventMessage): void {
    if (this.said !== undefined) return;
    const type = headers.get(":event-type");
    if (headers.get(":message-type") !== "event") {
      const name = headers.get(":exception-type") ?? headers.get(":error-code") ?? "an error";
      this.giveUp("broken", `Lambda's stream says ${name.slice(0, 100)}`);
    } else if (type === "PayloadChunk") {
      this.flows = this.taker.onPayload(payload);
    } else if (type === "InvokeComplete") {
      this.said = completed(payload);
      this.whole.resolve(undefined);
    }
  }

  private giveUp(why: "broken" | "malformed", detail: string): void {
    if (this.said !== undefined) return;
    this.said = failed(why, detail);
    this.controller.abort();
  }
}

function failed(why: "broken" | "malformed", detail: string): Invoked {
  return { kind: "failed", why, detail };
}

function completed(payload: Uint8Array): Invoked {
  const { ErrorCode: code, ErrorDetails: details } = jsonObject(payload) ?? {};
  if (code === undefined || code === null) return { kind: "returned", payload: new Uint8Array(0) };
  return { kind: "threw", errorType: String(code), errorMessage: typeof details === "string" ? details : "" };
}
