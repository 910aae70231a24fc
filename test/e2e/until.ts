import { setTimeout as delay } from "node:timers/promises";

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Asks again until `done` says yes; then gives the value, else fails with the last one. It asks less often the longer it has waited: the
 * answer to a question costs what is waited for the same cores.
 */
export async function until<Value>(
  ask: () => Promise<Value> | Value,
  done: (value: Value) => boolean,
  deadlineMs = 25_000,
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (performance.now() > end) {
      throw new Error(`still not there after ${deadlineMs} ms: ${JSON.stringify(value, null, 1)}`);
    }
    await delay(pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.2);
  }
}
