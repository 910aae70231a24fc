import type { WholeOptions } from "../route.ts";
import type { WholeDifference, WholePlace } from "./sample.ts";

type WholeBounds = Pick<WholeOptions, "perRoute" | "perDifference">;

/** A client's next request is another sample only so much later. */
const SAME_CLIENT_MS = 1_000;
/** A full set takes another one no sooner than so long after its newest, however short the time that it is spread over. */
const MIN_SLOT_MS = 10_000;

const nameOf = ({ kind, path }: WholeDifference) => `${kind} ${path}`;
const byTime = (a: WholePlace, b: WholePlace) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Those of clients that have more than one. */
function repeated<Sample extends WholePlace>(samples: readonly Sample[]): readonly Sample[] {
  return [...Map.groupBy(samples, ({ client }) => client).values()].filter((all) => all.length > 1).flat();
}

/** The one that is missed least: of a client that has another if there is one, then with the shortest time between its neighbours. */
function leastMissed<Sample extends WholePlace>(samples: readonly Sample[]): Sample {
  const some = repeated(samples);
  const from = some.length > 0 ? new Set(some) : undefined;
  let [least] = samples as readonly [Sample];
  let shortest: number | undefined;
  for (const [i, sample] of samples.entries()) {
    if (from !== undefined && !from.has(sample)) continue;
    const [before, after] = [samples[i - 1], samples[i + 1]];
    // Both ends say how long it has been so.
    const gap = before === undefined || after === undefined ? Number.POSITIVE_INFINITY : after.at - before.at;
    if (shortest === undefined || gap < shortest) [least, shortest] = [sample, gap];
  }
  return least;
}

/** At most `most`, oldest first: of as many clients as there are, and spread over time. */
function spread<Sample extends WholePlace>(samples: readonly Sample[], most: number): readonly Sample[] {
  let kept = samples.toSorted(byTime);
  while (kept.length > most) {
    const least = leastMissed(kept);
    kept = kept.filter((sample) => sample !== least);
  }
  return kept;
}

function byDifference<Sample extends WholePlace>(samples: readonly Sample[]): Map<string, Sample[]> {
  const lists = new Map<string, Sample[]>();
  for (const sample of samples)
    for (const name of new Set(sample.differences.map(nameOf))) {
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [sample]);
      else list.push(sample);
    }
  return lists;
}

/** The oldest of whose differences others tell too; where each tells one alone, the oldest. */
function dispensable<Sample extends WholePlace>(samples: readonly Sample[]): Sample {
  const lists = byDifference(samples);
  const told = ({ differences }: Sample) =>
    differences.every((difference) => (lists.get(nameOf(difference))?.length ?? 0) > 1);
  return (samples.find(told) ?? samples[0]) as Sample;
}

/**
 * Which samples of one evidence window are kept, oldest first. For each difference at most `perDifference`: of different clients as long as
 * there are others, and then spread over time. At most `perRoute` in all: what others tell too goes first, then the oldest. What is chosen of
 * parts and then of all they chose is of as many clients as if all had been there at once.
 */
export function chosenWholes<Sample extends WholePlace>(
  samples: readonly Sample[],
  { perRoute, perDifference }: WholeBounds,
): readonly Sample[] {
  const chosen = new Set<Sample>();
  for (const list of byDifference(samples).values())
    for (const sample of spread(list, perDifference)) chosen.add(sample);
  let kept = [...chosen].sort(byTime);
  while (kept.length > perRoute) {
    const least = dispensable(kept);
    kept = kept.filter((sample) => sample !== least);
  }
  return kept;
}

/** Time has moved on by as much as lies between two of them on average. */
function isNextSlot(kept: readonly WholePlace[], at: number, most: number): boolean {
  const times = kept.map((sample) => sample.at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return at - last >= Math.max(MIN_SLOT_MS, (last - first) / most);
}

function tellsMore(
  list: readonly WholePlace[],
  { at, client }: Omit<WholePlace, "id">,
  most: number,
): boolean {
  const own = list.filter((sample) => sample.client === client);
  if (list.length < most) return own.every((sample) => at - sample.at >= SAME_CLIENT_MS);
  return (own.length === 0 && repeated(list).length > 0) || isNextSlot(list, at, most);
}

/**
 * Whether one more is worth making beside those that are kept. Once all places are taken, the more time they are spread over the rarer one
 * is: as many are made as the logarithm of the time.
 */
export function isWantedWhole(
  kept: readonly WholePlace[],
  next: Omit<WholePlace, "id">,
  { perRoute, perDifference }: WholeBounds,
): boolean {
  const names = [...new Set(next.differences.map(nameOf))];
  const lists = byDifference(kept);
  const wanted = names.some((name) => tellsMore(lists.get(name) ?? [], next, perDifference));
  if (!wanted || kept.length < perRoute) return wanted;
  const others = kept.some(({ differences }) =>
    differences.every((difference) => (lists.get(nameOf(difference))?.length ?? 0) > 1),
  );
  return others || isNextSlot(kept, next.at, perRoute);
}
