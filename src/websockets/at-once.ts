/** Runs work in its order, so much of it at once. */
export class AtOnce {
  private readonly most: number;
  private readonly waiting: (() => Promise<unknown>)[] = [];
  private underWay = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** That waits, or is under way. */
  get pending(): number {
    return this.waiting.length + this.underWay;
  }

  /** Work that rejects is over like any other. */
  run(work: () => Promise<unknown>): void {
    this.waiting.push(work);
    this.next();
  }

  private next(): void {
    while (this.underWay < this.most) {
      const work = this.waiting.shift();
      if (work === undefined) return;
      this.underWay++;
      const over = () => {
        this.underWay--;
        this.next();
      };
      work().then(over, over);
    }
  }
}
