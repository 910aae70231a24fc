import fc from "fast-check";
import { expect, test } from "vitest";
import { mergedSpans, secretSpans, withoutSecrets, withoutSpans } from "../../src/domain/redaction.ts";
import { isLoweredSecret } from "../../src/domain/secret-shapes.ts";

const hidden = (text: string) => withoutSpans(text, mergedSpans(secretSpans(text)));
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s5ig-_na";

test.each([
  [`x ${JWT} y`, "x [redacted] y"],
  [`next=%22${JWT}%22`, "next=%22[redacted]%22"],
  [`v1_${JWT}`, "v1_[redacted]"],
  [`${JWT}.four.five`, "[redacted]"],
  ["eyJ.a", "eyJ.a"],
  ["eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9"],
  ["sent Bearer abcdef== there", "sent Bearer [redacted] there"],
  ["BASIC  YTpi", "BASIC  [redacted]"],
  ["NTLM TlRMTVNT", "NTLM [redacted]"],
  ['Bearer realm="api"', 'Bearer realm="api"'],
  ['"Digest username=\\"me\\""', '"Digest username=\\"me\\""'],
  ["http://u:p@host/x", "http://[redacted]@host/x"],
  ["http://u:p@ss@host/x", "http://[redacted]@host/x"],
  ["//u:p@host/x and ws://a@b", "//[redacted]@host/x and ws://[redacted]@b"],
  ["http://host/a@b // c@d /x//y@z", "http://host/a@b // c@d /x//y@z"],
])("%s is shown as %s", (text, shown) => {
  expect(hidden(text)).toBe(shown);
});

test("spans that touch or overlap become one, and what is cut out shows none of them in part", () => {
  const span = fc
    .tuple(fc.nat(30), fc.integer({ min: 1, max: 9 }))
    .map(([at, length]) => [at, at + length] as const);
  fc.assert(
    fc.property(fc.array(span), fc.nat(40), fc.nat(40), (spans, one, two) => {
      const text = Array.from({ length: 40 }, (_, i) =>
        spans.some(([from, to]) => from <= i && i < to) ? "!" : ".",
      ).join("");
      const [start, end] = [Math.min(one, two), Math.max(one, two)];
      fc.pre(start < end);
      const shown = withoutSpans(text, mergedSpans(spans), start, end);
      const open = text.slice(start, end).replaceAll(/!+/g, "[redacted]");
      expect(shown.replaceAll(/(?:\[redacted\])+/g, "[redacted]")).toBe(open);
    }),
  );
});

test("text made to hold the search up does not", () => {
  for (const piece of [
    "eyJ",
    "-eyJ",
    "/sk_live_",
    "whsec_aaaaaaaaaa/SG.",
    "whsec_aaaaaaaaaa/SG/SG/SG/SG/SG/SG/SG/SG.",
    "eyJ.",
    "://",
    "//",
    "//@",
    "://a",
    "bearer ",
    "bearer\t\t",
    "basic=",
    "@",
  ]) {
    expect(hidden(piece.repeat((1 << 20) / piece.length)).length).toBeGreaterThan(0);
  }
});

test("what a person typed stays, but for what is a credential by its form", () => {
  const typed = "password: rotated, see OPS-12; token=old is gone";
  expect(withoutSecrets(typed)).toBe(typed);
  expect(withoutSecrets(`rotated ${JWT} by hand`)).toBe("rotated [redacted] by hand");
});

test("a field named after a token is known in lower case too", () => {
  const secrets = [
    "akia0123456789abcdef",
    "eaaa0123456789abcdef0123",
    "pmak-0123456789abcdef0123",
    "ghp_0123456789abcdef0123",
    JWT.toLowerCase(),
    "x-eyjhbgcioijsu0ett0ffucj9.0123456789.a.b.c",
  ];
  expect(secrets.filter((name) => !isLoweredSecret(name))).toEqual([]);
  const ordinary = [
    "x-request-id",
    "access-control-allow-origin",
    "sec-websocket-key",
    "x-envoy-upstream-service-time",
    "key-id",
    "x-eyjafjallajokull",
  ];
  expect(ordinary.filter(isLoweredSecret)).toEqual([]);
});
