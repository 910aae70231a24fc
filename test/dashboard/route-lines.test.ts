import { expect, test } from "vitest";
import {
  comparisonLines,
  errorLines,
  notComparedLines,
  perMinute,
} from "../../dashboard/src/pages/route/route-lines.ts";
import type { Series, SideColumns } from "../../src/control/board-contract.ts";

const MINUTE = 60_000;
const NOW = 10 * MINUTE + 5_000;

function side(requests: readonly number[], errors = requests.map(() => 0)): SideColumns {
  const none = requests.map(() => null);
  return { requests, errors, p50: none, p95: none, p99: none };
}

function series(legacy: SideColumns, matches: readonly number[], stepMs = MINUTE): Series {
  const zeros = legacy.requests.map(() => 0);
  const at = legacy.requests.map((_, index) => 10 * MINUTE - (legacy.requests.length - 1 - index) * stepMs);
  const empty = side(zeros);
  const status = { requests: 0, errors: 0, p50: null, p95: null, p99: null };
  const rate = { value: null, low: null, high: null };
  return {
    route: "any",
    from: at[0] ?? 0,
    to: NOW,
    stepMs,
    at,
    legacy,
    modern: empty,
    shadow: { legacy: empty, modern: empty },
    comparisons: { match: matches, mismatch: zeros.map(() => 6), inconclusive: zeros },
    notCompared: {},
    fallbacks: zeros,
    declined: zeros,
    pinned: { legacy: zeros, modern: zeros },
    mismatchRate: { value: [], low: [], high: [] },
    overall: {
      legacy: status,
      modern: status,
      shadow: { legacy: status, modern: status },
      match: 0,
      mismatch: 0,
      inconclusive: 0,
      mismatchRate: rate,
    },
  };
}

test("counts are those of a minute whatever the step, and shadows nobody sent have no line", () => {
  const lines = perMinute(series(side([50, 100]), [0, 0], 5 * MINUTE), NOW);
  expect(lines.map(({ label }) => label)).toEqual(["legacy", "modern"]);
  expect(lines[0]?.values).toEqual([10, 20]);
});

test("a minute that goes on is no fall: it is left out where there are others", () => {
  expect(perMinute(series(side([90, 90, 90, 8]), [0, 0, 0, 0]), NOW)[0]?.values).toEqual([90, 90, 90, null]);
  expect(perMinute(series(side([0, 0, 90, 8]), [0, 0, 0, 0]), NOW)[0]?.values).toEqual([0, 0, 90, 8]);
});

test("an error rate is of what was answered; nothing answered is a gap, not zero", () => {
  expect(errorLines(series(side([200, 0], [5, 0]), [0, 0]))[0]?.values).toEqual([2.5, null]);
});

test("outcomes lie on each other and are said each by itself", () => {
  const [inconclusive, mismatch, match] = comparisonLines(series(side([7, 8, 9]), [1, 2, 3]), NOW);
  expect(match?.values).toEqual([1, 2, null]);
  expect(mismatch?.values).toEqual([7, 8, null]);
  expect(mismatch?.said).toEqual([6, 6, null]);
  expect(inconclusive?.said).toEqual([0, 0, null]);
});

test("reasons for not comparing are named while there are strokes for them, then added up", () => {
  const counted = series(side([5, 5, 5]), [1, 1, 1]);
  const reasons = { shed: [0, 3, 0], skipped: [9, 0, 0], upgrade: [0, 0, 0], too_large: [1, 1, 0] };
  const lines = (notCompared: typeof counted.notCompared) =>
    notComparedLines({ ...counted, notCompared }, NOW + 2 * MINUTE).map(({ label, values }) => [
      label,
      values,
    ]);
  expect(lines({ upgrade: [0, 0, 0] })).toEqual([]);
  expect(lines(reasons)).toEqual([
    ["skipped", [9, 0, 0]],
    ["shed", [0, 3, 0]],
    ["too_large", [1, 1, 0]],
  ]);
  expect(lines({ ...reasons, cut_short: [0, 0, 1] })).toEqual([
    ["skipped", [9, 0, 0]],
    ["shed", [0, 3, 0]],
    ["2 other reasons", [1, 1, 1]],
  ]);
});
