import type { ReadMemory } from "../../wire/read-memory.ts";
import { Bucket } from "./bucket.ts";

/** Bytes of a connection that belong to no request and no body, at once and each second. */
const OVERHEAD_BURST = 1024 * 1024;
const OVERHEAD_RATE = 512 * 1024;
/** A request's own: the heads of its frames, its end, its reset, what it says of the answer's window. */
const STREAM_BYTES = 512;
/** Each field's, beside its name and its value. */
const FIELD_BYTES = 8;
/** Of what was sent, such a part may come back as WINDOW_UPDATE: 26 bytes for a frame of 16 KiB, and much more for small ones. */
const SENT_PART = 64;

/** A socket of node:net or node:tls; of TLS these are the bytes inside. */
interface Counted {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/**
 * Bytes that a connection brought and that nobody was told of. node:http2 refuses a head of too many fields by itself, and drops frames
 * that say nothing: no JavaScript runs, and a client that sends nothing else would be read without end.
 */
export class Overhead {
  private readonly socket: Counted;
  private readonly memory: ReadMemory;
  private readonly bucket: Bucket;
  /** A body that nobody takes any more may be on its way for as much as the connection's window. */
  private readonly windowBytes: number;
  private read: number;
  private sent: number;
  private told = 0;
  /** Told of and not come yet. */
  private spare = 0;

  /** `before`: bytes of the socket that were read and that the session has yet to see. */
  constructor(socket: Counted, before: number, memory: ReadMemory, windowBytes: number, nowMs: number) {
    this.socket = socket;
    this.memory = memory;
    this.windowBytes = windowBytes;
    this.bucket = new Bucket(OVERHEAD_BURST, OVERHEAD_RATE, nowMs);
    this.read = socket.bytesRead - before;
    this.sent = socket.bytesWritten;
  }

  /** A request has come, with its head, or trailers. */
  onFields(fields: readonly string[]): void {
    let bytes = STREAM_BYTES + fields.length * (FIELD_BYTES / 2);
    for (const text of fields) bytes += text.length;
    this.told += bytes;
  }

  /** A stream's body is not read to its end: up to its window may come still. It counts as read, too. */
  onLeftBody(bytes: number): void {
    this.told += bytes;
    this.memory.reads.onPiece(bytes);
  }

  /** False: too much has come. */
  check(nowMs: number): boolean {
    const { bytesRead, bytesWritten } = this.socket;
    if (bytesRead <= this.read) return true;
    const told = this.told + this.memory.takeSeen();
    const unknown = bytesRead - this.read - told - (bytesWritten - this.sent) / SENT_PART - this.spare;
    this.read = bytesRead;
    this.sent = bytesWritten;
    this.told = 0;
    this.spare = Math.min(Math.max(0, -unknown), this.windowBytes);
    if (unknown <= 0) return true;
    this.memory.reads.onPiece(unknown);
    return this.bucket.add(nowMs, unknown);
  }
}
