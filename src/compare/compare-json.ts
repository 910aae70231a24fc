import { hasNamedElement, tellingNeighbours } from "../domain/credential-neighbours.ts";
import { isCutPath } from "../domain/json-path.ts";
import type { MismatchKind } from "../domain/outcomes.ts";
import type { ArrayRule } from "../domain/route.ts";
import { EMPTY_TEXT, HIDDEN_TEXT } from "../domain/value-format.ts";
import { arrangementOf } from "./arrangement.ts";
import { SURE_WEIGHT } from "./causes.ts";
import { compareArrays, type Indexed } from "./compare-arrays.ts";
import type { Findings } from "./findings.ts";
import { JsonIdentity } from "./json-identity.ts";
import { elementPlace, memberPlace, type Place, rootPlace } from "./json-place.ts";
import {
  isArray,
  isObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  RepeatedMember,
  typeOf,
} from "./json-value.ts";
import type { PathRules } from "./path-rules.ts";
import { jsonSample, REDACTED_SAMPLE, sampleOf } from "./sample-text.ts";
import { textSamples } from "./text-sample.ts";

type Optional = JsonValue | undefined;
type Member = readonly [name: string, value: JsonValue];

/** Arrays of one answer whose order is found to be no order. */
const MAX_FOUND_ARRAYS = 20;

/** Of a value that is not shown. Legacy may never repeat it; that it is there, and a text, is said all the same. */
function hiddenForm(value: Optional): string {
  if (value === undefined) return "none";
  if (typeof value === "string") return value === "" ? EMPTY_TEXT : HIDDEN_TEXT;
  return typeOf(value);
}

/** Elements that a sample names. */
const MAX_NAMED_ELEMENTS = 10;

/** Members of one object that are looked at for another name or level. */
const MAX_MOVED_MEMBERS = 16;
/** What a name says that is the same one level deeper. */
const NAME_WEIGHT = 2;

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

/** How unlikely it is that two members have this value by chance. */
function weightOf(value: JsonValue): number {
  if (value === null || typeof value === "boolean" || value instanceof RepeatedMember) return 0;
  if (isArray(value)) return value.length > 0 ? SURE_WEIGHT : 0;
  if (isObject(value)) return value.size > 0 ? SURE_WEIGHT : 0;
  const text = typeof value === "string" ? value : value.source;
  return Math.min(SURE_WEIGHT, text.length);
}

/** A text or number; undefined: another value, or none. */
function scalarText(value: Optional): string | undefined {
  if (value instanceof JsonNumber) return value.source;
  return typeof value === "string" ? value : undefined;
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
    this.noteCause(place.path, kind, legacy, modern);
    if (this.findings.has(place.path, kind)) return;
    if (place.markup && !place.redacted && typeof legacy === "string" && typeof modern === "string") {
      this.findings.add(place.path, kind, ...textSamples(legacy, modern, place.markup.redacts));
      return;
    }
    const sample = (value: Optional) => {
      if (value === undefined) return undefined;
      return place.redacted ? REDACTED_SAMPLE : jsonSample(value, place.rules);
    };
    const forms = place.redacted ? ([hiddenForm(legacy), hiddenForm(modern)] as const) : undefined;
    this.findings.add(place.path, kind, sample(legacy), sample(modern), forms);
  }

  private noteCause(path: string, kind: MismatchKind, legacy: Optional, modern: Optional): void {
    const { causes } = this.findings;
    causes.note(path, kind);
    if (kind !== "value") return;
    const [one, other] = [scalarText(legacy), scalarText(modern)];
    if (one === undefined || other === undefined) causes.noteOther(path);
    else causes.noteValue(path, one, other);
  }

  only(place: Place, kind: "length" | "value", legacy: Indexed, modern: Indexed): void {
    // Of what is redacted, not even a number is told.
    if (place.redacted) return;
    const element = elementPlace(place);
    const sample = (elements: Indexed) => {
      if (elements.length === 0) return undefined;
      if (element.redacted || place.markup) return REDACTED_SAMPLE;
      const named = elements
        .slice(0, MAX_NAMED_ELEMENTS)
        .map(([index, value]) => `"[${index}]":${jsonSample(value, element.rules)}`);
      return sampleOf(`{${named.join()}}`);
    };
    const tell = (of: "missing" | "extra", elements: Indexed) => {
      if (elements.length === 0) return;
      const shown = sample(elements);
      const [left, right] = of === "missing" ? [shown, undefined] : [undefined, shown];
      for (const [path, places] of this.placesOf(element, elements))
        this.findings.causes.tell(place.path, kind, {
          ...{ path, kind: of, by: "element", places, legacy: left, modern: right },
        });
    };
    tell("missing", legacy);
    tell("extra", modern);
  }

  /** Where elements stand, and how many of them: of markup each by its name. */
  private placesOf(element: Place, elements: Indexed): ReadonlyMap<string, number> {
    const places = new Map<string, number>();
    for (const [, value] of elements) {
      const [name] = element.markup && isObject(value) ? value.keys() : [];
      const { path } = name === undefined ? element : memberPlace(element, name, false);
      places.set(path, (places.get(path) ?? 0) + 1);
    }
    return places;
  }

  lengths(place: Place, legacy: number, modern: number): void {
    this.findings.causes.note(place.path, "length");
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
    const [missing, extra]: [Member[], Member[]] = [[], []];
    for (const [name, value] of legacy) {
      const other = modern.get(name);
      if (other === undefined && absent(value)) continue;
      if (other === undefined) missing.push([name, value]);
      member(name, value, other);
    }
    for (const [name, value] of modern) {
      if (legacy.has(name) || absent(value)) continue;
      extra.push([name, value]);
      member(name, undefined, value);
    }
    // Names of a map are data: another one is another thing.
    const named = !inMap && !place.redacted;
    if (named && missing.length > 0 && extra.length > 0) this.moved(missing, extra, place, placeOf);
  }

  /** Members that only one side has, and that the other has under another name or one level deeper. */
  private moved(
    missing: readonly Member[],
    extra: readonly Member[],
    { rules }: Place,
    placeOf: (name: string) => Place,
  ): void {
    if (Math.max(missing.length, extra.length) > MAX_MOVED_MEMBERS) return;
    const { causes } = this.findings;
    const idOf = ([name, value]: Member) => this.identity.id(value, rules?.member(name));
    const pathOf = ([name]: Member) => placeOf(name).path;
    for (const gone of missing)
      for (const come of extra)
        if (idOf(gone) === idOf(come)) {
          const weight = weightOf(gone[1]);
          causes.follow([pathOf(gone), "missing"], [pathOf(come), "extra"], "rename", weight);
        }
    const wrapped = (around: Member, kind: MismatchKind, members: readonly Member[], of: MismatchKind) => {
      const [name, outer] = around;
      if (!isObject(outer)) return;
      const inner = rules?.member(name);
      for (const each of members) {
        const inside = outer.get(each[0]);
        if (inside === undefined || this.identity.id(inside, inner?.member(each[0])) !== idOf(each)) continue;
        const weight = weightOf(inside) + NAME_WEIGHT;
        causes.follow([pathOf(around), kind], [pathOf(each), of], "wrap", weight);
      }
    };
    for (const around of extra) wrapped(around, "extra", missing, "missing");
    for (const around of missing) wrapped(around, "missing", extra, "extra");
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
