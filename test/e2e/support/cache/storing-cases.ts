import { type CacheCase, day, kept, notKept, says } from "./case.ts";

const AUTHORIZED = { authorization: "Basic dXNlcjpwdw==" };

/** What is stored, and what is not. */
export const STORING: readonly CacheCase[] = [
  kept("max-age makes an answer fresh", "4.2.1", says("max-age=60")),
  kept("s-maxage comes before max-age", "5.2.2.10", says("s-maxage=60, max-age=0")),
  kept("Expires behind Date makes an answer fresh", "5.3", { headers: { expires: day(60) } }),
  notKept("Expires that is no date is in the past", "5.3", { headers: { expires: "0" } }),
  notKept("Expires counts nothing beside max-age", "5.3", says("max-age=0", { expires: day(60) })),
  notKept("an answer that says nothing is not kept", "4.2.2", {}),
  notKept("freshness is not guessed by Last-Modified", "4.2.2", {
    headers: { "last-modified": day(-1_000_000), "set-cookie": "a=b" },
  }),
  kept("ttl is for answers that say nothing", "4.2.2", {}, { route: "ttl" }),
  notKept("ttl is not for errors", "4.2.2", { status: 404 }, { route: "ttl", steps: twice(404) }),
  notKept("ttl does not undo no-store", "5.2.2.5", says("no-store"), { route: "ttl" }),
  notKept("ttl does not undo private", "5.2.2.7", says("private"), { route: "ttl" }),
  notKept("ttl does not undo max-age=0", "4.2.1", says("max-age=0"), { route: "ttl" }),
  kept("ttl holds beside public alone", "4.2.2", says("public"), { route: "ttl" }),
  notKept("no-store is not stored", "5.2.2.5", says("no-store, max-age=60")),
  notKept("directives have no case", "5.2", says("No-Store, Max-Age=60")),
  notKept("private is not stored", "5.2.2.7", says("private, max-age=60")),
  notKept("private with a field's name is taken for private", "5.2.2.7", says('private="x-a", max-age=60')),
  notKept("a comma in quotes parts no directives", "5.2", says('private="a, max-age=60", max-age=60')),
  kept("max-age in quotes is read", "5.2", says('max-age="60"')),
  notKept("max-age that is no number is stale", "4.2.1", says("max-age=1.5")),
  notKept("a negative max-age is stale", "4.2.1", says("max-age=-60")),
  kept("of two max-age the first counts", "4.2.1", says("max-age=60, max-age=0")),
  kept("two Cache-Control lines are one", "5.2", {
    headers: { "cache-control": ["public", "max-age=60"] },
  }),
  kept("an endless max-age is only very long", "1.2.2", says("max-age=99999999999999999999")),
  kept("a directive that nobody knows means nothing", "5.2.3", says("max-age=60, x-fancy=1")),
  kept(
    "must-understand undoes no-store for a status that is known",
    "5.2.2.3",
    says("must-understand, no-store, max-age=60"),
  ),
  notKept(
    "must-understand keeps a status away that is not known",
    "5.2.2.3",
    {
      status: 299,
      headers: { "cache-control": "must-understand, no-store, max-age=60" },
    },
    { steps: twice(299) },
  ),
  notKept(
    "a status that is not known to caches is not stored",
    "3",
    {
      status: 299,
      headers: { "cache-control": "max-age=60" },
    },
    { steps: twice(299) },
  ),
  kept(
    "404 is stored where it says so",
    "3",
    { status: 404, headers: { "cache-control": "max-age=60" } },
    {
      steps: [
        { status: 404, gets: 1, asked: 1 },
        { status: 404, gets: 1, asked: 1 },
      ],
    },
  ),
  kept(
    "301 is stored where it says so",
    "3",
    {
      status: 301,
      headers: { "cache-control": "max-age=60", location: "/elsewhere" },
    },
    {
      steps: [
        { status: 301, gets: 1, asked: 1 },
        { status: 301, gets: 1, asked: 1, has: { location: "/elsewhere" } },
      ],
    },
  ),
  notKept(
    "503 is never stored",
    "3",
    { status: 503, headers: { "cache-control": "max-age=60" } },
    { steps: twice(503) },
  ),
  {
    name: "a part is never stored",
    section: "3.3",
    origin: [
      {
        status: 206,
        headers: { "cache-control": "max-age=60", "content-range": "bytes 0-3/9" },
        body: "answ",
      },
      says("max-age=60"),
    ],
    steps: [
      { headers: { range: "bytes=0-3" }, status: 206, asked: 1 },
      { gets: 2, asked: 2 },
    ],
  },
  notKept("an answer with Set-Cookie is not stored", "7.3", says("max-age=60", { "set-cookie": "id=1" })),
  {
    ...kept(
      "with public it is, without the cookie",
      "7.3",
      says("public, max-age=60", { "set-cookie": "id=1" }),
    ),
    steps: [
      { gets: 1, asked: 1, has: { "set-cookie": "id=1" } },
      { gets: 1, asked: 1, has: { "set-cookie": undefined } },
    ],
  },
  notKept("an answer to Authorization is not stored", "3.5", says("max-age=60"), {}, AUTHORIZED),
  ...["public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate"].map((control) =>
    kept(`an answer to Authorization is stored with ${control}`, "3.5", says(control), {
      steps: [
        { headers: AUTHORIZED, gets: 1, asked: 1 },
        { headers: { authorization: "Basic b3RoZXI6cHc=" }, gets: 1, asked: 1 },
        { gets: 1, asked: 1 },
      ],
    }),
  ),
  {
    name: "what was stored without credentials is not given to Authorization",
    section: "3.5",
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { headers: AUTHORIZED, gets: 2, asked: 2, has: { "cache-status": "fig; fwd=miss" } },
      { gets: 1, asked: 2 },
    ],
  },
  notKept(
    "an answer to cookies is not stored",
    "3.5 (ours)",
    says("max-age=60, must-revalidate"),
    {},
    { cookie: "session=1" },
  ),
  {
    name: "an answer to cookies is stored with public",
    section: "3.5 (ours)",
    origin: [says("public, max-age=60")],
    steps: [
      { headers: { cookie: "session=1" }, gets: 1, asked: 1 },
      { headers: { cookie: "session=2" }, gets: 1, asked: 1 },
    ],
  },
  {
    name: "what was stored without cookies is not given to one who has some",
    section: "3.5 (ours)",
    origin: [says("max-age=60")],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { cookie: "session=1" }, gets: 2, asked: 2 },
      { gets: 1, asked: 2 },
    ],
  },
  {
    name: "the front door's own cookie is none",
    section: "3.5 (ours)",
    origin: [says("max-age=60")],
    steps: [
      { headers: { cookie: `fig_client=${"a".repeat(32)}` }, gets: 1, asked: 1 },
      { gets: 1, asked: 1 },
    ],
  },
  notKept(
    "a request with no-store leaves nothing",
    "5.2.1.5",
    says("max-age=60"),
    {},
    { "cache-control": "no-store" },
  ),
  notKept("Vary * is never stored", "4.1", says("max-age=60", { vary: "*" })),
  notKept("Vary with * among others is not either", "4.1", says("max-age=60", { vary: "accept, *" })),
  kept(
    "chunks are stored, and given with their length",
    "3.1",
    { ...says("max-age=60"), chunked: true },
    {
      steps: [
        { gets: 1, asked: 1, has: { "content-length": undefined } },
        { gets: 1, asked: 1, has: { "content-length": "8", "transfer-encoding": undefined } },
      ],
    },
  ),
  notKept(
    "an answer with trailers is not stored",
    "3.1",
    {
      ...says("max-age=60", { trailer: "x-sum" }),
      chunked: true,
      trailers: { "x-sum": "1" },
    },
    {
      steps: [
        { gets: 1, asked: 1 },
        { gets: 2, asked: 2 },
      ],
    },
  ),
  notKept("a body that the connection's end ends is not stored", "3.3", {
    ...says("max-age=60"),
    fault: "until-close",
  }),
  {
    name: "a body that breaks off leaves nothing",
    section: "3.3",
    origin: [{ ...says("max-age=60"), fault: "half" }, says("max-age=60")],
    steps: [
      { breaks: true, asked: 1 },
      { gets: 2, asked: 2 },
      { gets: 2, asked: 2 },
    ],
  },
  notKept(
    "a stream of events is not stored",
    "3",
    says("max-age=60", { "content-type": "text/event-stream" }),
  ),
  {
    ...kept(
      "what is larger than maxObject passes, and is not stored",
      "3",
      { ...says("max-age=60"), body: "x".repeat(5000) },
      { route: "small" },
    ),
    steps: [
      { gets: "x".repeat(5000), asked: 1 },
      { gets: "x".repeat(5000), asked: 2 },
    ],
  },
  {
    ...kept(
      "chunks that are larger than maxObject too",
      "3",
      { ...says("max-age=60"), body: "x".repeat(5000), chunked: true },
      { route: "small" },
    ),
    steps: [
      { gets: "x".repeat(5000), asked: 1 },
      { gets: "x".repeat(5000), asked: 2 },
    ],
  },
  {
    ...kept(
      "fields of the hop are not stored",
      "3.1",
      says("max-age=60", { connection: "x-hop, keep-alive", "x-hop": "1", "x-end": "2" }),
    ),
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 1, has: { "x-hop": undefined, "x-end": "2" } },
    ],
  },
  {
    ...kept("an empty answer is stored", "3", { ...says("max-age=60"), body: "" }),
    steps: [
      { gets: "", asked: 1 },
      { gets: "", asked: 1, has: { "content-length": "0" } },
    ],
  },
  {
    ...kept("204 is stored where it says so", "3", { ...says("max-age=60"), status: 204, body: "" }),
    steps: [
      { status: 204, gets: "", asked: 1 },
      { status: 204, gets: "", asked: 1, has: { "content-length": undefined } },
    ],
  },
  notKept("no-cache without a validator is not stored", "5.2.2.4", says("no-cache")),
  notKept(
    "Pragma of an answer is taken for no-cache",
    "5.4",
    { headers: { pragma: "no-cache" } },
    { route: "ttl" },
  ),
];

function twice(status: number): CacheCase["steps"] {
  return [
    { status, gets: 1, asked: 1 },
    { status, gets: 2, asked: 2 },
  ];
}
