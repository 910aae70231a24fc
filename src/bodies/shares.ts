/** Idle clients of one route that are remembered for the time that they have had. */
const MAX_REMEMBERED = 1_024;

interface Share<Item> {
  /** Time that it has had, on the clock of those beside it. */
  used: number;
  waiting: number;
  readonly below: Shares<Item> | undefined;
  readonly items: Set<Item>;
}

/**
 * What waits for something that is one at a time. Whoever has had the least time is next: first among routes, then among the
 * clients of a route. So what takes long delays most whoever sends it. Times are milliseconds.
 */
export class Shares<Item> {
  private readonly depth: number;
  private readonly shares = new Map<string, Share<Item>>();
  /** Where whoever comes anew begins: nobody saves time up. */
  private now = 0;

  constructor(depth: number) {
    this.depth = depth;
  }

  /** How many wait under this path. */
  waiting([name = "", ...rest]: readonly string[]): number {
    const share = this.shares.get(name);
    if (share === undefined) return 0;
    return rest.length === 0 || share.below === undefined ? share.waiting : share.below.waiting(rest);
  }

  add([name = "", ...rest]: readonly string[], item: Item): void {
    let share = this.shares.get(name);
    if (share === undefined) {
      if (this.shares.size >= MAX_REMEMBERED) this.forget();
      const below = this.depth > 1 ? new Shares<Item>(this.depth - 1) : undefined;
      share = { used: this.now, waiting: 0, below, items: new Set() };
      this.shares.set(name, share);
    }
    if (share.waiting === 0) share.used = Math.max(share.used, this.now);
    share.waiting++;
    if (share.below === undefined) share.items.add(item);
    else share.below.add(rest, item);
  }

  /** Whoever waits no longer. */
  remove([name = "", ...rest]: readonly string[], item: Item): void {
    const share = this.shares.get(name);
    if (share === undefined) return;
    share.waiting--;
    if (share.below === undefined) share.items.delete(item);
    else share.below.remove(rest, item);
  }

  /** Who is next; undefined: nobody waits. */
  take(): Item | undefined {
    let next: Share<Item> | undefined;
    for (const share of this.shares.values())
      if (share.waiting > 0 && (next === undefined || share.used < next.used)) next = share;
    if (next === undefined) return undefined;
    this.now = Math.max(this.now, next.used);
    next.waiting--;
    if (next.below !== undefined) return next.below.take();
    const [item] = next.items;
    next.items.delete(item as Item);
    return item;
  }

  /** What was taken took so long. */
  spent([name = "", ...rest]: readonly string[], ms: number): void {
    const share = this.shares.get(name);
    if (share === undefined) return;
    share.used += ms;
    share.below?.spent(rest, ms);
  }

  private forget(): void {
    for (const [name, { waiting }] of this.shares) if (waiting === 0) this.shares.delete(name);
  }
}
