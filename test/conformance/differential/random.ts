/** Repeatable draws: the same seed, the same messages (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** 0 to below `bound`, whole. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Up to `most` of the list, each at most once, in a drawn order. */
  some<T>(list: readonly T[], most: number): T[] {
    const left = [...list];
    const taken: T[] = [];
    for (let count = this.below(most + 1); count > 0 && left.length > 0; count--) {
      taken.push(...left.splice(this.below(left.length), 1));
    }
    return taken;
  }

  /** Any bytes, as latin1. */
  bytes(length: number): string {
    let text = "";
    while (text.length < length) text += String.fromCharCode(this.below(256));
    return text;
  }

  /** A size: mostly small, at times large. */
  size(most: number): number {
    const scale = this.pick([8, 64, 512, 4096, most]);
    return this.below(Math.min(scale, most) + 1);
  }
}
