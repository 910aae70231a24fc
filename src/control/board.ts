import { defaultRoute } from "../domain/default-route.ts";
import { FigError } from "../domain/errors.ts";
import { ALL_ROUTES } from "../domain/rollup.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { quoted } from "../domain/scrub.ts";
import { Comparing } from "./attention.ts";
import type { Board, RoutePage, RouteRow } from "./board-contract.ts";
import { type Snapshot, Snapshots } from "./board-snapshot.ts";
import type { ControlContext } from "./context.ts";
import type { RouteStatus, Unknown } from "./contract.ts";
import { type ControlOptions, contextOf } from "./control.ts";
import { definition } from "./definition.ts";
import { differenceGroups } from "./difference-groups.ts";
import { differencePage, paceOfDifferences, readDifferences } from "./difference-page.ts";
import { DifferenceTrends } from "./difference-trends.ts";
import { noEvidence } from "./evidence.ts";
import { latencies } from "./latencies.ts";
import { bareLedgerPage, fullLedgerPage } from "./ledger-page.ts";
import { noticed } from "./noticed.ts";
import { overview } from "./overview.ts";
import { rates } from "./rates.ts";
import { findRoute } from "./requests.ts";
import { routePage, routeRows } from "./route-page.ts";
import { series, stepsOf } from "./series.ts";
import { AFTER_EVENT, MAX_SHARED_ANSWERS, type Pace, SharedAnswers } from "./shared-answers.ts";
import { routeStatus } from "./status.ts";
import {
  awayNow,
  evidenceOrLast,
  isAway,
  ledgerOrInForce,
  marked,
  orSaidAway,
  unknownOf,
} from "./unknown.ts";
import { type Wanting, wanting } from "./wanting.ts";
import { webSockets } from "./web-sockets.ts";

/** Of one page of the ledger that is made once for all who ask. */
const MAX_SHARED_ENTRIES = 200;

/** A route of the files, `(default)`, or one that only the ledger knows. Throws unknown_route. */
function checkKnown({ facts }: ControlContext, id: string): void {
  const config = facts.config();
  if (id === DEFAULT_ROUTE_ID || facts.inForce()?.state.routes.has(id)) return;
  findRoute(config.routes, id);
}

async function oneRoute(context: ControlContext, id: string): Promise<RouteStatus> {
  const { facts, index } = context;
  const config = facts.config();
  const route = id === DEFAULT_ROUTE_ID ? defaultRoute(config) : index.of(config.routes).byId.get(id);
  if (route === undefined) {
    throw new FigError("unknown_route", `There is no route ${quoted(id)}.`, {
      remedy: "GET /api/v1/routes lists the ids.",
    });
  }
  await facts.flush().catch(() => undefined);
  const { state, failed: unread } = await ledgerOrInForce(context);
  const { evidence, failed } = await evidenceOrLast(context, state, [route], false);
  const row = routeStatus(state, route, evidence.get(route.id) ?? noEvidence(route));
  const [shown = row] = await marked(context, [row], evidence, awayNow(context, unread || failed));
  return shown;
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

  /** An answer of the store; while that is away the last one, marked, if `says` that there is something to mark. */
  async function known<T>(
    name: string,
    work: () => Promise<T>,
    pace?: Pace | ((value: T) => Pace),
    says: (value: T) => boolean = () => true,
  ): Promise<{ readonly value: T; readonly unknown: Unknown | undefined }> {
    const found = await shared.getOrLast(name, work, (error) => isAway(context, error), pace);
    const failed = found === undefined || found.readAt !== undefined;
    const away = awayNow(context, failed);
    // It fails, and how is said.
    if (found === undefined || (failed && !says(found.value)))
      return { value: await orSaidAway(context, work()), unknown: undefined };
    return {
      value: found.value,
      unknown: away && unknownOf(away, found.readAt ?? context.clock.now()),
    };
  }

  const wantingOf = (snapshot: Snapshot) =>
    shared.get(key("wanting", snapshot.state.revision, snapshot.unknown?.since), () =>
      wanting(context, snapshot, shared, comparing),
    );
  const rows = async (snapshot: Snapshot) => {
    const wanted = await wantingOf(snapshot);
    const known = rowsOf.get(snapshot.rows);
    if (known?.of === wanted) return known.rows;
    const made = routeRows(snapshot.rows, wanted);
    rowsOf.set(snapshot.rows, { of: wanted, rows: made });
    return made;
  };

  const differencesOf = (route: string | undefined) =>
    known(
      key("differences", route),
      () => readDifferences(context, route, trends),
      route === undefined ? paceOfDifferences : AFTER_EVENT,
      ({ rows }) => rows.length > 0,
    );

  return Object.freeze({
    name: () => options.facts.config().name ?? null,
    async overview() {
      const snapshot = await snapshots.get();
      return shared.get(key("overview", snapshot.state.revision, snapshot.unknown?.since), async () =>
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
      const work = async () => Object.freeze(await rates(context));
      const { value, unknown } = await known("rates", work);
      return unknown === undefined ? value : { ...value, unknown };
    },
    async series(query) {
      const { route = ALL_ROUTES } = query;
      if (route !== ALL_ROUTES) checkKnown(context, route);
      const steps = stepsOf(query, context.clock.now());
      await shared.rollUp();
      const drawn = shared.get(key("series", route, steps), async () =>
        Object.freeze(await series(context, route, steps)),
      );
      return orSaidAway(context, drawn);
    },
    async latencies(query) {
      await shared.rollUp();
      return orSaidAway(
        context,
        shared.get(key("latencies", query), () => latencies(context, query)),
      );
    },
    ledger(query) {
      const bare = () => bareLedgerPage(context, query);
      const revision = options.facts.inForce()?.state.revision;
      const page = query.evidence
        ? fullLedgerPage(context, query)
        : query.limit > MAX_SHARED_ENTRIES
          ? bare()
          : shared.get(key("ledger", query, revision), bare, AFTER_EVENT);
      return orSaidAway(context, page, true);
    },
    async differences(query) {
      const { value, unknown } = await differencesOf(query.route);
      const page = differencePage(value, query);
      if (unknown === undefined) return page;
      return { ...page, rows: page.rows.map((row) => ({ ...row, unknown })) };
    },
    async differenceGroups(query) {
      return differenceGroups((await differencesOf(undefined)).value, query);
    },
    noticed(route) {
      return orSaidAway(
        context,
        shared.get(key("noticed", route), () => noticed(context, route)),
      );
    },
    async upstreams() {
      return (await options.facts.upstreams?.()) ?? [];
    },
    async certificates() {
      return (await options.facts.certificates?.()) ?? [];
    },
    async websockets() {
      const { state, at, rows: shown } = await snapshots.get();
      const work = () => webSockets(context, shown);
      return shared.get(key("websockets", state.revision, at), work, AFTER_EVENT);
    },
  } satisfies Board);
}
