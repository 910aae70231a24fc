import { ShareBudget } from "../domain/share-budget.ts";
import type { FallbackBudgets } from "./contract.ts";

export class RouteBudgets implements FallbackBudgets {
  private readonly nowMicros: () => number;
  private readonly byRoute = new Map<string, ShareBudget>();

  constructor(nowMicros: () => number) {
    this.nowMicros = nowMicros;
  }

  of(route: string): ShareBudget {
    let budget = this.byRoute.get(route);
    if (budget === undefined) {
      budget = new ShareBudget(this.nowMicros);
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
