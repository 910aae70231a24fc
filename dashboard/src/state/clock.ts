/** The page's only look at the time, ms since the epoch. */
export function now(): number {
  return Date.now();
}
