import { isUtf8 } from "node:buffer";
import { compareDiffering } from "./compare-json.ts";
import type { Findings } from "./findings.ts";
import { HELD } from "./heap.ts";
import { OutOfStep, Shapes } from "./json-shapes.ts";
import { Starts } from "./json-starts.ts";
import { type Pair, StepWalk } from "./json-step-walk.ts";
import type { NamedRules } from "./rule-use.ts";

const BODY = "$";

/**
 * Compares two JSON bodies by reading their bytes in step, for answers that differ in little. What it finds is what parsing both and comparing them finds,
 * to the letter: what differs goes through that comparison, with one value in place of all that is the same.
 */
export class JsonInStep {
  private readonly rules: NamedRules | undefined;
  private readonly nulls: "absent" | undefined;
  private readonly shapes = new Shapes();
  private readonly starts = new Starts();

  constructor(rules: NamedRules | undefined, nulls: "absent" | undefined) {
    this.rules = rules;
    this.nulls = nulls;
  }

  /** False: the two have to be parsed and compared, and nothing was added to the findings. */
  compare(legacy: Uint8Array, modern: Uint8Array, findings: Findings): boolean {
    if (Math.max(legacy.length, modern.length) > HELD.textBytes || !isUtf8(legacy) || !isUtf8(modern))
      return false;
    this.shapes.tidy();
    this.starts.tidy();
    const walk = new StepWalk(legacy, modern, this.shapes, this.starts, this.nulls === "absent");
    const rules = this.rules?.rules;
    let pair: Pair | undefined;
    try {
      pair = walk.document(rules);
    } catch (error) {
      if (error instanceof OutOfStep) return false;
      throw error;
    }
    if (pair !== undefined) {
      const trial = findings.trial();
      compareDiffering(pair.left, pair.right, rules, trial, walk);
      // What is only moved is shown whole.
      const isMoved = ({ path, kind }: { path: string; kind: string }) =>
        kind === "order" && path.startsWith(BODY);
      if (trial.all().some(isMoved)) return false;
      findings.take(trial);
    }
    const { counts } = walk;
    if (this.rules !== undefined) findings.rules = counts.rules.use(counts.single, this.rules.names);
    return true;
  }
}
