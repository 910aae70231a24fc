import { expect, test } from "vitest";
import { findGoneRoutes, formatProblems } from "../../src/config/index.ts";
import { configOf, oneRoute } from "./folder.ts";

test("a route gone from the files while modern serves some of its clients is a problem, unless another was it", async () => {
  const config = await configOf(oneRoute("    formerly: [renamed]\n"));
  const positions = new Map([
    ["one", { modern: 50, shadow: 0 }],
    ["renamed", { modern: 50, shadow: 0 }],
    ["at legacy", { modern: 0, shadow: 100 }],
    ["(default)", { modern: 50, shadow: 0 }],
    ["gone", { modern: 12.5, shadow: 0 }],
  ]);
  expect(formatProblems(findGoneRoutes({ ...config, file: "fig.yaml" }, positions))).toBe(
    "fig.yaml: route gone is gone from the files while modern serves 12.5 % of its clients — " +
      "bring it back, and shift it to modern 0 or let a front door load it with `retired: true` before it goes; " +
      "or list it under formerly of the route that replaces it, with its cohort",
  );
  expect(findGoneRoutes(config, new Map())).toEqual([]);
});
