import type { Clock } from "../domain/clock.ts";
import type { Pin, ToldPin } from "../domain/pins.ts";
import type { RememberedPins } from "../proxy/contract.ts";

/** Clients whose pins a process remembers; beyond it the oldest pin goes. */
const MAX_REMEMBERED_PINS = 16_384;

/** Pins by the split hash of the client's key, which a cohort salts: no key is in memory. The oldest comes first. */
export class KnownPins implements RememberedPins {
  /** Pins that went before their time was over. */
  dropped = 0;
  private readonly clock: Clock;
  private readonly tell: ((pins: readonly ToldPin[]) => void) | undefined;
  private readonly known = new Map<number, Pin>();
  private untold: ToldPin[] = [];

  /** `tell`: others that serve have them too, as soon as this turn is over. */
  constructor(clock: Clock, tell: ((pins: readonly ToldPin[]) => void) | undefined) {
    this.clock = clock;
    this.tell = tell;
  }

  now(): number {
    return this.clock.now();
  }

  of(keyHash: number): Pin | undefined {
    return this.known.get(keyHash);
  }

  remember(keyHash: number, pin: Pin): void {
    this.keep(keyHash, pin);
    if (this.tell === undefined) return;
    if (this.untold.length === 0) setImmediate(() => this.told());
    this.untold.push([keyHash, pin.side, pin.until]);
  }

  /** What others remember. */
  hear(pins: readonly ToldPin[]): void {
    for (const [keyHash, side, until] of pins) this.keep(keyHash, { side, until });
  }

  private keep(keyHash: number, pin: Pin): void {
    const { known } = this;
    const now = this.now();
    known.delete(keyHash);
    known.set(keyHash, pin);
    for (const [oldest, { until }] of known) {
      if (until > now) {
        if (known.size <= MAX_REMEMBERED_PINS) return;
        this.dropped++;
      }
      known.delete(oldest);
    }
  }

  private told(): void {
    const pins = this.untold;
    this.untold = [];
    this.tell?.(pins);
  }
}
