import uPlot from "uplot";
import { colour, faint } from "./plot.tsx";

/** How a series looks: a colour and a stroke, so that neither is needed to tell two apart. */
export const LOOKS = {
  legacy: { colour: "legacy", dash: [6, 4], swatch: "dashed" },
  modern: { colour: "modern", dash: [], swatch: "solid" },
  "legacy shadow": { colour: "legacy", dash: [1, 4], swatch: "dotted" },
  "modern shadow": { colour: "modern", dash: [1, 4], swatch: "dotted" },
  match: { colour: "good", dash: [], swatch: "solid" },
  mismatch: { colour: "bad", dash: [6, 4], swatch: "dashed" },
  inconclusive: { colour: "mute", dash: [1, 4], swatch: "dotted" },
  "phase splitting": { colour: "modern", dash: [6, 4], swatch: "dashed" },
  "phase shadowing": { colour: "mute", dash: [1, 4], swatch: "dotted" },
  bound: { colour: "ink-3", dash: [2, 2], swatch: "dotted" },
} as const;
export type Look = keyof typeof LOOKS;

export interface Line {
  readonly label: string;
  readonly look: Look;
  readonly values: readonly (number | null)[];
  /** What legend and table say, where the line is drawn on top of others. */
  readonly said?: readonly (number | null)[];
  /** Filled below, or down to the next line only. */
  readonly area?: boolean | "band";
  /** Drawn as steps: for shares of bins. */
  readonly steps?: boolean;
}

const stepped = uPlot.paths.stepped?.({ align: 1 });

export function seriesOf({ label, look, area, steps }: Line): uPlot.Series {
  const { colour: name, dash } = LOOKS[look];
  return {
    label,
    stroke: colour(name),
    width: 1.5,
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
