import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { sum } from "../figures.ts";
import { cell } from "../state/cell.ts";
import type { Latencies } from "../state/wire.ts";
import { msText, numberText } from "../words.ts";
import { latencyAxis, valueAxis } from "./axes.ts";
import { ChartTable } from "./chart-table.tsx";
import { Legend } from "./legend.tsx";
import { seriesOf } from "./line.ts";
import type { Line } from "./look.ts";
import { Plot } from "./plot.tsx";

const percent = (value: number) => `${numberText(value, 1)} %`;

function shares(client: readonly number[], shadow: readonly number[]): readonly number[] {
  const counts = client.map((count, at) => count + (shadow[at] ?? 0));
  const all = sum(counts);
  // The last step needs an end.
  return [...counts.map((count) => (all === 0 ? 0 : (count / all) * 100)), 0];
}

/** The first bucket may begin at 0, where a logarithmic axis has no place: it is drawn as wide as the next one. */
function onLogScale(edges: readonly number[]): readonly number[] {
  const [first, second = 0, third = 0] = edges;
  if (first !== 0) return edges;
  return [third > 0 ? (second * second) / third : second / 2, ...edges.slice(1)];
}

/** Both sides' latencies over the same bins, each as its own 100 %. */
export function Distribution({ latencies }: { readonly latencies: Latencies | undefined }) {
  const pointed = useMemo(() => cell<number | undefined>(undefined), []);
  const { data, lines } = useMemo(() => {
    const { edgesMs = [], legacy = [], modern = [], shadow } = latencies ?? {};
    const made: readonly Line[] = [
      {
        label: "legacy",
        look: "legacy",
        values: shares(legacy, shadow?.legacy ?? []),
        area: true,
        steps: true,
      },
      {
        label: "modern",
        look: "modern",
        values: shares(modern, shadow?.modern ?? []),
        area: true,
        steps: true,
      },
    ];
    return {
      lines: made,
      data: [onLogScale(edgesMs), ...made.map((line) => line.values)] as unknown as uPlot.AlignedData,
    };
  }, [latencies]);
  const edges = latencies?.edgesMs ?? [];
  const title = "Latency distribution";
  const whenText = (index: number) => `${msText(edges[index])} to ${msText(edges[index + 1])}`;
  const options = (): Omit<uPlot.Options, "width" | "height"> => ({
    legend: { show: false },
    padding: [16, 28, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, distr: 3, range: (_plot, min, max) => [min ?? 1, max ?? 10] },
      y: { range: (_plot, _min, max) => [0, Math.max((max ?? 0) * 1.1, 1)] },
    },
    axes: [latencyAxis(), valueAxis(percent)],
    series: [{}, ...lines.map(seriesOf)],
    hooks: { setCursor: [(plot) => pointed.set(plot.cursor.idx ?? undefined)] },
  });
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p class="note">share of a side's answers; clients and shadows</p>
      </figcaption>
      {edges.length < 2 ? (
        <p class="chart-empty">
          {latencies === undefined ? "Reading …" : "Nothing was answered in this time."}
        </p>
      ) : (
        <>
          <Legend lines={lines} text={percent} at={pointed} whenText={whenText} pointedOnly />
          <Plot
            options={options}
            data={data}
            shape="distribution"
            height={176}
            label={`${title}: ${lines.map((line) => `${line.label} mostly ${whenText(peak(line.values))}`).join(", ")}`}
          />
          <ChartTable
            title={title}
            first="Latency"
            lines={lines}
            rows={edges.length - 1}
            whenText={whenText}
            text={percent}
          />
        </>
      )}
    </figure>
  );
}

function peak(values: readonly (number | null)[]): number {
  return values.reduce<number>((best, value, at) => ((value ?? 0) > (values[best] ?? 0) ? at : best), 0);
}
