import type { Side } from "./position.ts";

/** Finds every key above a sixth of the traffic. */
const SLOTS = 5;

/** Hashes that are remembered, to know which keys are new. With more, only half of them go on being asked for. */
const MAX_REMEMBERED = 128;
/** Of all keys, one in so many is remembered from the start. */
const FIRST_SHARE = 8;

interface Slot {
  hash: number;
  /** Of the summary: 0 frees the slot. */
  count: number;
  /** Requests since the slot took its key. */
  seen: number;
}

/**
 * Of many keys, by their hashes: how often the most frequent came, by the Misra-Gries summary (J. Misra, D. Gries, 1982), and
 * about how many different ones came. A frequent key takes a slot early and keeps it, so that its `seen` is close to how
 * often it came. Of the keys whose hash is a multiple of `share`, each stands for `share` keys when it first comes (distinct
 * sampling, P. Gibbons, 2001): within a tenth or so.
 */
export class KeyTally {
  keyed = 0;
  distinct = 0;
  /** Of the keys that were remembered, on which side each was when it first came. */
  readonly split: Record<Side, number> = { legacy: 0, modern: 0 };
  private share = FIRST_SHARE;
  private remembered = new Set<number>();
  private readonly slots: Slot[] = [];
  /** Where the last key was found. A client mostly sends several requests in a row. */
  private last: Slot | undefined;

  add(hash: number, side?: Side): void {
    this.keyed++;
    if (this.last?.hash !== hash) {
      this.last = this.slots.find((slot) => slot.hash === hash);
      if (hash % this.share === 0) this.note(hash, side);
    }
    if (this.last === undefined) {
      this.take(hash);
    } else {
      this.last.count++;
      this.last.seen++;
    }
  }

  private note(hash: number, side: Side | undefined): void {
    if (this.remembered.has(hash)) return;
    this.distinct += this.share;
    if (side !== undefined) this.split[side]++;
    this.remembered.add(hash);
    while (this.remembered.size > MAX_REMEMBERED) {
      this.share *= 2;
      this.remembered = new Set([...this.remembered].filter((one) => one % this.share === 0));
    }
  }

  private take(hash: number): void {
    const { slots } = this;
    const free = slots.findLast(({ count }) => count === 0);
    if (slots.length < SLOTS) slots.push({ hash, count: 1, seen: 1 });
    else if (free !== undefined) Object.assign(free, { hash, count: 1, seen: 1 });
    else for (const slot of slots) slot.count--;
  }

  /** A lower bound. */
  get top(): number {
    return this.slots.reduce((most, { seen }) => Math.max(most, seen), 0);
  }
}
