import type { PayloadTaker } from "../../aws/contract.ts";
import { type FunctionHead, NoAnswer, streamedHead } from "./answer.ts";

/** Between the head of a streamed answer and its body: as many NUL bytes. */
const DELIMITER_BYTES = 8;
/** API Gateway's bound of a head: its end has to come within as many bytes. */
const MAX_STREAM_HEAD_BYTES = 16 * 1024;

interface StreamHome {
  onStreamHead(head: FunctionHead): void;
  onStreamData(chunk: Uint8Array): void;
  /** What comes is no answer. */
  onMalformed(why: string): void;
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** A function's answer as it comes: JSON of status and header fields, 8 NUL bytes, and the body as it is. */
export class AnswerStream implements PayloadTaker {
  /** The head is out. */
  begun = false;
  private readonly home: StreamHome;
  private early: Buffer = Buffer.alloc(0);
  private paused = false;
  private more: () => void = () => {};

  constructor(home: StreamHome) {
    this.home = home;
  }

  reserve(bytes: number): boolean {
    return this.home.reserve(bytes);
  }

  release(bytes: number): void {
    this.home.release(bytes);
  }

  onBegin(resume: () => void): void {
    this.more = resume;
  }

  onPayload(chunk: Uint8Array): boolean {
    if (this.begun) {
      if (chunk.length > 0) this.home.onStreamData(chunk);
    } else this.onEarly(chunk);
    return !this.paused;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.more();
  }

  private onEarly(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.early, chunk]);
    const end = bytes.indexOf(0);
    this.early = bytes;
    if ((end < 0 ? bytes.length : end) > MAX_STREAM_HEAD_BYTES) {
      this.home.onMalformed(`there are no ${DELIMITER_BYTES} NUL bytes in its first 16 KiB`);
      return;
    }
    if (end < 0) return;
    const delimiter = bytes.subarray(end, end + DELIMITER_BYTES);
    if (delimiter.some((byte) => byte !== 0)) this.home.onMalformed("a NUL byte is in its head");
    else if (delimiter.length === DELIMITER_BYTES) this.onHeadEnd(bytes, end);
  }

  private onHeadEnd(bytes: Buffer, end: number): void {
    let head: FunctionHead;
    try {
      head = streamedHead(bytes.subarray(0, end));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.home.onMalformed(error.message);
      return;
    }
    this.begun = true;
    this.early = Buffer.alloc(0);
    this.home.onStreamHead(head);
    const rest = bytes.subarray(end + DELIMITER_BYTES);
    if (rest.length > 0) this.home.onStreamData(rest);
  }
}
