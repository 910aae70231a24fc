import type { Clock } from "../../domain/clock.ts";
import type { GuardEvidence, GuardName, GuardWitness } from "../../domain/guards.ts";
import type { RecentComparison } from "../../domain/outcomes.ts";
import type { Placement } from "../../domain/placement.ts";
import { LatencyWatch } from "../../domain/proof/latency-watch.ts";
import { RouteWatch } from "../../domain/proof/route-watch.ts";
import { SplitWatch } from "../../domain/proof/split-watch.ts";
import type { RouteDefinition } from "../../domain/route.ts";
import type { WindowTotal } from "../../serving/contract.ts";
import { HighPaths } from "./high-paths.ts";
import type { GuardTrips } from "./trips.ts";

interface Guarded {
  /** As the newest files have it. */
  route: RouteDefinition;
  readonly watch: RouteWatch;
  readonly latency: LatencyWatch | undefined;
  readonly split: SplitWatch | undefined;
  readonly high: HighPaths | undefined;
}

interface GuardsOptions {
  readonly clock: Clock;
  readonly trips: Pick<GuardTrips, "trip" | "forgetLeft">;
  /** The route and where it stands here; undefined: no such route, or nobody serves yet. */
  placed(route: string): { readonly route: RouteDefinition; readonly placement: Placement } | undefined;
}

/** Watches the routes of one front door, of all its workers. Only what fails is heard of, and routes without guards never are. */
export class Guards {
  private readonly options: GuardsOptions;
  private readonly watched = new Map<string, Guarded>();

  constructor(options: GuardsOptions) {
    this.options = options;
  }

  /** How near each watched route is to a trip: 0 nothing speaks for one, 1 is one. */
  states(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.watched].map(([id, { watch }]) => [id, Math.min(1, watch.nearness)]));
  }

  hear(witnesses: readonly GuardWitness[]): void {
    const at = new Date(this.options.clock.now()).toISOString();
    for (const witness of witnesses) {
      const guarded = this.of(witness.route);
      if (guarded !== undefined) this.alarm(guarded, guarded.watch.saw(witness, at));
    }
  }

  compared(comparisons: readonly RecentComparison[]): void {
    for (const comparison of comparisons) {
      const { route, outcome, statuses } = comparison;
      if (outcome === "inconclusive") continue;
      const guarded = this.of(route);
      if (guarded?.high === undefined) continue;
      const { high, watch } = guarded;
      const { requestId, at } = comparison;
      const sample = high.differs(comparison) ? { requestId, status: statuses?.modern ?? 0, at } : undefined;
      this.alarm(guarded, watch.compared(sample));
    }
  }

  /** What was counted so far, by window: absolute totals. */
  counted(totals: readonly WindowTotal[]): void {
    const now = this.options.clock.micros() / 1000;
    for (const { id, window, counts } of totals) {
      const guarded = this.of(window.route);
      if (guarded === undefined) continue;
      const { latency, split, watch } = guarded;
      if (watch.stand.revision !== window.revision || watch.stand.epoch !== window.epoch) continue;
      const slow = latency?.counted(id, counts.legacy.histogram, counts.modern.histogram, now);
      const skewed = split?.counted(id, counts.splitKeys);
      if (slow !== undefined) this.alarm(guarded, evidenceOf(watch, "latency", slow));
      else if (skewed !== undefined) this.alarm(guarded, evidenceOf(watch, "sampleRatio", skewed));
    }
  }

  private alarm(guarded: Guarded, evidence: GuardEvidence | undefined): void {
    if (evidence === undefined) return;
    const { route } = guarded;
    // It is seen afresh where it stands then.
    this.watched.delete(route.id);
    this.options.trips.trip(route, evidence);
  }

  /** As it stands now; undefined: it is not watched there. */
  private of(id: string): Guarded | undefined {
    const { watched, options } = this;
    const placed = options.placed(id);
    const known = watched.get(id);
    if (placed === undefined) {
      watched.delete(id);
      return undefined;
    }
    const { route, placement } = placed;
    const { guards, compare, policies, retired } = route;
    const { revision, epoch, position } = placement;
    const percent = position.modern;
    if (known !== undefined && sameStand(known.watch, placement) && sameRules(known.route, route)) {
      known.route = route;
      return known;
    }
    watched.delete(id);
    if (known !== undefined) options.trips.forgetLeft(id);
    if (guards === undefined || retired || percent <= 0) return undefined;
    const guarded: Guarded = {
      route,
      watch: new RouteWatch(id, guards, { revision, epoch, percent }),
      latency: guards.latency && percent < 100 ? new LatencyWatch(guards.latency) : undefined,
      split: guards.sampleRatio && percent < 100 ? new SplitWatch(percent) : undefined,
      high:
        guards.mismatches && HighPaths.of(compare.high, { empty: policies?.validate?.answers === "report" }),
    };
    watched.set(id, guarded);
    return guarded;
  }
}

function sameStand({ stand }: RouteWatch, { revision, epoch, position }: Placement): boolean {
  return stand.revision === revision && stand.epoch === epoch && stand.percent === position.modern;
}

/** Files are read anew for any change of any of them: what was seen counts on where nothing changed that guards go by. */
function sameRules(before: RouteDefinition, now: RouteDefinition): boolean {
  if (before === now) return true;
  const rulesOf = ({ guards, compare, policies }: RouteDefinition) =>
    JSON.stringify([guards, compare.high, policies?.validate?.answers]);
  return before.retired === now.retired && rulesOf(before) === rulesOf(now);
}

type Found = NonNullable<ReturnType<LatencyWatch["counted"]>>;

function evidenceOf(
  watch: RouteWatch,
  guard: GuardName,
  { value, seen, legacy, modern }: Found,
): GuardEvidence {
  return watch.evidence(guard, value, seen, { legacy, modern });
}
