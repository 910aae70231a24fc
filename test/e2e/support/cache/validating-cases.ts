import { type CacheCase, type OriginAnswer, says } from "./case.ts";

const V1 = says("max-age=1", { etag: '"v1"', "x-a": "old" });
const still = (headers: OriginAnswer["headers"] = {}): OriginAnswer => ({
  status: 304,
  headers: headers,
  body: "",
});
const STRICT = "strict" as const;

/** Stored answers that are asked about, made void, or given though they are stale. */
export const VALIDATING: readonly CacheCase[] = [
  {
    name: "what is stale is asked about by its tag, and a 304 makes it fresh",
    section: "4.3.1",
    origin: [V1, still({ etag: '"v1"', "cache-control": "max-age=60" })],
    steps: [
      { gets: 1, asked: 1 },
      {
        waitMs: 1500,
        gets: 1,
        asked: 2,
        saw: { "if-none-match": '"v1"' },
        has: { "cache-status": /fwd=stale; fwd-status=304/ },
      },
      { gets: 1, asked: 2, has: { "cache-status": /hit/ } },
    ],
  },
  {
    name: "and by its date",
    section: "4.3.1",
    origin: [
      says("max-age=1", { "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT" }),
      still({ "cache-control": "max-age=60" }),
    ],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 1, asked: 2, saw: { "if-modified-since": "Mon, 02 Nov 2026 10:00:00 GMT" } },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "a 304 replaces fields, and those of the body stay",
    section: "4.3.4",
    origin: [V1, still({ etag: '"v1"', "cache-control": "max-age=60", "x-a": "new", "x-b": "1" })],
    steps: [
      { gets: 1, asked: 1, has: { "x-a": "old" } },
      { waitMs: 1500, gets: 1, asked: 2, has: { "x-a": "new", "x-b": "1", "content-length": "8" } },
      { gets: 1, asked: 2, has: { "x-a": "new" } },
    ],
  },
  {
    name: "a 304 of another tag does not freshen what is stored",
    section: "4.3.4",
    origin: [
      V1,
      still({ etag: '"v2"', "cache-control": "max-age=60" }),
      says("max-age=60", { etag: '"v2"' }),
    ],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 3, asked: 3, saw: { "if-none-match": undefined } },
      { gets: 3, asked: 3 },
    ],
  },
  {
    name: "a 304 that forbids to keep the answer makes it go",
    section: "4.3.4",
    origin: [V1, still({ etag: '"v1"', "cache-control": "no-store" }), says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 1, asked: 2 },
      { gets: 3, asked: 3, saw: { "if-none-match": undefined } },
    ],
  },
  {
    name: "another answer takes the place of what was asked about",
    section: "4.3.3",
    origin: [V1, says("max-age=60", { etag: '"v2"' })],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 2, asked: 2, has: { "cache-status": /fwd=stale; .*stored/ } },
      { gets: 2, asked: 2 },
    ],
  },
  {
    name: "an error in its place is the client's, and nothing is lost",
    section: "4.3.3",
    origin: [V1, { status: 500 }, still({ etag: '"v1"', "cache-control": "max-age=60" })],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, status: 500, gets: 2, asked: 2 },
      { gets: 1, asked: 3 },
    ],
  },
  {
    name: "a client's own condition is answered by what was validated",
    section: "4.3.2",
    origin: [V1, still({ etag: '"v1"', "cache-control": "max-age=60" })],
    steps: [
      { gets: 1, asked: 1 },
      {
        waitMs: 1500,
        headers: { "if-none-match": '"v1"' },
        status: 304,
        gets: "",
        asked: 2,
        saw: { "if-none-match": '"v1"' },
      },
      { headers: { "if-none-match": '"v0"' }, gets: 1, asked: 2 },
    ],
  },
  {
    name: "no-cache is stored, and asked about each time",
    section: "5.2.2.4",
    origin: [says("no-cache", { etag: '"v1"' }), still({ etag: '"v1"' })],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 2, saw: { "if-none-match": '"v1"' } },
      { gets: 1, asked: 3 },
    ],
  },
  {
    name: "no-cache with a field's name is taken for no-cache",
    section: "5.2.2.4",
    origin: [says('no-cache="x-a", max-age=60', { etag: '"v1"' }), still({ etag: '"v1"' })],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "proxy-revalidate is fresh while it is",
    section: "5.2.2.8",
    origin: [says("max-age=60, proxy-revalidate")],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 1 },
    ],
  },
  ...["POST", "PUT", "PATCH", "DELETE", "PURGE"].map(
    (method): CacheCase => ({
      name: `${method} makes what is stored of its target void`,
      section: "4.4",
      origin: [says("max-age=60")],
      steps: [
        { gets: 1, asked: 1 },
        { method, gets: 2, asked: 2 },
        { gets: 3, asked: 3 },
        { gets: 3, asked: 3 },
      ],
    }),
  ),
  {
    name: "whatever its query is",
    section: "4.4 (ours)",
    origin: [says("max-age=60")],
    steps: [
      { path: "?page=2", gets: 1, asked: 1 },
      { method: "POST", gets: 2, asked: 2 },
      { path: "?page=2", gets: 3, asked: 3 },
    ],
  },
  {
    name: "an unsafe method that fails changes nothing",
    section: "4.4",
    origin: [says("max-age=60"), { status: 500 }],
    steps: [
      { gets: 1, asked: 1 },
      { method: "POST", status: 500, asked: 2 },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "Location of an unsafe method's answer is void too",
    section: "4.4",
    origin: [says("max-age=60"), { status: 201, headers: { location: "created" } }, says("max-age=60")],
    steps: [
      { path: "/created", gets: 1, asked: 1 },
      { path: "/", method: "POST", status: 201, asked: 2 },
      { path: "/created", gets: 3, asked: 3 },
    ],
  },
  {
    name: "Location on another host is not",
    section: "4.4",
    origin: [says("max-age=60"), { status: 201, headers: { "content-location": "http://other.test/x" } }],
    steps: [
      { gets: 1, asked: 1 },
      { path: "/other", method: "POST", status: 201, asked: 2 },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "OPTIONS makes nothing void",
    section: "4.4",
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { method: "OPTIONS", gets: 2, asked: 2 },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "a client's no-cache does not come past the cache",
    section: "5.2.1.4 (ours)",
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { "cache-control": "no-cache, max-age=0", pragma: "no-cache" }, gets: 1, asked: 1 },
    ],
  },
  {
    name: "where it is heeded, no-cache asks about what is stored",
    section: "5.2.1.4",
    route: STRICT,
    origin: [says("max-age=60", { etag: '"v1"' }), still({ etag: '"v1"', "cache-control": "max-age=60" })],
    steps: [
      { gets: 1, asked: 1 },
      {
        headers: { "cache-control": "no-cache" },
        gets: 1,
        asked: 2,
        saw: { "if-none-match": '"v1"' },
        has: { "cache-status": /fwd=request; fwd-status=304/ },
      },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "where it is heeded, Pragma counts without Cache-Control",
    section: "5.4",
    route: STRICT,
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { pragma: "no-cache", "cache-control": "max-age=30" }, gets: 1, asked: 1 },
      { headers: { pragma: "no-cache" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "where it is heeded, max-age bounds the age",
    section: "5.2.1.1",
    route: STRICT,
    origin: [says("max-age=60", { age: "10" })],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { "cache-control": "max-age=20" }, gets: 1, asked: 1 },
      { headers: { "cache-control": "max-age=5" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "where it is heeded, min-fresh asks for more than is left",
    section: "5.2.1.3",
    route: STRICT,
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { "cache-control": "min-fresh=30" }, gets: 1, asked: 1 },
      { headers: { "cache-control": "min-fresh=90" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "where it is heeded, max-stale takes what is stale",
    section: "5.2.1.2",
    route: STRICT,
    origin: [says("max-age=1", { etag: '"v"' })],
    steps: [
      { gets: 1, asked: 1 },
      {
        waitMs: 1500,
        headers: { "cache-control": "max-stale=30" },
        gets: 1,
        asked: 1,
        has: { "cache-status": /hit; detail=max-stale; ttl=-\d/ },
      },
      { headers: { "cache-control": "max-stale=0" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "max-stale does not undo must-revalidate",
    section: "5.2.2.2",
    route: STRICT,
    origin: [says("max-age=1, must-revalidate", { etag: '"v"' })],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, headers: { "cache-control": "max-stale" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "only-if-cached gets what is stored, or 504",
    section: "5.2.1.7",
    origin: [says("max-age=60")],
    steps: [
      { headers: { "cache-control": "only-if-cached" }, status: 504, asked: 0 },
      { gets: 1, asked: 1 },
      { headers: { "cache-control": "only-if-cached" }, gets: 1, asked: 1 },
    ],
  },
];
