/** Whose chunks are joined. */
export interface Joining {
  /** Valid only during the call. */
  onJoined(bytes: Buffer): void;
  /** It has brought so many chunks that the others are to have their turn first. */
  onManyChunks(): void;
}

/** Of one connection in one turn. */
export const MANY_CHUNKS = 1024;
/** What node:http reads at once. */
const BLOCK = Buffer.allocUnsafeSlow(64 * 1024);

let owner: Joining | undefined;
let due = false;
let used = 0;
let chunks = 0;

/**
 * Keeps a chunk until the end of this turn, to be handed on with the others of it. Not until the next tick: node:http's parser
 * lets ticks run after every chunk. One block serves all requests.
 */
export function joinChunk(by: Joining, chunk: Buffer): void {
  if (owner !== by || used + chunk.length > BLOCK.length) handOnJoined();
  if (owner === undefined) {
    owner = by;
    if (!due) setImmediate(endOfTurn);
    due = true;
  }
  BLOCK.set(chunk, used);
  used += chunk.length;
  if (++chunks === MANY_CHUNKS) by.onManyChunks();
}

/** Hands on what is kept: something is to come behind it. */
export function handOnJoined(): void {
  if (owner === undefined) return;
  const [by, bytes] = [owner, used];
  owner = undefined;
  used = 0;
  chunks = 0;
  by.onJoined(BLOCK.subarray(0, bytes));
}

function endOfTurn(): void {
  due = false;
  handOnJoined();
}
