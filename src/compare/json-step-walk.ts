import { mayBeShifted } from "./alignment.ts";
import type { Known } from "./compare-json.ts";
import { BYTES, JsonCursor, QUOTE, type StepCounts } from "./json-cursor.ts";
import { JsonIdentity } from "./json-identity.ts";
import { mayBeMoved, SAME } from "./json-moved.ts";
import { MAX_JSON_DEPTH, parseJson } from "./json-parse.ts";
import { OutOfStep, type Shape, type Shapes } from "./json-shapes.ts";
import type { Starts } from "./json-starts.ts";
import { isArray, isObject, type JsonValue } from "./json-value.ts";
import { MAX_FIRST_FIT_PAIRS, MAX_PERFECT_PAIRS } from "./match-unordered.ts";
import type { PathRules } from "./path-rules.ts";
import { RuleCounts } from "./rule-use.ts";

const { OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT } = BYTES;

type Rules = PathRules | undefined;

/** How two values stand under the rules of their place: scalars of the same bytes, equal in all, equal only by a tolerance, or not equal. */
const SAME_BYTES = 0;
const EXACT = 1;
const NEAR = 2;
const DIFFERENT = 3;
type Standing = typeof SAME_BYTES | typeof EXACT | typeof NEAR | typeof DIFFERENT;

interface Difference {
  readonly index: number;
  readonly left: JsonValue;
  readonly right: JsonValue;
}

export interface Pair {
  readonly left: JsonValue;
  readonly right: JsonValue;
}

/** One walk over the bytes of two bodies at once. Values are made only where the two differ. */
export class StepWalk implements Known {
  private readonly x: JsonCursor;
  private readonly y: JsonCursor;
  private readonly shapes: Shapes;
  readonly identity: JsonIdentity;
  private readonly starts: Starts;
  readonly differing = new Map<JsonValue, JsonValue>();
  readonly paired = new Set<JsonValue>();
  readonly counts: StepCounts = { rules: new RuleCounts(), single: 0 };
  /** What was found DIFFERENT last. */
  private found: Pair = { left: null, right: null };
  /** Of the objects that were read last: the names that both begin with, and where those members stand. */
  private lastShape: Shape | undefined = undefined;
  private lastBase = 0;
  /** Bytes of containers that may still be parsed. What is parsed again on each level costs more than reading all once. */
  private parsable: number;

  constructor(legacy: Uint8Array, modern: Uint8Array, shapes: Shapes, starts: Starts, nullsAbsent: boolean) {
    this.shapes = shapes;
    this.starts = starts;
    this.identity = new JsonIdentity(nullsAbsent);
    this.x = new JsonCursor(legacy, shapes, this.counts);
    this.y = new JsonCursor(modern, shapes, this.counts);
    this.parsable = legacy.length + modern.length;
  }

  /** What is left to compare; undefined: the two are the same. Throws OutOfStep. */
  document(rules: Rules): Pair | undefined {
    const { x, y } = this;
    x.space();
    y.space();
    const standing = this.values(rules, 0);
    for (const cursor of [x, y]) {
      cursor.space();
      if (cursor.at !== cursor.bytes.length) throw new OutOfStep("more than one value");
    }
    return standing === DIFFERENT ? this.found : undefined;
  }

  private values(rules: Rules, depth: number): Standing {
    const { x, y, counts } = this;
    this.lastShape = undefined;
    if (rules?.ignore) {
      x.skip(rules, depth);
      y.skip(rules, depth);
      return EXACT;
    }
    if (depth > MAX_JSON_DEPTH) throw new OutOfStep("too deep");
    const before = counts.single;
    const standing = this.below(rules, depth);
    if (rules !== undefined && rules.here.length > 0) counts.rules.note(rules, counts.single - before);
    return standing;
  }

  private below(rules: Rules, depth: number): Standing {
    const { x, y } = this;
    const byte = x.bytes[x.at];
    const other = y.bytes[y.at];
    if (byte === OPEN_OBJECT && other === OPEN_OBJECT) return this.objects(rules, depth);
    if (byte === OPEN_ARRAY && other === OPEN_ARRAY) return this.arrays(rules, depth);
    const left = x.at;
    const right = y.at;
    if (byte === QUOTE && other === QUOTE) return this.strings(left, right, rules);
    if (x.isContainer(left) || y.isContainer(right)) {
      this.pass(x, rules, depth);
      this.pass(y, rules, depth);
    } else {
      this.single();
      if (byte === QUOTE) x.string();
      else {
        x.scalar();
        if (y.takesScalar(x, left)) return SAME_BYTES;
      }
      if (other === QUOTE) y.string();
      else y.scalar();
    }
    return this.parsed(left, right, rules);
  }

  private strings(left: number, right: number, rules: Rules): Standing {
    const { x, y } = this;
    this.single();
    x.plainStart(y);
    if (x.bytes[x.at] === QUOTE && y.bytes[y.at] === QUOTE) {
      x.at++;
      y.at++;
      return SAME_BYTES;
    }
    x.at = left;
    y.at = right;
    x.string();
    y.string();
    return this.parsed(left, right, rules);
  }

