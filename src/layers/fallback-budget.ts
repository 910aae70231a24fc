import type { FallbackBudget, FallbackBudgets } from "./contract.ts";

/** What is counted together; the window is this and the one before it. */
const SLICE_MICROS = 5_000_000;
/** So many fallbacks a window are always allowed: a share of few requests says nothing. */
const FREE = 10;

/**
 * Looks back over the last 5 to 10 seconds. At 100 there is no bound: a request may wait longer for modern than that, and then
 * it falls back when it is no longer counted.
 */
class RouteBudget implements FallbackBudget {
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

export class RouteBudgets implements FallbackBudgets {
  private readonly nowMicros: () => number;
  private readonly byRoute = new Map<string, RouteBudget>();

  constructor(nowMicros: () => number) {
    this.nowMicros = nowMicros;
  }

  of(route: string): RouteBudget {
    let budget = this.byRoute.get(route);
    if (budget === undefined) {
      budget = new RouteBudget(this.nowMicros);
      this.byRoute.set(route, budget);
    }
    return budget;
  }

  retain(routes: ReadonlySet<string>): void {
    for (const [route, budget] of this.byRoute) {
      if (!routes.has(route) && budget.idle()) this.byRoute.delete(route);
    }
  }
}
