import { FigError } from "../domain/errors.ts";
import { isMarkupPattern, type PathStep, parsePattern } from "../domain/json-path.ts";
import type { ArrayRule } from "../domain/route.ts";
import { type RuleName, type RuleOptions, ruleNames } from "../domain/rule-names.ts";

/** What a route's patterns say about one place of a body, and about the places under it. */
export interface PathRules {
  readonly ignore: boolean;
  readonly redact: boolean;
  readonly array: ArrayRule | undefined;
  readonly tolerance: number | undefined;
  /** There is a tolerance here or below, so values that are the same may have different ids. */
  readonly fuzzy: boolean;
  /** Rules whose pattern ends here, by their place in `ruleNames`, and those of them that ignore. */
  readonly here: readonly number[];
  readonly ignoring: readonly number[];
  /** Undefined: no pattern reaches there. */
  member(name: string): PathRules | undefined;
  readonly element: PathRules | undefined;
}

/** What one rule does at the place where its pattern ends. */
type Effect =
  | { readonly kind: "ignore" | "redact" }
  | { readonly kind: "array"; readonly array: ArrayRule }
  | { readonly kind: "tolerance"; readonly tolerance: number };

/** How far a rule's pattern has been followed. */
interface Point {
  readonly id: number;
  readonly rule: number;
  readonly effect: Effect;
  /** Undefined: the pattern ends here. */
  readonly step: PathStep | undefined;
  /** The point behind the step. */
  readonly next: Point | undefined;
}

/**
 * Places that are kept. Patterns with wildcards can tell very many places apart, if a body is made so; what comes beyond is
 * made anew each time, so that memory stays bounded and time linear.
 */
const MAX_PLACES = 4096;

/** Of the list of what an element holds: the rules of the element, but what was said of it as a whole is not said again. */
class ContentRules implements PathRules {
  readonly ignore = false;
  readonly tolerance = undefined;
  readonly here: readonly number[] = [];
  readonly ignoring: readonly number[] = [];
  private readonly of: PathRules;

  constructor(of: PathRules) {
    this.of = of;
  }

  get redact(): boolean {
    return this.of.redact;
  }

  get array(): ArrayRule | undefined {
    return this.of.array;
  }

  get fuzzy(): boolean {
    return this.of.fuzzy;
  }

  get element(): PathRules {
    return this;
  }

  member(name: string): PathRules | undefined {
    return this.of.member(name);
  }
}

/** What stands for the list of an element's texts and elements. No path shows it. */
export const CONTENT = "node()";

/** Places are sets of points (a subset construction, made as far as bodies need it). */
class Places {
  private readonly made = new Map<string, PlaceRules>();
  readonly markup: boolean;

  constructor(markup: boolean) {
    this.markup = markup;
  }

  of(points: readonly Point[]): PlaceRules | undefined {
    if (points.length === 0) return undefined;
    const unique = [...new Set(points)].sort((a, b) => a.id - b.id);
    const key = unique.map(({ id }) => id).join();
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const place = new PlaceRules(unique, this);
    if (!this.full) this.made.set(key, place);
    return place;
  }

  get full(): boolean {
    return this.made.size >= MAX_PLACES;
  }
}

class PlaceRules implements PathRules {
  readonly ignore: boolean;
  readonly redact: boolean;
  readonly array: ArrayRule | undefined = undefined;
  readonly tolerance: number | undefined = undefined;
  readonly fuzzy: boolean;
  readonly here: readonly number[];
  readonly ignoring: readonly number[];
  private readonly points: readonly Point[];
  private readonly places: Places;
  /** Names that a step says. All other names lead to one place. */
  private readonly names: ReadonlySet<string>;
  private readonly members = new Map<string | undefined, PathRules | undefined>();
  private content: ContentRules | undefined = undefined;
  private elements: { readonly rules: PathRules | undefined } | undefined = undefined;

  constructor(points: readonly Point[], places: Places) {
    this.points = points;
    this.places = places;
    this.names = new Set(
      points.flatMap(({ step }) => (step !== undefined && "name" in step ? step.name : [])),
    );
    this.fuzzy = points.some(({ effect }) => effect.kind === "tolerance");
    const ending = points.filter(({ step }) => step === undefined);
    for (const { effect } of ending) {
      if (effect.kind === "array") this.array = effect.array;
      else if (effect.kind === "tolerance") this.tolerance = effect.tolerance;
    }
    this.here = ending.map(({ rule }) => rule);
    this.ignoring = ending.filter(({ effect }) => effect.kind === "ignore").map(({ rule }) => rule);
    this.ignore = this.ignoring.length > 0;
    this.redact = ending.some(({ effect }) => effect.kind === "redact");
  }

  member(name: string): PathRules | undefined {
    if (this.places.markup && name === CONTENT) {
      this.content ??= new ContentRules(this);
      return this.content;
    }
    const said = this.names.has(name) ? name : undefined;
    const known = this.members.get(said);
    if (known !== undefined || this.members.has(said)) return known;
    const rules = this.places.of(this.points.flatMap((point) => behindMember(point, said)));
    if (!this.places.full) this.members.set(said, rules);
    return rules;
  }

  get element(): PathRules | undefined {
    if (this.elements !== undefined) return this.elements.rules;
    const rules = this.places.of(this.points.flatMap(behindElement));
    if (!this.places.full) this.elements = { rules };
    return rules;
  }
}

/** `name` undefined: one that no step says. */
function behindMember(point: Point, name: string | undefined): readonly Point[] {
  const { step } = point;
  const next = point.next as Point;
  switch (step?.kind) {
    case "member":
      return step.name === name ? [next] : [];
    case "descendant":
      return step.name === name ? [point, next] : [point];
    case "anyMember":
      return [next];
    default:
      return [];
  }
}

function behindElement(point: Point): readonly Point[] {
  if (point.step?.kind === "descendant") return [point];
  return point.step?.kind === "element" ? [point.next as Point] : [];
}

function stepsOf(pattern: string): readonly PathStep[] {
  const steps = parsePattern(pattern);
  if ("problem" in steps) {
    throw new FigError("invalid_path_pattern", steps.problem, { remedy: steps.remedy });
  }
  return steps;
}

function effectOf(options: RuleOptions, { key, path }: RuleName): Effect | undefined {
  if (key === "arrays") return { kind: "array", array: options.arrays[path] as ArrayRule };
  if (key === "tolerance") return { kind: "tolerance", tolerance: options.tolerance[path] as number };
  return key === "text" ? undefined : { kind: key };
}

/**
 * Compiles a route's patterns into one set of rules, which is walked along with the bodies; undefined: there are none.
 * Patterns of JSON, or of markup. Throws FigError `invalid_path_pattern`.
 */
export function compilePathRules(options: RuleOptions, markup = false): PathRules | undefined {
  const starts: Point[] = [];
  let id = 0;
  for (const [rule, name] of ruleNames(options).entries()) {
    const effect = effectOf(options, name);
    if (effect === undefined || isMarkupPattern(name.path) !== markup) continue;
    let point: Point = { id: id++, rule, effect, step: undefined, next: undefined };
    for (const step of stepsOf(name.path).toReversed()) point = { id: id++, rule, effect, step, next: point };
    starts.push(point);
  }
  return new Places(markup).of(starts);
}
