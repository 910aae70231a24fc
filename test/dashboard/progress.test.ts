import { expect, test } from "vitest";
import { begunText, phaseLines, sharePercents } from "../../dashboard/src/pages/overview/progress.ts";

const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 10, 22);
const NOW = DAY_START + 13 * HOUR;

function seriesOf() {
  const at = [0, 6, 12].map((hour) => DAY_START + hour * HOUR);
  const phases = {
    legacy: [4, 3, 1],
    shadowing: [1, 1, 1],
    splitting: [0, 1, 1],
    cutover: [0, 0, 1],
    retired: [0, 0, 1],
  };
  return { stepMs: 6 * HOUR, at, legacy: [100, 0, 30], modern: [0, 0, 10], phases };
}

const routes = { total: 5, phases: { legacy: 1, shadowing: 1, splitting: 1, cutover: 1, retired: 1 } };

test("phases are drawn where they were so, at the end of their step, and the newest now", () => {
  const { times, lines, summary } = phaseLines({
    series: seriesOf(),
    at: new Date(NOW).toISOString(),
    routes,
  });
  expect(times.map((s) => s * 1000)).toEqual([DAY_START + 6 * HOUR, DAY_START + 12 * HOUR, NOW]);
  expect(lines.map(({ label, values, said }) => [label, values, said])).toEqual([
    ["shadowing", [1, 2, 4], [1, 1, 1]],
    ["splitting", [0, 1, 3], [0, 1, 1]],
    ["modern alone", [0, 0, 2], undefined],
  ]);
  expect(summary).toBe("now 2 of 5 served by modern alone, 1 splitting, 1 shadowing");
});

test("a step without requests has no share", () => {
  expect(sharePercents(seriesOf())).toEqual([0, null, 25]);
});

test("since when is said, and that counts do not go back for ever", () => {
  const series = seriesOf();
  const begun = (since: string | null) => begunText({ since, series });
  expect(begun(null)).toBe("nothing was shifted yet");
  expect(begun(new Date(DAY_START + HOUR).toISOString())).toMatch(/^since 22 Nov 2026/);
  expect(begun(new Date(DAY_START - HOUR).toISOString())).toContain("in the last 90 days");
});
