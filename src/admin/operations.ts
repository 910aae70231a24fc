import { z } from "zod";
import * as response from "../control/schemas/answers.ts";
import { routeRow } from "../control/schemas/board-answers.ts";
import * as cache from "../control/schemas/cache.ts";
import { identityKeys } from "../control/schemas/identity.ts";
import { ledgerEntry } from "../control/schemas/ledger.ts";
import * as request from "../control/schemas/requests.ts";
import { routeGate } from "../control/schemas/route-gate.ts";
import { API_KEY_OPERATIONS } from "./api-key-operations.ts";
import { AUTOPILOT_OPERATIONS } from "./autopilot-operations.ts";
import { DASHBOARD_OPERATIONS } from "./dashboard-operations.ts";
import { FILES_OPERATIONS } from "./files-operations.ts";
import { type Answer, type Operation, operation } from "./operation.ts";
import { SOCKET_OPERATIONS } from "./socket-operations.ts";
import { WHOLE_OPERATIONS } from "./whole-operations.ts";

/** A Link header (RFC 8288) for the same query from there on; null: there are no more. */
function nextPage(target: string, parameter: string, from: number | null): Answer["headers"] {
  if (from === null) return {};
  const next = new URL(target, "http://admin");
  next.searchParams.set(parameter, String(from));
  return { link: `<${next.pathname}${next.search}>; rel="next"` };
}

