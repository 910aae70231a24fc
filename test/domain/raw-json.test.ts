import { expect, test } from "vitest";
import { rawAt } from "../../src/domain/raw-json.ts";

test.each<readonly [json: string, steps: readonly (string | number)[], raw: string | undefined]>([
  [" 12345678901234567890 ", [], "12345678901234567890"],
  ['{"a":1.10,"b":2}', ["a"], "1.10"],
  ['{"a":1,"a":[2 , 3]}', ["a"], "[2 , 3]"],
  ['{"a":{"b":[{"c":1e400}]}}', ["a", "b", 0, "c"], "1e400"],
  ['[[],[1,[2,"]"]],3]', [1], '[1,[2,"]"]]'],
  ['[[],[1,[2,"]"]],3]', [2], "3"],
  ['[[],[1,[2,"]"]],3]', [3], undefined],
  ['{"x\\"}":"{\\\\","\\u0061":true , "c" : null }', ["a"], "true"],
  ['{"x\\"}":"{\\\\","\\u0061":true , "c" : null }', ["c"], "null"],
  ['{"x\\"}":"{\\\\"}', ['x"}'], '"{\\\\"'],
  ["{}", ["a"], undefined],
  ["[ ]", [0], undefined],
  ['{"0":1}', [0], undefined],
  ["[1]", ["0"], undefined],
  ['"text"', ["length"], undefined],
])("%s at %j is %s", (json, steps, raw) => {
  expect(rawAt(json, steps)).toBe(raw);
});

/** A generator of numbers from 0 to 1 (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("what is found is what a reader of JSON finds, in 3,000 values", () => {
  const random = numbers(7);
  const of = <Value>(all: readonly Value[]) => all[Math.floor(random() * all.length)] as Value;
  // No lone backslash: V8 (Node 24.21) takes a later `"` for it, in JSON.parse itself.
  const names = ["a", "b", '"', "{", "ü", "a b"];
  const value = (depth: number): unknown => {
    const kind = random();
    if (depth > 4 || kind < 0.4) return of([1, -2.5e-7, true, null, "", '},]"\\', "a:b", [], {}]);
    const parts = Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
    return kind < 0.7 ? parts : Object.fromEntries(parts.map((part) => [of(names), part]));
  };
  let found = 0;
  for (let i = 0; i < 3_000; i++) {
    let at = value(0);
    const json = JSON.stringify(at, undefined, of([0, 1, "\t"]));
    const steps: (string | number)[] = [];
    while (typeof at === "object" && at !== null && random() < 0.8) {
      const keys = Object.keys(at);
      if (keys.length === 0) break;
      const key = of(keys);
      at = (at as Record<string, unknown>)[key];
      steps.push(/^\d+$/.test(key) ? Number(key) : key);
    }
    found += steps.length;
    expect(JSON.parse(rawAt(json, steps) ?? "undefined")).toEqual(at);
  }
  expect(found).toBeGreaterThan(1_000);
});
