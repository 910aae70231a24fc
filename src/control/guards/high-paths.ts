import { type PathStep, parsePathPattern } from "../../domain/json-path.ts";
import type { RecentComparison } from "../../domain/outcomes.ts";

/** Paths of differences that are looked up again: mostly the same few. */
const MAX_KNOWN = 500;

/** The paths of a route whose differences are grave. */
export class HighPaths {
  private readonly patterns: readonly (readonly PathStep[])[];
  private readonly known = new Map<string, boolean>();

  private constructor(patterns: readonly (readonly PathStep[])[]) {
    this.patterns = patterns;
  }

  /** Undefined: there are none; `empty`: then such that nothing is at. */
  static of(
    patterns: readonly string[] | undefined,
    { empty = false }: { readonly empty?: boolean } = {},
  ): HighPaths | undefined {
    const parsed = (patterns ?? []).map(parsePathPattern).filter((steps) => !("problem" in steps));
    return parsed.length === 0 && !empty ? undefined : new HighPaths(parsed as (readonly PathStep[])[]);
  }

  /** Whether two answers differ where it is grave. */
  differs({ mismatches, statuses }: Pick<RecentComparison, "mismatches" | "statuses">): boolean {
    const some = this.patterns.length > 0;
    return mismatches.some(
      (each) => each.kind === "schema" || this.has(each.path) || (some && isWithout(each, statuses)),
    );
  }

  /** Whether a difference there is grave: at such a path, below it, or above it, so that it is not there at all. */
  has(path: string): boolean {
    const known = this.known.get(path);
    if (known !== undefined) return known;
    const steps = parsePathPattern(path);
    const is = !("problem" in steps) && this.patterns.some((pattern) => touches(pattern, steps));
    if (this.known.size < MAX_KNOWN) this.known.set(path, is);
    return is;
  }
}

/**
 * Whether one side's body is not there to look at: that is above all paths. Bodies are not compared where classes of statuses differ; what
 * fails is told by errors, of both sides, and is not told here again.
 */
function isWithout(
  { path, kind }: RecentComparison["mismatches"][number],
  statuses: RecentComparison["statuses"],
): boolean {
  if (path === "body") return kind === "missing" || kind === "extra" || kind === "type";
  if (path !== "status" || kind !== "value") return false;
  const { legacy = 500, modern = 500 } = statuses ?? {};
  return legacy < 500 && modern < 500 && Math.trunc(legacy / 100) !== Math.trunc(modern / 100);
}

function touches(pattern: readonly PathStep[], path: readonly PathStep[]): boolean {
  const [step, ...rest] = pattern;
  const [at, ...below] = path;
  // One of them leads on below the other.
  if (step === undefined || at === undefined) return true;
  if (step.kind === "descendant")
    return (
      (at.kind === "member" && at.name === step.name && touches(rest, below)) || descends(pattern, below)
    );
  return meets(step, at) && touches(rest, below);
}

/** A name at any depth that a path has not come to is not said to be there. */
function descends(pattern: readonly PathStep[], path: readonly PathStep[]): boolean {
  return path.length > 0 && touches(pattern, path);
}

function meets(step: PathStep, at: PathStep): boolean {
  if (step.kind === "element" || at.kind === "element") return step.kind === at.kind;
  if (step.kind === "anyMember" || at.kind === "anyMember") return true;
  return step.kind === "member" && at.kind === "member" && step.name === at.name;
}
