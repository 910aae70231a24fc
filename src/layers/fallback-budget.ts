/** What is counted together; the window is this and the one before it. */
const SLICE_MICROS = 5_000_000;
/** So many fallbacks a window are always allowed: a share of few requests says nothing. */
const FREE = 10;

/**
 * Bounds the fallbacks of a route to a share of its requests, over the last 5 to 10 seconds; at 100 there is no bound: a
 * request may wait longer for modern than that, and then it falls back when it is no longer counted.
 */
export class FallbackBudget {
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

  /** False: a budget of so many percent is spent. */
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

/** The budgets of all routes, by id. Files that are read again find what was taken before. */
export class FallbackBudgets {
  private readonly nowMicros: () => number;
  private readonly byRoute = new Map<string, FallbackBudget>();

  constructor(nowMicros: () => number) {
    this.nowMicros = nowMicros;
  }

  of(route: string): FallbackBudget {
    let budget = this.byRoute.get(route);
    if (budget === undefined) {
      budget = new FallbackBudget(this.nowMicros);
      this.byRoute.set(route, budget);
    }
    return budget;
  }

  /** Lets go of idle ones of all routes but these. */
  retain(routes: ReadonlySet<string>): void {
    for (const [route, budget] of this.byRoute) {
      if (!routes.has(route) && budget.idle()) this.byRoute.delete(route);
    }
  }
}
