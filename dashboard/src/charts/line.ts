import uPlot from "uplot";
import { type Line, LOOKS } from "./look.ts";
import { colour, faint } from "./plot.tsx";

const stepped = uPlot.paths.stepped?.({ align: 1 });

export function seriesOf({ label, look, area, steps }: Line): uPlot.Series {
  const { colour: name, dash } = LOOKS[look];
  return {
    label,
    stroke: colour(name),
    // The first of two that lie on each other shows at both sides of the second.
    width: look === "legacy" ? 3.5 : 1.5,
    dash: [...dash],
    ...(area ? { fill: faint(name, look.startsWith("legacy") ? 0.14 : 0.18) } : {}),
    ...(steps && stepped ? { paths: stepped } : {}),
    points: steps ? { show: false } : { show: true, size: 5, filter: lonely },
    spanGaps: false,
  };
}

export function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  return lines.flatMap(({ area }, at) => (area === "band" ? [{ series: [at + 1, at + 2] }] : []));
}

/** Values between two gaps have no line: they get a point. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const none = (at: number) => values[at] === null || values[at] === undefined;
  return [...values.keys()].filter((at) => !none(at) && none(at - 1) && none(at + 1));
}
