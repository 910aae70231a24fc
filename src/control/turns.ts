/** Lets what waits have its turn: a client's request, most of all. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The items, a few in each turn: long work must not hold up clients. */
export async function* inTurns<T>(items: Iterable<T>, aTurn: number): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    if (++count % aTurn === 0) await nextTurn();
  }
}
