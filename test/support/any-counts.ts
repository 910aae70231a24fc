import fc from "fast-check";
import { NO_ANSWERS, type Shape, type SideCounts } from "../../src/domain/counter-shapes.ts";
import { NO_COUNTS, WINDOW, type WindowCounts } from "../../src/domain/counters.ts";
import { SideTally } from "../../src/domain/side-tally.ts";

const answer = fc.record({
  code: fc.constantFrom(0, 200, 404, 503),
  micros: fc.integer({ min: 0, max: 3_000_000 }),
});

/** What a side's answers come to. */
const answers: fc.Arbitrary<SideCounts> = fc
  .tuple(fc.array(answer, { maxLength: 20 }), fc.nat({ max: 3 }))
  .map(([list, left]) => {
    const tally = new SideTally();
    for (const { code, micros } of list) tally.answered(code, micros, code === 503);
    tally.aborted = left;
    return tally.counts();
  });

const some = fc.integer({ min: 1, max: 1_000_000 });
const reasons = fc.dictionary(fc.constantFrom("raced", "shed", "too_large"), some, {
  noNullPrototype: true,
  minKeys: 1,
});
/** Some of the comparisons are of requests that came within a minute before. */
const withSame = fc.tuple(
  some,
  some,
  fc.oneof(fc.constant({}), reasons),
  fc.constant(NO_ANSWERS),
  fc.tuple(some, fc.nat({ max: 1_000_000 })),
);
const strata = fc.dictionary(
  fc.constantFrom("GET /a", "GET /a/{number}", "POST /a", "GET (other)"),
  fc.oneof(fc.tuple(some, some), fc.tuple(some, some, reasons), withSame),
  { noNullPrototype: true },
);

function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.kind === "count") return fc.nat({ max: 1_000_000 });
  if (shape.kind === "answers") return answers;
  if (shape.kind === "record")
    return fc.dictionary(fc.constantFrom(...shape.names), fc.integer({ min: 1, max: 1_000_000 }), {
      noNullPrototype: true,
    });
  if (shape.kind === "strata") return strata;
  const parts = Object.entries(shape.parts).map(([name, part]) => [name, anyOf(part)] as const);
  return fc.record(Object.fromEntries(parts), { noNullPrototype: true });
}

/** Counts as doors may have them, of every counter there is. */
export const anyCounts = anyOf(WINDOW) as fc.Arbitrary<WindowCounts>;

/** Counts in which one counter alone counted something. */
export const oneCounter: fc.Arbitrary<WindowCounts> = fc
  .constantFrom(...Object.entries(WINDOW.parts))
  .chain(([name, shape]) => anyOf(shape).map((value) => ({ ...NO_COUNTS, [name]: value })));
