import type { Cascaded, CascadeWay, Mismatch, MismatchKind } from "../domain/outcomes.ts";

/** Pairs of values that are remembered of one comparison. Past it no value is said to follow from another. */
const MAX_NOTED_VALUES = 2_000;
/** A longer value is not looked into. */
const MAX_VALUE_CHARS = 512;
/** Pairs that are held against each other to find out which values follow from which. */
const MAX_VALUE_CHECKS = 20_000;
/** An equal pair of shorter texts may be chance. */
const MIN_TELLING_CHARS = 4;

type Key = string;
const keyOf = (path: string, kind: MismatchKind): Key => `${kind} ${path}`;

interface Following {
  times: number;
  weight: number;
  readonly by: CascadeWay;
}

/** From so much on, it is no chance that one has what the other lacks. */
export const SURE_WEIGHT = 3;

interface Values {
  /** Undefined: one of them was too long, so that nothing is said of this path. */
  pairs: (readonly [legacy: string, modern: string])[] | undefined;
}

/** What stands around a value inside a text: no letter and no digit. */
const isWordChar = (text: string, at: number) => /[\p{L}\p{N}]/u.test(text.charAt(at));

/** `text` with whole words `from` written as `to`; undefined: it has none. */
function replaced(text: string, from: string, to: string): string | undefined {
  let out = "";
  let done = 0;
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + from.length)) {
    if (isWordChar(text, at - 1) || isWordChar(text, at + from.length)) continue;
    out += text.slice(done, at) + to;
    done = at + from.length;
  }
  return done === 0 ? undefined : out + text.slice(done);
}

type Pair = readonly [legacy: string, modern: string];

/** Whether the second pair differs only because it holds the first. The same both ways round. */
function follows([a, b]: Pair, [legacy, modern]: Pair): boolean {
  if (legacy === a && modern === b) return Math.min(a.length, b.length) >= MIN_TELLING_CHARS;
  if (a === "" || b === "" || legacy.length <= a.length || modern.length <= b.length) return false;
  return replaced(legacy, a, b) === modern && replaced(modern, b, a) === legacy;
}

