import { expect, test } from "vitest";
import { fieldTemplate } from "../../src/domain/field-variables.ts";

test("a value has variables by their names, and dollars", () => {
  expect(fieldTemplate("a $route-$side$$b $1 $")).toEqual({
    parts: ["a ", { variable: "route" }, "-", { variable: "side" }, "$", "b $1 $"],
  });
  expect(fieldTemplate("plain")).toEqual({ parts: ["plain"] });
  expect(fieldTemplate("")).toEqual({ parts: [] });
  expect(fieldTemplate("$requestID")).toEqual({ unknown: "requestID" });
  expect(fieldTemplate("$constructor")).toEqual({ unknown: "constructor" });
});
