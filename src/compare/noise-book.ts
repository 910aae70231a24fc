import { LRUCache } from "lru-cache";
import { addedPairs, fitsPath, isNoise, NO_PAIRS } from "../domain/noise.ts";
import type { ControlPairs, Mismatch, NoteRow } from "../domain/outcomes.ts";
import { ownText } from "../domain/own-text.ts";
import type { CompareOptions } from "../domain/route.ts";
import type { WindowKey } from "../domain/tally.ts";
import { windowName } from "../domain/tally-book.ts";
import { areNow, formatsOf } from "../domain/value-format.ts";
import type { ControlFinding, Noise, NoisyRoute, Verdict } from "./contract.ts";

/** Paths known of one window; the one seen least recently makes room. */
const MAX_PATHS = 300;
/** Windows known at once; the one seen least recently begins anew. */
const MAX_WINDOWS = 1_000;
/** Paths in all windows together. */
const MAX_ALL_PATHS = 20_000;

interface Path {
  pairs: ControlPairs;
  /** Differences in comparisons without a control, and legacy's own in those with one that came among them. */
  differing: number;
  besides: number;
  /** Of those that modern alone has: its value could not be one of legacy's. Each is shown; it says nothing of values that could. */
  unfit: number;
  firstSeen: number;
  lastSeen: number;
}

class NoisyWindow {
  readonly paths = new LRUCache<string, Path>({ maxSize: MAX_PATHS, sizeCalculation: () => 1 });
  controls = 0;
  unusable = 0;
  without = 0;
  /** Controls since the first comparison without one: the first of a window all have one. */
  besides = 0;
  firstSeen = 0;
  lastSeen = 0;
  /** Rules that were found, and the options that have them. */
  private options: { readonly given: CompareOptions; readonly found: CompareOptions } | undefined = undefined;

  optionsOf(given: CompareOptions): CompareOptions {
    if (this.options?.given !== given) this.options = { given, found: this.withArrays(given) };
    return this.options.found;
  }

  learn(
    { own, modern, legacy, arrays }: ControlFinding,
    { clocks, unfit }: { readonly clocks: ReadonlySet<string>; readonly unfit: ReadonlySet<string> },
    at: number,
  ): void {
    const add = (path: string, more: Partial<ControlPairs>) => {
      const known = this.paths.get(path);
      const pairs = addedPairs(known?.pairs ?? NO_PAIRS, { ...NO_PAIRS, ...more });
      const { differing = 0, firstSeen = at } = known ?? {};
      const besides = (known?.besides ?? 0) + (this.without > 0 ? (more.own ?? 0) : 0);
      this.paths.set(known === undefined ? ownText(path) : path, {
        pairs,
        differing,
        besides,
        unfit: (known?.unfit ?? 0) + (more.modern && unfit.has(path) ? 1 : 0),
        firstSeen,
        lastSeen: at,
      });
    };
    for (const [path, legacy, modern, forms] of own)
      add(path, { own: 1, formats: formatsOf({ legacy, modern, forms }) });
    // Who is asked later, or takes longer, says another time: that tells nothing about the sides.
    for (const path of modern) add(path, clocks.has(path) ? {} : { modern: 1 });
    for (const path of legacy) add(path, clocks.has(path) ? {} : { legacy: 1 });
    for (const [path, array] of arrays) add(path, { array });
    if (arrays.length > 0) this.options = undefined;
  }

  /** Of a comparison without a control, if the path is known at all. */
  differs(path: string): void {
    const known = this.paths.get(path);
    if (known !== undefined) known.differing++;
  }

  /** Whether a difference is legacy's noise: the time itself, by the request's own control, or by what earlier ones said. */
  hides(mismatch: Mismatch, own: ReadonlySet<string>, at: number): boolean {
    const { path, kind, modern, legacy } = mismatch;
    // A side that fails is never noise.
    if (kind === "error") return false;
    const clock = areNow(legacy, modern, at);
    const known = this.paths.get(path) ?? (clock ? this.opened(path, at) : undefined);
    if (known === undefined) return false;
    const { pairs, differing, besides, unfit } = known;
    const { without, besides: controls } = this;
    const fitting = { ...pairs, modern: pairs.modern - unfit };
    if (!clock && !own.has(path) && !isNoise(fitting, { differing, without, own: besides, controls }))
      return false;
    if (!this.fits(mismatch)) return false;
    known.pairs = { ...pairs, hidden: pairs.hidden + 1 };
    return true;
  }

  /** Whether modern's value could be one of legacy's, by its type and format. */
  fits(mismatch: Mismatch): boolean {
    const [ofLegacy, ofModern] = formatsOf(mismatch);
    const { formats } = this.paths.get(mismatch.path)?.pairs ?? NO_PAIRS;
    return fitsPath({ formats: [...formats, ofLegacy] }, ofModern);
  }

