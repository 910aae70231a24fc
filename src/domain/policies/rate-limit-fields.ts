import type { LimitRule, Reading } from "./limit.ts";
import { WINDOW_SECONDS } from "./utc-window.ts";

/** What one meter is called in the fields, and the two numbers of its policy. */
interface FieldItem {
  /** `"default";r=`: an item of RateLimit up to its number. */
  readonly begins: string;
  /** Its item of RateLimit-Policy. */
  readonly policy: string;
  /** Of RateLimit, the time is said too. */
  readonly timed: boolean;
}

/** The items of a rule's meters, in their order (domain/policies/limit.ts, metersOf). */
export function fieldItems({ name, rate, quotas, concurrent }: LimitRule): readonly FieldItem[] {
  const item = (called: string, q: number, more: string, timed = true): FieldItem => ({
    begins: `"${called}";r=`,
    policy: `"${called}";q=${q}${more}`,
    timed,
  });
  return [
    // A whole burst, and the time in which it comes free again: their ratio is the rate.
    ...(rate === undefined ? [] : [item(name, rate.burst, `;w=${fillSeconds(rate.pace)}`)]),
    ...quotas.map(({ amount, period }) => item(`${name}-${period}`, amount, `;w=${WINDOW_SECONDS[period]}`)),
    ...(concurrent === undefined
      ? []
      : [item(`${name}-concurrent`, concurrent, ';qu="concurrent-requests"', false)]),
  ];
}

function fillSeconds({ room, perMicro }: { readonly room: number; readonly perMicro: number }): number {
  return Math.max(1, Math.ceil(room / perMicro / 1e6));
}

/**
 * RateLimit (draft-ietf-httpapi-ratelimit-headers-11, section 4): what is left of each, and the seconds until it is whole again.
 * An item that is undefined is not said.
 */
export function rateLimitValue(
  items: readonly (FieldItem | undefined)[],
  readings: readonly Reading[],
): string {
  let text = "";
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined) continue;
    const { left, wholeMs } = readings[i] as Reading;
    if (text !== "") text += ", ";
    text += item.timed ? `${item.begins}${left};t=${Math.ceil(wholeMs / 1000)}` : `${item.begins}${left}`;
  }
  return text;
}

/** RateLimit-Policy (section 3). */
export function rateLimitPolicy(items: readonly (FieldItem | undefined)[]): string {
  return items.flatMap((item) => item?.policy ?? []).join(", ");
}

export type { FieldItem };
