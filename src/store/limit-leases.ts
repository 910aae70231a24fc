interface Lease {
  count: number;
  /** When the store heard of it last, in micros. */
  at: number;
}

/** Requests under way of this front door that count in a store, and what that has not heard of them yet. */
export class LimitLeases {
  private readonly held = new Map<string, Lease>();
  private due = new Map<string, number>();
  /** A store has been given all of them: from then on it is to hear what changes. */
  private isFollowed = false;
  private readonly micros: () => number;

  constructor(micros: () => number) {
    this.micros = micros;
  }

  /** One more. `counted`: the store has it. Of others it has to be told. */
  begin(name: string, counted: boolean): void {
    const lease = this.held.get(name);
    if (lease === undefined) this.held.set(name, { count: 1, at: this.micros() });
    else lease.count++;
    if (!counted) this.add(name, 1);
  }

  end(name: string): void {
    const lease = this.held.get(name);
    if (lease === undefined) return;
    if (--lease.count === 0) this.held.delete(name);
    this.add(name, -1);
  }

  /** What changed since it was taken last: by how many. */
  take(): readonly (readonly [name: string, more: number])[] {
    const { due } = this;
    this.due = new Map();
    return [...due].filter(([, more]) => more !== 0);
  }

  get changed(): boolean {
    return this.due.size > 0;
  }

  /** All of them, for a store that knows none, and that is to hear what changes. */
  all(): readonly (readonly [name: string, count: number])[] {
    const now = this.micros();
    this.due = new Map();
    this.isFollowed = true;
    for (const lease of this.held.values()) lease.at = now;
    return Array.from(this.held, ([name, { count }]) => [name, count]);
  }

  /** The store is away: it will be given all of them. */
  unfollow(): void {
    this.isFollowed = false;
    this.due = new Map();
  }

  /** At most so many that the store has not heard of for so long. They count as heard of. */
  aged(afterMicros: number, most: number): readonly string[] {
    const now = this.micros();
    const names: string[] = [];
    for (const [name, lease] of this.held) {
      // Oldest first: those that are heard of go behind the others.
      if (names.length === most || now - lease.at < afterMicros) break;
      names.push(name);
    }
    for (const name of names) {
      const lease = this.held.get(name) as Lease;
      this.held.delete(name);
      this.held.set(name, { ...lease, at: now });
    }
    return names;
  }

  private add(name: string, more: number): void {
    if (this.isFollowed) this.due.set(name, (this.due.get(name) ?? 0) + more);
  }
}
