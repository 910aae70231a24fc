import { describe, expect, test } from "vitest";
import { cutUtf8 } from "../../src/compare/sample-text.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { scrubbed } from "../../src/domain/scrub.ts";
import { answer, job, jsonMismatches } from "./jobs.ts";

describe("what is shown of a value", () => {
  test("is cut to 256 bytes, never inside a character", () => {
    for (const char of ["a", "é", "€", "😀"]) {
      for (let offset = 0; offset < 4; offset++) {
        const cut = cutUtf8("x".repeat(offset) + char.repeat(300), 256);
        expect(Buffer.byteLength(cut)).toBeGreaterThan(252);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(256);
        expect(cut).not.toContain("\ufffd");
      }
    }
    const [found] = jsonMismatches(`{"a":"${"é".repeat(5000)}"}`, `{"a":[${"1,".repeat(5000)}1]}`);
    expect(Buffer.byteLength(found?.legacy ?? "")).toBeLessThanOrEqual(256);
    expect(Buffer.byteLength(found?.modern ?? "")).toBeLessThanOrEqual(256);
  });

  test("is [redacted] at, above and below a redact pattern, and the difference still counts", () => {
    const options = { redact: ["$.customer.email", "$.cards"] };
    expect(jsonMismatches('{"customer":{"email":"a@x"}}', '{"customer":{"email":"b@x"}}', options)).toEqual([
      {
        path: "$.customer.email",
        kind: "value",
        legacy: '"[redacted]"',
        modern: '"[redacted]"',
        forms: ["redacted text", "redacted text"],
      },
    ]);
    expect(jsonMismatches('{"customer":{"email":"a@x","n":1}}', "{}", options)).toEqual([
      { path: "$.customer", kind: "missing", legacy: '{"email":"[redacted]","n":1}', modern: undefined },
    ]);
    expect(jsonMismatches('{"cards":{"4111":{"x":1}}}', '{"cards":{"4112":{"x":1}}}', options)).toEqual([
      {
        path: "$.cards",
        kind: "missing",
        legacy: '"[redacted]"',
        modern: undefined,
        forms: ["object", "none"],
      },
      {
        path: "$.cards",
        kind: "extra",
        legacy: undefined,
        modern: '"[redacted]"',
        forms: ["none", "object"],
      },
    ]);
    expect(jsonMismatches('{"cards":[1,2]}', '{"cards":[1]}', options)).toEqual([
      { path: "$.cards", kind: "length", legacy: '"[redacted]"', modern: '"[redacted]"' },
    ]);
  });

  test("never holds a credential, listed or not", () => {
    expect(
      jsonMismatches('{"user":{"accessToken":"s3cr3t"},"a":1}', '{"a":{"client_secret":"s3cr3t","b":2}}'),
    ).toEqual([
      { path: "$.user", kind: "missing", legacy: '{"accessToken":"[redacted]"}', modern: undefined },
      { path: "$.a", kind: "type", legacy: "1", modern: '{"client_secret":"[redacted]","b":2}' },
    ]);
    const [link] = jsonMismatches('{"next":"/items?api_key=s3cr3t&p=2"}', '{"next":"/items?p=2"}');
    expect(link?.legacy).toBe('"/items?api_key=[redacted]&p=2"');
  });

  test("a page's excerpt holds no credential even if the name that tells stands before it", () => {
    const page = (secret: string) =>
      `<p>ok</p><input type="hidden" name="csrf_token" ${" ".repeat(200)} value="${secret}"><p>end</p>`;
    const verdict = verdictOf(
      job(answer(page("s3cr3tA"), "text/html"), answer(page("s3cr3tB"), "text/html")),
    );
    expect(verdict.outcome).toBe("mismatch");
    expect(JSON.stringify(verdict)).not.toContain("s3cr3t");
  });
});

test("what reads like a credential is scrubbed out of text", () => {
  const cases: [string, string][] = [
    ["a=1&password=hunter2&b=2", "a=1&password=[redacted]&b=2"],
    ['{"password": "hunter\\"2", "b": 2}', '{"password": "[redacted]", "b": 2}'],
    ["Authorization: Bearer abc.def-123", "Authorization: [redacted]"],
    ["Cookie: a=1; sid=2\nnext", "Cookie: [redacted]\nnext"],
    ["sent Bearer abcdef123456 there", "sent Bearer [redacted] there"],
    ["x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc y", "x [redacted] y"],
    ["http://u:p@host/x", "http://[redacted]@host/x"],
    ["<token>abc</token><a>b</a>", "<token>[redacted]</token><a>b</a>"],
    ["<ns:Password x='1'>abc</ns:Password>", "<ns:Password x='1'>[redacted]</ns:Password>"],
    ['<meta content="abc" name="csrf-token">', '<meta content="[redacted]" name="csrf-token">'],
    ["cb=https://x/?access_token=abc", "cb=https://x/?access_token=[redacted]"],
    ["nothing to hide: 5 tokens left", "nothing to hide: 5 tokens left"],
  ];
  for (const [text, expected] of cases) expect(scrubbed(text)).toBe(expected);
});

// A pattern that goes back over a megabyte for every character of it would be at it for hours.
test("text made to hold the scrubbing up does not", () => {
  const megabyte = (piece: string) => piece.repeat((1 << 20) / piece.length);
  for (const piece of [
    "a",
    "-eyJ",
    "<a ",
    "token ",
    '"',
    "bearer ",
    "token=",
    "cookie:",
    'password="',
    "://",
    "a=",
    "<token>",
  ]) {
    expect(scrubbed(megabyte(piece)).length).toBeGreaterThan(0);
  }
});
