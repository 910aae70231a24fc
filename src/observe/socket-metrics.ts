import type { MetricInfo } from "./metric-info.ts";

/** Of WebSocket APIs. */
export const SOCKET_METRICS = {
  fig_websocket_connections: {
    type: "gauge",
    labels: ["api"],
    help: "WebSockets open now, and those about to be, by WebSocket API.",
    appears: "With an API's first connection; one for each API.",
  },
  fig_websocket_connects_total: {
    type: "counter",
    labels: ["api", "result"],
    help: "Clients that asked for a WebSocket: `opened`; `refused` by `$connect`'s side, or gone before it answered; `limit` (limits.connections), `not_websocket` (426), `unavailable` while the front door drains. What policies refuse is in fig_policy_verdicts_total.",
    appears: "With the first of that result; APIs × 5.",
  },
  fig_websocket_messages_total: {
    type: "counter",
    labels: ["api", "direction"],
    help: "Messages: from clients (`in`); to clients as a side's answer (`answer`), by POST to one (`post`), or to a tag (`broadcast`).",
    appears: "With the first of that direction; APIs × 4.",
  },
  fig_websocket_errors_total: {
    type: "counter",
    labels: ["api", "kind"],
    help: "Messages that failed: no route took them (`no_route`), the side answered 4xx (`client`) or gave no answer below 500 (`integration`); and ends of connections that `$disconnect`'s side did not take (`disconnect`).",
    appears: "With the first of that kind; APIs × 4.",
  },
  fig_websocket_closes_total: {
    type: "counter",
    labels: ["api", "code", "reason"],
    help: "WebSockets that ended, by closing code (RFC 6455; of codes from 3000 on the thousands, as `4xxx`) and why: `client` closed it, or `left` without a word; `idle`, `lifetime`, `slow` (it does not read), `message`, `frame`, `binary`: limits; `broken`: the protocol; `asked`: closed by `@connections` or the admin; `removed`: its API left the files; `drain`: the front door went.",
    appears: "With the first of that code and reason; APIs × those seen, at most some 30.",
  },
  fig_websocket_limits_total: {
    type: "counter",
    labels: ["api", "limit"],
    help: "How often clients came to a limit: `connections`, `idle`, `lifetime`, `message`, `frame`, `rate`, `buffer`, `tags`, or sent a message that is `binary` where none may be.",
    appears: "With the first of that limit; APIs × 9.",
  },
  fig_websocket_asks_total: {
    type: "counter",
    labels: ["api", "operation", "status"],
    help: "Requests to `@connections` at this front door, by operation (`post`, `get`, `delete`, `other`) and the status of the answer.",
    appears: "With the first of that operation and status; APIs × 4 × statuses seen.",
  },
} as const satisfies Record<string, MetricInfo>;
