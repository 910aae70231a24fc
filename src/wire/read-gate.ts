import { BLOCK_BYTES, SHORT_READ_BYTES, STREAM_READ_BYTES, waitingBytes } from "./waiting-bytes.ts";

/** What a piece costs beside its bytes, as bytes. */
const PIECE_BYTES = 2 * 1024;
/** Of connections that always have more, so many bytes are read in a turn, however many they are: each waits until the others had theirs. */
const TURN_BYTES = 256 * 1024;

let rests = 0;

/** Times that a connection of this process was not read until the others had their turn. */
export function countedRests(): number {
  return rests;
}

/** A connection waits for the others' turn in another way. */
export function noteRest(): void {
  rests++;
}

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
  /** Of what was read last, in bytes. */
  private cost = 0;
  private pieces = 0;
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

  /** After a read that filled the buffer: one a turn at most. `cost`: as so many bytes read. */
  onFullRead(cost: number): void {
    this.cost = cost;
    if (this.left || this.resting) return;
    this.resting = true;
    rests++;
    waitingBytes.resting++;
    if (!this.held) this.socket.pause();
    if (line.push(this) === 1) setImmediate(nextTurn);
  }

  /** After a piece of a stream that comes in pieces of its own, as TLS does: so many of them are as a read that filled the buffer. */
  onPiece(bytes: number): void {
    this.pieces += bytes + PIECE_BYTES;
    if (this.pieces < BLOCK_BYTES) return;
    this.onFullRead(this.pieces);
    this.pieces = 0;
  }

  /** The connection is another's. */
  leave(): void {
    this.left = true;
  }

  /** The others had their turn. Gives what it will cost, by what it cost before. */
  rested(): number {
    this.resting = false;
    waitingBytes.resting--;
    if (this.left || this.held || this.socket.destroyed) return 0;
    this.socket.resume();
    return this.cost;
  }
}

/** Connections that rest, the one that is read next first. */
let line: ReadGate[] = [];
/** What may be read before the next turn; below 0: more was. */
let allowance = 0;

function nextTurn(): void {
  allowance = Math.min(TURN_BYTES, allowance + TURN_BYTES);
  let next = 0;
  while (next < line.length && allowance > 0) allowance -= (line[next++] as ReadGate).rested();
  line = line.slice(next);
  if (line.length > 0) setImmediate(nextTurn);
}

/** Whether more may be read in the same turn. */
export function isFullRead(bytes: number): boolean {
  return bytes === BLOCK_BYTES || bytes === STREAM_READ_BYTES || bytes === SHORT_READ_BYTES;
}
