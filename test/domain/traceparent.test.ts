import fc from "fast-check";
import { expect, test } from "vitest";
import { isTraceparent, traceIdOf } from "../../src/domain/traceparent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const VALID = `00-${TRACE}-${PARENT}-01`;

test("a valid traceparent's trace id is read off it", () => {
  expect(traceIdOf(VALID)).toBe(TRACE);
});

test.each([
  ["nothing", undefined],
  ["empty", ""],
  ["an upper-case digit", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
  ["a parent id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["version ff", `ff-${TRACE}-${PARENT}-01`],
  ["version 00 with more after the flags", `${VALID}-00`],
  ["a later version with more but no dash", `01-${TRACE}-${PARENT}-01.x`],
  ["a missing flag digit", VALID.slice(0, -1)],
  ["dashes elsewhere", `00-${TRACE}${PARENT}--01`],
  ["a non-ASCII digit", `00-${TRACE}-${PARENT}-0\u0661`],
  ["a letter past f", `0g-${TRACE}-${PARENT}-01`],
])("%s has no trace id", (_what, header) => {
  expect(traceIdOf(header)).toBe("");
});

test.each([
  ["the same length", `cc-${TRACE}-${PARENT}-01`],
  ["more fields after a dash", `01-${TRACE}-${PARENT}-01-what.the-future`],
])("a version not known yet with %s has one", (_what, header) => {
  expect(traceIdOf(header)).toBe(TRACE);
});

test("what is accepted is exactly the grammar", () => {
  const grammar = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
  const nearMiss = fc
    .tuple(fc.nat(54), fc.constantFrom(..."0fgF- \u00e9\u0130"))
    .map(([at, character]) => VALID.slice(0, at) + character + VALID.slice(at + 1));
  fc.assert(
    fc.property(nearMiss, (value) => isTraceparent(value) === grammar.test(value)),
    { numRuns: 2_000 },
  );
});
