/** UTF-16 units as ranges, both ends included, ordered and apart. */
export type CharSet = readonly (readonly [from: number, to: number])[];

const LAST = 0xffff;

export function single(code: number): CharSet {
  return [[code, code]];
}

export function union(...sets: readonly CharSet[]): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

export function complement(set: CharSet): CharSet {
  const result: [number, number][] = [];
  let from = 0;
  for (const [start, end] of set) {
    if (start > from) result.push([from, start - 1]);
    from = end + 1;
  }
  if (from <= LAST) result.push([from, LAST]);
  return result;
}

const of = (text: string): CharSet => union(...[...text].map((char) => single(char.charCodeAt(0))));

/** What ECMAScript means by `\d`, `\w`, `\s` and `.` (ECMA-262 §22.2.2.9). */
export const DIGIT: CharSet = [[0x30, 0x39]];
export const WORD: CharSet = union(DIGIT, [[0x41, 0x5a]], single(0x5f), [[0x61, 0x7a]]);
export const SPACE: CharSet = union(of("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"), [
  [0x2000, 0x200a],
]);
export const NOT_NEWLINE: CharSet = complement(of("\n\r\u2028\u2029"));

/** Which of a few classes each unit belongs to: units of one class are in the same sets. */
export interface CharClasses {
  readonly of: Uint16Array;
  readonly count: number;
  /** A unit of each class. */
  readonly samples: readonly number[];
}

export function charClasses(sets: readonly CharSet[]): CharClasses {
  const edges = new Set([0]);
  for (const [from, to] of sets.flat()) edges.add(from).add(to + 1);
  const starts = [...edges].filter((edge) => edge <= LAST).sort((a, b) => a - b);
  const classes = new Uint16Array(LAST + 1);
  const known = new Map<string, number>();
  const samples: number[] = [];
  starts.forEach((start, i) => {
    const key = sets.map((set) => (has(set, start) ? 1 : 0)).join("");
    let number = known.get(key);
    if (number === undefined) {
      number = samples.push(start) - 1;
      known.set(key, number);
    }
    classes.fill(number, start, starts[i + 1] ?? LAST + 1);
  });
  return { of: classes, count: samples.length, samples };
}

export function has(set: CharSet, code: number): boolean {
  return set.some(([from, to]) => code >= from && code <= to);
}