  /** Counts a scalar on each side. */
  private single(): void {
    this.x.count(1);
    this.y.count(1);
    this.counts.single += 2;
  }

  /** `skip`, but for the rules of the place itself: these count both sides together. */
  private pass(cursor: JsonCursor, rules: Rules, depth: number): void {
    cursor.count(1);
    const byte = cursor.bytes[cursor.at];
    if (byte === OPEN_OBJECT) {
      if (cursor.opens(CLOSE_OBJECT)) cursor.members(this.shapes.root(rules), depth);
    } else if (byte === OPEN_ARRAY) {
      if (cursor.opens(CLOSE_ARRAY)) cursor.elements(rules?.element, depth);
    } else {
      this.counts.single++;
      if (byte === QUOTE) cursor.string();
      else cursor.scalar();
    }
  }

  /** Parses what was passed over. */
  private parsed(left: number, right: number, rules: Rules): Standing {
    const { x, y } = this;
    if (x.isContainer(left) || y.isContainer(right)) {
      this.parsable -= x.at - left + (y.at - right);
      if (this.parsable < 0) throw new OutOfStep("too much to parse");
    }
    return this.held(x.valueOf(left, x.at), y.valueOf(right, y.at), rules);
  }

  private held(left: JsonValue, right: JsonValue, rules: Rules): Standing {
    if (this.identity.same(left, right, rules)) {
      const exact = !rules?.fuzzy || this.identity.id(left, rules) === this.identity.id(right, rules);
      return exact ? EXACT : NEAR;
    }
    return this.different(left, right);
  }

  private different(left: JsonValue, right: JsonValue): typeof DIFFERENT {
    this.found = { left, right };
    if (isArray(left) || isObject(left)) this.differing.set(left, right);
    return DIFFERENT;
  }

  private differenceAt(index: number): Difference {
    return { index, left: this.found.left, right: this.found.right };
  }

  private objects(rules: Rules, depth: number): Standing {
    const { x, y, starts } = this;
    x.count(1);
    y.count(1);
    const base = starts.top;
    let shape = this.shapes.root(rules);
    let near = false;
    let differences: Difference[] | undefined;
    let xMore = x.opens(CLOSE_OBJECT);
    let yMore = y.opens(CLOSE_OBJECT);
    while (xMore && yMore) {
      const at = x.at;
      const next = x.name(shape);
      if (!y.takes(next.written)) {
        x.at = at;
        x.count(-1);
        break;
      }
      shape = next;
      starts.push(x.at, y.at);
      const standing = this.values(shape.rules, depth + 1);
      if (standing === SAME_BYTES) starts.markSame(base, shape.members - 1);
      else if (standing === NEAR) near = true;
      else if (standing === DIFFERENT) {
        differences ??= [];
        differences.push(this.differenceAt(shape.members - 1));
      }
      xMore = x.more(CLOSE_OBJECT);
      yMore = y.more(CLOSE_OBJECT);
      if (!xMore) x.at++;
      if (!yMore) y.at++;
    }
    const rest = xMore || yMore ? this.rest(shape, depth, xMore, yMore) : undefined;
    let standing: Standing = near ? NEAR : EXACT;
    if (differences !== undefined || rest !== undefined) {
      const [left, right] = this.skeletons(shape, base, differences ?? [], rest);
      // With names in another order the two may still be the same.
      standing = differences === undefined ? this.held(left, right, rules) : this.different(left, right);
      if (standing === EXACT && near) standing = NEAR;
    }
    this.lastShape = shape;
    this.lastBase = base;
    starts.top = base;
    return standing;
  }

  /** The members of each side from where the names differ. */
  private rest(shape: Shape, depth: number, xMore: boolean, yMore: boolean): Pair {
    const { x, y } = this;
    const read = (cursor: JsonCursor, more: boolean): JsonValue => {
      if (!more) return new Map();
      const start = cursor.at;
      cursor.members(shape, depth);
      this.parsable -= cursor.at - start;
      if (this.parsable < 0) throw new OutOfStep("too much to parse");
      const parsed = parseJson(`{${cursor.bytes.toString("utf8", start, cursor.at)}`);
      if (!parsed.ok) throw new OutOfStep(parsed.why);
      return parsed.value;
    };
    return { left: read(x, xMore), right: read(y, yMore) };
  }

  /**
   * The two objects, with one value in place of all that is the same, but for scalars that say which of their neighbours are
   * credentials.
   */
  private skeletons(
    shape: Shape,
    base: number,
    differences: readonly Difference[],
    rest: Pair | undefined,
  ): readonly [Map<string, JsonValue>, Map<string, JsonValue>] {
    const shapes: Shape[] = new Array(shape.members);
    for (let each = shape; each.before !== undefined; each = each.before) shapes[each.members - 1] = each;
    const values = this.children(shapes.length, base, differences, shapes);
    const sides = [new Map<string, JsonValue>(), new Map<string, JsonValue>()] as const;
    for (let index = 0; index < shapes.length; index++) {
      const { name } = shapes[index] as Shape;
      sides[0].set(name, values[0][index] as JsonValue);
      sides[1].set(name, values[1][index] as JsonValue);
    }
    for (const [side, more] of [rest?.left, rest?.right].entries())
      if (isObject(more)) for (const [name, value] of more) sides[side]?.set(name, value);
    return sides;
  }

