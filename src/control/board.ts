import { defaultRoute } from "../domain/default-route.ts";
import { FigError } from "../domain/errors.ts";
import { ALL_ROUTES } from "../domain/rollup.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { Comparing } from "./attention.ts";
import type { Board, RoutePage, RouteRow } from "./board-contract.ts";
import { type Snapshot, Snapshots } from "./board-snapshot.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus } from "./contract.ts";
import { type ControlOptions, contextOf } from "./control.ts";
import { definition } from "./definition.ts";
import { differenceGroups } from "./difference-groups.ts";
import { differencePage, paceOfDifferences, readDifferences } from "./difference-page.ts";
import { DifferenceTrends } from "./difference-trends.ts";
import { type RouteEvidence, readEvidence } from "./evidence.ts";
import { latencies } from "./latencies.ts";
import { bareLedgerPage, ledgerPage } from "./ledger-page.ts";
import { noticed } from "./noticed.ts";
import { overview } from "./overview.ts";
import { findRoute } from "./requests.ts";
import { routePage, routeRows } from "./route-page.ts";
import { series, stepsOf } from "./series.ts";
import { AFTER_EVENT, MAX_SHARED_ANSWERS, SharedAnswers } from "./shared-answers.ts";
import { routeStatus } from "./status.ts";
import { sharedRates, type Wanting, wanting } from "./wanting.ts";

/** Of one page of the ledger that is made once for all who ask. */
const MAX_SHARED_ENTRIES = 200;

/** A route of the files, `(default)`, or one that only the ledger knows. Throws unknown_route. */
function checkKnown({ facts }: ControlContext, id: string): void {
  const config = facts.config();
  if (id === DEFAULT_ROUTE_ID || facts.inForce()?.state.routes.has(id)) return;
  findRoute(config.routes, id);
}

async function oneRoute(context: ControlContext, id: string): Promise<RouteStatus> {
  const { facts, ledger, store, index } = context;
  const config = facts.config();
  const route = id === DEFAULT_ROUTE_ID ? defaultRoute(config) : index.of(config.routes).byId.get(id);
  if (route === undefined) {
    throw new FigError("unknown_route", `There is no route ${JSON.stringify(id)}.`, {
      remedy: "GET /api/v1/routes lists the ids.",
    });
  }
  await facts.flush().catch(() => undefined);
  const state = await ledger.read(config.routes);
  const evidence = await readEvidence(store, state, [route]);
  return routeStatus(state, route, evidence.get(route.id) as RouteEvidence);
}

/** What pages read. Ten open ones cost what one does: each answer is worked out once for all who ask within a second. */
export function createBoard(options: ControlOptions, version: string): Board {
  const context = contextOf(options);
  const shared = new SharedAnswers(options.clock, options.facts);
  const snapshots = new Snapshots(context, shared);
  const comparing = new Comparing();
  const trends = new DifferenceTrends();
  /** Of the rows of one reading. */
  const pages = new WeakMap<readonly RouteRow[], Map<string, RoutePage>>();
  /** Rows with what is known of them besides, of one reading. */
  const rowsOf = new WeakMap<
    readonly RouteStatus[],
    { readonly of: Wanting; readonly rows: readonly RouteRow[] }
  >();
  const key = (...parts: readonly unknown[]) => JSON.stringify(parts);

  const wantingOf = (snapshot: Snapshot) =>
    shared.get(key("wanting", snapshot.state.revision), () => wanting(context, snapshot, shared, comparing));
  const rows = async (snapshot: Snapshot) => {
    const wanted = await wantingOf(snapshot);
    const known = rowsOf.get(snapshot.rows);
    if (known?.of === wanted) return known.rows;
    const made = routeRows(snapshot.rows, wanted);
    rowsOf.set(snapshot.rows, { of: wanted, rows: made });
    return made;
  };

  const differencesOf = (route: string | undefined) => {
    const pace = route === undefined ? paceOfDifferences : AFTER_EVENT;
    return shared.get(key("differences", route), () => readDifferences(context, route, trends), pace);
  };

  return Object.freeze({
    name: () => options.facts.config().name ?? null,
    async overview() {
      const snapshot = await snapshots.get();
      return shared.get(key("overview", snapshot.state.revision), async () =>
        Object.freeze({ ...(await overview(context, snapshot, shared, await wantingOf(snapshot))), version }),
      );
    },
    async routes(query) {
      const snapshot = await snapshots.get();
      const all = await rows(snapshot);
      const known = pages.get(all) ?? new Map<string, RoutePage>();
      pages.set(all, known);
      const page = known.get(key(query)) ?? routePage(all, snapshot.routes, query);
      if (known.size < MAX_SHARED_ANSWERS) known.set(key(query), page);
      return page;
    },
    async route(id) {
      return shared.get(key("route", id), () => oneRoute(context, id), AFTER_EVENT);
    },
    definition: (id) => definition(context, id),
    async rates() {
      await shared.rollUp();
      return sharedRates(context, shared);
    },
    async series(query) {
      const { route = ALL_ROUTES } = query;
      if (route !== ALL_ROUTES) checkKnown(context, route);
      const steps = stepsOf(query, context.clock.now());
      await shared.rollUp();
      return shared.get(key("series", route, steps), async () =>
        Object.freeze(await series(context, route, steps)),
      );
    },
    async latencies(query) {
      await shared.rollUp();
      return shared.get(key("latencies", query), () => latencies(context, query));
    },
    ledger(query) {
      if (query.evidence) return ledgerPage(context, query);
      if (query.limit > MAX_SHARED_ENTRIES) return bareLedgerPage(context, query);
      const revision = options.facts.inForce()?.state.revision;
      const read = () => bareLedgerPage(context, query);
      return shared.get(key("ledger", query, revision), read, AFTER_EVENT);
    },
    async differences(query) {
      return differencePage(await differencesOf(query.route), query);
    },
    async differenceGroups(query) {
      return differenceGroups(await differencesOf(undefined), query);
    },
    noticed(route) {
      return shared.get(key("noticed", route), () => noticed(context, route));
    },
  } satisfies Board);
}
