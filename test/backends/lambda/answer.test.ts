import { describe, expect, test } from "vitest";
import { answerOf, NoAnswer } from "../../../src/backends/lambda/answer.ts";

const read = (value: unknown, payload: "1.0" | "2.0") => {
  const { status, headers, body } = answerOf(
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
    payload,
  );
  return [status, headers, Buffer.from(body).toString("latin1")] as const;
};
const JSON_TYPE = ["content-type", "application/json"];

/** What a function returns, and what a client gets. Sources: FRONT-DOOR §1.5 (developer guide; recorded against the service). */
const ANSWERS: readonly (readonly [
  what: string,
  payload: "1.0" | "2.0",
  returned: unknown,
  answer: ReturnType<typeof read>,
])[] = [
  ["a body", "1.0", { statusCode: 200, body: "hi" }, [200, JSON_TYPE, "hi"]],
  ["a status as a text", "1.0", { statusCode: "201", body: "" }, [201, JSON_TYPE, ""]],
  ["no status", "1.0", { headers: { "X-A": "1" } }, [200, ["X-A", "1", ...JSON_TYPE], ""]],
  ["nothing in it", "1.0", {}, [200, JSON_TYPE, ""]],
  [
    "its own type",
    "1.0",
    { headers: { "Content-Type": "text/html" }, body: "<p>" },
    [200, ["Content-Type", "text/html"], "<p>"],
  ],
  [
    "null in place of parts",
    "1.0",
    { statusCode: 204, headers: null, multiValueHeaders: null, body: null },
    [204, JSON_TYPE, ""],
  ],
  [
    "lists of values",
    "1.0",
    { multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] } },
    [200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", ...JSON_TYPE], ""],
  ],
  [
    "a name in both",
    "1.0",
    { multiValueHeaders: { "X-A": ["1", "2"] }, headers: { "x-a": "3" } },
    [200, ["X-A", "1", "X-A", "2", "X-A", "3", ...JSON_TYPE], ""],
  ],
  [
    "true and numbers as values",
    "1.0",
    { headers: { a: true, b: 7 } },
    [200, ["a", "true", "b", "7", ...JSON_TYPE], ""],
  ],
  ["a value of null", "1.0", { headers: { a: null } }, [200, JSON_TYPE, ""]],
  [
    "base64",
    "1.0",
    { body: "/9j/", isBase64Encoded: true, headers: { "content-type": "image/jpeg" } },
    [200, ["content-type", "image/jpeg"], "\xff\xd8\xff"],
  ],
  ["text beyond ASCII", "1.0", { body: "ü" }, [200, JSON_TYPE, "\xc3\xbc"]],
  [
    "fields of one connection",
    "1.0",
    { headers: { Connection: "close", "Transfer-Encoding": "chunked", "content-length": "9" }, body: "x" },
    [200, JSON_TYPE, "x"],
  ],
  ["a field beyond ASCII", "1.0", { headers: { "x-a": "ü" } }, [200, ["x-a", "\xc3\xbc", ...JSON_TYPE], ""]],
  [
    "a field that ends with a byte 0xA0, and blanks around it",
    "1.0",
    { headers: { "x-a": " \tvoil\u00e0 " } },
    [200, ["x-a", "voil\xc3\xa0", ...JSON_TYPE], ""],
  ],
  [
    "a status and cookies",
    "2.0",
    { statusCode: 302, headers: { location: "/b" }, cookies: ["a=1", "b=2"] },
    [302, ["location", "/b", "set-cookie", "a=1", "set-cookie", "b=2", ...JSON_TYPE], ""],
  ],
  ["an object without a status", "2.0", { id: 7 }, [200, JSON_TYPE, '{"id":7}']],
  ["a list", "2.0", [1, 2], [200, JSON_TYPE, "[1,2]"]],
  ["a text", "2.0", '"hello"', [200, JSON_TYPE, "hello"]],
  ["null", "2.0", "null", [200, JSON_TYPE, "null"]],
  ["a number", "2.0", "42", [200, JSON_TYPE, "42"]],
  ["keys of its own beside a status", "2.0", { statusCode: 200, body: "x", more: 1 }, [200, JSON_TYPE, "x"]],
  ["base64", "2.0", { statusCode: 200, body: "AAEC", isBase64Encoded: true }, [200, JSON_TYPE, "\0\x01\x02"]],
];

const NONE: readonly (readonly [what: string, payload: "1.0" | "2.0", returned: unknown])[] = [
  ["no JSON", "1.0", "oops"],
  ["a text", "1.0", '"hi"'],
  ["null", "1.0", "null"],
  ["a list", "1.0", []],
  ["a key that answers do not have", "1.0", { statusCode: 200, data: 1 }],
  ["an object as body", "1.0", { statusCode: 200, body: { id: 7 } }],
  ["a status that is none", "1.0", { statusCode: 99 }],
  ["a status as a word", "1.0", { statusCode: "ok" }],
  ["100, which is no answer", "1.0", { statusCode: 100 }],
  ["one value where a list has to be", "1.0", { multiValueHeaders: { a: "1" } }],
  ["an object as value", "1.0", { headers: { a: {} } }],
  ["a line break in a value", "1.0", { headers: { a: "1\r\nb: 2" } }],
  ["a control character in a value", "1.0", { headers: { a: "1\u0001" } }],
  ["a deletion in a value of a list", "1.0", { multiValueHeaders: { a: ["\u007f"] } }],
  ["a control character in a cookie", "2.0", { statusCode: 200, cookies: ["a=\u001b[2J"] }],
  ["a name with a space", "1.0", { headers: { "a b": "1" } }],
  ["no JSON", "2.0", "oops"],
  ["a status that is none", "2.0", { statusCode: "x" }],
  ["cookies that are no list", "2.0", { statusCode: 200, cookies: "a=1" }],
];

describe("what a function returns is an answer", () => {
  test.each(ANSWERS)("%s, payload %s", (_what, payload, returned, answer) => {
    expect(read(returned, payload)).toEqual(answer);
  });
});

describe("or it is none", () => {
  test.each(NONE)("%s, payload %s", (_what, payload, returned) => {
    expect(() => read(returned, payload)).toThrow(NoAnswer);
  });
});
