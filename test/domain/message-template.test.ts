import { describe, expect, test } from "vitest";
import { isAttributeNumber, isHashKey } from "../../src/domain/message-target.ts";
import { jsonTemplate, messageTemplate } from "../../src/domain/message-template.ts";

describe("the parts of a message's template", () => {
  test.each<readonly [text: string, parts: readonly unknown[]]>([
    ["plain", ["plain"]],
    ["$$5", ["$", "5"]],
    ["$request.body", [{ body: [] }]],
    ["<$request.body>.", ["<", { body: [] }, ">."]],
    ["$request.body.id", [{ body: ["id"] }]],
    ["$request.body.id.", [{ body: ["id"] }, "."]],
    ["$request.body.lines[0].sku-1!", [{ body: ["lines", 0, "sku-1"] }, "!"]],
    ["$request.body[12][3]", [{ body: [12, 3] }]],
    ["[$request.body.a]", ["[", { body: ["a"] }, "]"]],
    ["$request.body.a$requestId", [{ body: ["a"] }, { variable: "requestId" }]],
    ["$request.header.X-A:$client", [{ place: "header", name: "x-a" }, ":", { variable: "client" }]],
  ])("%s", (text, parts) => {
    expect(messageTemplate(text)).toEqual({ parts });
  });

  test.each([
    ["$request.bodies", "request.bodies"],
    ["$request.body_id", "request.body_id"],
    ["$request.body.lines[*].id", "request.body.lines["],
    ['$request.body["a b"]', "request.body["],
    ["$request.header", "request.header"],
    ["$side", "side"],
  ])("%s has a variable that there is not", (text, unknown) => {
    expect(messageTemplate(text)).toEqual({ unknown });
  });

  test("of JSON texts are templates, and one that is a value of the body alone is that value", () => {
    const fixed = (value: unknown) => ({ kind: "fixed", json: JSON.stringify(value) });
    expect(
      jsonTemplate({ a: 1, b: [null, "$$x"], c: "$request.body.id", d: "no $request.body.id", e: "$host" }),
    ).toEqual({
      kind: "members",
      members: [
        ["a", fixed(1)],
        ["b", { kind: "list", elements: [fixed(null), fixed("$x")] }],
        ["c", { kind: "value", body: ["id"] }],
        ["d", { kind: "text", parts: ["no ", { body: ["id"] }] }],
        ["e", { kind: "text", parts: [{ variable: "host" }] }],
      ],
    });
    expect(jsonTemplate([{ a: "$request.bodyy" }])).toEqual({ unknown: "request.bodyy" });
  });
});

test.each([
  ["0", true],
  ["-7.50", true],
  ["+1e3", true],
  ["1e126", true],
  ["1e127", false],
  ["1e-128", true],
  ["1e-129", false],
  ["12345678901234567890123456789012345678", true],
  ["123456789012345678901234567890123456789", false],
  ["0.00000000000000000000000000000000000001", true],
  ["", false],
  ["7 apples", false],
  ["0x10", false],
  ["NaN", false],
  ["1.", true],
])("SQS takes %j for a number: %s", (text, is) => {
  expect(isAttributeNumber(text)).toBe(is);
});

test.each([
  ["0", true],
  ["340282366920938463463374607431768211455", true],
  ["340282366920938463463374607431768211456", false],
  ["01", false],
  ["-1", false],
  ["1e3", false],
  ["", false],
])("Kinesis takes %j for a hash key: %s", (text, is) => {
  expect(isHashKey(text)).toBe(is);
});
