import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import type { Position } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";

/**
 * Routes that are gone from the files while their modern is above 0, unless another is `formerly` them: clients that modern
 * serves would fall back to the default upstream in one step. `positions`: what is in force, by route id.
 */
export function findGoneRoutes(
  config: Pick<FrontDoorConfig, "file" | "routes">,
  positions: ReadonlyMap<string, Position>,
): readonly ConfigProblem[] {
  const known = new Set([DEFAULT_ROUTE_ID]);
  for (const { id, formerly } of config.routes) {
    known.add(id);
    for (const former of formerly) known.add(former);
  }
  const problems: ConfigProblem[] = [];
  for (const [id, { modern }] of positions) {
    if (known.has(id) || modern <= 0) continue;
    problems.push({
      file: config.file ?? "config",
      line: 0,
      column: 0,
      message: `route ${id} is gone from the files while modern serves ${modern} % of its clients`,
      remedy: `bring it back, and shift it to modern 0 or let a front door load it with \`retired: true\` before it goes; or list it under formerly of the route that replaces it, with its cohort`,
    });
  }
  return problems;
}
