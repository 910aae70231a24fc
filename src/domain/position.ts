/** Which of a route's two upstreams. */
export type Side = "legacy" | "modern";

export const SIDES: readonly Side[] = ["legacy", "modern"];

export function otherSide(side: Side): Side {
  return side === "legacy" ? "modern" : "legacy";
}

/** Where a route stands. Percent, 0 to 100, at most two decimals. */
export interface Position {
  readonly modern: number;
  readonly shadow: number;
}

/** In the order a route goes through them. */
export const PHASES = ["legacy", "shadowing", "splitting", "cutover", "retired"] as const;
export type Phase = (typeof PHASES)[number];

/** Read off the position (docs/contract.md, Words); `retired` is declared in the route file. */
export function phaseOf(position: Position, retired: boolean): Phase {
  if (retired) return "retired";
  if (position.modern >= 100) return "cutover";
  if (position.modern > 0) return "splitting";
  return position.shadow > 0 ? "shadowing" : "legacy";
}

export function samePosition(a: Position, b: Position): boolean {
  return a.modern === b.modern && a.shadow === b.shadow;
}

/** True for a number from 0 to 100 with at most two decimals (whole hundredths of a percent). */
export function isPercent(value: unknown): value is number {
  if (typeof value !== "number" || !(value >= 0 && value <= 100)) return false;
  const hundredths = value * 100;
  return Math.abs(hundredths - Math.round(hundredths)) < 1e-6;
}
