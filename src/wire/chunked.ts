import { parseFields, WireError } from "./fields.ts";

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SP = 0x20;
const HTAB = 0x09;

/** A chunk-size line with its extensions, and a trailer section, may be this long. */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16_384;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILERS = 6;
const DONE = 7;
const BLANKS = 8;

/** Whether an LF at or behind `from` has no CR before it. */
function hasBareLf(text: string, from: number): boolean {
  for (let i = text.indexOf("\n", from); i >= 0; i = text.indexOf("\n", i + 1)) {
    if (text.charCodeAt(i - 1) !== CR) return true;
  }
  return false;
}

/** Chunks up to this are moved together and handed on as one: what they cost is then that of their bytes, not of their number. */
const JOIN_BYTES = 4 * 1024;

/** Lower bits of a hexadecimal digit, or 255. */
const HEX = new Uint8Array(256).fill(255);
for (let i = 0; i < 16; i++) {
  HEX["0123456789abcdef".charCodeAt(i)] = i;
  HEX["0123456789ABCDEF".charCodeAt(i)] = i;
}

/** Whether a chunk of one digit, its size line plain, is all here: those are read without a look at every byte. */
function isWholeSmall(bytes: Buffer, at: number, size: number, end: number): boolean {
  const behind = at + 3 + size;
  return (
    size > 0 &&
    behind + 2 <= end &&
    bytes[at + 1] === CR &&
    bytes[at + 2] === LF &&
    bytes[behind] === CR &&
    bytes[behind + 1] === LF
  );
}

export interface ChunkedSink {
  /** A view into the bytes handed to `decode`: copy it to keep it. Small chunks that came together are one. */
  onChunkData(data: Buffer): void;
}

/**
 * Incremental decoder of the chunked coding (RFC 9112 §7.1), strict: CRLF only, hexadecimal sizes of at most 13 digits,
 * extensions skipped and bounded. Reusable after `reset`.
 */
export class ChunkedDecoder {
  /** Set once the last chunk and the trailer section are in. */
  trailers: string[] | undefined = undefined;
  private state = SIZE;
  private size = 0;
  private digits = 0;
  private lineBytes = 0;
  private trailerText = "";
  /** Data of the bytes being decoded that is not handed on yet: from and to. */
  private heldFrom = 0;
  private heldTo = 0;

  get done(): boolean {
    return this.state === DONE;
  }

  reset(): void {
    this.trailers = undefined;
    this.state = SIZE;
    this.size = 0;
    this.digits = 0;
    this.lineBytes = 0;
    this.trailerText = "";
  }

  /**
   * Reads `bytes` from `at` to `end`; returns where it stopped: `end`, or just past the body. What was read may be overwritten:
   * small chunks are moved together in place. Throws WireError, once what came before the fault is handed on.
   */
  decode(bytes: Buffer, at: number, end: number, sink: ChunkedSink): number {
    this.heldFrom = 0;
    this.heldTo = 0;
    try {
      return this.read(bytes, at, end, sink);
    } finally {
      this.handOn(bytes, sink);
    }
  }

