import { describe, expect, test } from "vitest";
import { ANSWERS } from "../../../scripts/functions-table/answers.ts";
import { answerOf, NoAnswer } from "../../../src/backends/lambda/answer.ts";

const read = (returned: string, payload: "1.0" | "2.0") => {
  const { status, headers, body } = answerOf(Buffer.from(returned), payload);
  return { status, fields: headers, body: Buffer.from(body).toString("latin1") };
};

const MORE = [
  [
    "a field beyond ASCII",
    '{"headers":{"x-a":"ü"}}',
    ["x-a", "\xc3\xbc", "content-type", "application/json"],
  ],
  ["no body", '{"statusCode":204,"headers":null,"body":null}', ["content-type", "application/json"]],
  [
    "a field that ends with a byte 0xA0, and blanks around it",
    JSON.stringify({ headers: { "x-a": " \tvoil\u00e0 " } }),
    ["x-a", "voil\xc3\xa0", "content-type", "application/json"],
  ],
] as const;

const NONE = [
  ["100, which is no answer", '{"statusCode":100}'],
  ["a name with a space", '{"headers":{"a b":"1"}}'],
  ["a control character in a value", '{"headers":{"a":"1\\u0001"}}'],
  ["a deletion in a value of a list", '{"multiValueHeaders":{"a":["\\u007f"]}}'],
] as const;

// What is sent, and where it is from, is in docs/functions-table.md.
describe("what a function returns is an answer", () => {
  test.each(ANSWERS.filter(({ status }) => status !== 502))("$what, payload $payload", (row) => {
    const { status, fields, body } = row;
    expect(read(row.returned, row.payload)).toEqual({ status, fields, body });
  });
  test.each(MORE)("%s", (_what, returned, fields) => {
    expect(read(returned, "1.0").fields).toEqual(fields);
  });
});

describe("or it is none", () => {
  test.each(ANSWERS.filter(({ status }) => status === 502))("$what, payload $payload", (row) => {
    expect(() => read(row.returned, row.payload)).toThrow(NoAnswer);
  });
  test.each(NONE)("%s", (_what, returned) => {
    expect(() => read(returned, "1.0")).toThrow(NoAnswer);
  });
  test("no JSON, payload 2.0", () => {
    expect(() => read("oops", "2.0")).toThrow(NoAnswer);
  });
});