/** Fewer steps first: an id before those of its parts. */
function depthOf(path: string): number {
  if (path.startsWith("/")) return path.split("/").length;
  return path.startsWith("$") ? path.split(/[.[]/).length : Number.POSITIVE_INFINITY;
}

/** What holds a value is longer than it. */
function charsOf(pairs: readonly Pair[]): number {
  return pairs.reduce((sum, [legacy, modern]) => sum + legacy.length + modern.length, 0) / pairs.length;
}

/**
 * Finds out which differences of one comparison follow from another: a value that other texts hold, a member under another name or one
 * level deeper, elements that only one side has. One follows only if it does so wherever it was found in this comparison.
 */
export class Causes {
  /** How often each difference was found. */
  private readonly found = new Map<Key, number>();
  /** How often one followed from another: follower, cause, times. */
  private readonly followed = new Map<Key, Map<Key, Following>>();
  private readonly values = new Map<string, Values>();
  private readonly under = new Map<Key, Cascaded[]>();
  private noted = 0;

  copy(): Causes {
    const made = new Causes();
    for (const [key, times] of this.found) made.found.set(key, times);
    for (const [path, { pairs }] of this.values) made.values.set(path, { pairs: pairs && [...pairs] });
    made.noted = this.noted;
    return made;
  }

  /** Takes over what another walk of the same comparison found, at other paths. `shown`: how its samples are told. */
  take(more: Causes, shown: (sample: string | undefined) => string | undefined): void {
    for (const [key, times] of more.found) this.found.set(key, (this.found.get(key) ?? 0) + times);
    for (const [path, values] of more.values) this.values.set(path, values);
    for (const [key, causes] of more.followed) this.followed.set(key, causes);
    for (const [key, list] of more.under) {
      const told = list.map((each) => ({ ...each, legacy: shown(each.legacy), modern: shown(each.modern) }));
      this.under.set(key, [...(this.under.get(key) ?? []), ...told]);
    }
    this.noted += more.noted;
  }

  note(path: string, kind: MismatchKind): void {
    const key = keyOf(path, kind);
    this.found.set(key, (this.found.get(key) ?? 0) + 1);
  }

  /** Two texts or numbers that differ, as they are: nothing of them is told. */
  noteValue(path: string, legacy: string, modern: string): void {
    const known = this.values.get(path) ?? { pairs: [] };
    this.values.set(path, known);
    if (Math.max(legacy.length, modern.length) > MAX_VALUE_CHARS || ++this.noted > MAX_NOTED_VALUES)
      known.pairs = undefined;
    known.pairs?.push([legacy, modern]);
  }

  /** A value that differs otherwise than as two texts do. */
  noteOther(path: string): void {
    this.values.set(path, { pairs: undefined });
  }

  /** `follower` was found here, and `cause` explains it. `weight`: how unlikely that is by chance. */
  follow(
    cause: readonly [string, MismatchKind],
    follower: readonly [string, MismatchKind],
    by: CascadeWay,
    weight: number,
  ): void {
    const key = keyOf(...follower);
    const causes = this.followed.get(key) ?? new Map<Key, Following>();
    this.followed.set(key, causes);
    const known = causes.get(keyOf(...cause)) ?? { times: 0, weight: 0, by };
    causes.set(keyOf(...cause), known);
    known.times++;
    known.weight += weight;
  }

  /** What is told under a difference and is none of its own. */
  tell(path: string, kind: MismatchKind, more: Cascaded): void {
    const key = keyOf(path, kind);
    const list = this.under.get(key) ?? [];
    this.under.set(key, list);
    const at = list.findIndex((each) => each.path === more.path && each.kind === more.kind);
    const known = list[at];
    if (known === undefined) list.push(more);
    else list[at] = { ...known, places: known.places + more.places };
  }

  /** What follows goes under its cause. */
  folded(mismatches: readonly Mismatch[]): readonly Mismatch[] {
    const byKey = new Map(mismatches.map((each) => [keyOf(each.path, each.kind), each]));
    const causes = new Map<Key, { readonly cause: Key; readonly by: CascadeWay }>();
    const isCause = new Set<Key>();
    const put = (key: Key, cause: Key, by: CascadeWay) => {
      if (!byKey.has(key) || !byKey.has(cause) || causes.has(key) || causes.has(cause) || isCause.has(key))
        return;
      causes.set(key, { cause, by });
      isCause.add(cause);
    };
    for (const [key, from] of [...this.followed].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const [cause, { times, weight, by }] of [...from].sort(([a], [b]) => (a < b ? -1 : 1)))
        if (times === this.found.get(key) && weight >= SURE_WEIGHT) put(key, cause, by);
    for (const [path, cause] of this.carried()) put(keyOf(path, "value"), keyOf(cause, "value"), "value");
    if (causes.size + this.under.size === 0) return mismatches;
    const below = new Map([...this.under].map(([key, list]) => [key, [...list]]));
    for (const [key, { cause, by }] of causes) {
      const { path, kind, legacy, modern } = byKey.get(key) as Mismatch;
      const list = below.get(cause) ?? [];
      below.set(cause, list);
      list.push({ path, kind, by, places: this.found.get(key) ?? 1, legacy, modern });
    }
    return mismatches.flatMap((each) => {
      const key = keyOf(each.path, each.kind);
      if (causes.has(key)) return [];
      const cascade = below.get(key);
      return cascade === undefined ? each : { ...each, cascade };
    });
  }

  /** Paths whose values differ only because they hold another path's, and that path. */
  private carried(): (readonly [path: string, cause: string])[] {
    if (this.noted > MAX_NOTED_VALUES) return [];
    const paths = [...this.values]
      .flatMap(([path, { pairs }]) =>
        pairs === undefined ? [] : [{ path, pairs, chars: charsOf(pairs), depth: depthOf(path) }],
      )
      .sort((a, b) => a.chars - b.chars || a.depth - b.depth || (a.path < b.path ? -1 : 1));
    const out: (readonly [string, string])[] = [];
    const carried = new Set<string>();
    let checks = 0;
    const explains = (causes: readonly Pair[], pairs: readonly Pair[]) =>
      pairs.every((pair, at) => {
        // Elements mostly come in one order: the cause at the same place is tried first.
        const near = causes[at];
        if (near !== undefined && checks++ < MAX_VALUE_CHECKS && follows(near, pair)) return true;
        return causes.some((cause) => checks++ < MAX_VALUE_CHECKS && follows(cause, pair));
      });
    for (const [at, { path, pairs }] of paths.entries()) {
      for (const cause of paths.slice(0, at)) {
        if (carried.has(cause.path) || !explains(cause.pairs, pairs)) continue;
        carried.add(path);
        out.push([path, cause.path]);
        break;
      }
    }
    return out;
  }
}
