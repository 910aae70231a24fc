/** One line of each side, or of one of them. */
interface LinePair {
  readonly legacy: string | undefined;
  readonly modern: string | undefined;
}

/** Past so many lines that differ, what is between the equal beginning and the equal end is one change. */
const MAX_EDITS = 400;

/** Of each step of the search, how far each diagonal came. */
type Trace = readonly Int32Array[];

/** E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): forward, greedy. Undefined: more than MAX_EDITS. */
function traceOf(a: readonly string[], b: readonly string[]): Trace | undefined {
  const most = Math.min(MAX_EDITS, a.length + b.length);
  const middle = most + 1;
  const reach = new Int32Array(2 * middle + 1);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice());
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down =
        diagonal === -edits ||
        (diagonal !== edits && at(reach, middle + diagonal - 1) < at(reach, middle + diagonal + 1));
      let x = down ? at(reach, middle + diagonal + 1) : at(reach, middle + diagonal - 1) + 1;
      let y = x - diagonal;
      while (x < a.length && y < b.length && a[x] === b[y]) [x, y] = [x + 1, y + 1];
      reach[middle + diagonal] = x;
      if (x >= a.length && y >= b.length) return trace;
    }
  }
  return undefined;
}

const at = (list: Int32Array, index: number) => list[index] as number;

/** For each line of `a` the line of `b` that it is; -1: none. */
function matchesOf(a: readonly string[], b: readonly string[]): readonly number[] {
  const matches = new Array<number>(a.length).fill(-1);
  const trace = traceOf(a, b);
  if (trace === undefined) return matches;
  const middle = (trace[0] as Int32Array).length >> 1;
  let [x, y] = [a.length, b.length];
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] as Int32Array;
    const diagonal = x - y;
    const down =
      diagonal === -edits ||
      (diagonal !== edits && at(reach, middle + diagonal - 1) < at(reach, middle + diagonal + 1));
    const before = down ? diagonal + 1 : diagonal - 1;
    const fromX = edits === 0 ? 0 : at(reach, middle + before);
    const fromY = edits === 0 ? 0 : fromX - before;
    while (x > fromX && y > fromY) matches[--x] = --y;
    [x, y] = [fromX, fromY];
  }
  return matches;
}

/** Both lists in one, equal lines side by side, and beside each other what stands in each other's place. */
export function diffLines(a: readonly string[], b: readonly string[]): readonly LinePair[] {
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin++;
  let end = 0;
  const shorter = Math.min(a.length, b.length) - begin;
  while (end < shorter && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const pairs: LinePair[] = a.slice(0, begin).map((line) => ({ legacy: line, modern: line }));
  const [left, right] = [a.slice(begin, a.length - end), b.slice(begin, b.length - end)];
  let next = 0;
  let alone: string[] = [];
  const change = (until: number) => {
    const added = right.slice(next, until);
    for (let i = 0; i < Math.max(alone.length, added.length); i++)
      pairs.push({ legacy: alone[i], modern: added[i] });
    alone = [];
    next = until;
  };
  for (const [i, match] of matchesOf(left, right).entries()) {
    if (match < 0) {
      alone.push(left[i] as string);
      continue;
    }
    change(match);
    pairs.push({ legacy: left[i], modern: left[i] });
    next = match + 1;
  }
  change(right.length);
  for (const line of a.slice(a.length - end)) pairs.push({ legacy: line, modern: line });
  return pairs;
}
