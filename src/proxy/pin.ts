import { makePrivate } from "../domain/client-cookie.ts";
import { isRemembered, pinCookie } from "../domain/pins.ts";
import { askedScheme } from "../routing/asked.ts";
import type { Decision } from "../routing/decide.ts";
import type { ExchangeContext } from "./contract.ts";

/**
 * Pins the client to the side that answers its write: by a cookie, and in memory where its key is none that a cookie carries.
 * No shared cache may store the answer from here on. `fellBack`: legacy answers in modern's place.
 */
export function givePin(
  decision: Decision,
  fellBack: boolean,
  headers: string[],
  { pins, pinCookie: told }: Pick<ExchangeContext, "pins" | "pinCookie">,
): void {
  const { live, table, side, pinMs = 0, keyHash, keySource } = decision;
  const cohort = live === undefined ? undefined : table.pins?.get(live.definition.cohort);
  if (live === undefined || cohort === undefined) return;
  const pin = { side: fellBack ? "legacy" : side, until: pins.now() + pinMs } as const;
  told(makePrivate(headers, true), live.id);
  headers.push("set-cookie", pinCookie(cohort.cookie, pin, pinMs, askedScheme(decision) === "https"));
  if (keyHash !== undefined && isRemembered(keySource)) pins.remember(keyHash, pin);
}
