/** The newest few of something, newest first. */
interface Recent<T> {
  add(item: T): void;
  list(): readonly T[];
}

/** Keeps the newest `limit` items, no more. */
export function createRecent<T>(limit = 200): Recent<T> {
  const ring: T[] = [];
  let next = 0;
  return {
    add(item) {
      ring[next] = item;
      next = (next + 1) % limit;
    },
    list: () => [...ring.slice(next), ...ring.slice(0, next)].reverse(),
  };
}
