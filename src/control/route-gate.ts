import { hasAnswers, type StratumSide } from "../domain/counter-shapes.ts";
import { NO_COUNTS } from "../domain/counters.ts";
import { coverageOf } from "../domain/coverage.ts";
import { positionOf } from "../domain/fold.ts";
import { stratumQuantileMs } from "../domain/strata/answers.ts";
import { MOST_ENDED, quietStrata, unseenStrata } from "../domain/strata/seen.ts";
import { WaitingGates } from "./bad-evidence.ts";
import type { ControlContext } from "./context.ts";
import type { RouteGate } from "./contract.ts";
import { strataBefore } from "./earlier.ts";
import { noEvidence } from "./evidence.ts";
import { evaluated } from "./gates.ts";
import { findRoute } from "./requests.ts";
import { awayNow, evidenceOrLast, ledgerOrInForce, unknownOf } from "./unknown.ts";

function shownSide([answers, errors, histogram]: StratumSide) {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((quantile) => stratumQuantileMs(histogram, quantile)) as [
    number | null,
    number | null,
    number | null,
  ];
  return { answers, errors, p50, p95, p99 };
}

/**
 * The gate that waits for a route, held against its evidence now, and what was seen: coverage by method and path template, and every
 * reason for which something was not compared.
 */
export async function routeGate(context: ControlContext, id: string): Promise<RouteGate> {
  const { facts, store, clock } = context;
  const config = facts.config();
  const route = findRoute(config.routes, id);
  await facts.flush().catch(() => undefined);
  const { state, failed: unread } = await ledgerOrInForce(context);
  const { evidence, failed: uncounted } = await evidenceOrLast(context, state, [route], false);
  const away = awayNow(context, unread || uncounted);
  const known = evidence.get(route.id) ?? noEvidence(route);
  const counts = known.current ? known.counts : NO_COUNTS;
  const openedAt = known.current ? known.openedAt : undefined;
  const position = positionOf(state, route);
  const before = away === undefined ? await strataBefore(store, state, known.window) : {};
  const waiting = new WaitingGates(state, config.migrations, config.gate).of(route.id);
  const given = { route, position, counts, before, openedAt, now: clock.now() };
  const gate =
    waiting === undefined || away !== undefined
      ? null
      : await evaluated(store, waiting.gate, given, known.window);
  const { shadowed, unshadowed, requests } = coverageOf(route, position, counts);
  const mismatched = counts.mismatchedMethods as Readonly<Record<string, number | undefined>>;
  return {
    route: route.id,
    position,
    since: openedAt === undefined ? null : new Date(openedAt).toISOString(),
    step: waiting?.step ?? null,
    gate,
    requests,
    comparisons: counts.comparisons,
    notCompared: counts.notCompared,
    methods: [
      ...shadowed.map((each) => ({ ...each, mismatches: mismatched[each.method] ?? 0, shadowed: true })),
      ...unshadowed.map(({ method, requests: asked }) => ({
        ...{ method, requests: asked, compared: 0, mismatches: 0, shadowed: false },
      })),
    ],
    templates: Object.entries(counts.strata)
      .sort(MOST_ENDED)
      .map(([name, [compared, mismatches, without = {}, answers]]) => ({
        ...{ name, compared, mismatches, without },
        ...(hasAnswers(answers)
          ? { answers: { legacy: shownSide(answers.legacy), modern: shownSide(answers.modern) } }
          : {}),
      })),
    quiet: quietStrata(counts.strata, before),
    unseen: unseenStrata(counts.strata, before),
    ...(away === undefined ? {} : { unknown: unknownOf(away, context.figures.readAt(known)) }),
  };
}
