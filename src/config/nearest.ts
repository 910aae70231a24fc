import { scrubbed } from "../domain/scrub.ts";

/** How many letters must be changed, added, left out or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}

/** The known word someone most likely meant, if one is near. */
function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  // In a word of one or two letters any other word is near.
  let bestDistance = word.length < 3 ? 1 : Math.floor(word.length / 3) + 1;
  for (const one of known) {
    const distance = editDistance(lower, one.toLowerCase());
    if (distance < bestDistance) {
      best = one;
      bestDistance = distance;
    }
  }
  return best;
}

/** A remedy for a name that is not among the known ones. */
export function suggestion(word: string, known: readonly string[], what: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${scrubbed(near)}"?`;
  if (known.length === 0) return `there are no ${what}`;
  const shown = known.slice(0, 12).map(scrubbed).join(", ");
  return `${what} here: ${shown}${known.length > 12 ? ", …" : ""}`;
}
