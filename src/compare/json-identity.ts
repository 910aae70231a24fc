import { normalNumber, withinTolerance } from "./json-number.ts";
import { isArray, isObject, JsonNumber, type JsonValue, RepeatedMember } from "./json-value.ts";
import { matchUnordered, type Sameness } from "./match-unordered.ts";
import type { PathRules } from "./path-rules.ts";

type Composite = Exclude<JsonValue, null | boolean | string | JsonNumber>;

const IGNORED = 0;
const NULL = 1;
const TRUE = 2;
const FALSE = 3;

/** A rule that controls found hides no order: it is told beside what differs. */
function isInOrder(rules: PathRules | undefined): boolean {
  return rules?.array === undefined || rules.array.found === true;
}

interface Ids {
  readonly numbers: Map<string, number>;
  readonly strings: Map<string, number>;
  readonly composites: Map<string, number>;
  /** A value stands in one place, under one set of rules: it needs no second key. */
  readonly known: Map<Composite, number>;
}

/**
 * Decides whether two values are the same under the rules of their place. Every value gets a number by hash-consing: two
 * values have the same number exactly if they are the same with ignored places left out and unordered arrays sorted. So each
 * value is looked at once, however often it is held against others. Only where a tolerance stands below are values walked.
 */
export class JsonIdentity implements Sameness {
  /** Undefined: nothing was numbered yet. Most answers differ in a few scalars, which need no numbers. */
  private ids: Ids | undefined = undefined;
  private last = FALSE;
  /** A member that is null is one that is not there. */
  readonly nullsAbsent: boolean;

  constructor(nullsAbsent = false) {
    this.nullsAbsent = nullsAbsent;
  }

  same(a: JsonValue, b: JsonValue, rules: PathRules | undefined): boolean {
    if (a === b || rules?.ignore) return true;
    // Words and strings are the same only as such.
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (a instanceof JsonNumber && b instanceof JsonNumber) {
      return rules?.tolerance === undefined
        ? normalNumber(a.source) === normalNumber(b.source)
        : withinTolerance(a.source, b.source, rules.tolerance);
    }
    if (!rules?.fuzzy) return this.id(a, rules) === this.id(b, rules);
    if (a instanceof RepeatedMember && b instanceof RepeatedMember) {
      return this.sameInOrder(a.values, b.values, rules);
    }
    if (isArray(a) && isArray(b)) return this.sameArray(a, b, rules);
    if (isObject(a) && isObject(b)) return this.sameObject(a, b, rules);
    return this.id(a, rules) === this.id(b, rules);
  }

  id(value: JsonValue, rules: PathRules | undefined): number {
    if (rules?.ignore) return IGNORED;
    if (value === null) return NULL;
    if (typeof value === "boolean") return value ? TRUE : FALSE;
    this.ids ??= { numbers: new Map(), strings: new Map(), composites: new Map(), known: new Map() };
    const { numbers, strings, composites, known } = this.ids;
    if (typeof value === "string") return this.numbered(strings, value);
    if (value instanceof JsonNumber) return this.numbered(numbers, normalNumber(value.source));
    let id = known.get(value);
    if (id === undefined) {
      id = this.numbered(composites, this.shape(value, rules, strings));
      known.set(value, id);
    }
    return id;
  }

  private numbered(kind: Map<string, number>, key: string): number {
    let id = kind.get(key);
    if (id === undefined) {
      id = ++this.last;
      kind.set(key, id);
    }
    return id;
  }

  private shape(value: Composite, rules: PathRules | undefined, names: Map<string, number>): string {
    if (value instanceof RepeatedMember) {
      return `r${value.values.map((each) => this.id(each, rules)).join()}`;
    }
    if (isArray(value)) {
      const ids = value.map((element) => this.id(element, rules?.element));
      if (isInOrder(rules)) return `a${ids.join()}`;
      return `u${ids.sort((a, b) => a - b).join()}`;
    }
    const members: [name: number, value: number][] = [];
    for (const [name, member] of value) {
      const under = rules?.member(name);
      if (under?.ignore || this.isAbsent(member)) continue;
      members.push([this.numbered(names, name), this.id(member, under)]);
    }
    return `o${members.sort((a, b) => a[0] - b[0]).join()}`;
  }

  private sameInOrder(
    a: readonly JsonValue[],
    b: readonly JsonValue[],
    rules: PathRules | undefined,
  ): boolean {
    return a.length === b.length && a.every((value, i) => this.same(value, b[i] as JsonValue, rules));
  }

  private sameArray(a: readonly JsonValue[], b: readonly JsonValue[], rules: PathRules): boolean {
    if (isInOrder(rules)) return this.sameInOrder(a, b, rules.element);
    if (a.length !== b.length) return false;
    return matchUnordered(a, b, rules.element, this).legacy.length === 0;
  }

  private sameObject(
    a: ReadonlyMap<string, JsonValue>,
    b: ReadonlyMap<string, JsonValue>,
    rules: PathRules,
  ): boolean {
    for (const [name, value] of a) {
      const under = rules.member(name);
      if (under?.ignore) continue;
      const other = b.get(name);
      if (other === undefined && this.isAbsent(value)) continue;
      if (other === undefined || !this.same(value, other, under)) return false;
    }
    for (const [name, value] of b) {
      if (!a.has(name) && !rules.member(name)?.ignore && !this.isAbsent(value)) return false;
    }
    return true;
  }

  private isAbsent(member: JsonValue): boolean {
    return member === null && this.nullsAbsent;
  }
}
