import { countText, numberText, shareText } from "../domain/wording.ts";

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

/** `modern 10 → 25 %`, or `modern 25 %` where nothing changes. */
export function move(from: number, to: number): string {
  return from === to ? shareText(to) : `${numberText(from, 2)} → ${shareText(to)}`;
}
