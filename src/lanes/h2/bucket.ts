/** What a client did of a kind, less so many a second: a leaky bucket. */
export class Bucket {
  private readonly burst: number;
  private readonly rate: number;
  private level = 0;
  private atMs: number;

  /** `rate`: a second. */
  constructor(burst: number, rate: number, nowMs: number) {
    this.burst = burst;
    this.rate = rate;
    this.atMs = nowMs;
  }

  /** Once more, or so many. False: that is more than may be. */
  add(nowMs: number, count = 1): boolean {
    this.level = Math.max(0, this.level - ((nowMs - this.atMs) * this.rate) / 1000) + count;
    this.atMs = nowMs;
    return this.level <= this.burst;
  }
}
