import { type CacheCase, day, kept, says } from "./case.ts";

const FRESH = says("max-age=60");
const TAGGED = says("max-age=60", { etag: '"v1"', "last-modified": "Mon, 02 Nov 2026 10:00:00 GMT" });

/** What a stored answer is given to. */
export const REUSE: readonly CacheCase[] = [
  {
    name: "another query is another answer",
    section: "4 / 2",
    origin: [FRESH],
    steps: [
      { path: "?a=1&b=2", gets: 1, asked: 1 },
      { path: "?b=2&a=1", gets: 2, asked: 2 },
      { path: "?a=1&b=2", gets: 1, asked: 2 },
      { path: "?", gets: 3, asked: 3 },
      { path: "", gets: 4, asked: 4 },
    ],
  },
  {
    name: "a path as it is sent is the key, not as it could be written",
    section: "2",
    origin: [FRESH],
    steps: [
      { path: "/a%41", gets: 1, asked: 1 },
      { path: "/aA", gets: 2, asked: 2 },
      { path: "/a%41", gets: 1, asked: 2 },
    ],
  },
  {
    name: "another host is another answer",
    section: "2",
    origin: [FRESH],
    steps: [
      { headers: { host: "a.test" }, gets: 1, asked: 1 },
      { headers: { host: "b.test" }, gets: 2, asked: 2 },
      { headers: { host: "A.TEST" }, gets: 1, asked: 2 },
    ],
  },
  {
    name: "a forwarded host that is not believed changes nothing",
    section: "7.1",
    origin: [FRESH],
    steps: [
      {
        headers: { "x-forwarded-host": "evil.test", "x-original-url": "/admin" },
        gets: 1,
        asked: 1,
        saw: { "x-original-url": undefined },
      },
      { gets: 1, asked: 1 },
    ],
  },
  {
    name: "a method in a field is another method",
    section: "7.1",
    origin: [FRESH],
    steps: [
      {
        headers: { "x-http-method-override": "DELETE" },
        gets: 1,
        asked: 1,
        has: { "cache-status": "fig; fwd=bypass" },
      },
      { gets: 2, asked: 2 },
      { headers: { "x-http-method-override": "DELETE" }, gets: 3, asked: 3 },
    ],
  },
  {
    name: "a GET with a body is not the cache's",
    section: "7.1",
    origin: [FRESH],
    steps: [
      { body: "evil", headers: { "content-length": "4" }, gets: 1, asked: 1 },
      { gets: 2, asked: 2 },
    ],
  },
  {
    name: "If-Match is the side's to judge",
    section: "4.3",
    origin: [TAGGED],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { "if-match": '"v1"' }, gets: 2, asked: 2, saw: { "if-match": '"v1"' } },
    ],
  },
  {
    name: "Vary chooses by what was sent",
    section: "4.1",
    origin: [says("max-age=60", { vary: "Accept-Language" })],
    steps: [
      { headers: { "accept-language": "de" }, gets: 1, asked: 1 },
      { headers: { "accept-language": "fr" }, gets: 2, asked: 2, has: { "cache-status": /fwd=vary-miss/ } },
      { headers: { "accept-language": "de" }, gets: 1, asked: 2 },
      { gets: 3, asked: 3 },
      { gets: 3, asked: 3 },
    ],
  },
  {
    name: "what Vary chooses by is held against each other without blanks around commas, over lines",
    section: "4.1",
    origin: [says("max-age=60", { vary: "accept" })],
    steps: [
      { headers: { accept: "a/b ,c/d" }, gets: 1, asked: 1 },
      { headers: { accept: "a/b, c/d" }, gets: 1, asked: 1 },
    ],
  },
  {
    name: "each answer has its own Vary",
    section: "4.1",
    origin: [says("max-age=60", { vary: "accept" }), says("max-age=60", { vary: "accept-language" })],
    steps: [
      { headers: { accept: "a/b", "accept-language": "de" }, gets: 1, asked: 1 },
      { headers: { accept: "c/d", "accept-language": "fr" }, gets: 2, asked: 2 },
      { headers: { accept: "a/b", "accept-language": "de" }, gets: 1, asked: 2 },
      { headers: { accept: "x/y", "accept-language": "fr" }, gets: 2, asked: 2 },
    ],
  },
  {
    name: "content codings are kept apart by Vary",
    section: "4.1",
    origin: [
      { ...says("max-age=60", { vary: "accept-encoding", "content-encoding": "gzip" }), body: "zipped" },
      { ...says("max-age=60", { vary: "accept-encoding" }), body: "plain" },
    ],
    steps: [
      { headers: { "accept-encoding": "gzip" }, gets: "zipped", asked: 1 },
      { gets: "plain", asked: 2, has: { "content-encoding": undefined } },
      {
        headers: { "accept-encoding": "gzip" },
        gets: "zipped",
        asked: 2,
        has: { "content-encoding": "gzip" },
      },
    ],
  },
  {
    name: "HEAD is answered by a GET's answer",
    section: "4 / 9110 9.3.2",
    origin: [FRESH],
    steps: [
      { gets: 1, asked: 1 },
      { method: "HEAD", gets: "", asked: 1, has: { "content-length": "8", "cache-status": /hit/ } },
    ],
  },
  {
    name: "a HEAD leaves nothing that a GET is given",
    section: "4",
    origin: [{ ...FRESH, headers: { "cache-control": "max-age=60" } }],
    steps: [
      { method: "HEAD", gets: "", asked: 1 },
      { gets: 2, asked: 2 },
    ],
  },
  {
    name: "POST is never answered by what is stored",
    section: "4",
    origin: [FRESH],
    steps: [
      { gets: 1, asked: 1 },
      { method: "POST", gets: 2, asked: 2, has: { "cache-status": "fig; fwd=method" } },
    ],
  },
  kept("the age that an answer came with counts", "4.2.3", says("max-age=60", { age: "30" }), {
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 1, has: { age: /^3\d$/, "cache-status": /ttl=(?:30|29|28)$/ } },
    ],
  }),
  {
    name: "what came older than it may be is not fresh",
    section: "4.2.3",
    origin: [says("max-age=60", { age: "61", etag: '"v"' })],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 2, asked: 2, saw: { "if-none-match": '"v"' } },
    ],
  },
  {
    name: "an old Date is age too",
    section: "4.2.3",
    origin: [says("max-age=60", { date: day(-40) })],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 1, has: { age: /^(?:39|4\d)$/ } },
    ],
  },
  {
    name: "an age that is no number is none",
    section: "5.1",
    origin: [says("max-age=60", { age: "old" })],
    steps: [
      { gets: 1, asked: 1 },
      { gets: 1, asked: 1, has: { age: /^[01]$/ } },
    ],
  },
  {
    name: "age grows while an answer is stored",
    section: "4.2.3",
    origin: [FRESH],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1100, gets: 1, asked: 1, has: { age: /^[1-3]$/ } },
    ],
  },
  {
    name: "what is stale is asked for anew",
    section: "4.2",
    origin: [says("max-age=1")],
    steps: [
      { gets: 1, asked: 1 },
      { waitMs: 1500, gets: 2, asked: 2 },
    ],
  },
  {
    name: "If-None-Match of a client is answered with 304, weakly",
    section: "4.3.2",
    origin: [TAGGED],
    steps: [
      { gets: 1, asked: 1 },
      {
        headers: { "if-none-match": '"v0", W/"v1"' },
        status: 304,
        gets: "",
        asked: 1,
        has: { etag: '"v1"', "cache-control": "max-age=60", "content-length": undefined },
      },
      { headers: { "if-none-match": '"v0"' }, gets: 1, asked: 1 },
      { headers: { "if-none-match": "*" }, status: 304, gets: "", asked: 1 },
      { method: "HEAD", headers: { "if-none-match": '"v1"' }, status: 304, gets: "", asked: 1 },
    ],
  },
  {
    name: "If-Modified-Since of a client is answered with 304",
    section: "4.3.2",
    origin: [TAGGED],
    steps: [
      { gets: 1, asked: 1 },
      { headers: { "if-modified-since": "Mon, 02 Nov 2026 10:00:00 GMT" }, status: 304, gets: "", asked: 1 },
      { headers: { "if-modified-since": "Mon, 02 Nov 2026 09:59:59 GMT" }, gets: 1, asked: 1 },
      { headers: { "if-modified-since": "yesterday" }, gets: 1, asked: 1 },
    ],
  },
  {
    name: "If-None-Match comes before If-Modified-Since",
    section: "4.3.2",
    origin: [TAGGED],
    steps: [
      { gets: 1, asked: 1 },
      {
        headers: { "if-none-match": '"v0"', "if-modified-since": "Mon, 02 Nov 2026 10:00:00 GMT" },
        gets: 1,
        asked: 1,
      },
    ],
  },
  {
    name: "a cold path is filled whole, and its client gets the 304 it asked for",
    section: "4.3.2",
    origin: [TAGGED],
    steps: [
      {
        headers: { "if-none-match": '"v1"' },
        status: 304,
        gets: "",
        asked: 1,
        saw: { "if-none-match": undefined },
      },
      { waitMs: 50, gets: 1, asked: 1 },
    ],
  },
  ...ranges(),
];

