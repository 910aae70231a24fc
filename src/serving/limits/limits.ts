import type { Clock } from "../../domain/clock.ts";
import type { ServingConfig } from "../../domain/serving-config.ts";
import type { LimitDesk } from "../../layers/contract.ts";
import type { FleetLimits } from "../../store/contract.ts";
import type { LimitAnswer, LimitAsks, ServingGauges, ServingProblem } from "../contract.ts";
import { FarDesk } from "./far-desk.ts";
import { FleetDesk } from "./fleet-desk.ts";
import { LocalDesk } from "./local-desk.ts";

const TICK_MS = 250;

type LimitGauges = Pick<
  ServingGauges,
  "limitKeys" | "limitBytesHeld" | "limitShared" | "limitLocal" | "limitTold" | "limitDoors" | "limitRefused"
>;

/** What serving needs of limits, wherever they are counted. */
export interface ServingLimits {
  readonly desk: LimitDesk;
  /** Resolves once it is known where they are counted. */
  readonly known: Promise<void>;
  /** Files that are about to come in force. */
  prepare(config: ServingConfig): void;
  answered(answers: readonly LimitAnswer[]): void;
  gauges(): LimitGauges;
  problems(): readonly ServingProblem[];
  close(): Promise<void>;
}

/** Of one of several that serve: it counts nothing itself. */
export function askedElsewhere(post: (asks: LimitAsks) => void): ServingLimits {
  const desk = new FarDesk(post);
  return {
    desk,
    known: Promise.resolve(),
    prepare: () => {},
    answered: (answers) => desk.answered(answers),
    gauges: () => ({
      ...{ limitKeys: 0, limitBytesHeld: 0, limitShared: 0, limitLocal: 0, limitDoors: 0 },
      limitTold: {},
      limitRefused: desk.refused.counts(),
    }),
    problems: () => [],
    close: async () => {},
  };
}

/** The place where a front door counts what it limits: in itself, or in a store over all front doors. */
export class Limits implements ServingLimits {
  readonly desk: LocalDesk | FleetDesk;
  known: Promise<void> = Promise.resolve();
  private readonly local: LocalDesk;
  private readonly fleet: FleetDesk | undefined;
  private readonly store: FleetLimits | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(memoryBytes: number, clock: Clock, store: FleetLimits | undefined) {
    this.local = new LocalDesk(memoryBytes, clock);
    this.store = store;
    this.fleet = store && new FleetDesk(this.local, store);
    this.desk = this.fleet ?? this.local;
    this.timer = setInterval(() => this.local.tick(), TICK_MS);
  }

  /** A store is asked once files limit something. */
  prepare({ policies, plans, routes }: ServingConfig): void {
    if (this.store === undefined) return;
    const limits =
      [policies, ...routes.map((route) => route.policies)].some((each) => each?.limit !== undefined) ||
      Object.values(plans).some(({ limit }) => limit !== undefined);
    if (limits) this.known = this.store.start();
  }

  gauges(): LimitGauges {
    return {
      limitKeys: this.local.keys,
      limitBytesHeld: this.local.budget.held,
      limitShared: this.local.shared,
      limitLocal: this.fleet?.decidedHere ?? 0,
      limitTold: toldOf(this.store),
      limitDoors: this.store?.doors ?? 0,
      limitRefused: this.desk.refused.counts(),
    };
  }

  /** Nobody else is asked. */
  answered(): void {}

  problems(): readonly ServingProblem[] {
    const { away, doors = 1 } = this.store ?? {};
    if (away === undefined || !this.local.used) return [];
    const share =
      doors === 1 ? "as if it were alone" : `and lets pass 1/${doors} of what the ${doors} front doors may`;
    return [
      { kind: "limits", message: `limits are counted in this front door, ${share}: Redis is away (${away})` },
    ];
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.store?.close();
  }
}

/** Nothing before the first. */
function toldOf(store: FleetLimits | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(store?.told ?? {}).filter(([, count]) => count > 0));
}
