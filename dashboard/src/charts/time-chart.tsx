import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { cell } from "../state/cell.ts";
import { fullMoment } from "../words.ts";
import { timeAxis, valueAxis } from "./axes.ts";
import { ChartTable } from "./chart-table.tsx";
import { Legend } from "./legend.tsx";
import { bandsOf, seriesOf } from "./line.ts";
import type { Line } from "./look.ts";
import { type Mark, markPlugin } from "./marks.ts";
import { Plot } from "./plot.tsx";

interface TimeChartProps {
  readonly title: string;
  /** What a reader who cannot see it is told. */
  readonly summary: string;
  /** s since the epoch. */
  readonly times: readonly number[];
  /** Values are of exactly these times, not of the steps that begin there. */
  readonly atEnds?: boolean;
  /** Shown from and to, s since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly Line[];
  readonly marks: readonly Mark[];
  readonly text: (value: number) => string;
  readonly height?: number;
  /** Upper end of the scale; left out: what the values need. */
  readonly top?: number;
  /** The scale reaches at least this far, so that next to nothing looks like next to nothing. */
  readonly least?: number;
  /** Its values are counts: ticks are whole numbers. */
  readonly whole?: boolean;
  readonly note?: string;
  /** At the right of the title: what is chosen for it. */
  readonly aside?: ComponentChildren;
  /** Charts of one name share the pointer. */
  readonly group?: string;
}

/** Lines over time with the ledger's entries, a legend that reads the pointer, and the same as a table. */
export function TimeChart(props: TimeChartProps) {
  const {
    title,
    summary,
    times,
    atEnds = false,
    from,
    to,
    lines,
    marks,
    text,
    height = 176,
    top,
    least = 1,
    whole = false,
    note,
    aside,
    group,
  } = props;
  const pointed = useMemo(() => cell<number | undefined>(undefined), []);
  const shown = useMemo(() => ({ marks, from, to }), []);
  Object.assign(shown, { marks, from, to });
  const data = useMemo(
    () => [times, ...lines.map((line) => line.values)] as unknown as uPlot.AlignedData,
    [times, lines, marks, from, to],
  );
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    legend: { show: false },
    padding: [16, 28, 0, 0],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: false, y: false },
      ...(group === undefined ? {} : { sync: { key: group } }),
    },
    scales: {
      x: { time: true, range: () => [shown.from, shown.to] },
      y: { range: (_plot, _min, max) => [0, top ?? Math.max((max ?? 0) * 1.1, least)] },
    },
    axes: [timeAxis(), valueAxis(text, whole)],
    series: [{}, ...lines.map(seriesOf)],
    bands: bandsOf(lines),
    plugins: [markPlugin(() => shown.marks)],
    hooks: { setCursor: [(plot) => pointed.set(plot.cursor.idx ?? undefined)] },
  });
  /** The marks of the step that a value is of. */
  const near = (index: number) => {
    const first = atEnds ? index - 1 : index;
    const start = times[first] ?? from;
    const end = times[first + 1] ?? to;
    return marks.filter(({ at }) => at >= start && at < end);
  };
  const whenText = (index: number) => {
    const texts = near(index).map((mark) => `r${mark.revision} ${mark.text}`);
    return [fullMoment((times[index] ?? 0) * 1000), ...texts].join(" · ");
  };
  const shape = lines.map(({ label, look, area }) => `${label} ${look} ${area}`).join("|") + (top ?? "");
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        {note && <p class="note">{note}</p>}
        {aside}
      </figcaption>
      <Legend lines={lines} text={text} at={pointed} whenText={whenText} />
      <Plot options={options} data={data} shape={shape} height={height} label={`${title}: ${summary}`} />
      <ChartTable
        title={title}
        first={atEnds ? "At" : "From"}
        lines={lines}
        rows={times.length}
        whenText={(index) => fullMoment((times[index] ?? 0) * 1000)}
        text={text}
        extra={(index) =>
          near(index)
            .map((mark) => `r${mark.revision} ${mark.text}`)
            .join("; ")
        }
      />
    </figure>
  );
}
