/** Chance of every simulation, seeded (sfc32, C. Doty-Humphrey's PractRand): the same numbers for the same seed, on every machine. */
export interface Random {
  /** 0 to 1, without 1. */
  next(): number;
  /** A whole number, 0 and more. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  hex(digits: number): string;
  shuffled<T>(list: readonly T[]): T[];
}

/** A text as a number (FNV-1a). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193);
  return hash >>> 0;
}

export function randomOf(seed: number | string): Random {
  const from = typeof seed === "string" ? numberOf(seed) : seed;
  let [a, b, c, counter] = [0x9e3779b9 ^ from, 0x243f6a88, 0xb7e15162 ^ (from << 8), 1];
  const word = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) word();
  const next = () => word() / 2 ** 32;
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    hex: (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join(""),
    shuffled: <T>(list: readonly T[]) => {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
      }
      return copy;
    },
  };
}
