import { useMemo } from "preact/hooks";
import type { Mark } from "../../charts/marks.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { Card } from "../../parts/card.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Overview } from "../../state/wire.ts";
import { countText, durationText, fullMoment, percentText, zoneText } from "../../words.ts";
import { begunText, phaseLines, sharePercents } from "./progress.ts";

interface ChartsProps {
  readonly overview: Overview;
  readonly marks: readonly Mark[];
}

/** By requests and by routes since the first entry of the ledger. */
export function ProgressCharts({ overview, marks }: ChartsProps) {
  if (overview.series.at.length === 0) {
    return (
      <Card title="Over time" id="progress">
        {overview.unknown ? (
          <Empty title="The history is not known">
            The state store is away since {fullMoment(overview.unknown.since)}.
          </Empty>
        ) : (
          <Empty title="No history yet">It begins with the first shift, or the first request.</Empty>
        )}
      </Card>
    );
  }
  return (
    <Card
      title="Over time"
      id="progress"
      aside={
        <span class="note">
          {begunText(overview)} · one point is {durationText(overview.series.stepMs)} · times in{" "}
          {zoneText(Date.parse(overview.at))}
        </span>
      }
    >
      <Charts overview={overview} marks={marks} />
    </Card>
  );
}

function Charts({ overview, marks }: ChartsProps) {
  const { series, at, routes } = overview;
  const times = useMemo(() => series.at.map((ms) => ms / 1000), [series]);
  const share = useMemo(() => sharePercents(series), [series]);
  const phases = useMemo(() => phaseLines(overview), [series, at]);
  const from = times[0] ?? 0;
  const to = Math.max(Date.parse(at) / 1000, from + 60);
  const window = { from, to, marks, group: "overview", height: 248 };
  return (
    <div class="charts-pair">
      <TimeChart
        {...window}
        times={times}
        title="Requests answered by modern"
        summary={`now ${percentText(share.findLast((value) => value !== null))}; legacy answers the rest`}
        lines={[{ label: "modern", look: "modern", values: share, area: true }]}
        top={100}
        text={(value) => `${Number(value.toFixed(1))} %`}
      />
      <TimeChart
        {...window}
        {...phases}
        atEnds
        title="Routes by phase"
        whole
        top={Math.max(routes.total, 1)}
        text={countText}
      />
    </div>
  );
}
