import { type CacheCase, says } from "./case.ts";

const keyed = (name: string, steps: CacheCase["steps"], control = "max-age=60"): CacheCase => ({
  name,
  section: "2",
  route: "keys",
  origin: [says(control)],
  steps,
});

/** RFC 5861, and keys of chosen parts. */
export const STALE_AND_KEYS: readonly CacheCase[] = [
  {
    name: "stale-while-revalidate gives what is stale, and asks behind it",
    section: "5861 3",
    origin: [says("max-age=1, stale-while-revalidate=30", { etag: '"v1"' }), says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 1, has: { "cache-status": /hit; detail=stale-while-revalidate; ttl=-\d/ } },
      { waitMs: 200, gets: 2, asked: 2, saw: { "if-none-match": '"v1"' } },
    ],
  },
  {
    name: "s-maxage beside stale-while-revalidate is meant so",
    section: "5861 3",
    origin: [says("s-maxage=1, stale-while-revalidate=30"), says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 1 },
      { waitMs: 200, gets: 2, asked: 2 },
    ],
  },
  {
    name: "must-revalidate is never given stale",
    section: "5.2.2.2",
    route: "stale",
    origin: [
      says("max-age=1, must-revalidate, stale-while-revalidate=30, stale-if-error=30"),
      { status: 503 },
    ],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, status: 503, gets: 2, asked: 2 },
    ],
  },
  {
    name: "s-maxage alone is never given stale",
    section: "5.2.2.10",
    route: "stale",
    origin: [says("s-maxage=1"), { status: 503 }],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, status: 503, gets: 2, asked: 2 },
    ],
  },
  {
    name: "the files say how long where the answer does not",
    section: "5861 3",
    route: "stale",
    origin: [says("max-age=1"), says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 1 },
      { waitMs: 200, gets: 2, asked: 2 },
    ],
  },
  ...[{ status: 503 }, { fault: "no-head" as const }].map(
    (fails): CacheCase => ({
      name: `stale-if-error stands in for ${fails.status ?? "a side that breaks off"}`,
      section: "5861 4",
      origin: [says("max-age=1, stale-if-error=30"), fails, fails, fails],
      steps: [
        { gets: 1, asked: 1 },
        { waitMs: 1500, gets: 1, has: { "cache-status": /hit; detail=stale-if-error; ttl=-\d/ } },
        { gets: 1, has: { "cache-status": /stale-if-error/ } },
      ],
    }),
  ),
  {
    name: "stale-if-error does not stand in for 404",
    section: "5861 4",
    origin: [says("max-age=1, stale-if-error=30"), { status: 404 }],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, status: 404, gets: 2, asked: 2 },
    ],
  },
  keyed("parameters that are not in the key make no other answer", [
    { path: "?page=1&utm=a", gets: 1, asked: 1 },
    { path: "?utm=b&page=1", gets: 1, asked: 1 },
    { path: "?page=2", gets: 2, asked: 2 },
    { path: "?p%61ge=1", gets: 3, asked: 3 },
  ]),
  keyed("fields that are in the key make another", [
    { headers: { "x-tenant": "a" }, gets: 1, asked: 1 },
    { headers: { "x-tenant": "b" }, gets: 2, asked: 2 },
    { headers: { "x-tenant": "" }, gets: 3, asked: 3 },
    { gets: 4, asked: 4 },
    { headers: { "x-tenant": "a" }, gets: 1, asked: 4 },
  ]),
  keyed("host: false is one answer for all hosts", [
    { headers: { host: "a.test" }, gets: 1, asked: 1 },
    { headers: { host: "b.test" }, gets: 1, asked: 1 },
  ]),
  {
    name: "cookies that are in the key make another answer, and others mean nothing",
    section: "2",
    route: "cookies",
    origin: [says("max-age=60")],
    steps: [
      { headers: { cookie: "lang=de; session=1" }, gets: 1, asked: 1 },
      { headers: { cookie: "session=2; lang=de" }, gets: 1, asked: 1 },
      { headers: { cookie: "lang=fr" }, gets: 2, asked: 2 },
      { gets: 3, asked: 3 },
    ],
  },
];
