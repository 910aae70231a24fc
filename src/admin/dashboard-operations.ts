import { z } from "zod";
import * as response from "../control/schemas/board-answers.ts";
import { certificate } from "../control/schemas/certificates.ts";
import { policiesQuery, policyReport } from "../control/schemas/policies.ts";
import * as request from "../control/schemas/requests.ts";
import { upstream } from "../control/schemas/upstreams.ts";
import { webSocketApi } from "../control/schemas/websockets.ts";
import { type Operation, type OperationDeps, type Origin, operation } from "./operation.ts";
import { loginBody, session } from "./schemas.ts";

function sessionOf({ sessions, board }: OperationDeps, { trusted, by }: Pick<Origin, "trusted" | "by">) {
  return { readOnly: !trusted, loginNeeded: sessions.needed, by, name: board.name() };
}

/** What the page at the admin root reads, beside what programs use too. */
export const DASHBOARD_OPERATIONS: readonly Operation[] = [
  operation({
    id: "getSession",
    method: "get",
    open: true,
    path: "/session",
    summary: "Whether this caller may act, and the name it gave.",
    response: session,
    handle: (deps, { from }) => ({ body: sessionOf(deps, from) }),
  }),
  operation({
    id: "login",
    method: "post",
    open: true,
    path: "/session",
    summary:
      "Trades the admin token for a cookie that lasts 12 hours. Without an adminToken no login is needed.",
    body: loginBody,
    response: session,
    handle(deps, { body: { token, by = null }, from }) {
      if (!deps.sessions.needed) return { body: sessionOf(deps, from) };
      const cookie = deps.sessions.login(from.address, token, by, from.secure);
      return { body: sessionOf(deps, { trusted: true, by }), headers: { "set-cookie": cookie } };
    },
  }),
  operation({
    id: "logout",
    method: "delete",
    open: true,
    path: "/session",
    summary: "Ends the cookie's session.",
    response: session,
    handle(deps, { from }) {
      const cookie = deps.sessions.logout(from.cookies, from.secure);
      const after = sessionOf(deps, { trusted: !deps.sessions.needed, by: null });
      return { body: after, headers: { "set-cookie": cookie } };
    },
  }),
  operation({
    id: "listUpstreams",
    method: "get",
    path: "/upstreams",
    summary: "The upstreams as this front door reaches them: addresses, their condition, tries, ejections.",
    response: z.array(upstream),
    handle: async ({ board }) => ({ body: await board.upstreams() }),
  }),
  operation({
    id: "listCertificates",
    method: "get",
    path: "/certificates",
    summary: "The certificates that this front door shows its clients, and when they end.",
    response: z.array(certificate),
    handle: async ({ board }) => ({ body: await board.certificates() }),
  }),
  operation({
    id: "listWebSocketApis",
    method: "get",
    open: true,
    path: "/websockets",
    summary:
      "The WebSocket APIs: connections at this front door and how they ended, messages by route and side, what was shadowed and compared.",
    response: z.array(webSocketApi),
    handle: async ({ board }) => ({ body: await board.websockets() }),
  }),
  operation({
    id: "getOverview",
    method: "get",
    open: true,
    path: "/overview",
    summary:
      "How far the migration is and what to look at. At most about a second old, and worked out once for all readers.",
    response: response.overview,
    handle: async ({ board }) => ({ body: await board.overview() }),
  }),
  operation({
    id: "getRates",
    method: "get",
    open: true,
    path: "/rates",
    summary:
      "Requests a second, errors and p95 of each route over the last five minutes, as `fig status` shows them.",
    response: response.rates,
    errors: ["store_unavailable"],
    handle: async ({ board }) => ({ body: await board.rates() }),
  }),
  operation({
    id: "getDefinition",
    method: "get",
    open: true,
    path: "/routes/{id}/definition",
    summary:
      "What the files say of a route: path, methods, upstreams, sticky key; and the gate that waits for it.",
    params: request.routeParams,
    response: response.definition,
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ board }, { params }) => ({ body: await board.definition(params.id) }),
  }),
  operation({
    id: "getPolicies",
    method: "get",
    open: true,
    path: "/policies",
    summary:
      "What the policies of each route said on this front door since it started and lately, and its own answers by error code.",
    query: policiesQuery,
    response: policyReport,
    errors: ["unknown_route"],
    async handle({ control }, { query, from }) {
      const report = await control.policies(query);
      // Who a client is, is for who may act.
      const body = from.trusted ? report : { ...report, limited: [] };
      return { body, headers: { "x-total-count": String(body.total) } };
    },
  }),
  operation({
    id: "getSeries",
    method: "get",
    open: true,
    path: "/series",
    summary:
      "What a route counted over time, in columns: minutes of the last two days, hours of the last 90. For charts; gates read " +
      "the evidence windows.",
    query: request.seriesQuery,
    response: response.series,
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ board }, { query }) => ({ body: await board.series(query) }),
  }),
  operation({
    id: "getLatencies",
    method: "get",
    open: true,
    path: "/routes/{id}/latencies",
    summary:
      "How both sides' latencies are distributed, over the same buckets. Without a range: in the evidence window.",
    params: request.routeParams,
    query: request.timeRange,
    response: response.latencies,
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ board }, { params, query }) => ({
      body: await board.latencies({ route: params.id, ...query }),
    }),
  }),
];
