/** Time and randomness, handed in so that everything below main is repeatable. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Microseconds on a clock that never goes back; for durations only. */
  micros(): number;
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string;
}
