import type { Decision } from "../routing/decide.ts";

/** Which route and side it was, where there is one. `fellBack`: legacy answers in modern's place. */
export function addDebugHeaders(
  headers: string[],
  { live, side, target }: Decision,
  fellBack: boolean,
): void {
  if (live === undefined) return;
  headers.push("x-fig-route", live.id);
  if (target !== undefined) headers.push("x-fig-side", fellBack ? "legacy" : side);
}
