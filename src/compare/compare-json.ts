import { hasNamedElement, tellingNeighbours } from "../domain/credential-neighbours.ts";
import { isCutPath } from "../domain/json-path.ts";
import type { MismatchKind } from "../domain/outcomes.ts";
import type { ArrayRule } from "../domain/route.ts";
import { arrangementOf } from "./arrangement.ts";
import { compareArrays } from "./compare-arrays.ts";
import type { Findings } from "./findings.ts";
import { JsonIdentity } from "./json-identity.ts";
import { elementPlace, memberPlace, type Place, rootPlace } from "./json-place.ts";
import { isArray, isObject, type JsonObject, type JsonValue, RepeatedMember, typeOf } from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";
import { jsonSample, REDACTED_SAMPLE } from "./sample-text.ts";
import { textSamples } from "./text-sample.ts";

type Optional = JsonValue | undefined;

/** Arrays of one answer whose order is found to be no order. */
const MAX_FOUND_ARRAYS = 20;

/** An object with more members is a map: its names are data. So Diffy folds, too. */
const MAX_RECORD_MEMBERS = 50;

/**
 * Whether two objects, taken together, are maps. Names that are numbers, dates or ids begin with digits; names of a record's
 * members do not.
 */
function areMapLike(legacy: JsonObject, modern: JsonObject): boolean {
  let names = 0;
  let digits = 0;
  const count = (name: string) => {
    names++;
    const first = name.charCodeAt(0);
    if (first >= 0x30 && first <= 0x39) digits++;
  };
  for (const name of legacy.keys()) count(name);
  for (const name of modern.keys()) if (!legacy.has(name)) count(name);
  return names > MAX_RECORD_MEMBERS || digits * 2 > names;
}

/** What is known of two values before they are walked. */
export interface Known {
  readonly identity: JsonIdentity;
  /** Containers that are not the same, by legacy's. */
  readonly differing: ReadonlyMap<JsonValue, JsonValue>;
  /** Arrays of legacy whose elements have one partner each, in their order. */
  readonly paired: ReadonlySet<JsonValue>;
}

/** One walk over two bodies. The parser bounds its depth. */
class JsonWalk {
  readonly identity: JsonIdentity;
  private readonly known: Known | undefined;
  private readonly nullsAbsent: boolean;
  private readonly findings: Findings;

  constructor(findings: Findings, nullsAbsent: boolean, known?: Known) {
    this.known = known;
    this.identity = known?.identity ?? new JsonIdentity(nullsAbsent);
    this.nullsAbsent = nullsAbsent;
    this.findings = findings;
  }

  /** Holds two values against each other. Undefined stands for a value that is not there. */
  values(legacy: Optional, modern: Optional, place: Place): void {
    if (!this.sameUnder(legacy, modern, place.rules)) this.differing(legacy, modern, place);
  }

  private sameUnder(legacy: Optional, modern: Optional, rules: PathRules | undefined): boolean {
    if (rules?.ignore) return true;
    if (legacy === modern) return true;
    if (legacy === undefined || modern === undefined) return false;
    if (this.known?.differing.get(legacy) === modern) return false;
    return this.identity.same(legacy, modern, rules);
  }

  /** Of two values that are not the same. */
  differing(legacy: Optional, modern: Optional, place: Place): void {
    if (this.findings.full) return;
    if (legacy === undefined || modern === undefined) {
      this.report(place, legacy === undefined ? "extra" : "missing", legacy, modern);
    } else if (legacy instanceof RepeatedMember || modern instanceof RepeatedMember) {
      this.repeated(legacy, modern, place);
    } else if (isObject(legacy) && isObject(modern)) {
      this.objects(legacy, modern, place);
    } else if (isArray(legacy) && isArray(modern)) {
      const named = hasNamedElement(legacy) || hasNamedElement(modern);
      compareArrays(legacy, modern, named ? { ...place, elementsRedacted: true } : place, this);
    } else {
      this.report(place, typeOf(legacy) === typeOf(modern) ? "value" : "type", legacy, modern);
    }
  }

