import { wilsonInterval } from "../../src/domain/wilson.ts";

/** What gates went by before they could be watched: for the comparison in docs/proof.md. */

const wilsonUpper = (hits: number, trials: number) => wilsonInterval(hits, trials)[1];

/** How many further trials without a hit bring the upper bound under `bound` (0..1); 0: it is; Infinity: never. */
export function cleanTrialsNeeded(hits: number, trials: number, bound: number): number {
  const under = (more: number) => wilsonUpper(hits, trials + more) < bound;
  if (under(0)) return 0;
  let most = 1;
  while (!under(most)) {
    most *= 2;
    if (most > 2 ** 50) return Number.POSITIVE_INFINITY;
  }
  let least = most / 2;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (under(middle)) most = middle;
    else least = middle;
  }
  return most;
}
