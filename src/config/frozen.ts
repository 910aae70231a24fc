class FrozenMap<K, V> extends Map<K, V> {
  private readonly sealed: boolean;

  constructor(entries: Iterable<readonly [K, V]>) {
    super(entries);
    this.sealed = true;
  }

  private refuse(): void {
    if (this.sealed) throw new TypeError("a loaded config cannot be changed");
  }

  override set(key: K, value: V): this {
    this.refuse();
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    this.refuse();
    return super.delete(key);
  }

  override clear(): void {
    this.refuse();
    super.clear();
  }
}

/** Freezes plain data all the way down; a map becomes one that refuses changes. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

export function frozenMap<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  return deepFreeze(new FrozenMap(entries));
}
