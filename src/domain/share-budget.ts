/** What is counted together; the window is this and the one before it. */
const SLICE_MICROS = 5_000_000;
/** So many a window are always allowed: a share of few requests says nothing. */
const FREE = 10;

/**
 * Bounds what requests may cost beyond themselves (fallbacks, retries) to a share of them. Looks back over the last 5 to 10
 * seconds. At 100 there is no bound: a request may wait longer than that, and is no longer counted then.
 */
export class ShareBudget {
  private readonly nowMicros: () => number;
  private sliceEnd = 0;
  private requests = 0;
  private taken = 0;
  private requestsBefore = 0;
  private takenBefore = 0;

  constructor(nowMicros: () => number) {
    this.nowMicros = nowMicros;
  }

  request(): void {
    this.turn();
    this.requests++;
  }

  take(percent: number): boolean {
    if (percent >= 100) return true;
    this.turn();
    const taken = this.taken + this.takenBefore + 1;
    const requests = this.requests + this.requestsBefore;
    if (taken > FREE && taken * 100 > requests * percent) return false;
    this.taken++;
    return true;
  }

  /** Nothing of it counts any more. */
  idle(): boolean {
    return this.nowMicros() >= this.sliceEnd + SLICE_MICROS;
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
