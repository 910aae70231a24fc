import { head, repeated } from "./bytes.mjs";
import { drip, many, send } from "./sockets.mjs";

const invalid = 'fig_rejected_total{code="upstream_invalid"}';
const names = (count) => Array.from({ length: count }, (_, i) => `x${i}`).join(",");
const small = (bytes) => Array.from({ length: Math.floor(bytes / 6) }, () => "x: y");
const get = (path, fields) => (port) => send(port, head("GET", path, fields));

/** A head of one client or upstream. */
export const headCases = [
  {
    name: "heads: 70 KB from an upstream",
    status: 502,
    counter: invalid,
    abuse: get("/head/70000"),
  },
  { name: "heads: 60 KB from an upstream", status: 200, abuse: get("/head/60000") },
  { name: "heads: 6,000 fields from an upstream", status: 200, abuse: get("/fields/6000") },
  { name: "heads: 3,000 times Set-Cookie from an upstream", status: 200, abuse: get("/same/3000") },
  { name: "heads: Connection of 9,000 names from an upstream", status: 200, abuse: get("/connection/9000") },
  {
    name: "heads: Connection of 2,500 names from a client",
    status: 200,
    abuse: get("/any", [`Connection: ${names(2500)}`]),
  },
  {
    name: "heads: 800 Connection fields from a client",
    status: 200,
    abuse: get(
      "/any",
      Array.from({ length: 800 }, (_, i) => `Connection: x${i}`),
    ),
  },
  { name: "heads: 2,600 small fields from a client", status: 200, abuse: get("/any", small(15_800)) },
  { name: "heads: 7,500 small fields from a client", status: 200, abuse: get("/any", small(45_000)) },
  {
    name: "heads: 100 KB of small fields from a client",
    status: 431,
    counter: 'fig_rejected_total{code="headers_too_large"}',
    abuse: get("/any", small(100_000)),
  },
  {
    name: "heads: X-Forwarded-For of 3,000 addresses",
    status: 200,
    counter: 'fig_request_fields_dropped_total{field="x-forwarded-for"}',
    abuse: get("/any", [`X-Forwarded-For: ${repeated("1.1,", 15_000)}1.1.1.1`]),
  },
  {
    name: "heads: 100 clients a byte at a time",
    status: 408,
    counter: 'fig_rejected_total{code="request_timeout"}',
    peer: true,
    abuse: (port) => many(100, () => drip(port, repeated(head("GET", "/any").slice(0, -4), 60), 100)),
  },
  {
    name: "heads: 500 clients that stop in the middle",
    status: 408,
    counter: 'fig_rejected_total{code="request_timeout"}',
    abuse: (port) => many(500, () => send(port, "GET /any HTTP/1.1\r\nHost: a\r\nX-A: ")),
  },
  {
    name: "heads: 50 upstreams a byte at a time",
    status: 504,
    counter: 'fig_rejected_total{code="upstream_timeout"}',
    abuse: (port) => many(50, () => send(port, head("GET", "/slow"))),
  },
  {
    name: "heads: HTTP/1.0",
    status: 200,
    peer: true,
    abuse: (port) => send(port, "GET /any HTTP/1.0\r\n\r\n"),
  },
  {
    name: "heads: two of Host",
    status: 400,
    counter: 'fig_rejected_total{code="bad_host"}',
    peer: true,
    abuse: get("/any", ["Host: other.test"]),
  },
  {
    name: "heads: two of Content-Length from a client",
    status: 400,
    counter: 'fig_rejected_total{code="bad_request"}',
    peer: true,
    abuse: (port) => send(port, `${head("POST", "/any", ["Content-Length: 2", "Content-Length: 3"])}abc`),
  },
  {
    name: "heads: two of Content-Length from an upstream",
    status: 502,
    counter: invalid,
    abuse: get("/doubled"),
  },
  { name: "heads: 204 with Content-Length", status: 204, peer: true, abuse: get("/empty/5") },
  { name: "heads: 30 interim answers with Content-Length", status: 200, abuse: get("/informs/30/5") },
  { name: "heads: 5,000 interim answers", status: 502, counter: invalid, abuse: get("/informs/5000") },
  {
    name: "heads: an expectation that nobody meets",
    status: 417,
    counter: 'fig_rejected_total{code="expectation_failed"}',
    abuse: (port) => send(port, head("POST", "/any", ["Expect: 200-ok", "Content-Length: 5"])),
  },
];
