/** How often each operation was asked for, by the names they are counted under. */
export type OperationCounts = Readonly<Record<string, number>>;

/** Operations told of one difference; others are counted together. */
const MAX_TOLD = 20;
const OTHERS = "(other)";

/** Of two lists of one row; undefined: none were asked for. */
export function addedOperations(
  a: OperationCounts | undefined,
  b: OperationCounts | undefined,
): OperationCounts | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const sum = new Map(Object.entries(a));
  for (const [name, count] of Object.entries(b)) {
    const place = sum.has(name) || sum.size < MAX_TOLD ? name : OTHERS;
    sum.set(place, (sum.get(place) ?? 0) + count);
  }
  return Object.fromEntries(sum);
}

/** Of one request. */
export function operationCounts(names: readonly string[] | undefined): OperationCounts | undefined {
  return names && Object.fromEntries(names.map((name) => [name, 1]));
}

/** The most frequent first. */
export function byFrequency(
  operations: OperationCounts,
): readonly (readonly [name: string, count: number])[] {
  return Object.entries(operations).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}
