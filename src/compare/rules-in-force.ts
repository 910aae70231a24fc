import type { CompareOptions } from "../domain/route.ts";
import { nextEnd, rulesInForce } from "../domain/rule-names.ts";

/** Rules end one by one. What an end does is worked out once. */
export class RulesInForce {
  private readonly known = new WeakMap<
    CompareOptions,
    { readonly until: number; readonly now: CompareOptions }
  >();

  /** `options` without what has ended. The same object each time, until the next end. */
  of(options: CompareOptions, at: number): CompareOptions {
    let known = this.known.get(options);
    if (known === undefined || at >= known.until) {
      known = { until: nextEnd(options, at), now: rulesInForce(options, at) };
      this.known.set(options, known);
    }
    return known.now;
  }
}
