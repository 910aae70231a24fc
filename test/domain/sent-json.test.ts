import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSent } from "../../src/domain/sent-json.ts";

/** Of what an engine may take one name for another by: quotes, backslashes and what follows them. */
const char = fc.constantFrom(
  "x",
  "\\",
  '"',
  "u",
  "0022",
  "\n",
  "/",
  "ü",
  "語",
  "\ud800",
  "\ue000",
  "\ue0000~0",
  "",
);
const name = fc.array(char, { maxLength: 5 }).map((chars) => chars.join(""));

/** A name as a sender may write it. */
function written(text: string, isEscaped: readonly boolean[]): string {
  const chars = Array.from({ length: text.length }, (_, i) => text[i] as string);
  return `"${chars
    .map((one, i) =>
      isEscaped[i % isEscaped.length] === true
        ? `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`
        : JSON.stringify(one).slice(1, -1),
    )
    .join("")}"`;
}

test.each([
  [String.raw`{"c":1,"ad\\u0":2}`, String.raw`{"c":1,"ad\u006din":2}`, "admin"],
  [String.raw`{"d":1,"x\\":2}`, String.raw`{"d":1,"x\"":2}`, 'x"'],
  [String.raw`{"e":1,"x\\":2}`, String.raw`{"e":1,"x\n" :2}`, "x\n"],
  [String.raw`{"f":1,"\\":2}`, String.raw`{"f":1,"\u0041":2}`, "A"],
  [String.raw`{"g":1,"__pro\\":2}`, String.raw`{"g":1,"__pro\u0074":2}`, "__prot"],
])("behind %s, %s has %j", (before, text, last) => {
  parseSent(before);
  JSON.parse(before);
  const value = parseSent(text);
  expect(Object.keys(value as object)).toEqual([text[2], last]);
  expect(Object.values(value as object)).toEqual([1, 2]);
});

test("a name is what was sent, whatever was read before it", () => {
  const escapes = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(name, escapes, fc.constantFrom("", " ", "\n\t"), (text, isEscaped, blank) => {
      const value = parseSent(`[{"c":1,${written(text, isEscaped)}${blank}:{"v":"\\\\\\""}}]`);
      expect(Object.entries((value as object[])[0] as object)).toEqual([
        ["c", 1],
        [text, { v: '\\"' }],
      ]);
    }),
    { numRuns: 5_000 },
  );
});

/** Texts that open and end elsewhere than they seem to. */
const pieces = fc.constantFrom(
  ...[
    '"',
    "\\",
    '\\"',
    '"a"',
    '"b\\""',
    '"\\u0061"',
    '"__proto__"',
    '"\\u005f_proto__"',
    "\\u0022",
    "\\u002c",
  ],
  ...["{", "}", "[", "]", ",", ":", "1", " ", "\n", "\t", "null", '{"a\\n":', '{"b":1\\u002c":', '":2}'],
);

test("reads and refuses what JSON.parse does", () => {
  const read = (parse: (text: string) => unknown, text: string) => {
    try {
      parse(text);
      return "read";
    } catch (error) {
      return error instanceof SyntaxError ? "refused" : error;
    }
  };
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      expect(read(parseSent, text)).toBe(read(JSON.parse, text));
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      expect(JSON.stringify(parseSent(JSON.stringify(value)))).toBe(JSON.stringify(value));
    }),
  );
});

test("no depth is too deep", () => {
  const deep = `${'{"\\\\":'.repeat(50_000)}1${"}".repeat(50_000)}`;
  let value = parseSent(deep) as Record<string, object>;
  for (let i = 1; i < 50_000; i++) value = value["\\"] as Record<string, object>;
  expect(value).toEqual({ "\\": 1 });
});

test("what is there twice, and what a reader of its own sees", () => {
  expect(parseSent(String.raw`{"a\"":1,"b":2,"a\"":3}`)).toEqual({ 'a"': 3, b: 2 });
  const sources: unknown[] = [];
  const value = parseSent(String.raw`[{"a\"":{"\u0062":12.0}},{"__proto__":{"\\":[1]}}]`, (each, source) => {
    if (source !== undefined) sources.push(source);
    return each;
  });
  expect(sources).toEqual(["12.0", "1"]);
  expect(JSON.stringify(value)).toBe(String.raw`[{"a\"":{"b":12}},{"__proto__":{"\\":[1]}}]`);
  expect(parseSent('{"\ue0000~0":1,"\\"":2,"\\ue0001~0":3,"\ue00012":4}')).toEqual({
    ...{ "\ue0000~0": 1, '"': 2 },
    ...{ "\ue0001~0": 3, "\ue00012": 4 },
  });
  expect(Object.hasOwn(parseSent(String.raw`{"\u005f_proto__":1,"a\"":2}`) as object, "__proto__")).toBe(
    true,
  );
});
