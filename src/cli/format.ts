import type { Position } from "../domain/position.ts";
import { countText } from "../domain/wording.ts";

/** A percentage as the user would write it: at most two decimals, none that are zero. */
export function percent(value: number): string {
  return `${Number(value.toFixed(2))} %`;
}

/** `part` of `whole` in percent; `–` when nothing was counted. Above zero it never reads as zero. */
export function rate(part: number, whole: number): string {
  if (whole === 0) return "–";
  const value = (part / whole) * 100;
  if (value > 0 && value < 0.01) return "<0.01 %";
  if (value > 99.99 && value < 100) return ">99.99 %";
  return `${value.toFixed(2)} %`;
}

/** Milliseconds with three significant digits, without a unit. */
export function millis(value: number | null): string {
  if (value === null) return "–";
  if (value >= 100) return countText(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `2026-11-22T19:35:49.123Z` → `2026-11-22 19:35:49Z`; anything else as it is. */
export function instant(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, "$1 $2Z");
}

/** How long before `now` (ms) an instant was: `12 s`, `5 min`, `3 h`, `2 d`; a clock that disagrees reads `now`. */
export function ago(iso: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(iso)) / 1000);
  if (!(seconds > 0)) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `modern 10 → 25 %`, or `modern 25 %` where nothing changes. */
export function move(from: number, to: number): string {
  return from === to ? percent(to) : `${Number(from.toFixed(2))} → ${percent(to)}`;
}

export function positionText(position: Position): string {
  return `modern ${percent(position.modern)}, shadow ${percent(position.shadow)}`;
}
