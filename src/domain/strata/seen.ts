import type { StrataCounts, Stratum } from "../counter-shapes.ts";
import { MOST_FIRST, mostFirst } from "../most-first.ts";
import { countText, listText } from "../wording.ts";

/** Whether a stratum's name, `METHOD template operation`, has an operation. */
export function isOfOperation(name: string): boolean {
  return name.indexOf(" ", name.indexOf(" ") + 1) > 0;
}

/** Requests of a stratum that were drawn for a shadow and are over. */
export function endedIn([compared, , without = {}]: Stratum): number {
  return Object.values(without).reduce<number>((sum, count) => sum + (count ?? 0), compared);
}

/** Of `[name, stratum]`: those with the most requests first. */
export const MOST_ENDED = mostFirst<readonly [string, Stratum]>(
  ([, stratum]) => endedIn(stratum),
  ([name]) => name,
);

/** Of rarer ones it says nothing that none came, or none was compared. */
const LEAST = 5;
const MOST_NAMED = 5;

/** Those that came before, and are not among these; the most frequent first. */
export function quietStrata(strata: StrataCounts, before: StrataCounts): readonly string[] {
  return Object.entries(before)
    .filter(([name, stratum]) => strata[name] === undefined && endedIn(stratum) >= LEAST)
    .sort(MOST_ENDED)
    .map(([name]) => name);
}

export function reasonsText(without: Stratum[2] = {}): string {
  return Object.entries(without)
    .sort(MOST_FIRST)
    .map(([reason, count = 0]) => `${reason} ${countText(count)}`)
    .join(", ");
}

/** What nothing is known of, by path template, one sentence each. */
export function unseenStrata(strata: StrataCounts, before: StrataCounts): readonly string[] {
  const never = Object.entries(strata)
    .filter(([, stratum]) => stratum[0] === 0 && endedIn(stratum) >= LEAST)
    .sort(MOST_ENDED)
    .map(([name, stratum]) => `${name} (${reasonsText(stratum[2])})`);
  const quiet = quietStrata(strata, before);
  return [
    ...(never.length === 0 ? [] : [`none was compared of ${listText(never, MOST_NAMED)}`]),
    ...(quiet.length === 0 ? [] : [`no request since its last step of ${listText(quiet, MOST_NAMED)}`]),
  ];
}
