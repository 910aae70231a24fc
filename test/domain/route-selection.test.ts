import { expect, test } from "vitest";
import { selectionOf } from "../../src/domain/route-selection.ts";

const keyOf = (expression: string, text: string) => {
  const select = selectionOf(expression);
  return typeof select === "function" ? select(text) : select.problem;
};

const BOTH = ["$", "{request.body.service}/$", "{request.body.v}"].join("");

test("an action is heard however its name is written, and whatever came before", () => {
  keyOf("$request.body.action", String.raw`{"before":1,"acti\\u":1}`);
  expect(keyOf("$request.body.action", String.raw`{"before":1,"acti\u006fn":"join"}`)).toBe("join");
});

test.each([
  ["$request.body.action", '{"action":"join"}', "join"],
  ["$request.body.action", '{"action":7}', "7"],
  ["$request.body.action", '{"action":["a",1]}', '["a",1]'],
  ["$request.body.action", '{"action":{"b":null}}', '{"b":null}'],
  ["$request.body.action", '{"action":null}', ""],
  ["$request.body.action", "{}", ""],
  ["$request.body.action", "7", ""],
  ["$request.body.action", "not json", "$default"],
  ["$request.body.action", '{"action":"join"} x', "$default"],
  ["$request.body.toString", "{}", ""],
  ["$request.body.__proto__.a", '{"__proto__":{"a":"own"}}', "own"],
  ["$request.body.action", '{"action":"a","action":"b"}', "b"],
  ["$request.body.a.b[1]", '{"a":{"b":["x","y"]}}', "y"],
  [BOTH, '{"service":"chat","v":"2"}', "chat/2"],
  [BOTH, '{"service":"chat"}', "chat/"],
  ["fixed", "not json", "fixed"],
  ["\\$default", "{}", "$default"],
])("%s of %s is %s", (expression, text, key) => {
  expect(keyOf(expression, text)).toBe(key);
});

test.each(["", "$request.header.x", "${request.body.a", "$context.stage", "$"])(
  "%j is no expression",
  (expression) => {
    expect(selectionOf(expression)).toHaveProperty("problem");
  },
);

test("a value that is too deep to be written as a text names no route", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  expect(keyOf("$request.body.action", `{"action":${deep}}`)).toBe("$default");
  expect(keyOf("$request.body.action", `{"action":"join","more":${deep}}`)).toBe("join");
});
