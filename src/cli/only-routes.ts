import { InvalidArgumentError } from "commander";
import type { RouteStatus, Status } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";
import { quoted } from "../domain/scrub.ts";

/** Collects `--route orders.read --route 'shop.*'`. */
export function routesOption(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^[^*]+\*?$|^\*$/.test(text))
    throw new InvalidArgumentError("give a route's id, or the beginning of ids and a *, e.g. 'shop.*'.");
  return [...earlier, text];
}

function isMeant(pattern: string, { id }: Pick<RouteStatus, "id">): boolean {
  return pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}

/** Problems of these routes, and those of no single route. */
function onlyProblems(
  report: Status,
  isAsked: (id: string) => boolean,
): Pick<Status, "problems" | "problemRoutes"> {
  const { problems, problemRoutes = [] } = report;
  const kept = problems.map((_, index) => {
    const route = problemRoutes[index] ?? null;
    return route === null || isAsked(route);
  });
  return {
    problems: problems.filter((_, index) => kept[index]),
    problemRoutes: problemRoutes.filter((_, index) => kept[index]),
  };
}

/** The status of these routes, with their problems; no pattern: of all. Throws `unknown_route` for a pattern that is no route's. */
export function onlyRoutes(report: Status, patterns: readonly string[] = []): Status {
  if (patterns.length === 0) return report;
  const unknown = patterns.find((pattern) => !report.routes.some((route) => isMeant(pattern, route)));
  if (unknown !== undefined) {
    throw new FigError("unknown_route", `there is no route ${quoted(unknown)}`, {
      remedy: "fig status without --route lists the ids; 'shop.*' means every id that begins with shop.",
    });
  }
  const routes = report.routes.filter((route) => patterns.some((pattern) => isMeant(pattern, route)));
  const isAsked = (id: string) => patterns.some((pattern) => isMeant(pattern, { id }));
  const ids = new Set(routes.map(({ id }) => id));
  const websockets = report.websockets
    ?.map((api) => ({ ...api, routes: api.routes.filter(({ route }) => ids.has(route)) }))
    .filter((api) => api.routes.length > 0);
  return {
    ...{ ...report, ...onlyProblems(report, isAsked), routes },
    ...(websockets === undefined ? {} : { websockets }),
  };
}
