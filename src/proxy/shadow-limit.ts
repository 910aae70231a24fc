/** Where a route begins, before anything is known of the side that it shadows. */
const FIRST_LIMIT = 8;
/** Answers that are judged together: as many as are under way, within these. */
const LEAST_ANSWERS = 32;
/** At first fewer will do: a route should not wait long for its first few places. */
const FIRST_ANSWERS = 12;
const MOST_ANSWERS = 64;
/** Twice as many under way may take so much longer, and this process's own turns add so much, µs. */
const LONGER = 1.6;
const SLACK_MICROS = 5_000;
/** Windows until what did not help is tried again: more each time that it does not. */
const FIRST_WAIT = 4;
const LONGEST_WAIT = 64;

type Way = "up" | "down";

/** The mean of the middle half: neither a few slow answers nor two kinds of them move it much. */
function middleOf(latencies: number[]): number {
  latencies.sort((a, b) => a - b);
  const quarter = latencies.length >> 2;
  const middle = latencies.slice(quarter, latencies.length - quarter);
  return middle.reduce((sum, micros) => sum + micros, 0) / middle.length;
}

/**
 * How many shadows of a route are under way at once: as many as the other side answers as fast as half of them, within
 * `shadow.concurrency`. More would wait in its queue, and their latency would be that queue's. While shadows wait for a place,
 * twice as many are tried now and then, and half as many: where latencies grow with their number the smaller number
 * stays. Only numbers of the same route at nearly the same time are held against each other, so it does not matter what
 * an answer takes, nor how much answers differ. Timeouts, 429 and 503 halve it at once.
 */
export class ShadowLimit {
  readonly max: number;
  /** The number that stays, and what half of the answers took under it, µs. */
  private limit: number;
  private usual = 0;
  /** What is tried instead. */
  private trial: Way | undefined = undefined;
  private readonly wait: Record<Way, number> = { up: 0, down: 0 };
  private readonly nextWait: Record<Way, number> = { up: FIRST_WAIT, down: FIRST_WAIT };
  /** The window: those sent from `from` on, `size` of them; a short one must not count because it ended first. */
  private from = 0;
  private size = 0;
  private open = 0;
  private last = 0;
  private latencies: number[] = [];
  /** A shadow had to wait for a place. */
  private full = false;
  private climbing = true;
  private refused = false;

  constructor(max: number) {
    this.max = max;
    this.limit = Math.min(FIRST_LIMIT, max);
    this.begin();
  }

  get current(): number {
    if (this.trial === undefined) return this.limit;
    return this.trial === "up" ? Math.min(this.max, this.limit * 2) : Math.max(1, this.limit >> 1);
  }

  /** One is sent beside `underWay` others, and gets a number; `waiting`: it leaves some behind. */
  sent(underWay: number, waiting: boolean): number {
    if (waiting && underWay + 1 >= this.current) this.full = true;
    return ++this.last;
  }

  /**
   * The one of this number was answered; `micros` undefined: it came to nothing that says how fast the side is. `refused`: for
   * want of time or room: it timed out, or got 429 or 503.
   */
  answered(number: number, micros: number | undefined, refused: boolean): void {
    if (number < this.from || number >= this.from + this.size) return;
    if (refused) this.refused = true;
    if (micros !== undefined) this.latencies.push(micros);
    if (--this.open > 0) return;
    if (this.latencies.length * 2 > this.size) this.judge(middleOf(this.latencies));
    this.begin();
  }

  private begin(): void {
    const least = this.climbing ? FIRST_ANSWERS : LEAST_ANSWERS;
    this.size = Math.min(MOST_ANSWERS, Math.max(least, this.current));
    this.open = this.size;
    this.from = this.last + 1;
    this.latencies = [];
    this.full = false;
    this.refused = false;
  }

  private judge(micros: number): void {
    const { trial } = this;
    this.trial = undefined;
    if (this.refused) {
      this.limit = Math.max(1, this.limit >> 1);
      this.usual = 0;
      this.later("up");
    } else if (trial !== undefined && this.full && this.usual > 0) {
      this.tried(trial, micros);
    } else {
      this.usual = micros;
      this.next();
    }
  }

  private tried(way: Way, micros: number): void {
    const { usual } = this;
    const [fewer, more] = way === "up" ? [usual, micros] : [micros, usual];
    const queues = more > fewer * LONGER + SLACK_MICROS;
    if (queues === (way === "up")) {
      this.later(way);
      return;
    }
    this.limit = way === "up" ? Math.min(this.max, this.limit * 2) : this.limit >> 1;
    this.usual = micros;
    this.nextWait[way] = FIRST_WAIT;
    this.wait[way === "up" ? "down" : "up"] = FIRST_WAIT;
    this.next();
  }

  /** What did not help is left alone for a while. */
  private later(way: Way): void {
    this.climbing = false;
    this.wait[way] = this.nextWait[way];
    this.nextWait[way] = Math.min(LONGEST_WAIT, this.nextWait[way] * 2);
  }

  private next(): void {
    const { limit, max, wait } = this;
    for (const way of ["up", "down"] as const) if (wait[way] > 0) wait[way]--;
    // Without one that waits, more places change nothing.
    if (!this.full) return;
    if (limit < max && wait.up === 0) this.trial = "up";
    else if (limit > 1 && wait.down === 0) this.trial = "down";
  }
}
