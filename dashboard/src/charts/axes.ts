import type uPlot from "uplot";
import { colour, textFont } from "./plot.tsx";

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

const DAY_S = 86_400;

function timeTicks(_plot: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
  if (step >= DAY_S) return splits.map((at) => DAY.format(at * 1000));
  const clock = step < 60 ? SECONDS : CLOCK;
  let day = "";
  const days = splits.length > 0 && (splits.at(-1) as number) - (splits[0] as number) > DAY_S / 2;
  return splits.map((at) => {
    const here = DAY.format(at * 1000);
    const text = clock.format(at * 1000);
    const first = here !== day;
    day = here;
    return days && first ? `${text}\n${here}` : text;
  });
}

function look(): Partial<uPlot.Axis> {
  return {
    stroke: colour("ink-3"),
    font: textFont(),
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { stroke: colour("grid"), width: 1, size: 4 },
  };
}

export function timeAxis(): uPlot.Axis {
  return {
    ...look(),
    grid: { show: false },
    values: timeTicks,
    space: 72,
    size: (_plot, texts) => (texts?.some((text) => text.includes("\n")) ? 40 : 26),
  };
}

/** Log ticks of latencies: 1, 2, 5, 10 … as there is room. */
export function latencyAxis(): uPlot.Axis {
  const text = (ms: number) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);
  const rounded = (plot: uPlot, splits: number[]) => {
    const decades = Math.log10((plot.scales.x?.max ?? 10) / (plot.scales.x?.min ?? 1));
    const room = plot.bbox.width / devicePixelRatio / Math.max(decades, 0.1);
    const heads = room > 180 ? "125" : room > 130 ? "13" : "1";
    return splits.map((ms) => (heads.includes(String(ms).replace(/[0.]/g, "")) ? ms : null));
  };
  return {
    ...look(),
    size: 28,
    space: 44,
    grid: { stroke: colour("grid"), width: 1, filter: rounded },
    ticks: { show: false },
    filter: rounded,
    values: (_plot, splits) => splits.map((ms) => (ms === null ? "" : text(ms))),
  };
}

const WHOLE = [1, 2, 5]
  .flatMap((head) => Array.from({ length: 13 }, (_, zeros) => head * 10 ** zeros))
  .sort((a, b) => a - b);

/** `whole`: of things that are counted, and there is no half of one. A text that says the same as the tick below is left out. */
export function valueAxis(text: (value: number) => string, whole = false): uPlot.Axis {
  return {
    ...look(),
    size: 56,
    space: 32,
    ...(whole ? { incrs: WHOLE } : {}),
    values: (_plot, splits) => {
      const texts = splits.map(text);
      return texts.map((each, at) => (each === texts[at - 1] ? "" : each));
    },
  };
}
