import { Chips } from "../../parts/chips.tsx";
import { type Place, refine } from "../../state/place.ts";

const HOUR_MS = 3_600_000;
const RANGES = {
  "1h": { label: "1 h", ms: HOUR_MS },
  "6h": { label: "6 h", ms: 6 * HOUR_MS },
  "24h": { label: "24 h", ms: 24 * HOUR_MS },
  "7d": { label: "7 d", ms: 7 * 24 * HOUR_MS },
  "30d": { label: "30 d", ms: 30 * 24 * HOUR_MS },
  "90d": { label: "90 d", ms: 90 * 24 * HOUR_MS },
} as const;

type RangeName = keyof typeof RANGES;

function isRange(text: string | null): text is RangeName {
  return text !== null && Object.hasOwn(RANGES, text);
}

const POINTS = 120;

/** The start, ms since the epoch. It moves in steps, so that the address of an answer lasts a while. */
export function rangeOf(place: Place, now: number): { readonly from: number; readonly ms: number } {
  const asked = place.query.get("range");
  const { ms } = RANGES[isRange(asked) ? asked : "1h"];
  const step = Math.max(60_000, ms / POINTS);
  return { from: Math.floor((now - ms) / step) * step, ms };
}

export function RangePicker({ place }: { readonly place: Place }) {
  const asked = place.query.get("range") ?? "1h";
  return (
    <Chips
      label="Time shown"
      options={Object.keys(RANGES) as RangeName[]}
      chosen={asked}
      onChoose={(range) => refine({ range })}
      says={(range) => RANGES[range].label}
    />
  );
}
