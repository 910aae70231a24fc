import { beforeAll, expect, test } from "vitest";
import { differencesIn, installExample, walkExample } from "./support/example-walk.ts";

beforeAll(() => installExample("apollo-to-yoga", "graphql-yoga"), 240_000);

test("Apollo Server to GraphQL Yoga: true differences named, bugs refused, no cart lost, legacy gone at the end", async () => {
  const walked = await walkExample("apollo-to-yoga", "README.md");
  expect(differencesIn(walked.answerTo("fig diff"))).toEqual([
    "$.data.product.name value",
    "$.data.product.stock type", // the context has forgotten it
    "$.data.products[*].name value", // a Headers object is no Node object
    "$.errors extra",
    "$.errors[*].message value", // masked
    "header.cache-control missing",
    "status value", // 400 or 200 of what is no valid query; a simple request that Apollo refuses
  ]);
  const refused = (time: number) => walked.answerTo("fig migrate up", time);
  expect(refused(1)).toMatch(/gate_refused: .*graphql.query \(maxMismatchRate .*maxErrorRateIncrease/);
  expect(refused(1)).toContain("(exit code 3)");
  expect(refused(2)).toMatch(/gate_refused: the gate does not hold for graphql.mutation \([^)]*\)\n/);
  expect(refused(2)).toContain("(exit code 3)");
  const lines = [...walked.stdout.matchAll(/^# unexpected .*$/gm)].map(([line]) => line);
  expect(lines.length).toBeGreaterThan(8);
  expect(new Set(lines)).toEqual(new Set(["# unexpected 0, cartsLost 0, loggedOut 0"]));
  expect(walked.stdout.trimEnd().split("\n").at(-1)).toBe("# no cart lost, nobody logged out");
}, 120_000);
