import { chunksOf, head } from "./bytes.mjs";
import { hold, many, send } from "./sockets.mjs";

/** Clients that leave, requests that come back, and what a client may choose. */
export const abortCases = [
  {
    name: "aborts: 100 that connect and leave",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, "", { count: 100, ms: 20 }),
  },
  {
    name: "aborts: 100 that leave after their heads",
    status: 0,
    peer: true,
    abuse: (port) => hold(port, head("GET", "/chunks/100"), { count: 100, ms: 20 }),
  },
  {
    name: "aborts: 100 that leave in the middle of a body",
    status: 0,
    peer: true,
    abuse: (port) =>
      hold(port, `${head("POST", "/sink", ["Content-Length: 100000"])}${"X".repeat(5000)}`, {
        count: 100,
        ms: 20,
      }),
  },
  {
    name: "aborts: 50 that leave in the middle of small chunks",
    status: 0,
    peer: true,
    abuse: (port) =>
      hold(
        port,
        Buffer.concat([
          Buffer.from(head("POST", "/sink", ["Transfer-Encoding: chunked"])),
          chunksOf(1, 60_000),
        ]),
        { count: 50, ms: 20 },
      ),
  },
  {
    name: "aborts: 100 that end their side and stay",
    status: 0,
    abuse: (port) => hold(port, head("GET", "/slow"), { count: 100, ms: 300, end: true }),
  },
  {
    name: "loops: an upstream that is the front door",
    status: 508,
    counter: 'fig_rejected_total{code="loop_detected"}',
    abuse: (port) => many(16, () => send(port, head("GET", "/loop/a"))),
  },
  {
    name: "samples: one x-request-id for all",
    status: 200,
    counter: (grown) => {
      const share =
        grown('fig_shadow_requests_total{route="sampled"', 'outcome="sent"') /
        Math.max(1, grown('fig_requests_total{route="sampled"'));
      return share > 0.02 && share < 0.98;
    },
    abuse: (port) =>
      many(16, () => send(port, head("GET", "/sampled", ["X-Request-Id: chosen-by-a-client-0001"]))),
  },
  {
    name: "underscores: forwarding fields under other names",
    status: 200,
    counter: 'fig_request_fields_dropped_total{field="underscore"}',
    abuse: (port) =>
      send(
        port,
        head("GET", "/any", ["X_Forwarded_For: 1.1.1.1", "X_Fig_Shadow: 1", "X_forwarded-Host: evil.test"]),
      ),
  },
  {
    name: "underscores: 500 of them",
    status: 200,
    counter: 'fig_request_fields_dropped_total{field="underscore"}',
    abuse: (port) =>
      send(
        port,
        head(
          "GET",
          "/any",
          Array.from({ length: 500 }, () => "X_Forwarded_For: 1.1.1.1"),
        ),
      ),
  },
];
