import { withoutBlanks } from "./headers.ts";
import type { RawHeaders } from "./message.ts";
import type { Side } from "./position.ts";
import type { RouteDefinition, StickySource } from "./route.ts";
import { splitHash } from "./split.ts";
import { firstCookie } from "./sticky.ts";

/** Begins the names of the front door's cookies that pin a client (docs/contract.md, Pins). */
const PIN_COOKIE = "fig_pin_";

/** The longest `pinAfterWrite`. */
export const MAX_PIN_MS = 10 * 60 * 1000;
/** By how much the clocks of front doors may differ: a pin that ends later than it could is none of ours. */
const CLOCKS_APART_MS = 60_000;

/** A side that took a client's write, and until when its reads go there, ms since the epoch. */
export interface Pin {
  readonly side: Side;
  readonly until: number;
}

/** A pin as it passes from one process to others. */
export type ToldPin = readonly [keyHash: number, side: Side, until: number];

/** What a process knows of pins besides what clients send. */
export interface Pins {
  /** ms since the epoch. */
  now(): number;
  /** Of a client that may keep no cookies, by its key's split hash; undefined: none is remembered. */
  of(keyHash: number): Pin | undefined;
}

/** Of a cohort with a route that pins. */
export interface CohortPins {
  readonly cookie: string;
  /** The longest time of its routes, ms. */
  readonly longestMs: number;
}

/** By cohort; undefined: no route pins. */
export function cohortPins(
  routes: readonly Pick<RouteDefinition, "cohort" | "pinAfterWriteMs">[],
): ReadonlyMap<string, CohortPins> | undefined {
  const found = new Map<string, CohortPins>();
  for (const { cohort, pinAfterWriteMs = 0 } of routes) {
    const longestMs = Math.max(pinAfterWriteMs, found.get(cohort)?.longestMs ?? 0);
    if (longestMs > 0) found.set(cohort, { cookie: pinCookieName(cohort), longestMs });
  }
  return found.size === 0 ? undefined : found;
}

/** A name that any cohort can have, and that says nothing of it: one cookie for each, so that two writes do not undo each other's. */
export function pinCookieName(cohort: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(cohort));
  return PIN_COOKIE + splitHash("", bytes).toString(16).padStart(8, "0");
}

/** `secure`: the client speaks TLS. */
export function pinCookie(name: string, { side, until }: Pin, ms: number, secure: boolean): string {
  const maxAge = Math.ceil(ms / 1000);
  return `${name}=${side}.${until}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

const VALUE = /^(legacy|modern)\.(\d{1,15})$/;

/** The pin that a client sent; undefined: none that a front door wrote. */
export function sentPin(headers: RawHeaders, name: string): Pin | undefined {
  const [, side, until] = VALUE.exec(firstCookie(headers, name) ?? "") ?? [];
  return side === undefined ? undefined : { side: side as Side, until: Number(until) };
}

/** It began, and is not over. A client that keeps a cookie for longer than it was told to is not pinned for longer. */
export function isPinned(pin: Pin | undefined, now: number, longestMs: number): pin is Pin {
  return pin !== undefined && pin.until > now && pin.until <= now + longestMs + CLOCKS_APART_MS;
}

/** Whether a client that comes with this key may keep no cookies: then the process remembers it too. */
export function isRemembered(source: StickySource | undefined): boolean {
  return source?.kind === "header" || source?.kind === "ip";
}

/** Takes the front door's pins out of Cookie fields, in place: they are nobody's but its own. */
export function dropPins(headers: string[]): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    let value = headers[i + 1] as string;
    if (value.includes(PIN_COOKIE) && name.toLowerCase() === "cookie") {
      const pairs = value.split(";").filter((pair) => !pair.trimStart().startsWith(PIN_COOKIE));
      if (pairs.length === 0) continue;
      value = withoutBlanks(pairs.join(";"));
    }
    headers[kept] = name;
    headers[kept + 1] = value;
    kept += 2;
  }
  headers.length = kept;
}
