import type { Transform } from "node:stream";
import zlib, { constants, createBrotliCompress, createGzip } from "node:zlib";
import type { Coding } from "../domain/policies/compress.ts";

interface Flushing extends Transform {
  flush(kind: number): void;
}

interface CodingKind {
  readonly create: () => Flushing;
  /** What it takes of memory for as long as the answer lasts, bytes: measured, and rounded up. */
  readonly memoryBytes: number;
  readonly flushKind: number;
}

const KIB = 1024;
/** Log2 of how far back brotli and zstd look: it bounds what one answer's state grows to. */
const WINDOW_BITS = 18;

/** Zstandard came with Node 22.15. */
const { createZstdCompress } = zlib;

/** Levels at which a core gives some 100 MB/s: higher ones take many times as long for a few percent. */
const KINDS: Readonly<Partial<Record<Coding, CodingKind>>> = {
  gzip: {
    create: () => createGzip({ level: 4 }),
    memoryBytes: 320 * KIB,
    flushKind: constants.Z_SYNC_FLUSH,
  },
  br: {
    create: () =>
      createBrotliCompress({
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 4,
          [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
        },
      }),
    memoryBytes: 1024 * KIB,
    flushKind: constants.BROTLI_OPERATION_FLUSH,
  },
  ...(createZstdCompress === undefined
    ? {}
    : {
        zstd: {
          create: () =>
            createZstdCompress({
              params: {
                [constants.ZSTD_c_compressionLevel]: 3,
                [constants.ZSTD_c_windowLog]: WINDOW_BITS,
              },
            }) as Flushing,
          memoryBytes: 1280 * KIB,
          flushKind: constants.ZSTD_e_flush,
        },
      }),
};

/** Whether this Node has it. */
export function canCode(coding: Coding): boolean {
  return KINDS[coding] !== undefined;
}

export function memoryOf(coding: Coding): number {
  return KINDS[coding]?.memoryBytes ?? 0;
}

/** What was written waits so long for more, before it goes on as it is. */
const FLUSH_MS = 10;

interface CoderListener {
  /** The chunk is the listener's. */
  onCoded(chunk: Uint8Array): void;
  /** More may be written. */
  onCoderDrain(): void;
  onCoderEnd(): void;
  onCoderError(error: Error): void;
}

/** Compresses one answer, on node:zlib's threads. What was written to it reaches the client within FLUSH_MS, or at once. */
export class Coder {
  private readonly stream: Flushing;
  private readonly flushKind: number;
  private readonly atOnce: boolean;
  private timer: NodeJS.Timeout | undefined = undefined;

  /** `atOnce`: nothing that is written waits for more. */
  constructor(coding: Coding, atOnce: boolean, listener: CoderListener) {
    const kind = KINDS[coding] as CodingKind;
    this.flushKind = kind.flushKind;
    this.atOnce = atOnce;
    this.stream = kind.create();
    this.stream
      .on("data", (chunk: Uint8Array) => listener.onCoded(chunk))
      .on("drain", () => listener.onCoderDrain())
      .on("end", () => listener.onCoderEnd())
      .on("error", (error) => listener.onCoderError(error));
  }

  /** The chunk is the caller's. False: wait for onCoderDrain. */
  write(chunk: Uint8Array): boolean {
    const more = this.stream.write(Buffer.from(chunk));
    if (this.atOnce) this.stream.flush(this.flushKind);
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
    return more;
  }

  end(): void {
    clearTimeout(this.timer);
    this.stream.end();
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.stream.destroy();
  }

  private flush(): void {
    this.timer = undefined;
    this.stream.flush(this.flushKind);
  }
}
