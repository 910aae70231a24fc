import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Distribution } from "../../charts/distribution.tsx";
import type { Line } from "../../charts/look.ts";
import type { Mark } from "../../charts/marks.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { Card } from "../../parts/card.tsx";
import { Chips } from "../../parts/chips.tsx";
import { Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { useMarks } from "../../state/marks.ts";
import { type Place, refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { useNow } from "../../state/use-now.ts";
import type { Definition, Latencies, RouteStatus, Series } from "../../state/wire.ts";
import { countText, msText, numberText, percentText, zoneText } from "../../words.ts";
import { RangePicker, rangeOf } from "./range.tsx";
import {
  comparisonLines,
  errorLines,
  gateLines,
  mismatchLines,
  notComparedLines,
  perMinute,
  type Quantile,
  quantileLines,
} from "./route-lines.ts";

const QUANTILES: readonly Quantile[] = ["p50", "p95", "p99"];

interface RouteChartsProps {
  readonly route: RouteStatus;
  readonly place: Place;
  /** Whose limits are drawn. */
  readonly gate: Definition["gate"];
}

export function RouteCharts({ route, place, gate }: RouteChartsProps) {
  const now = useNow();
  const { from } = rangeOf(place, now);
  const live = { on: ["rollup", "shift"] as const, pauseMs: 2_000 };
  const series = useResource<Series>(url("/series", { route: route.id, from }), live);
  const latencies = useResource<Latencies>(
    url(`/routes/${encodeURIComponent(route.id)}/latencies`, { from, to: Math.ceil(now / 60_000) * 60_000 }),
    live,
  );
  const marks = useMarks({ from }, route.id);
  return (
    <Card
      title="Over time"
      id="charts"
      aside={
        <>
          <span class="note zone">times in {zoneText(now)}</span>
          <RangePicker place={place} />
        </>
      }
    >
      <Loaded of={series} what="charts">
        {(data) => (
          <Charts
            series={data}
            latencies={latencies.data}
            marks={marks}
            place={place}
            gate={gate}
            to={Math.max(data.to, now)}
          />
        )}
      </Loaded>
    </Card>
  );
}

interface ChartsProps {
  readonly series: Series;
  readonly latencies: Latencies | undefined;
  readonly marks: readonly Mark[];
  readonly place: Place;
  readonly gate: Definition["gate"];
  readonly to: number;
}

const LEAST_SHOWN_MS = 300_000;

/** Time before the first request is left out, so that a young route is not a thin line at the right. */
function firstShown({ at, stepMs, from, legacy, modern, shadow }: Series, to: number): number {
  const sides = [legacy, modern, shadow.legacy, shadow.modern];
  const first = at.findIndex((_, index) => sides.some((side) => (side.requests[index] ?? 0) > 0));
  if (first <= 0) return from;
  return Math.max(from, Math.min((at[first] ?? from) - stepMs, to - LEAST_SHOWN_MS));
}

function last(lines: readonly Line[], text: (value: number) => string): string {
  return lines
    .map((line) => {
      const value = (line.said ?? line.values).findLast((each) => each !== null);
      return `${line.label} ${value === undefined || value === null ? "nothing" : text(value)}`;
    })
    .join(", ");
}

function Charts({ series, latencies, marks, place, gate, to }: ChartsProps) {
  const asked = place.query.get("quantile");
  const quantile = QUANTILES.find((each) => each === asked) ?? "p95";
  const lines = useMemo(() => {
    const limits = gateLines(gate, series, quantile);
    return {
      requests: perMinute(series, to),
      errors: [...errorLines(series), ...limits.errors],
      quantile: [...quantileLines(series, quantile), ...limits.latency],
      comparisons: comparisonLines(series, to),
      mismatches: [...mismatchLines(series), ...limits.mismatches],
      notCompared: notComparedLines(series, to),
    };
  }, [series, quantile, gate, to]);
  const times = useMemo(() => series.at.map((ms) => ms / 1000), [series]);
  const window = { times, from: firstShown(series, to) / 1000, to: to / 1000, marks, group: "route" };
  const chart = (
    title: string,
    of: readonly Line[],
    text: (value: number) => string,
    note?: string,
    aside?: ComponentChildren,
  ) => (
    <TimeChart
      {...window}
      title={title}
      summary={`newest: ${last(of, text)}`}
      lines={of}
      text={text}
      aside={aside}
      {...(note === undefined ? {} : { note })}
    />
  );
  const percent = (value: number) => `${numberText(value, 2)} %`;
  const rate = (value: number) => numberText(value, 1);
  return (
    <div class="charts-pair">
      {chart("Requests a minute", lines.requests, (value) =>
        value < 10 ? numberText(value, 1) : countText(value),
      )}
      {chart("Error rate", lines.errors, percent, "5xx and broken answers; clients and shadows")}
      {chart(
        `Latency, ${quantile}`,
        lines.quantile,
        msText,
        undefined,
        <Chips
          label="Quantile"
          options={QUANTILES}
          chosen={quantile}
          onChoose={(each) => refine({ quantile: each })}
          says={(each) => each}
        />,
      )}
      <Distribution latencies={latencies} />
      {chart("Comparisons a minute", lines.comparisons, rate)}
      {chart("Mismatch rate", lines.mismatches, percentText, "with its 95 % interval")}
      {lines.notCompared.length > 0 &&
        chart("Not compared a minute", lines.notCompared, rate, "by reason, as explained above")}
    </div>
  );
}
