import type { Holds } from "./conditions.ts";
import type { RequestFacts } from "./facts.ts";
import { MAX_GLOB_STEPS, matchesGlob, OutOfSteps, type Steps } from "./glob.ts";
import type { Patterns, PolicyDocument, Statement } from "./policy-document.ts";

/** `denied` by a statement, or `unallowed`: none allows it. `undecided`: it would have taken too long. */
type PolicyDecision = "allowed" | "denied" | "unallowed" | "undecided";

const ACTION = "execute-api:invoke";

function named({ globs, negated }: Patterns, text: string, steps: Steps): Holds {
  let found: Holds = "no";
  for (const glob of globs) {
    if (glob.unknown) found = "unknown";
    else if (matchesGlob(glob, text, steps)) return negated ? "no" : "yes";
  }
  if (found === "unknown") return "unknown";
  return negated ? "yes" : "no";
}

/** Whether a statement speaks of the request: unknown where one part cannot be told, and no other says that it does not. */
function applies({ actions, resources, conditions }: Statement, facts: RequestFacts, steps: Steps): Holds {
  const parts = [named(actions, ACTION, steps), named(resources, facts.arn, steps)];
  let all: Holds = "yes";
  for (const part of parts) {
    if (part === "no") return "no";
    if (part === "unknown") all = "unknown";
  }
  for (const condition of conditions) {
    const holds = condition.holds(facts, steps);
    if (holds === "no") return "no";
    if (holds === "unknown") all = "unknown";
  }
  return all;
}

/**
 * What a policy says of `execute-api:Invoke` on a resource: a Deny that applies wins over every Allow, and what nobody allows is not
 * allowed. What cannot be told allows nothing, and denies: an Allow with it does not apply, a Deny with it does.
 */
export function evaluatePolicy(policy: PolicyDocument, facts: RequestFacts): PolicyDecision {
  const steps: Steps = { left: MAX_GLOB_STEPS };
  let decision: PolicyDecision = "unallowed";
  try {
    for (const statement of policy.statements) {
      const holds = applies(statement, facts, steps);
      if (!statement.allow && holds !== "no") return "denied";
      if (statement.allow && holds === "yes") decision = "allowed";
    }
  } catch (error) {
    if (error instanceof OutOfSteps) return "undecided";
    throw error;
  }
  return decision;
}
