import { BLOCK_BYTES } from "./blocks.ts";

/** Of one turn, what a connection may bring before the others have theirs: reads that fill the buffer, and messages in them. */
const FULL_READS_A_TURN = 4;
const MESSAGES_A_TURN = 1024;

interface Source {
  readonly destroyed: boolean;
  pause(): unknown;
  resume(): unknown;
}

/**
 * Whether a connection is read. The system reads on in the same turn where a read has filled the buffer, up to 32 times: a
 * connection that always has more would keep all others waiting, the longer the smaller its messages are.
 */
export class ReadGate {
  /** Nobody wants more of it for now. */
  held = false;
  private readonly socket: Source;
  private resting = false;
  private fullReads = 0;
  private left = false;

  constructor(socket: Source) {
    this.socket = socket;
  }

  hold(): void {
    if (this.held) return;
    this.held = true;
    if (!this.resting) this.socket.pause();
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    if (!this.resting) this.socket.resume();
  }

  /** After a read that filled the buffer: `messages` of them came in it. */
  onFullRead(messages: number): void {
    if (this.left || (messages < MESSAGES_A_TURN && ++this.fullReads < FULL_READS_A_TURN)) return;
    this.fullReads = 0;
    if (this.resting) return;
    this.resting = true;
    if (!this.held) this.socket.pause();
    setImmediate(rested, this);
  }

  /** The connection is another's. */
  leave(): void {
    this.left = true;
  }

  /** The others had their turn. */
  rested(): void {
    this.resting = false;
    if (!this.left && !this.held && !this.socket.destroyed) this.socket.resume();
  }
}

function rested(gate: ReadGate): void {
  gate.rested();
}

/** Whether more may be read in the same turn. */
export function isFullRead(bytes: number): boolean {
  return bytes === BLOCK_BYTES;
}
