import { mostFirst } from "../../../../src/domain/most-first.ts";
import type { Line } from "../../charts/look.ts";
import { sum } from "../../figures.ts";
import type { Definition, Series, SideColumns } from "../../state/wire.ts";

const MINUTE_MS = 60_000;
/** What was counted is there a little later. */
const SETTLE_MS = 10_000;

export type Quantile = "p50" | "p95" | "p99";

const NAMES = ["legacy", "modern", "legacy shadow", "modern shadow"] as const;

/** The four ways an answer is given. Those that gave none in this time are left out, except legacy and modern. */
function sides({
  legacy,
  modern,
  shadow,
}: Series): readonly (readonly [(typeof NAMES)[number], SideColumns])[] {
  const all = [legacy, modern, shadow.legacy, shadow.modern];
  return NAMES.flatMap((name, at) => {
    const side = all[at] as SideColumns;
    return at < 2 || side.requests.some((count) => count > 0) ? [[name, side] as const] : [];
  });
}

/**
 * The current minute has not had all its requests yet and would look like a fall. It is left out, unless there is hardly
 * anything else.
 */
function settled(series: Series, now: number): (values: readonly number[]) => readonly (number | null)[] {
  const { at, stepMs } = series;
  const scale = MINUTE_MS / stepMs;
  const newest = at.length - 1;
  const goesOn = (at[newest] ?? 0) + stepMs > now - SETTLE_MS;
  const counted = at.filter((_, index) =>
    sides(series).some(([, side]) => (side.requests[index] ?? 0) > 0),
  ).length;
  const leftOut = goesOn && counted > 2 ? newest : undefined;
  return (values) => values.map((count, index) => (index === leftOut ? null : count * scale));
}

export function perMinute(series: Series, now: number): readonly Line[] {
  const scaled = settled(series, now);
  return sides(series).map(([name, side]) => ({
    label: name,
    look: name,
    values: scaled(side.requests),
  }));
}

export function errorLines(series: Series): readonly Line[] {
  return sides(series).map(([name, side]) => ({
    label: name,
    look: name,
    values: side.requests.map((count, at) => (count === 0 ? null : ((side.errors[at] ?? 0) / count) * 100)),
  }));
}

export function quantileLines(series: Series, quantile: Quantile): readonly Line[] {
  return sides(series).map(([name, side]) => ({ label: name, look: name, values: side[quantile] }));
}

/** Stacked, so that their height is what was tried. */
export function comparisonLines(series: Series, now: number): readonly Line[] {
  const { match, mismatch, inconclusive } = series.comparisons;
  const scaled = settled(series, now);
  const added = (...all: readonly (readonly number[])[]) =>
    scaled(match.map((_, at) => all.reduce((total, each) => total + (each[at] ?? 0), 0)));
  return [
    {
      label: "inconclusive",
      look: "inconclusive",
      values: added(match, mismatch, inconclusive),
      said: scaled(inconclusive),
      area: "band",
    },
    {
      label: "mismatch",
      look: "mismatch",
      values: added(match, mismatch),
      said: scaled(mismatch),
      area: "band",
    },
    { label: "match", look: "match", values: scaled(match), area: true },
  ];
}

const MOST_SUMMED = mostFirst<readonly [string, readonly number[]]>(
  ([, counts]) => sum(counts),
  ([reason]) => reason,
);

const REASON_LOOKS = ["reason first", "reason second", "reason third"] as const;

/**
 * Why requests were not compared, the most frequent first; where there are more reasons than strokes the last are added up.
 * None: everything was.
 */
export function notComparedLines(series: Series, now: number): readonly Line[] {
  const scaled = settled(series, now);
  const counted = Object.entries(series.notCompared)
    .filter(([, counts]) => sum(counts) > 0)
    .sort(MOST_SUMMED);
  const named = counted.length > REASON_LOOKS.length ? REASON_LOOKS.length - 1 : counted.length;
  const rest = counted.slice(named);
  const others = series.at.map((_, at) => sum(rest.map(([, counts]) => counts[at] ?? 0)));
  const shown = [
    ...counted.slice(0, named),
    ...(rest.length === 0 ? [] : [[`${rest.length} other reasons`, others] as const]),
  ];
  return REASON_LOOKS.flatMap((look, at) => {
    const [label, counts] = shown[at] ?? [];
    return label === undefined || counts === undefined ? [] : [{ label, look, values: scaled(counts) }];
  });
}

export function mismatchLines({ mismatchRate: { value, low, high } }: Series): readonly Line[] {
  return [
    { label: "upper end", look: "bound", values: high },
    { label: "mismatch rate", look: "mismatch", values: value },
    { label: "lower end", look: "bound", values: low },
  ];
}

/** What the gate that waits allows at each time. Legacy's values decide where a limit is relative to them. */
export function gateLines(gate: Definition["gate"], { at, shadow, ...series }: Series, quantile: Quantile) {
  const served = series.legacy.requests.some((count) => count > 0);
  const legacy = served ? series.legacy : shadow.legacy;
  const line = (label: string, values: readonly (number | null)[]): readonly Line[] => [
    { label, look: "gate", values },
  ];
  const { maxMismatchRate = null, maxErrorRateIncrease = null, maxLatencyRatio } = gate ?? {};
  const ratio = maxLatencyRatio?.[quantile] ?? null;
  const whose = gate === null || gate.step === null ? "gate" : `gate of step ${gate.step}`;
  return {
    mismatches:
      maxMismatchRate === null
        ? []
        : line(
            whose,
            at.map(() => maxMismatchRate),
          ),
    errors:
      maxErrorRateIncrease === null
        ? []
        : line(
            whose,
            legacy.requests.map((count, index) =>
              count === 0 ? null : ((legacy.errors[index] ?? 0) / count) * 100 + maxErrorRateIncrease,
            ),
          ),
    latency:
      ratio === null
        ? []
        : line(
            whose,
            legacy[quantile].map((ms) => (ms === null ? null : ms * ratio)),
          ),
  };
}
