/**
 * The order of what is counted: the most first, of equally many by name (by code units), so that a list looks the same each time it is asked
 * for, whichever came first.
 */
export function mostFirst<Item>(
  countOf: (item: Item) => number,
  nameOf: (item: Item) => string,
): (one: Item, other: Item) => number {
  return (one, other) => {
    const [most, least] = [countOf(one), countOf(other)];
    if (most > least) return -1;
    if (most < least) return 1;
    const [a, b] = [nameOf(one), nameOf(other)];
    return a < b ? -1 : Number(a > b);
  };
}

/** The same for entries of a record: `[name, count]`. */
export const MOST_FIRST = mostFirst<readonly [string, number | undefined]>(
  ([, count]) => count ?? 0,
  ([name]) => name,
);
