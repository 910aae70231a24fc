import type { DifferenceGroup } from "../../state/wire.ts";
import { countText, durationText } from "../../words.ts";

/** Fewer comparisons lately say nothing of a trend. */
const FEW = 20;
/** A rate that changed less than by this factor is steady. */
const STEADY = 1.5;

interface Trend {
  readonly sign: string;
  readonly text: string;
  readonly tone: "good" | "bad" | "quiet";
}

/** The rate of the last quarter of an hour beside that of before it. */
function trendOf({
  count,
  comparisons,
  lately,
}: Pick<DifferenceGroup, "count" | "comparisons"> & {
  readonly lately?: DifferenceGroup["lately"];
}): Trend | undefined {
  if (!lately || lately.comparisons < FEW) return undefined;
  const before = comparisons - lately.comparisons;
  const rate = lately.count / lately.comparisons;
  const usual = before > 0 ? (count - lately.count) / before : undefined;
  if (usual === undefined || (usual === 0 && lately.count > 0))
    return { sign: "▲", text: "new", tone: "bad" };
  if (lately.count === 0) {
    const expected = usual * lately.comparisons;
    return expected >= 3
      ? { sign: "▼", text: "not lately", tone: "good" }
      : { sign: "●", text: "too rare to say", tone: "quiet" };
  }
  if (rate > usual * STEADY) return { sign: "▲", text: "rising", tone: "bad" };
  if (rate * STEADY < usual) return { sign: "▼", text: "falling", tone: "good" };
  return { sign: "●", text: "steady", tone: "quiet" };
}

export function TrendMark({ of }: { readonly of: Parameters<typeof trendOf>[0] }) {
  const trend = trendOf(of);
  if (trend === undefined || !of.lately) {
    return (
      <span class="trend quiet" title="It takes a minute and 20 comparisons to say whether it grows.">
        – <span class="note">not known yet</span>
      </span>
    );
  }
  const { count, comparisons, ms } = of.lately;
  return (
    <span class={`trend ${trend.tone}-text`}>
      <span aria-hidden="true">{trend.sign}</span> {trend.text}
      <span class="note">
        {countText(count)} of {countText(comparisons)} in {durationText(ms)}
      </span>
    </span>
  );
}
