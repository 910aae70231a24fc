import { FrequentKeys } from "../../domain/frequent-keys.ts";
import { left, waitMicros, wholeMicros } from "../../domain/policies/gcra.ts";
import type { LimitDecision, MeterDefinition, Reading } from "../../domain/policies/limit.ts";
import type { LimitDesk, Limiter } from "../../layers/contract.ts";
import type { FleetDecision, FleetLimits, FleetMeter } from "../../store/contract.ts";
import type { LocalDesk, LocalLimiter } from "./local-desk.ts";
import type { LimitMeter } from "./meters.ts";
import { MAX_REFUSED_KEYS } from "./refused-keys.ts";

/**
 * Counts where all front doors of a fleet do. While that is away each counts by itself, and each request for as many as there were
 * doors: together they admit what one would. What was heard of a key last is where its counting here begins. The store is told what
 * passed meanwhile.
 */
export class FleetDesk implements LimitDesk {
  readonly refused = new FrequentKeys(MAX_REFUSED_KEYS);
  readonly local: LocalDesk;
  /** Requests that were decided here because the store was away. */
  decidedHere = 0;
  private readonly fleet: FleetLimits;

  constructor(local: LocalDesk, fleet: FleetLimits) {
    this.local = local;
    this.fleet = fleet;
  }

  open(definitions: readonly MeterDefinition[]): Limiter {
    return new FleetLimiter(this, this.fleet, this.local.open(definitions), definitions);
  }
}

class FleetLimiter implements Limiter {
  private readonly desk: FleetDesk;
  private readonly fleet: FleetLimits;
  private readonly here: LocalLimiter;
  private readonly meters: readonly FleetMeter[];

  constructor(desk: FleetDesk, fleet: FleetLimits, here: LocalLimiter, meters: readonly FleetMeter[]) {
    this.desk = desk;
    this.fleet = fleet;
    this.here = here;
    this.meters = meters;
  }

  take(keys: readonly string[]): LimitDecision | Promise<LimitDecision> {
    return this.fleet.away === undefined ? this.asked(keys, false) : this.decidedHere(keys, true);
  }

  peek(keys: readonly string[]): LimitDecision | Promise<LimitDecision> {
    return this.fleet.away === undefined ? this.asked(keys, true) : this.decidedHere(keys, false);
  }

  done(keys: readonly string[]): void {
    this.here.done(keys);
    this.fleet.done(this.meters, keys);
  }

  close(): void {
    this.here.close();
  }

  private decidedHere(keys: readonly string[], counts: boolean): LimitDecision {
    const decision = this.here.decide(keys, Math.max(1, this.fleet.doors), counts);
    if (!counts) return decision;
    this.desk.decidedHere++;
    if (decision.refusedBy < 0) this.fleet.passed(this.meters, keys);
    return decision;
  }

  private async asked(keys: readonly string[], peek: boolean): Promise<LimitDecision> {
    const said = await this.fleet.take(this.meters, keys, peek);
    if (said === undefined) return this.decidedHere(keys, !peek);
    const { meters } = this.here;
    const counted = said.passes && !peek;
    for (let at = 0; at < meters.length; at++)
      (meters[at] as LimitMeter).note(keys[at] as string, said.used[at] as number, counted);
    const readings = this.meters.map((meter, at) => readingOf(meter, said, at));
    return { ...this.refusal(said), readings };
  }

  private refusal(said: FleetDecision): Pick<LimitDecision, "refusedBy" | "retryMs"> {
    let [refusedBy, retryMs] = [-1, 0];
    if (said.passes) return { refusedBy, retryMs };
    for (const [at, meter] of this.meters.entries()) {
      const wait = waitOf(meter, said, at);
      if (wait === undefined || (refusedBy >= 0 && wait <= retryMs)) continue;
      [refusedBy, retryMs] = [at, wait];
    }
    return { refusedBy, retryMs };
  }
}

function readingOf(meter: FleetMeter, { used, endsMs }: FleetDecision, at: number): Reading {
  const now = used[at] as number;
  if (meter.kind === "rate")
    return { left: left(now, meter.pace, 1), wholeMs: wholeMicros(now, meter.pace) / 1000 };
  const most = meter.kind === "quota" ? meter.amount : meter.most;
  return { left: Math.max(0, most - now), wholeMs: endsMs[at] as number };
}

/** Until a request would pass, ms, 0 where nobody knows; undefined: it would now. */
function waitOf(meter: FleetMeter, { used, endsMs }: FleetDecision, at: number): number | undefined {
  const now = used[at] as number;
  if (meter.kind === "rate") return waitMicros(now, meter.pace, 1) / 1000 || undefined;
  if (now < (meter.kind === "quota" ? meter.amount : meter.most)) return undefined;
  return endsMs[at] as number;
}
