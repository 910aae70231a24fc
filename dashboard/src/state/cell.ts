import { useEffect, useState } from "preact/hooks";

/** One value that components follow. */
export interface Cell<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function cell<T>(initial: T): Cell<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useCell<T>(source: Cell<T>): T {
  const [, redraw] = useState({});
  const drawn = source.get();
  // What changed between drawing and listening is drawn too.
  useEffect(() => {
    if (!Object.is(source.get(), drawn)) redraw({});
    return source.subscribe(() => redraw({}));
  }, [source]);
  return drawn;
}
