/** Lets other work have its turn, above all clients' requests. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Rows of routes that are worked out in one turn. */
export const ROUTES_A_TURN = 50;

/** The items, a few in each turn: long work must not hold up clients. */
export async function* inTurns<T>(items: Iterable<T>, aTurn: number): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    if (++count % aTurn === 0) await nextTurn();
  }
}
