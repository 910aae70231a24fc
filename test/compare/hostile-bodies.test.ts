import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, job } from "./jobs.ts";

/** A media type for each comparator, and a body that it reads. */
const KINDS: readonly (readonly [type: string, body: string])[] = [
  ["application/json", '{"items":[{"id":1,"name":"password","value":"x","n":1.50}],"é":"\\ud83d\\ude00"}'],
  ["application/x-ndjson", '{"a":1}\n{"a":2}\n'],
  ["application/json-seq", '\u001e{"a":1}\n\u001e{"a":2}\n'],
  ["application/x-www-form-urlencoded", "a=1&b=%20x&a=2&c%5B%5D=é"],
  [
    "multipart/form-data; boundary=b",
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n{"x":1}\r\n--b\r\nContent-Type: text/plain\r\n\r\nok\r\n--b--',
  ],
  ["text/event-stream", ': hi\nevent: a\nid: 1\ndata: {"x":1}\n\ndata: b\n\n'],
  ["application/xml", '<?xml version="1.0"?><a xmlns:x="u"><b x:c="1">t</b><![CDATA[z]]>&amp;</a>'],
  ["text/html", '<!doctype html><p class="b a">x<table><tr><td>y</table><script>if (a < b) c()</script>'],
  ["text/plain", "one\ntwo\nthree\n"],
  ["text/csv; charset=iso-8859-1", "a,b\n1,2\n3,4\n"],
  ["application/grpc", "\0\0\0\0\u0002ab\0\0\0\0\u0001c"],
  ["application/octet-stream", "\u0089PNG\0\0"],
  ["", '[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":[]}]'],
];

const type = fc.constantFrom(...KINDS.map(([each]) => each));
const PIECES = [
  '"',
  "\\",
  "{",
  "]",
  "<",
  ">",
  "&",
  "--b",
  "\r\n\r\n",
  "\n",
  "\0",
  "%",
  "=",
  "]]>",
  "<!--",
  "\u00ff",
  "\ufeff",
];

/** Readable bodies with something taken out, put in, or said twice; and bytes of any kind. */
const body: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...KINDS.map(([, each]) => each)),
        fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.constantFrom("", ...PIECES)), { maxLength: 4 }),
        fc.nat(3),
      )
      .map(([text, edits, twice]) => {
        let so = text;
        for (const [at, length, piece] of edits) {
          const from = at % (so.length + 1);
          so = so.slice(0, from) + piece + so.slice(from + length);
        }
        return Buffer.from(twice === 0 ? so + so : so);
      }),
  },
);

const times = (text: string, bytes = 1 << 15) => text.repeat(Math.ceil(bytes / text.length));

const RULES = {
  ignore: ["$..id", "//b/@c"],
  arrays: { $: { mode: "unordered" }, "$.items": { mode: "key", key: "id" } },
  tolerance: { "$..n": 0.1 },
  redact: ["$.secret"],
  text: [{ replace: "t[a-z]*", with: "" }],
} as const;

describe("bodies that are not what they say", () => {
  test("never make a comparison throw, whatever they are compared as; equal ones match or say nothing", () => {
    fc.assert(
      fc.property(
        type,
        type,
        body,
        body,
        fc.boolean(),
        fc.constantFrom("", "gzip"),
        (a, b, one, other, ruled, coding) => {
          const headers = coding === "" ? [] : ["Content-Encoding", coding];
          const [legacy, modern] = [answer(one, a, { headers }), answer(other, b, { headers })];
          const options = ruled ? RULES : {};
          const { outcome, mismatches } = verdictOf(job(legacy, modern, { options }));
          expect(["match", "mismatch", "inconclusive"]).toContain(outcome);
          for (const { legacy: left, modern: right } of mismatches)
            for (const sample of [left, right])
              expect(Buffer.byteLength(sample ?? "")).toBeLessThanOrEqual(256);
          expect(verdictOf(job(legacy, legacy, { options })).outcome).not.toBe("mismatch");
          const zipped = answer(gzipSync(one), a, { headers: ["Content-Encoding", "gzip"] });
          if (coding === "") expect(verdictOf(job(legacy, zipped, { options })).outcome).not.toBe("mismatch");
        },
      ),
      { numRuns: 2_000 },
    );
  }, 120_000);

  test.each(
    [
      ...["{", "[", '{"a":', '"', '"\\', "[1,", '{"a":1,', "1", " ", "\n", "a\n", "\r\n", "é"],
      ...[
        "&",
        "a=",
        "a=&",
        "%",
        "--b\r\n",
        "--b\r\n\r\n",
        "--b\r\nA: b\r\n\r\n",
        "data:\n",
        "\n\n",
        "id:",
        ":",
      ],
      ...[
        "<",
        "<a",
        "<a>",
        "<a b=",
        "<!--",
        "<![CDATA[",
        "&amp;",
        "<table>",
        "<p><b>",
        "</",
        "<a a='",
        "</p>",
      ],
      ...["\0\0\0\0\0", "\u001e{}", "-----BEGIN", "Bearer ", "eyJ", "//@", "password=", '"name":"password",'],
    ].map((piece) => [JSON.stringify(piece), piece]),
  )(
    "that repeat %s are read to their end by every comparator",
    (_, piece) => {
      const [one, other] = [times(piece), `${times(piece, 1 << 14)}x${times(piece, 1 << 14)}`];
      for (const [each] of KINDS) {
        const options = { redact: [] };
        expect(verdictOf(job(answer(one, each), answer(other, each), { options })).outcome).toMatch(
          /match|inconclusive/,
        );
      }
    },
    120_000,
  );
});

test.each(["id:", "value:", 'name="', "value:name:", 'form-data; name="password"', '"value":"name":'])(
  "a text that repeats %j has its credentials looked for in linear time",
  (piece) => {
    // What is not linear takes minutes here, not seconds.
    const one = times(piece, 1 << 20);
    const { mismatches } = verdictOf(
      job(answer(one, "text/plain"), answer(`${one}x`, "text/plain"), { maxBodyBytes: 1 << 22 }),
    );
    expect(mismatches).toHaveLength(1);
  },
  120_000,
);

test("JSON that is sent as a page, or as nothing, is found by its bytes", () => {
  for (const each of ["text/html", "text/html; charset=utf-8", "text/plain", ""]) {
    const found = verdictOf(job(answer('{"a":1,"b":[2]}', each), answer(' {"b":[3],\n"a":1.0}', each)));
    expect(found.mismatches).toMatchObject([{ path: "$.b[*]", kind: "value", legacy: "2", modern: "3" }]);
  }
  const page = verdictOf(job(answer('{"a":1}', "text/html"), answer("<p>{}", "text/html")));
  expect(page.mismatches.some(({ path }) => path.startsWith("$"))).toBe(false);
});
