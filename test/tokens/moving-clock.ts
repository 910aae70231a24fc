import type { Clock } from "../../src/domain/clock.ts";

/** The system's clock, put forward. */
export class MovingClock implements Clock {
  aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  micros(): number {
    return (performance.now() + this.aheadMs) * 1000;
  }

  hex(bytes: number): string {
    return "0".repeat(bytes * 2);
  }
}
