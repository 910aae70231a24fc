import { setTimeout as delay } from "node:timers/promises";

/** Asks again until `done` says yes; then gives the value, else fails with the last one. */
export async function until<Value>(
  ask: () => Promise<Value> | Value,
  done: (value: Value) => boolean,
  deadlineMs = 20_000,
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (performance.now() > end) {
      throw new Error(`still not there after ${deadlineMs} ms: ${JSON.stringify(value, null, 1)}`);
    }
    await delay(25);
  }
}
