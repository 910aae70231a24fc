import { expect, test } from "vitest";
import { refuseDeep } from "../../src/admin/json-depth.ts";

const refuse = (json: string) => () => refuseDeep(Buffer.from(json));

test("JSON of 64 levels passes, whatever its strings hold, and one of 65 is refused", () => {
  expect(refuse(`${"[".repeat(64)}${"]".repeat(64)}`)).not.toThrow();
  expect(refuse(`{"a":${'{"b":'.repeat(63)}1${"}".repeat(64)}`)).not.toThrow();
  expect(refuse(`["${"[".repeat(1000)}","\\"${"{".repeat(1000)}"]`)).not.toThrow();
  expect(refuse(`[${"[],".repeat(1000)}1]`)).not.toThrow();
  expect(refuse("[".repeat(65))).toThrow("nested deeper than 64");
  expect(refuse(`["\\\\",${'{"b":'.repeat(64)}1${"}".repeat(65)}`)).toThrow("nested deeper than 64");
});
