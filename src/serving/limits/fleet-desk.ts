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
 * doors: together they admit what one would. What was heard of a key last is where its counting here begins.
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
    const here = this.local.open(definitions);
    const places = definitions.flatMap(({ kind }, at) => (kind === "concurrent" ? [] : [at]));
    // Requests under way are of one front door.
    return places.length === 0 ? here : new FleetLimiter(this, this.fleet, here, definitions, places);
  }
}

class FleetLimiter implements Limiter {
  private readonly desk: FleetDesk;
  private readonly fleet: FleetLimits;
  private readonly here: LocalLimiter;
  private readonly apart: LocalLimiter | undefined;
  private readonly meters: readonly FleetMeter[];
  /** Of `meters`, among all. */
  private readonly places: readonly number[];
  private readonly apartPlaces: readonly number[];

  constructor(
    desk: FleetDesk,
    fleet: FleetLimits,
    here: LocalLimiter,
    definitions: readonly MeterDefinition[],
    places: readonly number[],
  ) {
    this.desk = desk;
    this.fleet = fleet;
    this.here = here;
    this.places = places;
    this.meters = places.map((at) => definitions[at] as FleetMeter);
    this.apartPlaces = definitions.flatMap(({ kind }, at) => (kind === "concurrent" ? [at] : []));
    this.apart =
      this.apartPlaces.length === 0
        ? undefined
        : desk.local.open(this.apartPlaces.map((at) => definitions[at] as MeterDefinition));
  }

  take(keys: readonly string[]): LimitDecision | Promise<LimitDecision> {
    return this.fleet.away === undefined ? this.asked(keys, false) : this.decidedHere(keys, true);
  }

  peek(keys: readonly string[]): LimitDecision | Promise<LimitDecision> {
    return this.fleet.away === undefined ? this.asked(keys, true) : this.decidedHere(keys, false);
  }

  done(keys: readonly string[]): void {
    this.here.done(keys);
  }

  close(): void {
    this.here.close();
    this.apart?.close();
  }

  private decidedHere(keys: readonly string[], counts: boolean): LimitDecision {
    if (counts) this.desk.decidedHere++;
    return this.here.decide(keys, Math.max(1, this.fleet.doors), counts);
  }

  private async asked(keys: readonly string[], peek: boolean): Promise<LimitDecision> {
    const apartKeys = this.apartPlaces.map((at) => keys[at] as string);
    const apart = this.apart?.decide(apartKeys, 1, !peek);
    if (apart !== undefined && apart.refusedBy >= 0) {
      const known = this.here.decide(keys, 1, false);
      return { ...known, refusedBy: this.apartPlaces[apart.refusedBy] as number, retryMs: 0 };
    }
    const fleetKeys = this.places.map((at) => keys[at] as string);
    const said = await this.fleet.take(this.meters, fleetKeys, peek);
    if (!peek && !said?.passes) this.apart?.done(apartKeys);
    if (said === undefined) return this.decidedHere(keys, !peek);
    for (const [at, used] of said.used.entries())
      (this.here.meters[this.places[at] as number] as LimitMeter).note(fleetKeys[at] as string, used);
    const readings: Reading[] = [];
    for (const [at, place] of this.apartPlaces.entries()) readings[place] = apart?.readings[at] as Reading;
    for (const [at, place] of this.places.entries())
      readings[place] = readingOf(this.meters[at] as FleetMeter, said, at);
    return { ...this.refusal(said), readings };
  }

  private refusal(said: FleetDecision): Pick<LimitDecision, "refusedBy" | "retryMs"> {
    let [refusedBy, retryMs] = [-1, 0];
    if (said.passes) return { refusedBy, retryMs };
    for (const [at, meter] of this.meters.entries()) {
      const wait = waitOf(meter, said, at);
      if (wait <= retryMs) continue;
      refusedBy = this.places[at] as number;
      retryMs = wait;
    }
    return { refusedBy, retryMs };
  }
}

function readingOf(meter: FleetMeter, { used, endsMs }: FleetDecision, at: number): Reading {
  const now = used[at] as number;
  return meter.kind === "rate"
    ? { left: left(now, meter.pace, 1), wholeMs: wholeMicros(now, meter.pace) / 1000 }
    : { left: Math.max(0, meter.amount - now), wholeMs: endsMs[at] as number };
}

/** Until a request would pass, ms; 0: it would now. */
function waitOf(meter: FleetMeter, { used, endsMs }: FleetDecision, at: number): number {
  const now = used[at] as number;
  if (meter.kind === "rate") return waitMicros(now, meter.pace, 1) / 1000;
  return now < meter.amount ? 0 : (endsMs[at] as number);
}
