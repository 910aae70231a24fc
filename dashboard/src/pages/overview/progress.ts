import type { Line } from "../../charts/look.ts";
import type { Overview } from "../../state/wire.ts";
import { fullMoment } from "../../words.ts";

/** `since 3 Nov 2026, 14:05:09`; counts are not kept for ever. */
export function begunText({ since, series: { at } }: Pick<Overview, "since" | "series">): string {
  if (since === null) return "nothing was shifted yet";
  const [first] = at;
  if (first === undefined || Date.parse(since) >= first) return `since ${fullMoment(since)}`;
  return "in the last 90 days, for which counts are kept";
}

/** Percent of each step's requests; null: there were none. */
export function sharePercents({ legacy, modern }: Overview["series"]): readonly (number | null)[] {
  return legacy.map((count, i) => {
    const served = modern[i] ?? 0;
    return count + served === 0 ? null : (served / (count + served)) * 100;
  });
}

interface PhaseLines {
  /** s since the epoch. */
  readonly times: readonly number[];
  /** From the top down, stacked. */
  readonly lines: readonly Line[];
  readonly summary: string;
}

/** What stood at a step's end is drawn there: a shift is never before its own mark. The newest step ends now. */
export function phaseLines({ series, at, routes }: Pick<Overview, "series" | "at" | "routes">): PhaseLines {
  const { phases, stepMs } = series;
  const now = Date.parse(at);
  const column = (pick: (i: number) => number) => series.at.map((_, i) => pick(i));
  const done = column((i) => (phases.cutover[i] ?? 0) + (phases.retired[i] ?? 0));
  const splitting = column((i) => phases.splitting[i] ?? 0);
  const shadowing = column((i) => phases.shadowing[i] ?? 0);
  const split = done.map((count, i) => count + (splitting[i] ?? 0));
  const begun = split.map((count, i) => count + (shadowing[i] ?? 0));
  const band = { area: "band", steps: true } as const;
  return {
    times: series.at.map((ms) => Math.min(ms + stepMs, Math.max(ms, now)) / 1000),
    lines: [
      { label: "shadowing", look: "phase shadowing", values: begun, said: shadowing, ...band },
      { label: "splitting", look: "phase splitting", values: split, said: splitting, ...band },
      { label: "modern alone", look: "modern", values: done, area: true, steps: true },
    ],
    summary: `now ${done.at(-1) ?? 0} of ${routes.total} served by modern alone, ${splitting.at(-1) ?? 0} splitting, ${shadowing.at(-1) ?? 0} shadowing`,
  };
}
