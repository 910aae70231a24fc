import type { CompareOptions } from "../domain/route.ts";
import { endsAround, rulesInForce } from "../domain/rule-names.ts";

/** Rules end one by one. What an end does is worked out once. */
export class RulesInForce {
  private readonly known = new WeakMap<
    CompareOptions,
    { readonly from: number; readonly until: number; readonly now: CompareOptions }
  >();

  /** `options` without what has ended. The same object each time, until the next end. */
  of(options: CompareOptions, at: number): CompareOptions {
    let known = this.known.get(options);
    // Before `from`: a clock that went too far was set back, and what had ended has not.
    if (known === undefined || at >= known.until || at < known.from) {
      const [from, until] = endsAround(options, at);
      known = { from, until, now: rulesInForce(options, at) };
      this.known.set(options, known);
    }
    return known.now;
  }
}
