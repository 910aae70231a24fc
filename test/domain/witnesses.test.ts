import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_WITNESSES, Witnesses } from "../../src/domain/witnesses.ts";

const MINUTE = 60_000;

/** A small clock of steps, so that some come within a minute, some at its end and some behind it. */
const asked = fc.record({
  request: fc.integer({ min: 1, max: 5 }),
  afterMs: fc.constantFrom(0, 1, 20_000, MINUTE - 1, MINUTE, MINUTE + 1, 3 * MINUTE),
});

describe("a client's same request", () => {
  test("counts once a minute: just when it did not count within the minute before", () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 200 }), (list) => {
        const witnesses = new Witnesses();
        const counted = new Map<number, number>();
        let now = 12_345.6;
        for (const { request, afterMs } of list) {
          now += afterMs;
          const again = now - (counted.get(request) ?? Number.NEGATIVE_INFINITY) < MINUTE;
          if (!again) counted.set(request, now);
          expect(witnesses.take(request, now)).toBe(again ? "again" : "first");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("counts each time where no request comes twice", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { maxLength: 300 }),
        (requests) => {
          const witnesses = new Witnesses();
          for (const [at, request] of requests.entries())
            expect(witnesses.take(request, at * 1000)).toBe("first");
        },
      ),
    );
  });

  test("that polls for an hour counts sixty times", () => {
    const witnesses = new Witnesses();
    let first = 0;
    for (let second = 0; second < 3600; second++) if (witnesses.take(7, second * 1000) === "first") first++;
    expect(first).toBe(60);
  });

  test("counts with the next one where it came to no comparison", () => {
    const witnesses = new Witnesses();
    expect(witnesses.take(7, 1000)).toBe("first");
    expect(witnesses.take(7, 2000)).toBe("again");
    witnesses.giveBack(7, 1000);
    expect(witnesses.take(7, 3000)).toBe("first");
    // The first one gives back once more, late: the second one has counted since.
    witnesses.giveBack(7, 1000);
    expect(witnesses.take(7, 4000)).toBe("again");
  });

  test("is found beside one that gave its place back, wherever both belong", () => {
    const witnesses = new Witnesses();
    const [one, other] = [5, 5 + 2 * MAX_WITNESSES];
    witnesses.take(one, 1);
    witnesses.take(other, 2);
    witnesses.giveBack(one, 1);
    expect(witnesses.take(other, 3)).toBe("again");
    expect(witnesses.take(one, 4)).toBe("first");
  });
});

test("in a full set what comes counts, each time; what has a place is known, and a minute later there are places", () => {
  const witnesses = new Witnesses();
  for (let request = 1; request <= MAX_WITNESSES; request++) expect(witnesses.take(request, 1)).toBe("first");
  const more = MAX_WITNESSES + 1;
  expect(witnesses.take(more, 2)).toBe("unremembered");
  expect(witnesses.take(more, 3)).toBe("unremembered");
  expect(witnesses.take(1, 4)).toBe("again");
  expect(witnesses.take(more, MINUTE + 5)).toBe("first");
  expect(witnesses.take(more, MINUTE + 6)).toBe("again");
  expect(witnesses.take(1, MINUTE + 7)).toBe("first");
});