  private read(bytes: Buffer, at: number, end: number, sink: ChunkedSink): number {
    let i = at;
    while (i < end) {
      switch (this.state) {
        case SIZE: {
          const byte = bytes[i] as number;
          const digit = HEX[byte] as number;
          if (digit < 16 && this.digits === 0 && isWholeSmall(bytes, i, digit, end)) {
            this.hold(bytes, i + 3, digit, sink);
            i += digit + 5;
          } else if (digit !== 255) {
            if (++this.digits > 13) throw new WireError("a chunk size that is too large");
            this.size = this.size * 16 + digit;
            i++;
          } else if (this.digits === 0) {
            throw new WireError("a chunk size that is not hexadecimal");
          } else if (byte === CR) {
            this.state = SIZE_LF;
            i++;
          } else if (byte === SEMICOLON) {
            this.state = EXTENSION;
          } else if (byte === SP || byte === HTAB) {
            this.state = BLANKS;
          } else {
            throw new WireError("a chunk size that is not hexadecimal");
          }
          break;
        }
        case BLANKS: {
          // Before an extension, or the end of the line (RFC 9112 §7.1.1); before anything else they are no size's end.
          const byte = bytes[i] as number;
          if (byte === SEMICOLON || byte === CR) this.state = EXTENSION;
          else if (byte !== SP && byte !== HTAB) throw new WireError("a chunk size that is not hexadecimal");
          else if (++this.lineBytes > MAX_LINE_BYTES)
            throw new WireError("a chunk extension that is too long");
          else i++;
          break;
        }
        case EXTENSION: {
          const byte = bytes[i++] as number;
          if (byte === CR) this.state = SIZE_LF;
          else if (byte < SP && byte !== HTAB)
            throw new WireError("a control character in a chunk extension");
          else if (++this.lineBytes > MAX_LINE_BYTES)
            throw new WireError("a chunk extension that is too long");
          break;
        }
        case SIZE_LF:
          if (bytes[i++] !== LF) throw new WireError("a chunk size line that does not end in CRLF");
          this.digits = 0;
          this.lineBytes = 0;
          this.state = this.size === 0 ? TRAILERS : DATA;
          break;
        case DATA: {
          const take = Math.min(this.size, end - i);
          this.size -= take;
          if (this.size === 0) this.state = DATA_CR;
          this.hold(bytes, i, take, sink);
          i += take;
          break;
        }
        case DATA_CR:
          if (bytes[i++] !== CR) throw new WireError("chunk data that does not end in CRLF");
          this.state = DATA_LF;
          break;
        case DATA_LF:
          if (bytes[i++] !== LF) throw new WireError("chunk data that does not end in CRLF");
          this.state = SIZE;
          break;
        case TRAILERS:
          i = this.readTrailers(bytes, i, end);
          break;
        default:
          return i;
      }
    }
    return i;
  }

  /** Data from `at` on is handed on with what comes before and behind it, if it is little. */
  private hold(bytes: Buffer, at: number, size: number, sink: ChunkedSink): void {
    const to = this.heldTo;
    if (to > this.heldFrom && size <= JOIN_BYTES) {
      // A call costs more than a few bytes.
      if (size <= 16) for (let i = 0; i < size; i++) bytes[to + i] = bytes[at + i] as number;
      else bytes.copyWithin(to, at, at + size);
      this.heldTo = to + size;
      return;
    }
    this.handOn(bytes, sink);
    this.heldFrom = at;
    this.heldTo = at + size;
  }

  private handOn(bytes: Buffer, sink: ChunkedSink): void {
    const { heldFrom, heldTo } = this;
    if (heldTo === heldFrom) return;
    this.heldFrom = heldTo;
    sink.onChunkData(bytes.subarray(heldFrom, heldTo));
  }

  private readTrailers(bytes: Buffer, at: number, end: number): number {
    const had = this.trailerText.length;
    // The section is small: look for its end over what is held plus what came.
    const text = this.trailerText + bytes.toString("latin1", at, Math.min(end, at + MAX_TRAILER_BYTES + 4));
    if (text.startsWith("\r\n")) {
      this.trailers = [];
      this.state = DONE;
      return at + 2 - had;
    }
    const stop = text.indexOf("\r\n\r\n");
    if (stop < 0) {
      if (hasBareLf(text, had)) throw new WireError("a trailer that ends in LF");
      if (text.length > MAX_TRAILER_BYTES) throw new WireError("a trailer section that is too large");
      this.trailerText = text;
      return end;
    }
    this.trailers = parseFields(text.slice(0, stop + 2), 0);
    this.state = DONE;
    this.trailerText = "";
    return at + stop + 4 - had;
  }
}