  elements(legacy: Optional, modern: Optional, arrayPlace: Place): void {
    this.values(legacy, modern, elementPlace(arrayPlace));
  }

  report(place: Place, kind: MismatchKind, legacy: Optional, modern: Optional): void {
    if (this.findings.has(place.path, kind)) return;
    if (place.markup && !place.redacted && typeof legacy === "string" && typeof modern === "string") {
      this.findings.add(place.path, kind, ...textSamples(legacy, modern, place.markup.redacts));
      return;
    }
    const sample = (value: Optional) => {
      if (value === undefined) return undefined;
      return place.redacted ? REDACTED_SAMPLE : jsonSample(value, place.rules);
    };
    this.findings.add(place.path, kind, sample(legacy), sample(modern));
  }

  lengths(place: Place, legacy: number, modern: number): void {
    const sample = (length: number) => (place.redacted ? REDACTED_SAMPLE : String(length));
    this.findings.add(place.path, "length", sample(legacy), sample(modern));
  }

  isPaired(legacy: readonly JsonValue[]): boolean {
    return this.known?.paired.has(legacy) ?? false;
  }

  arrange(legacy: readonly JsonValue[], modern: readonly JsonValue[], place: Place): ArrayRule | undefined {
    const { arrays, seeking } = this.findings;
    if (!seeking || place.redacted || arrays.size >= MAX_FOUND_ARRAYS || isCutPath(place.path))
      return undefined;
    const rule = arrangementOf(legacy, modern, elementPlace(place).rules, this.identity);
    if (rule !== undefined && !arrays.has(place.path)) arrays.set(place.path, rule);
    return rule;
  }

  private objects(legacy: JsonObject, modern: JsonObject, place: Place): void {
    const inMap = areMapLike(legacy, modern);
    const [ofLegacy, ofModern] = [tellingNeighbours(legacy), tellingNeighbours(modern)];
    const placeOf = (name: string) =>
      memberPlace(place, name, inMap, ofLegacy?.(name) || ofModern?.(name) || false);
    const absent = (value: JsonValue) => value === null && this.nullsAbsent;
    // A place costs more than to see that nothing differs there.
    const member = (name: string, value: Optional, other: Optional) => {
      if (value === other) return;
      if (!this.sameUnder(value, other, place.rules?.member(name)))
        this.differing(value, other, placeOf(name));
    };
    for (const [name, value] of legacy) {
      const other = modern.get(name);
      if (other === undefined && absent(value)) continue;
      member(name, value, other);
    }
    for (const [name, value] of modern) {
      if (legacy.has(name) || absent(value)) continue;
      member(name, undefined, value);
    }
  }

  /**
   * Members whose name is repeated equally often are compared one by one. Others differ in `length`, and the last values are
   * compared, since most readers take those.
   */
  private repeated(legacy: JsonValue, modern: JsonValue, place: Place): void {
    const left = legacy instanceof RepeatedMember ? legacy.values : [legacy];
    const right = modern instanceof RepeatedMember ? modern.values : [modern];
    if (left.length === right.length) {
      for (let i = 0; i < left.length; i++) this.values(left[i], right[i], place);
      return;
    }
    this.lengths(place, left.length, right.length);
    this.values(left.at(-1), right.at(-1), place);
  }
}

/** Holds two JSON bodies against each other by structure. Findings come in document order, each object's legacy members first. */
export function compareJson(
  legacy: JsonValue,
  modern: JsonValue,
  rules: PathRules | undefined,
  findings: Findings,
  nulls?: "absent",
  root: Place = rootPlace(rules),
): void {
  new JsonWalk(findings, nulls === "absent").values(legacy, modern, root);
}

/** The same for two that are known not to be the same. */
export function compareDiffering(
  legacy: JsonValue,
  modern: JsonValue,
  rules: PathRules | undefined,
  findings: Findings,
  known: Known,
): void {
  new JsonWalk(findings, known.identity.nullsAbsent, known).differing(legacy, modern, rootPlace(rules));
}
