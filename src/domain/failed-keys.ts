import { SIDES, type Side } from "./position.ts";

/** Keys remembered of one side in one window. */
const MAX_FAILED_KEYS = 1_024;
/** In all windows of a process. */
export const MAX_ALL_FAILED_KEYS = 200_000;

/** Places for keys, in all windows of a process. */
export interface FailedKeysRoom {
  left: number;
}

/**
 * The sticky keys, by their split hashes, that a side failed in a window: a client that tries again is one witness. Bounded: the key that failed
 * longest ago makes room, and its next error counts as a first one again. Each side has places of its own, so that many that one side
 * fails take none from the other's.
 */
export class FailedKeys {
  /** Keys that made room, or found none. */
  forgotten = 0;
  private readonly room: FailedKeysRoom;
  private readonly keys: Readonly<Record<Side, Set<number>>> = { legacy: new Set(), modern: new Set() };

  constructor(room: FailedKeysRoom = { left: MAX_ALL_FAILED_KEYS }) {
    this.room = room;
  }

  has(side: Side, key: number): boolean {
    return this.keys[side].has(key);
  }

  add(side: Side, key: number): void {
    const keys = this.keys[side];
    if (keys.size >= MAX_FAILED_KEYS || this.room.left <= 0) {
      this.forgotten++;
      const [oldest] = keys;
      if (oldest === undefined) return;
      keys.delete(oldest);
      this.room.left++;
    }
    keys.add(key);
    this.room.left--;
  }

  release(): void {
    for (const side of SIDES) {
      this.room.left += this.keys[side].size;
      this.keys[side].clear();
    }
  }
}
