import type { CompareOptions } from "../domain/route.ts";
import { ignoreRule, untilMs } from "../domain/rule-names.ts";

/** Entries of `ignore` end one by one. What an end does is worked out once. */
export class RulesInForce {
  private readonly known = new WeakMap<
    CompareOptions,
    { readonly until: number; readonly now: CompareOptions }
  >();

  /** `options` without what has ended. The same object each time, until the next end. */
  of(options: CompareOptions, at: number): CompareOptions {
    let known = this.known.get(options);
    if (known === undefined || at >= known.until) {
      const kept = options.ignore.filter((entry) => at < untilMs(ignoreRule(entry)));
      const now = kept.length === options.ignore.length ? options : { ...options, ignore: kept };
      known = { until: Math.min(...kept.map((entry) => untilMs(ignoreRule(entry)))), now };
      this.known.set(options, known);
    }
    return known.now;
  }
}