function ranges(): readonly CacheCase[] {
  const of = (
    name: string,
    headers: Record<string, string>,
    status: number,
    gets: string | number,
    has: Record<string, string | undefined>,
  ): CacheCase => ({
    name,
    section: "9110 14.2",
    origin: [{ ...TAGGED, body: "0123456789" }],
    steps: [
      { gets: "0123456789", asked: 1 },
      { headers, status, gets, asked: 1, has },
    ],
  });
  const whole = { "content-range": undefined, "content-length": "10" };
  return [
    of("a part of what is stored is given", { range: "bytes=2-4" }, 206, "234", {
      "content-range": "bytes 2-4/10",
      "content-length": "3",
    }),
    of("a part to the end", { range: "bytes=7-" }, 206, "789", { "content-range": "bytes 7-9/10" }),
    of("the last bytes", { range: "bytes=-2" }, 206, "89", { "content-range": "bytes 8-9/10" }),
    of("a part that goes past the end", { range: "bytes=8-100" }, 206, "89", {
      "content-range": "bytes 8-9/10",
    }),
    of("a part behind the end is 416", { range: "bytes=10-" }, 416, "", { "content-range": "bytes */10" }),
    of("several parts are answered with the whole", { range: "bytes=0-1,4-5" }, 200, "0123456789", whole),
    of("another unit is answered with the whole", { range: "lines=0-1" }, 200, "0123456789", whole),
    of(
      "If-Range with the stored tag gives the part",
      { range: "bytes=0-1", "if-range": '"v1"' },
      206,
      "01",
      {},
    ),
    of(
      "If-Range with another tag gives the whole",
      { range: "bytes=0-1", "if-range": '"v2"' },
      200,
      "0123456789",
      whole,
    ),
    of(
      "If-Range with a weak tag gives the whole",
      { range: "bytes=0-1", "if-range": 'W/"v1"' },
      200,
      "0123456789",
      whole,
    ),
    of(
      "If-Range with the stored date gives the part",
      { range: "bytes=0-1", "if-range": "Mon, 02 Nov 2026 10:00:00 GMT" },
      206,
      "01",
      {},
    ),
    of("304 comes before the part", { range: "bytes=0-1", "if-none-match": '"v1"' }, 304, "", {}),
    {
      name: "a part of what is not stored is asked of the side",
      section: "3.3",
      origin: [
        {
          status: 206,
          headers: { "content-range": "bytes 0-1/9", "cache-control": "max-age=60" },
          body: "an",
        },
        FRESH,
      ],
      steps: [
        { headers: { range: "bytes=0-1" }, status: 206, gets: "an", asked: 1, saw: { range: "bytes=0-1" } },
        { gets: 2, asked: 2 },
      ],
    },
  ];
}
