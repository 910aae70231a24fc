/** The one place of ambient time and randomness. */
import { randomFillSync } from "node:crypto";
import type { Clock } from "./domain/clock.ts";

/** Filling a pool at a time makes a request's id cost a copy, not a call into the kernel. */
const pool = Buffer.allocUnsafeSlow(16 * 1024);
let used = pool.length;

function randomHex(bytes: number): string {
  if (bytes > pool.length) return randomFillSync(Buffer.allocUnsafe(bytes)).toString("hex");
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString("hex", used, used + bytes);
  // No byte is handed out twice, and none stays behind to be read later.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return hex;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  micros: () => performance.now() * 1000,
  hex: randomHex,
};