  /** `shapes`: of members; elements that are strings may each say what the next one is. */
  private children(
    count: number,
    base: number,
    differences: readonly Difference[],
    shapes?: readonly Shape[],
  ): readonly [JsonValue[], JsonValue[]] {
    const { x, y, starts } = this;
    const [left, right]: [JsonValue[], JsonValue[]] = [new Array(count), new Array(count)];
    let next = 0;
    for (let index = 0; index < count; index++) {
      const difference = differences[next];
      if (difference?.index === index) {
        next++;
        left[index] = difference.left;
        right[index] = difference.right;
        continue;
      }
      const [a, b] = [starts.left(base, index), starts.right(base, index)];
      const shape = shapes?.[index];
      const isSame = starts.isSame(base, index);
      if (isSame || shape?.rules?.ignore) {
        const tells = shape === undefined ? x.bytes[a] === QUOTE : shape.tells;
        if (!tells) left[index] = right[index] = SAME;
        else if (isSame) left[index] = right[index] = x.scalarAt(a);
        if (!tells || isSame) continue;
      }
      // Of what is ignored one side may be a container and the other a scalar.
      left[index] = x.isContainer(a) ? SAME : x.scalarAt(a);
      right[index] = y.isContainer(b) ? SAME : y.scalarAt(b);
    }
    return [left, right];
  }

  private arrays(rules: Rules, depth: number): Standing {
    const { x, y, starts } = this;
    const [left, right] = [x.at, y.at];
    x.count(1);
    y.count(1);
    const base = starts.top;
    const under = rules?.element;
    const key = rules?.array?.mode === "key" ? rules.array.key : undefined;
    let keys = key === undefined ? undefined : new Set<string | number>();
    let count = 0;
    let near = 0;
    const differences: Difference[] = [];
    let xMore = x.opens(CLOSE_ARRAY);
    let yMore = y.opens(CLOSE_ARRAY);
    while (xMore && yMore) {
      starts.push(x.at, y.at);
      const standing = this.values(under, depth + 1);
      if (standing === SAME_BYTES) starts.markSame(base, count);
      else if (standing === NEAR) near++;
      else if (standing === DIFFERENT) differences.push(this.differenceAt(count));
      if (keys !== undefined && !this.isNewKey(key as string, keys)) keys = undefined;
      count++;
      xMore = x.more(CLOSE_ARRAY);
      yMore = y.more(CLOSE_ARRAY);
      if (!xMore) x.at++;
      if (!yMore) y.at++;
    }
    this.lastShape = undefined;
    const uneven = xMore || yMore;
    if (xMore) x.elements(under, depth);
    if (yMore) y.elements(under, depth);
    const paired = { keyed: keys !== undefined, count, near, differences, base };
    const standing = (uneven ? undefined : this.inPairs(rules, paired)) ?? this.parsed(left, right, rules);
    starts.top = base;
    return standing;
  }

  /** Undefined: what each two elements of one place say does not say how the arrays stand. */
  private inPairs(
    rules: Rules,
    paired: {
      readonly keyed: boolean;
      readonly count: number;
      readonly near: number;
      readonly differences: readonly Difference[];
      readonly base: number;
    },
  ): Standing | undefined {
    const { keyed, count, near, differences, base } = paired;
    if (rules?.array !== undefined) {
      // Nearness is not transitive: where no perfect matching is looked for, elements could take each other's partners.
      if (near > 0 && count * count > MAX_PERFECT_PAIRS && !(keyed && near * near <= MAX_FIRST_FIT_PAIRS))
        return undefined;
      if (differences.length === 0) return near > 0 ? NEAR : EXACT;
      if (!keyed) return undefined;
      // Every element has one partner, and no other can be it.
      const left = differences.map((each) => each.left);
      this.paired.add(left);
      return this.different(
        left,
        differences.map((each) => each.right),
      );
    }
    if (differences.length === 0) return near > 0 ? NEAR : EXACT;
    // What is the same at one index says nothing of lists that are moved or shifted.
    if (rules?.element?.fuzzy || mayBeShifted(differences)) return undefined;
    if (mayBeMoved(differences, rules?.element, this.identity)) return undefined;
    return this.different(...this.children(count, base, differences));
  }

  /** Whether both elements that were read last have one key, that no element before had. */
  private isNewKey(key: string, keys: Set<string | number>): boolean {
    let shape = this.lastShape;
    while (shape !== undefined && shape.name !== key) shape = shape.before;
    if (shape?.before === undefined || shape.rules?.ignore || shape.rules?.fuzzy) return false;
    const { x, y, starts, lastBase } = this;
    const left = x.keyAt(starts.left(lastBase, shape.members - 1));
    if (left === undefined || left !== y.keyAt(starts.right(lastBase, shape.members - 1))) return false;
    const before = keys.size;
    keys.add(left);
    return keys.size > before;
  }
}