  private opened(path: string, at: number): Path {
    const made: Path = { pairs: NO_PAIRS, differing: 0, besides: 0, unfit: 0, firstSeen: at, lastSeen: at };
    this.paths.set(ownText(path), made);
    return made;
  }

  rows(): NoteRow[] {
    const iso = (ms: number) => new Date(ms).toISOString();
    const seen = { firstSeen: iso(this.firstSeen), lastSeen: iso(this.lastSeen), samples: [] };
    const counts = [
      ["compared", this.controls],
      ["unusable", this.unusable],
    ] as const;
    const rows: NoteRow[] = counts
      .filter(([, count]) => count > 0)
      .map(([path, count]) => ({ path, kind: "controls", count, ...seen }));
    for (const [path, { pairs, firstSeen, lastSeen }] of this.paths.entries()) {
      const count = pairs.own + pairs.modern + pairs.legacy + pairs.hidden;
      const times = { firstSeen: iso(firstSeen), lastSeen: iso(lastSeen), samples: [] };
      rows.push({ path, kind: "control_path", count, ...times, pairs });
    }
    return rows;
  }

  private withArrays(given: CompareOptions): CompareOptions {
    const found = [...this.paths.entries()].flatMap(([path, { pairs }]) =>
      pairs.array === undefined ? [] : [[path, pairs.array] as const],
    );
    return found.length === 0
      ? given
      : { ...given, arrays: { ...Object.fromEntries(found), ...given.arrays } };
  }
}

/** What controls said, by evidence window; a window that is over is forgotten. */
export interface NoiseBook extends Noise {
  /** As they are stored; empty for a window without controls. */
  rows(window: WindowKey): readonly NoteRow[];
  drop(window: WindowKey): void;
  /** Paths known, in all windows. */
  readonly paths: number;
}

export function createNoiseBook({ now }: { readonly now: () => number }): NoiseBook {
  let paths = 0;
  const windows = new LRUCache<string, NoisyWindow>({
    maxSize: MAX_WINDOWS,
    sizeCalculation: () => 1,
    dispose: (window) => {
      paths -= window.paths.size;
    },
  });
  const opened = (key: WindowKey): NoisyWindow => {
    const name = windowName(key);
    const known = windows.get(name);
    if (known !== undefined) return known;
    const window = new NoisyWindow();
    window.firstSeen = now();
    windows.set(name, window);
    return window;
  };
  const shrink = () => {
    // The window seen last is the one that is being filled: it stays.
    while (paths > MAX_ALL_PATHS && windows.size > 1) windows.pop();
  };
  return {
    optionsOf: ({ definition, tally }: NoisyRoute) => {
      const given = definition.compare;
      return given.control === undefined ? given : opened(tally.key).optionsOf(given);
    },
    judged({ tally }, verdict, controlled) {
      if (verdict.outcome === "inconclusive") return verdict;
      const window = opened(tally.key);
      const at = now();
      window.lastSeen = at;
      const { control, mismatches } = verdict;
      const own = new Set(control?.own.map(([path]) => path));
      const clocks = new Set([
        ...mismatches.filter(({ legacy, modern }) => areNow(legacy, modern, at)).map(({ path }) => path),
        ...(control?.own ?? [])
          .filter(([, first, second]) => areNow(first, second, at))
          .map(([path]) => path),
      ]);
      const before = window.paths.size;
      if (!controlled) {
        window.without++;
        for (const each of mismatches)
          if (!clocks.has(each.path) && window.fits(each)) window.differs(each.path);
      } else if (control?.usable === false) {
        window.unusable++;
      } else {
        window.controls++;
        if (window.without > 0) window.besides++;
        const unfit = new Set(mismatches.filter((each) => !window.fits(each)).map(({ path }) => path));
        if (control !== undefined) window.learn(control, { clocks, unfit }, at);
      }
      const hidden = mismatches.filter((mismatch) => window.hides(mismatch, own, at));
      paths += window.paths.size - before;
      if (paths > MAX_ALL_PATHS) shrink();
      if (hidden.length === 0) return verdict;
      const kept = mismatches.filter((mismatch) => !hidden.includes(mismatch));
      const said: Verdict = { ...verdict, mismatches: kept, hidden: hidden.map(({ path }) => path) };
      return kept.length > 0 ? said : { ...said, outcome: "match", statuses: undefined };
    },
    rows: (key) => windows.peek(windowName(key))?.rows() ?? [],
    drop(key) {
      windows.delete(windowName(key));
    },
    get paths() {
      return paths;
    },
  };
}
