import { expect, test } from "vitest";
import { documentNames } from "../../../src/domain/operations/document-names.ts";

test.each<[string, readonly (string | undefined)[]]>([
  ["query GetCart { cart { id } }", ["GetCart"]],
  ["mutation Buy($a: In = { x: [1] }) @live(if: true) { buy(a: $a) { id } }", ["Buy"]],
  ["subscription S{a}", ["S"]],
  ["{ cart { id } }", [undefined]],
  ["query { cart }", [undefined]],
  ["query($id: ID!) { cart(id: $id) }", [undefined]],
  ["fragment F on Cart { id } query A { ...F }", ["A"]],
  ["query A { a } query B { b }", ["A", "B"]],
  ['# query No { }\n,query Yes { a(s: "} query No {") }', ["Yes"]],
  ['query Q { a(s: """ } "quoted" \\""" query No { """) }', ["Q"]],
  ["\uFEFFquery Q{a}", ["Q"]],
  ['"""What it is""" query Q { a }', ["Q"]],
  ["query querying { query }", ["querying"]],
  ["", []],
  ["shoes size 42", []],
  ["query Q { a", []],
  ["query Q { a }}", []],
  ['query Q { a(s: "open) }', []],
  ["17", []],
])("the operations of %j are %j", (text, names) => {
  expect(documentNames(text)).toEqual(names);
});

test("a long text of one character is read in time that grows with its length", () => {
  for (const text of ["{", '"', "#\n", "a ", "query ", '"""', "(}"])
    expect(documentNames(text.repeat(60_000))).toEqual([]);
});
