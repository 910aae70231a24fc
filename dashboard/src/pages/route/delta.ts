import type { RouteStatus, SideStatus } from "../../state/wire.ts";
import { numberText } from "../../words.ts";

export interface Delta {
  readonly text: string;
  readonly tone: "good" | "bad" | "quiet";
}

/** Less than this is the same, in percent of legacy's value and in points. */
const SAME_PERCENT = 3;
const SAME_POINTS = 0.01;

function signed(value: number, digits: number): string {
  const text = numberText(Math.abs(value), digits);
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** Latencies: `+12 %`, or `3.4 ×` where percents say little. */
export function timesOf(modern: number, legacy: number): Delta {
  if (legacy === 0) return { text: "–", tone: "quiet" };
  const percent = (modern / legacy - 1) * 100;
  if (Math.abs(percent) < SAME_PERCENT) return { text: "the same", tone: "quiet" };
  const tone = percent > 0 ? "bad" : "good";
  return { text: percent > 100 ? `${numberText(modern / legacy, 1)} ×` : `${signed(percent, 0)} %`, tone };
}

/** Error rates, in percentage points. */
export function pointsOf(points: number): Delta {
  if (Math.abs(points) < SAME_POINTS) return { text: "the same", tone: "quiet" };
  return { text: `${signed(points, 2)} points`, tone: points > 0 ? "bad" : "good" };
}

interface Pair {
  readonly legacy: SideStatus;
  readonly modern: SideStatus;
  readonly says: string;
}

/** Clients' answers beside clients' where both sides serve; else those to clients beside those to shadows of the same requests. */
export function sidesToCompare({ legacy, modern, shadow }: RouteStatus): Pair | undefined {
  if (legacy.requests > 0 && modern.requests > 0) return { legacy, modern, says: "clients of both" };
  if (legacy.requests > 0 && shadow.modern.requests > 0)
    return { legacy, modern: shadow.modern, says: "modern as shadow" };
  if (modern.requests > 0 && shadow.legacy.requests > 0)
    return { legacy: shadow.legacy, modern, says: "legacy as shadow" };
  return undefined;
}
