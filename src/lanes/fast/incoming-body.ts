import { CHUNKED, NO_BODY, type RawHeaders } from "../../domain/message.ts";
import { ChunkedDecoder, type ChunkedSink } from "../../wire/chunked.ts";
import { checkedTrailers } from "./trailers.ts";

/** How much of the present request's body has come: the bodies of one connection, one after the other. */
export class IncomingBody {
  /** The body is in, or there is none. */
  whole = true;
  /** Once the body is in. */
  trailers: RawHeaders | undefined = undefined;
  /** Of a sized body, what has not come; CHUNKED while chunks come. */
  private remaining = NO_BODY;
  private readonly decoder = new ChunkedDecoder();

  /** `framing`: NO_BODY, CHUNKED or a length. */
  begin(framing: number): void {
    this.remaining = framing;
    this.whole = framing === NO_BODY || framing === 0;
    this.trailers = undefined;
    if (framing === CHUNKED) this.decoder.reset();
  }

  /** Hands the body's part of `chunk` on; gives how many bytes that were. Throws WireError. */
  read(chunk: Buffer, sink: ChunkedSink): number {
    if (this.remaining === CHUNKED) {
      const used = this.decoder.decode(chunk, 0, chunk.length, sink);
      this.trailers = checkedTrailers(this.decoder.trailers);
      this.whole = this.decoder.done;
      return used;
    }
    const used = Math.min(this.remaining, chunk.length);
    this.remaining -= used;
    sink.onChunkData(chunk.subarray(0, used));
    this.whole = this.remaining === 0;
    return used;
  }
}
