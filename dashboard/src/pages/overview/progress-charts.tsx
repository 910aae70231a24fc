import { useMemo } from "preact/hooks";
import type { Mark } from "../../charts/marks.ts";
import { TimeChart } from "../../charts/time-chart.tsx";
import { Card } from "../../parts/card.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Overview } from "../../state/wire.ts";
import { countText, durationText, percentText } from "../../words.ts";

interface ChartsProps {
  readonly overview: Overview;
  readonly marks: readonly Mark[];
}

/** By requests and by routes since the first entry of the ledger. */
export function ProgressCharts({ overview, marks }: ChartsProps) {
  if (overview.series.at.length === 0) {
    return (
      <Card title="Over time" id="progress">
        <Empty title="No history yet">It begins with the first shift, or the first request.</Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Over time"
      id="progress"
      aside={
        <span class="note">since the first shift · one point is {durationText(overview.series.stepMs)}</span>
      }
    >
      <Charts overview={overview} marks={marks} />
    </Card>
  );
}

function Charts({ overview, marks }: ChartsProps) {
  const { series, at, routes } = overview;
  const { times, share, past, splitting, shadowing, begunRoutes } = useMemo(() => {
    const { legacy, modern, phases } = series;
    const column = (pick: (index: number) => number) => series.at.map((_, index) => pick(index));
    const done = column((i) => (phases.cutover[i] ?? 0) + (phases.retired[i] ?? 0));
    const some = column((i) => phases.splitting[i] ?? 0);
    const looked = column((i) => phases.shadowing[i] ?? 0);
    return {
      times: series.at.map((ms) => ms / 1000),
      share: series.at.map((_, i) => {
        const all = (legacy[i] ?? 0) + (modern[i] ?? 0);
        return all === 0 ? null : ((modern[i] ?? 0) / all) * 100;
      }),
      past: done,
      splitting: some,
      shadowing: looked,
      begunRoutes: {
        split: done.map((count, i) => count + (some[i] ?? 0)),
        shadow: done.map((count, i) => count + (some[i] ?? 0) + (looked[i] ?? 0)),
      },
    };
  }, [series]);
  const from = times[0] ?? 0;
  const to = Math.max(Date.parse(at) / 1000, from + 60);
  const window = { times, from, to, marks, group: "overview", height: 248 };
  return (
    <div class="charts-pair">
      <TimeChart
        {...window}
        title="Requests answered by modern"
        summary={`now ${percentText(share.findLast((value) => value !== null))}; the rest is legacy's`}
        lines={[{ label: "modern", look: "modern", values: share, area: true }]}
        top={100}
        text={(value) => `${Number(value.toFixed(1))} %`}
      />
      <TimeChart
        {...window}
        title="Routes by phase"
        summary={`now ${past.at(-1) ?? 0} of ${routes.total} served by modern alone, ${splitting.at(-1) ?? 0} splitting, ${shadowing.at(-1) ?? 0} shadowing`}
        lines={[
          {
            label: "shadowing",
            look: "phase shadowing",
            values: begunRoutes.shadow,
            said: shadowing,
            area: "band",
            steps: true,
          },
          {
            label: "splitting",
            look: "phase splitting",
            values: begunRoutes.split,
            said: splitting,
            area: "band",
            steps: true,
          },
          { label: "modern alone", look: "modern", values: past, area: true, steps: true },
        ]}
        top={Math.max(routes.total, 1)}
        text={countText}
      />
    </div>
  );
}
