import { FigError } from "../domain/errors.ts";
import { ANY_INDEX, parsePathPattern } from "../domain/json-path.ts";
import type { ArrayRule, CompareOptions } from "../domain/route.ts";

/** What a route's patterns say about one place of a body, and about the places under it. */
export interface PathRules {
  readonly members: ReadonlyMap<string, PathRules>;
  readonly element: PathRules | undefined;
  readonly ignore: boolean;
  readonly redact: boolean;
  readonly array: ArrayRule | undefined;
  readonly tolerance: number | undefined;
  /** There is a tolerance here or below, so values that are the same may have different ids. */
  readonly fuzzy: boolean;
}

class Draft implements PathRules {
  readonly members = new Map<string, Draft>();
  element: Draft | undefined = undefined;
  ignore = false;
  redact = false;
  array: ArrayRule | undefined = undefined;
  tolerance: number | undefined = undefined;
  fuzzy = false;
}

function stepsOf(pattern: string): readonly string[] {
  const steps = parsePathPattern(pattern);
  if ("problem" in steps) {
    throw new FigError("invalid_path_pattern", steps.problem, { remedy: steps.remedy });
  }
  return steps;
}

/** Every draft from the root to the pattern's place. */
function trail(root: Draft, pattern: string): Draft[] {
  const drafts = [root];
  let here = root;
  for (const step of stepsOf(pattern)) {
    let next = step === ANY_INDEX ? here.element : here.members.get(step);
    if (next === undefined) {
      next = new Draft();
      if (step === ANY_INDEX) here.element = next;
      else here.members.set(step, next);
    }
    here = next;
    drafts.push(here);
  }
  return drafts;
}

/**
 * Compiles a route's patterns into one tree, which is walked along with the bodies.
 * Throws FigError `invalid_path_pattern`.
 */
export function compilePathRules(
  options: Pick<CompareOptions, "ignore" | "redact" | "arrays" | "tolerance">,
): PathRules {
  const root = new Draft();
  const place = (pattern: string) => trail(root, pattern).at(-1) as Draft;
  for (const pattern of options.ignore) place(pattern).ignore = true;
  for (const pattern of options.redact) place(pattern).redact = true;
  for (const [pattern, rule] of Object.entries(options.arrays)) place(pattern).array = rule;
  for (const [pattern, tolerance] of Object.entries(options.tolerance)) {
    const drafts = trail(root, pattern);
    (drafts.at(-1) as Draft).tolerance = tolerance;
    for (const above of drafts) above.fuzzy = true;
  }
  return root;
}
