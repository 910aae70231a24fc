import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chosenWholes, isWantedWhole } from "../../../src/domain/whole/choose.ts";
import type { WholePlace } from "../../../src/domain/whole/sample.ts";

const HOUR = 3_600_000;
const BOUNDS = { perRoute: 1_000, perDifference: 4 };
const difference = (path: string) => ({ path, kind: "value" as const });

/** Requests of clients 0 to 9 at these times, each with some of three differences. */
const places = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 24 * HOUR }),
      client: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 9 })),
      paths: fc.uniqueArray(fc.constantFrom("$.a", "$.b", "$.c"), { minLength: 1 }),
    }),
    { maxLength: 80 },
  )
  .map((all) =>
    all
      .toSorted((a, b) => a.at - b.at)
      .map(
        ({ at, client, paths }, i): WholePlace => ({
          id: String(i).padStart(3, "0"),
          ...{ at, client, differences: paths.map(difference) },
        }),
      ),
  );

/** As those that serve take them: each is asked for, and then the choice is made anew. */
function streamed(all: readonly WholePlace[], bounds = BOUNDS): readonly WholePlace[] {
  let kept: readonly WholePlace[] = [];
  for (const place of all)
    if (isWantedWhole(kept, place, bounds)) kept = chosenWholes([...kept, place], bounds);
  return kept;
}

const clients = (all: readonly WholePlace[]) => new Set(all.map(({ client }) => client)).size;
const one = (all: readonly WholePlace[]) =>
  all.map((place) => ({ ...place, differences: [difference("$.a")] }));

describe("which requests are kept whole", () => {
  test("of one difference never more than its bound, and of as many clients as there were, in whatever order they came", () => {
    fc.assert(
      fc.property(places.map(one), (all) => {
        for (const kept of [streamed(all), chosenWholes(all, BOUNDS)]) {
          expect(kept.length).toBeLessThanOrEqual(BOUNDS.perDifference);
          expect(clients(kept)).toBe(Math.min(BOUNDS.perDifference, clients(all)));
        }
      }),
    );
  });

  test("a client has two only where fewer others were there than places", () => {
    fc.assert(
      fc.property(places.map(one), (all) => {
        const kept = streamed(all);
        if (clients(kept) < kept.length) expect(clients(all)).toBeLessThan(BOUNDS.perDifference);
      }),
    );
  });

  test("a route's bound holds, and choosing again takes nothing in", () => {
    const bounds = { perRoute: 6, perDifference: 3 };
    fc.assert(
      fc.property(places, (all) => {
        const kept = streamed(all, bounds);
        expect(kept.length).toBeLessThanOrEqual(6);
        expect(kept).toEqual(expect.arrayContaining([...chosenWholes(kept, bounds)]));
        expect(kept.map(({ at }) => at)).toEqual(kept.map(({ at }) => at).toSorted((a, b) => a - b));
      }),
    );
  });

  test("what front doors and workers chose of their parts is of as many clients as what all of them saw", () => {
    fc.assert(
      fc.property(places.map(one), fc.integer({ min: 1, max: 5 }), (all, doors) => {
        const parts = Array.from({ length: doors }, (_, door) => all.filter((_, i) => i % doors === door));
        const merged = chosenWholes(
          parts.flatMap((part) => streamed(part)),
          BOUNDS,
        );
        expect(clients(merged)).toBe(Math.min(BOUNDS.perDifference, clients(all)));
      }),
    );
  });

  test("a day of requests of many clients is covered from its beginning to its end, and few were made for it", () => {
    const bounds = { perRoute: 20, perDifference: 6 };
    let kept: readonly WholePlace[] = [];
    let made = 0;
    for (let at = 0; at <= 24 * HOUR; at += 5_000) {
      const place = { id: String(at), at, client: (at / 5_000) % 997, differences: [difference("$.a")] };
      if (!isWantedWhole(kept, place, bounds)) continue;
      made++;
      kept = chosenWholes([...kept, place], bounds);
    }
    const times = [0, ...kept.map(({ at }) => at), 24 * HOUR];
    const gaps = times.slice(1).map((at, i) => at - (times[i] as number));
    expect(kept).toHaveLength(6);
    expect(times[1]).toBe(0);
    expect(Math.max(...gaps)).toBeLessThan(12 * HOUR);
    expect(made).toBeLessThan(100);
  });

  test("a new difference gets its place though the route's are taken, from one that others tell too", () => {
    const bounds = { perRoute: 3, perDifference: 3 };
    const kept = [0, 1, 2].map((i) => ({
      id: String(i),
      at: i,
      client: i,
      differences: [difference("$.a")],
    }));
    const next = { id: "3", at: 3, client: 9, differences: [difference("$.b")] };
    expect(isWantedWhole(kept, next, bounds)).toBe(true);
    expect(chosenWholes([...kept, next], bounds).map(({ id }) => id)).toEqual(["1", "2", "3"]);
  });

  test("a flood of differences that are never the same does not push each other out", () => {
    const bounds = { perRoute: 5, perDifference: 3 };
    let kept: readonly WholePlace[] = [];
    let made = 0;
    for (let at = 0; at < 60_000; at += 10) {
      const place = { id: String(at), at, client: at, differences: [difference(`$.n${at}`)] };
      if (!isWantedWhole(kept, place, bounds)) continue;
      made++;
      kept = chosenWholes([...kept, place], bounds);
    }
    expect(kept).toHaveLength(5);
    expect(made).toBeLessThan(20);
  });
});
