import type { RouteImage, SideImage } from "./table-image.ts";

/** Who answers at a place of the split, 0 to 100; null: nobody does. */
function answering(route: RouteImage | null, place: number): SideImage | null {
  if (route === null) return null;
  return place < route.modernPercent || route.legacy === null ? route.modern : route.legacy;
}

function sameAnswer(a: SideImage | null, b: SideImage | null): boolean {
  if (a === null || b === null) return a === b;
  return a.server === b.server && a.path === b.path;
}

/** Whether both move the same client together. */
function sameSplit(a: RouteImage, b: RouteImage): boolean {
  return a.cohort === b.cohort && a.sticky.join(" ") === b.sticky.join(" ");
}

/** The parts of the split in which nothing changes: begin, end. */
function partsOf(...routes: readonly (RouteImage | null)[]): readonly (readonly [number, number])[] {
  const ends = routes.map((route) => Math.min(100, Math.max(0, route?.modernPercent ?? 0)));
  const cuts = [...new Set([0, 100, ...ends])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, at) => [cuts[at] as number, end] as const);
}

/**
 * Percent of clients whom somebody else answers where `after` takes what `before` took. Where both split alike that is exact;
 * otherwise a client's places in the two are independent.
 */
export function changedClients(before: RouteImage | null, after: RouteImage | null): number {
  let share = 0;
  if (before === null || after === null || sameSplit(before, after)) {
    for (const [begin, end] of partsOf(before, after))
      if (!sameAnswer(answering(before, begin), answering(after, begin))) share += end - begin;
  } else {
    for (const [from, to] of partsOf(before))
      for (const [begin, end] of partsOf(after))
        if (!sameAnswer(answering(before, from), answering(after, begin)))
          share += ((to - from) * (end - begin)) / 100;
  }
  return Number(share.toFixed(2));
}
