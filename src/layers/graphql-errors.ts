import type { Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import { onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { WindowTally } from "../domain/tally.ts";
import type { DoorLayer, Ending, OverListener, ServedRequest, SideLayer, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";
import { TopErrors } from "./top-errors.ts";

/** So much of an answer is looked at, as it was sent and as it is read: its errors come first or are few. */
const MAX_CODED_BYTES = 1024 * 1024;
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** RFC 9110 §8.4.1.2 means the zlib format by `deflate`. Some servers send the raw format, and clients take both. */
function inflateEither(first: Uint8Array): Transform {
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}

/** By the first bytes of what they decode. */
const DECODERS: Readonly<Record<string, (first: Uint8Array) => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: inflateEither,
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};

/** Looks at an answer while it passes. Content codings are undone on other threads (node:zlib's). */
class Look {
  private readonly errors = new TopErrors();
  /** Undefined: what is sent is read as it is. */
  private readonly decoderFor: ((first: Uint8Array) => Transform) | undefined;
  /** From the first byte on. */
  private decoder: Transform | undefined = undefined;
  private coded = 0;
  private read = 0;

  private constructor(decoderFor: ((first: Uint8Array) => Transform) | undefined, failed = false) {
    this.decoderFor = decoderFor;
    this.errors.found = failed;
  }

  private begun(decoder: Transform): Transform {
    // What is not coded as it says is destroyed by its error, and has none of ours.
    decoder.on("error", () => undefined);
    decoder.on("data", (chunk: Uint8Array) => {
      this.scan(chunk);
      if (this.errors.found || this.read > MAX_READ_BYTES) decoder.destroy();
    });
    this.decoder = decoder;
    return decoder;
  }

  /** Undefined: there is nothing to look at. */
  static at(status: number, headers: RawHeaders): Look | undefined {
    // A query that is not valid is 400 to one server and 200 with errors to another (GraphQL over HTTP, §6.4): it counts alike.
    if (status >= 400 && status < 500) return new Look(undefined, true);
    if (status !== 200) return undefined;
    const essence = (onlyHeader(headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    if (essence !== "application/json" && !essence.endsWith("+json")) return undefined;
    const coding = (onlyHeader(headers, "content-encoding") ?? "identity").trim().toLowerCase();
    if (coding === "identity" || coding === "") return new Look(undefined);
    return Object.hasOwn(DECODERS, coding) ? new Look(DECODERS[coding]) : undefined;
  }

  push(chunk: Uint8Array): void {
    const { decoderFor } = this;
    if (decoderFor === undefined) {
      this.scan(chunk);
      return;
    }
    if (chunk.length === 0) return;
    const decoder = this.decoder ?? this.begun(decoderFor(chunk));
    this.coded += chunk.length;
    if (this.coded > MAX_CODED_BYTES) decoder.destroy();
    // The chunk is its owner's again after this call.
    else if (!decoder.destroyed) decoder.write(Buffer.from(chunk));
  }

  /** Calls `found` if there were errors: now, or when the rest is decoded. `wait` comes first if it is not now. */
  end(wait: () => void, done: (found: boolean) => void): void {
    const { decoder, errors } = this;
    if (decoder === undefined || decoder.destroyed || errors.found) {
      decoder?.destroy();
      done(errors.found);
      return;
    }
    wait();
    decoder.once("close", () => done(errors.found));
    decoder.end();
  }

  drop(): void {
    this.decoder?.destroy();
  }

  private scan(chunk: Uint8Array): void {
    this.read += chunk.length;
    if (this.read <= MAX_READ_BYTES) this.errors.push(chunk);
  }
}

abstract class Looking extends Relay {
  protected look: Look | undefined = undefined;

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.look = Look.at(status, headers);
    this.listener.onHead(status, reason, headers, framing);
  }

  override onData(chunk: Uint8Array): void {
    this.look?.push(chunk);
    this.listener.onData(chunk);
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.forget();
    this.listener.onError(code, message, untouched);
  }

  override abort(): void {
    this.forget();
    super.abort();
  }

  private forget(): void {
    this.look?.drop();
    this.look = undefined;
  }
}

class Served extends Looking implements OverListener {
  onOver({ counted, complete, fellBack, status }: Ending, request: ServedRequest): void {
    const { decision, requestId, served } = request;
    const { look } = this;
    this.look = undefined;
    if (!counted || !complete || fellBack) {
      look?.drop();
      return;
    }
    const { live, side, keyHash, pinned } = decision;
    settle(look, live.tally, () => {
      served.erred = true;
      live.tally.erred(side, keyHash);
      if (pinned === undefined)
        live.guard?.answered("errors", side === "modern", keyHash, { requestId, status });
    });
  }
}

class Shadowed extends Looking {
  private readonly request: SideRequest;

  constructor(listener: BackendListener, request: SideRequest) {
    super(listener);
    this.request = request;
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    const { look } = this;
    this.look = undefined;
    this.listener.onEnd(trailers);
    const { decision, erred } = this.request;
    const { live, shadowSide, keyHash } = decision;
    settle(look, live.tally, () => {
      erred?.();
      live.tally.shadowErred(shadowSide, keyHash);
    });
  }
}

/** The window stays until what belongs to it is counted. */
function settle(look: Look | undefined, tally: WindowTally, count: () => void): void {
  let waits = false;
  look?.end(
    () => {
      waits = true;
      tally.inflight++;
    },
    (found) => {
      if (found) count();
      if (waits) tally.inflight--;
    },
  );
}

/** `errors: graphql`: an answer to a client of 200 with errors at its top, or of 4xx, is counted as an error. */
export const servedErrors: DoorLayer = {
  name: "errors",
  create(route) {
    if (route.errors !== "graphql") return undefined;
    return {
      wrap: (open) => (request, listener) => {
        const looking = new Served(listener);
        request.served.onOver(looking);
        return looking.through(open, request);
      },
    };
  },
};

/** The same of an answer to a shadow. */
export const shadowErrors: SideLayer = {
  name: "errors",
  create(route, _side, shadow) {
    if (route.errors !== "graphql" || !shadow) return undefined;
    return { wrap: (open) => (request, listener) => new Shadowed(listener, request).through(open, request) };
  },
};
