/** Words that are known until a time: sessions that ended, states that were used. Bounded; the oldest go first. */
export class Remembered {
  private readonly until = new Map<string, number>();
  private readonly max: number;
  private readonly now: () => number;
  private readonly onForgotten: () => void;

  /** `onForgotten`: one went before its time. */
  constructor(options: {
    readonly max: number;
    readonly now: () => number;
    readonly onForgotten: () => void;
  }) {
    this.max = options.max;
    this.now = options.now;
    this.onForgotten = options.onForgotten;
  }

  has(word: string): boolean {
    const until = this.until.get(word);
    return until !== undefined && until > this.now();
  }

  add(word: string, until: number): void {
    this.until.delete(word);
    this.until.set(word, until);
    for (const [oldest, end] of this.until) {
      const over = this.until.size > this.max;
      if (!over && end > this.now()) return;
      this.until.delete(oldest);
      if (over && end > this.now()) this.onForgotten();
    }
  }
}
