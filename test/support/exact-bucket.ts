/** A token bucket in exact fractions (BigInt): what a limit is held against. Time in whole microseconds. */
export class ExactBucket {
  /** Tokens as a fraction over `scale`. */
  private tokens: bigint;
  private readonly scale: bigint;
  private readonly perMicro: bigint;
  private readonly most: bigint;
  private at = 0n;

  /** `amount`: a decimal number as text, every `periodMicros`. */
  constructor(amount: string, periodMicros: number, burst: number) {
    const [whole = "", decimals = ""] = amount.split(".");
    this.scale = BigInt(periodMicros) * 10n ** BigInt(decimals.length);
    this.perMicro = BigInt(whole + decimals);
    this.most = BigInt(burst) * this.scale;
    this.tokens = this.most;
  }

  /** True: the request passes. */
  take(micros: number): boolean {
    const now = BigInt(micros);
    this.tokens += (now - this.at) * this.perMicro;
    if (this.tokens > this.most) this.tokens = this.most;
    this.at = now;
    if (this.tokens < this.scale) return false;
    this.tokens -= this.scale;
    return true;
  }
}