/** Every path of the admin API below /api/v1. */
export const OPERATIONS: readonly Operation[] = [
  operation({
    id: "getStatus",
    method: "get",
    path: "/status",
    summary:
      "Every route and `(default)`: where it stands, what each side answered, what differs, what is wrong.",
    response: response.status,
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.status() }),
  }),
  operation({
    id: "getRevision",
    method: "get",
    path: "/revision",
    summary: "The ledger's newest revision: what a shift, rollback or step sends as `expectedRevision`.",
    response: response.revision,
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.revision() }),
  }),
  operation({
    id: "listRoutes",
    method: "get",
    open: true,
    path: "/routes",
    summary:
      "The routes of the status. Without a parameter: all of them, `(default)` last. With one: a page of them, with figures that " +
      "are at most about a second old; `x-total-count` says how many there are.",
    query: request.routesQuery,
    response: z.array(routeRow),
    errors: ["store_unavailable"],
    async handle({ control, board }, { query, from }) {
      const asked = Object.values(query).some((value) => value !== undefined);
      if (!asked && from.trusted) return { body: (await control.status()).routes };
      const { rows: body, total } = await board.routes({
        ...query,
        limit: query.limit ?? (asked ? request.ROUTES_A_PAGE : Number.MAX_SAFE_INTEGER),
        offset: query.offset ?? 0,
      });
      return { body, headers: { "x-total-count": String(total) } };
    },
  }),
  operation({
    id: "getRoute",
    method: "get",
    open: true,
    path: "/routes/{id}",
    summary: "One route of the status.",
    params: request.routeParams,
    response: response.routeStatus,
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ board }, { params }) => ({ body: await board.route(params.id) }),
  }),
  operation({
    id: "getRouteGate",
    method: "get",
    open: true,
    path: "/routes/{id}/gate",
    summary:
      "The gate that waits for a route, as it is now, and what was seen of its requests: by method and path template, with every reason for which something was not compared.",
    params: request.routeParams,
    response: routeGate,
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ control }, { params }) => ({ body: await control.gate(params.id) }),
  }),
  operation({
    id: "shiftRoute",
    method: "post",
    path: "/routes/{id}/shift",
    summary: "Moves one route. The answer comes when the entry is durable and in force here.",
    params: request.routeParams,
    body: request.shiftBody,
    response: response.shiftResult,
    errors: ["unknown_route", "conflict", "held", "refused", "gate_refused", "store_unavailable"],
    handle: async ({ control }, { params, body }) => ({
      body: await control.shift({ target: { route: params.id }, ...body }),
    }),
  }),
  operation({
    id: "shiftCohort",
    method: "post",
    path: "/cohorts/{name}/shift",
    summary: "Moves every route of a cohort in one revision.",
    params: request.cohortParams,
    body: request.shiftBody,
    response: response.shiftResult,
    errors: ["unknown_cohort", "conflict", "held", "refused", "gate_refused", "store_unavailable"],
    handle: async ({ control }, { params, body }) => ({
      body: await control.shift({ target: { cohort: params.name }, ...body }),
    }),
  }),
  operation({
    id: "rollbackRoute",
    method: "post",
    path: "/routes/{id}/rollback",
    summary:
      "Undoes a route's newest shift not yet undone, or restores what held after a revision. Never gated.",
    params: request.routeParams,
    body: request.rollbackBody,
    response: response.shiftResult,
    errors: [
      "unknown_route",
      "unknown_revision",
      "conflict",
      "held",
      "nothing_to_undo",
      "refused",
      "store_unavailable",
    ],
    handle: async ({ control }, { params, body }) => ({
      body: await control.rollback({ route: params.id, ...body }),
    }),
  }),
  operation({
    id: "resumeRoute",
    method: "post",
    path: "/routes/{id}/resume",
    summary:
      "Lets a route move again that a guard took back, and the routes of its cohort. Nothing moves; a new evidence window opens.",
    params: request.routeParams,
    body: request.resumeBody,
    response: response.shiftResult,
    errors: ["unknown_route", "unknown_revision", "conflict", "not_held", "store_unavailable"],
    handle: async ({ control }, { params, body }) => ({
      body: await control.resume({ route: params.id, ...body }),
    }),
  }),
  operation({
    id: "rollbackAll",
    method: "post",
    path: "/rollback",
    summary: "The same for every route, in one revision.",
    body: request.rollbackBody,
    response: response.shiftResult,
    errors: ["unknown_revision", "conflict", "held", "nothing_to_undo", "refused", "store_unavailable"],
    handle: async ({ control }, { body }) => ({
      body: await control.rollback({ route: undefined, ...body }),
    }),
  }),
  operation({
    id: "rollbackLocally",
    method: "post",
    path: "/rollback/local",
    summary:
      "Lowers modern to 0 on this front door alone, whatever became of the store. It is written to the ledger when the store takes it.",
    body: request.localRollbackBody,
    response: response.localRollback,
    errors: ["unknown_route", "refused"],
    handle: async ({ holdHere }, { body }) => ({ body: await holdHere(body) }),
  }),
  ...DASHBOARD_OPERATIONS,
  ...API_KEY_OPERATIONS,
  ...FILES_OPERATIONS,
  operation({
    id: "listLedger",
    method: "get",
    open: true,
    path: "/ledger",
    summary:
      "The ledger, oldest first unless asked otherwise. A Link header with rel=next names the next page.",
    query: request.ledgerQuery,
    response: z.array(ledgerEntry),
    errors: ["unknown_route", "store_unavailable"],
    async handle({ board }, { query, from: { target, trusted } }) {
      const { entries: body, next } = await board.ledger({ ...query, evidence: trusted && query.evidence });
      return { body, headers: nextPage(target, query.order === "newest" ? "before" : "after", next) };
    },
  }),
  operation({
    id: "listMigrations",
    method: "get",
    open: true,
    path: "/migrations",
    summary: "Every migration step: applied or pending, drifted, edited.",
    response: z.array(response.migrationStatus),
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.migrations() }),
  }),
  operation({
    id: "planMigration",
    method: "get",
    open: true,
    path: "/migrations/plan",
    summary: "What `up` would do now, and whether its gate holds.",
    response: response.migrationPlan,
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.plan() }),
  }),
  operation({
    id: "migrateUp",
    method: "post",
    path: "/migrations/up",
    summary: "Applies the next pending step, all its routes or none.",
    body: request.stepBody,
    response: response.shiftResult,
    errors: [
      "unknown_revision",
      "conflict",
      "held",
      "drift",
      "late_step",
      "refused",
      "gate_refused",
      "store_unavailable",
    ],
    handle: async ({ control }, { body }) => ({ body: await control.migrate({ action: "up", ...body }) }),
  }),
  operation({
    id: "migrateDown",
    method: "post",
    path: "/migrations/down",
    summary: "Undoes the last applied step: restores what held when it was applied.",
    body: request.stepBody,
    response: response.shiftResult,
    errors: [
      "unknown_revision",
      "conflict",
      "held",
      "raises_modern",
      "nothing_to_undo",
      "refused",
      "store_unavailable",
    ],
    handle: async ({ control }, { body }) => ({ body: await control.migrate({ action: "down", ...body }) }),
  }),
  operation({
    id: "migrateTo",
    method: "post",
    path: "/migrations/to",
    summary: "Walks up or down to a step, and stops at the first refusal.",
    body: request.stepToBody,
    response: response.shiftResult,
    errors: [
      "unknown_revision",
      "conflict",
      "held",
      "drift",
      "late_step",
      "raises_modern",
      "refused",
      "gate_refused",
      "store_unavailable",
    ],
    handle: async ({ control }, { body }) => ({ body: await control.migrate({ action: "to", ...body }) }),
  }),
  operation({
    id: "squashMigrations",
    method: "post",
    path: "/migrations/squash",
    summary: "Archives the applied steps up to a step: their files and retired routes may leave.",
    body: request.stepToBody,
    response: response.shiftResult,
    errors: ["unknown_revision", "conflict", "refused", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await control.migrate({ action: "squash", ...body }) }),
  }),
  ...AUTOPILOT_OPERATIONS,
  operation({
    id: "listMismatches",
    method: "get",
    open: true,
    path: "/mismatches",
    summary:
      "What differs in the current evidence windows, by route, path and kind, with redacted samples. In pages, the most frequent first.",
    query: request.mismatchesQuery,
    response: z.array(response.difference),
    errors: ["unknown_route", "store_unavailable"],
    async handle({ board }, { query, from: { target, trusted } }) {
      const { rows: body, total } = await board.differences({ ...query, withheld: !trusted });
      const next = query.offset + body.length;
      const link = nextPage(target, "offset", next < total ? next : null);
      return { body, headers: { "x-total-count": String(total), ...link } };
    },
  }),
  operation({
    id: "listMismatchesByPath",
    method: "get",
    open: true,
    path: "/mismatches/by-path",
    summary:
      "The same, added up by path and kind over all routes, without samples. In pages, the most frequent first.",
    query: request.groupsQuery,
    response: z.array(response.differenceGroup),
    errors: ["store_unavailable"],
    async handle({ board }, { query, from: { target } }) {
      const { rows: body, total } = await board.differenceGroups(query);
      const next = query.offset + body.length;
      const link = nextPage(target, "offset", next < total ? next : null);
      return { body, headers: { "x-total-count": String(total), ...link } };
    },
  }),
  ...WHOLE_OPERATIONS,
  ...SOCKET_OPERATIONS,
  operation({
    id: "listNoticed",
    method: "get",
    open: true,
    path: "/noticed",
    summary:
      "What the comparisons of the current evidence windows noticed beside mismatches: headers that are not compared and differ, " +
      "and rules that met nothing, hide much or have ended. Routes of which there is nothing to say are left out.",
    query: request.noticedQuery,
    response: z.array(response.noticed),
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ board }, { query }) => ({ body: await board.noticed(query.route) }),
  }),
  operation({
    id: "listComparisons",
    method: "get",
    path: "/comparisons",
    summary: "The newest comparisons that this front door made, newest first.",
    query: request.comparisonsQuery,
    response: z.array(response.recentComparison),
    handle: ({ recent }, { query }) => ({ body: recent(query) }),
  }),
  operation({
    id: "explain",
    method: "post",
    path: "/explain",
    summary: "Which route, side and bucket a request gets, and why. Nothing is sent anywhere.",
    body: request.explainBody,
    response: response.explanation,
    handle: async ({ control }, { body }) => ({ body: await control.explain(body) }),
  }),
  operation({
    id: "getCache",
    method: "get",
    path: "/cache",
    summary: "What this front door has stored of answers, by route and side, and what came of it.",
    response: cache.cacheReport,
    handle: async ({ control }) => ({ body: await control.cacheReport() }),
  }),
  operation({
    id: "getIdentityKeys",
    method: "get",
    open: true,
    path: "/identity/keys",
    summary: "The public keys that verify `x-fig-identity` (`identity` in fig.yaml), as a JWK Set.",
    response: identityKeys,
    handle: async ({ control }) => ({ body: await control.identityKeys() }),
  }),
  operation({
    id: "purgeCache",
    method: "post",
    path: "/cache/purge",
    summary:
      "Removes stored answers by route, path or tag. In force here when this is answered, on every other front door of the state within a second.",
    body: cache.purgeBody,
    response: cache.purgeResult,
    errors: ["unknown_route", "conflict", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await control.purgeCache(body) }),
  }),
  operation({
    id: "streamEvents",
    method: "get",
    open: true,
    path: "/events",
    summary:
      "Server-sent events: `shift`, `comparison`, `guard`, `autopilot`, `health`, `reload`, `rollup` (new figures for charts), each with JSON " +
      "data and an id. At most 50 comparisons a second are sent, mismatches before others; `skipped` says how many were not. With " +
      "Last-Event-ID the stream begins with what was missed, or with `refresh`: read everything again. A reader that does not keep up is disconnected.",
    response: "events",
    errors: ["too_many_streams"],
    handle: () => ({ body: undefined }),
  }),
  operation({
    id: "getOpenapi",
    method: "get",
    path: "/openapi.json",
    summary: "This API as an OpenAPI 3.1 document.",
    response: "document",
    handle: ({ document }) => ({ body: document }),
  }),
];
