import type { Mismatch, MismatchKind } from "../domain/outcomes.ts";
import type { ArrayRule } from "../domain/route.ts";
import { Causes } from "./causes.ts";
import type { RuleUse } from "./contract.ts";

/** A verdict holds at most this many mismatches. */
export const MAX_MISMATCHES = 100;

/**
 * Collects one comparison's mismatches in the order they are found, one for each path and kind. If `$.items[*].etag` differs
 * in fifty elements, that is one finding with the first element's values. So a row's count is never above its comparisons.
 */
export class Findings {
  /** Which of the route's path rules met something; undefined: it has none, or the bodies were not looked into. */
  rules: RuleUse | undefined = undefined;
  /** Arrays that should be the same and are in another order, by path, and how they are matched. Filled where they are sought. */
  readonly arrays = new Map<string, ArrayRule>();
  readonly seeking: boolean;
  /** Which of them follow from which. */
  causes = new Causes();
  private readonly found = new Map<string, Mismatch>();

  /** `seeking`: the two answers are one side's, so that another order is no difference but something to know. */
  constructor({ seeking = false }: { readonly seeking?: boolean } = {}) {
    this.seeking = seeking;
  }

  get full(): boolean {
    return this.found.size >= MAX_MISMATCHES;
  }

  get size(): number {
    return this.found.size;
  }

  has(path: string, kind: MismatchKind): boolean {
    return this.found.has(`${kind} ${path}`);
  }

  /** The values must be ready to be stored: JSON text, redacted and cut. `forms`: of values that are not shown. */
  add(
    path: string,
    kind: MismatchKind,
    legacy: string | undefined,
    modern: string | undefined,
    forms?: Mismatch["forms"],
  ): void {
    if (this.full || this.has(path, kind)) return;
    this.found.set(`${kind} ${path}`, { path, kind, legacy, modern, ...(forms && { forms }) });
  }

  /** A copy that can be thrown away. */
  trial(): Findings {
    const copy = new Findings();
    for (const [key, mismatch] of this.found) copy.found.set(key, mismatch);
    copy.causes = this.causes.copy();
    return copy;
  }

  /** Takes what a trial found as its own. */
  take(trial: Findings): void {
    for (const [key, mismatch] of trial.found) this.found.set(key, mismatch);
    this.causes = trial.causes;
  }

  /** One for each cause, with what follows from it. */
  list(): readonly Mismatch[] {
    return this.causes.folded(this.all());
  }

  /** Each by itself. */
  all(): readonly Mismatch[] {
    return [...this.found.values()];
  }
}
