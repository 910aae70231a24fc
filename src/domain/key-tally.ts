/** Finds every key above a sixth of the traffic. */
const SLOTS = 5;

interface Slot {
  hash: number;
  /** Of the summary: 0 frees the slot. */
  count: number;
  /** Requests since the slot took its key. */
  seen: number;
}

/**
 * How often the most frequent of many keys came, by the Misra-Gries summary of their hashes (J. Misra, D. Gries, 1982). A frequent
 * key takes a slot early and keeps it, so that its `seen` is close to how often it came.
 */
export class KeyTally {
  keyed = 0;
  private readonly slots: Slot[] = [];
  /** Where the last key was found. A client mostly sends several requests in a row. */
  private last: Slot | undefined;

  add(hash: number): void {
    this.keyed++;
    if (this.last?.hash !== hash) this.last = this.slots.find((slot) => slot.hash === hash);
    if (this.last === undefined) {
      this.take(hash);
    } else {
      this.last.count++;
      this.last.seen++;
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
