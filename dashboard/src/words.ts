/** How numbers, times and names are written on the page. */

import type { Position } from "../../src/domain/position.ts";
import {
  connectsText,
  endedOf,
  endText,
  messagesText,
  socketFigures,
  troubleText,
} from "../../src/domain/socket-wording.ts";
import { isWatched, upstreamText } from "../../src/domain/upstream-wording.ts";
import {
  agoText,
  countOf,
  countText,
  durationText,
  numberText,
  positionText,
  shareText,
} from "../../src/domain/wording.ts";

export {
  agoText,
  connectsText,
  countOf,
  countText,
  durationText,
  endedOf,
  endText,
  isWatched,
  messagesText,
  numberText,
  positionText,
  shareText,
  socketFigures,
  troubleText,
  upstreamText,
};

export const NONE = "–";

/** `37.2 %`; two digits where it is close to 0 or 100, so that neither is said too early. */
export function percentText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (value === 0 || value === 100) return `${value} %`;
  const away = Math.min(value, Math.abs(100 - value));
  if (away < 0.01) return value < 50 ? "< 0.01 %" : "> 99.99 %";
  return `${value.toFixed(away < 10 ? 2 : 1)} %`;
}

/** `3.22 to 4.21 %`. */
export function intervalText(low: number, high: number): string {
  return `${percentText(low).replace(/ %$/, "")} to ${percentText(high)}`;
}

/** Latencies: three digits that mean something. */
export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NONE;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `0.2`, `12.4`, `1,203`. */
export function perSecondText(value: number): string {
  if (value >= 100) return countText(Math.round(value));
  if (value > 0 && value < 0.01) return "< 0.01";
  return value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** `12,345` up to six digits, then `1.23M`. */
export function shortCount(count: number): string {
  return count < 1_000_000 ? countText(count) : COMPACT.format(count);
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export function timeText(ms: number): string {
  return TIME.format(ms);
}

/** `14:05:09` today, `3 Nov 14:05:09` on other days. */
export function momentText(at: string | number, now: number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  const today = new Date(ms).toDateString() === new Date(now).toDateString();
  return today ? TIME.format(ms) : `${DAY.format(ms)} ${TIME.format(ms)}`;
}

const MINUTE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** `3 Nov, 14:00`. */
export function minuteText(ms: number): string {
  return MINUTE.format(ms);
}

export function fullMoment(at: string | number): string {
  return FULL.format(typeof at === "number" ? at : Date.parse(at));
}

/** `Europe/Berlin, GMT+01:00`: that of every time on the page. */
export function zoneText(at: number): string {
  const format = new Intl.DateTimeFormat("en-GB", { timeZoneName: "longOffset" });
  const offset = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const { timeZone } = format.resolvedOptions();
  return timeZone === "UTC" ? "UTC" : `${timeZone}, ${offset.replace("GMT", "UTC")}`;
}

export function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function partText(name: "modern" | "shadow", from: Position, to: Position): string {
  return from[name] === to[name] ? "" : `${name} ${shareText(from[name])} → ${shareText(to[name])}`;
}

/** `modern 10 % → 25 %, shadow 100 % → 20 %`. */
export function changeText({ from, to }: { readonly from: Position; readonly to: Position }): string {
  const parts = [partText("modern", from, to), partText("shadow", from, to)].filter(Boolean);
  if (parts.length > 0) return parts.join(", ");
  return `stays at modern ${shareText(to.modern)}, shadow ${shareText(to.shadow)}`;
}
