/** What is counted together; the window is this and the one before it. */
const SLICE_MICROS = 5_000_000;
/** So many fallbacks a window are always allowed: a share of few requests says nothing. */
const FREE = 10;

/**
 * Bounds the fallbacks of a route to a share of its requests, over the last 5 to 10 seconds; at 100 there is no bound: a
 * request may wait longer for modern than that, and then it falls back when it is no longer counted.
 */
export class FallbackBudget {
  private readonly percent: number;
  private readonly nowMicros: () => number;
  private sliceEnd = 0;
  private requests = 0;
  private taken = 0;
  private requestsBefore = 0;
  private takenBefore = 0;

  constructor(percent: number, nowMicros: () => number) {
    this.percent = percent;
    this.nowMicros = nowMicros;
  }

  request(): void {
    this.turn();
    this.requests++;
  }

  /** False: the budget is spent. */
  take(): boolean {
    if (this.percent >= 100) return true;
    this.turn();
    const taken = this.taken + this.takenBefore + 1;
    const requests = this.requests + this.requestsBefore;
    if (taken > FREE && taken * 100 > requests * this.percent) return false;
    this.taken++;
    return true;
  }

  private turn(): void {
    const now = this.nowMicros();
    if (now < this.sliceEnd) return;
    const recent = now < this.sliceEnd + SLICE_MICROS;
    this.requestsBefore = recent ? this.requests : 0;
    this.takenBefore = recent ? this.taken : 0;
    this.requests = 0;
    this.taken = 0;
    this.sliceEnd = now + SLICE_MICROS;
  }
}
