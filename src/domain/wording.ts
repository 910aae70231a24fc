/** How numbers are written in messages: the same in refusals, status and history. */

import type { Position } from "./position.ts";

/** `12,345`, of a count below 10^21. Without Intl, which takes long to load. */
export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3}){1,6}$)/g, ",");
}

/** At most `digits` decimals, no trailing zeros. */
export function numberText(value: number, digits = 3): string {
  return String(Number(value.toFixed(digits)));
}

/**
 * `450 ms`, `12 s`, `4 min 10 s`, `2 h 5 min`, `3 d`. Rounded up, so that waiting that long is enough; what has passed is
 * rounded with Math.floor, so that it never looks like more than it is.
 */
export function durationText(ms: number, round: (value: number) => number = Math.ceil): string {
  if (ms < 1000) return `${round(ms)} ms`;
  const seconds = round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, "min", "s");
  if (seconds < 86_400) return twoUnits(round(seconds / 60), 60, "h", "min");
  return twoUnits(round(seconds / 3600), 24, "d", "h");
}

/** `1 comparison`, `12,380 comparisons`, `2 copies`. */
export function countOf(count: number, noun: string, many = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : many}`;
}

function twoUnits(small: number, perLarge: number, large: string, smallName: string): string {
  const rest = small % perLarge;
  return `${Math.floor(small / perLarge)} ${large}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/** How long before `now` (ms) an instant was, in one unit: `12 s ago`, `5 min ago`. To a clock that disagrees it is `just now`. */
export function agoText(at: string | number, now: number): string {
  const passed = now - (typeof at === "number" ? at : Date.parse(at));
  if (!(passed >= 2_000)) return "just now";
  return `${durationText(passed, Math.floor).split(" ").slice(0, 2).join(" ")} ago`;
}

/** An instant (ms since the epoch) in UTC, to the second: `2026-11-22 19:35:49Z`. */
export function momentText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** A share as it was set: `25 %`, `0.05 %`; at most two decimals, none that are zero. */
export function shareText(percent: number): string {
  return `${numberText(percent, 2)} %`;
}

/** `part` of `whole` in percent; `–` when nothing was counted. Above zero it never reads as zero. */
export function rateText(part: number, whole: number): string {
  if (whole === 0) return "–";
  const value = (part / whole) * 100;
  if (value > 0 && value < 0.01) return "<0.01 %";
  if (value > 99.99 && value < 100) return ">99.99 %";
  return `${value.toFixed(2)} %`;
}

/** `modern 10 %, shadow 100 %`; what is not given is left out. */
export function positionText({ modern, shadow }: Partial<Position>): string {
  const parts = [
    modern === undefined ? "" : `modern ${shareText(modern)}`,
    shadow === undefined ? "" : `shadow ${shareText(shadow)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** The first few of a list: `a, b, c and 4 more`; `none` of an empty one. */
export function listText(items: readonly string[], most = 8): string {
  if (items.length === 0) return "none";
  if (items.length <= most) return items.join(", ");
  return `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
}
