import { useEffect, useState } from "preact/hooks";
import { now } from "./clock.ts";

/** The time, again every so often: for "4 min ago". */
export function useNow(everyMs = 15_000): number {
  const [at, setAt] = useState(now());
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return at;
}
