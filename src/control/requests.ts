import { FigError } from "../domain/errors.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../domain/route.ts";
import { scrubbed } from "../domain/scrub.ts";
import { listText } from "../domain/wording.ts";
import { MAX_BY, MAX_REASON } from "./schemas/requests.ts";

function checkText(name: string, value: unknown, most: number, remedy: string): void {
  if (typeof value === "string" && value.trim() !== "" && value.length <= most) return;
  const what =
    typeof value === "string" && value.length > most ? `longer than ${most} characters` : "missing";
  throw new FigError("invalid_request", `${name} is ${what}`, { remedy });
}

/** Throws invalid_request unless the ledger would say who and why. */
export function checkAuthor(request: { readonly by: string; readonly reason: string }): void {
  checkText("reason", request.reason, MAX_REASON, "say why in a sentence: the ledger keeps it");
  checkText("by", request.by, MAX_BY, "say who: a name or a job");
}

/** The route of this id or former id. Throws unknown_route. */
export function findRoute(routes: readonly RouteDefinition[], id: string): RouteDefinition {
  const found =
    routes.find((route) => route.id === id) ?? routes.find((route) => route.formerly.includes(id));
  if (found !== undefined) return found;
  if (id === DEFAULT_ROUTE_ID) {
    throw new FigError(
      "unknown_route",
      `${DEFAULT_ROUTE_ID} has only one side, so it has no position to shift`,
      {
        remedy: "give those requests a route of their own",
      },
    );
  }
  throw new FigError("unknown_route", `there is no route ${scrubbed(id)}`, {
    remedy: `the routes are: ${listText(routes.map((route) => route.id))}`,
  });
}

/** The routes of a cohort that can still move. Throws unknown_cohort, and `refused` when all are retired. */
export function findCohort(routes: readonly RouteDefinition[], name: string): readonly RouteDefinition[] {
  const members = routes.filter((route) => route.cohort === name);
  if (members.length === 0) {
    const cohorts = [...new Set(routes.map((route) => route.cohort))];
    throw new FigError("unknown_cohort", `there is no cohort ${scrubbed(name)}`, {
      remedy: `the cohorts are: ${listText(cohorts)}`,
    });
  }
  const moving = members.filter((route) => !route.retired);
  if (moving.length === 0) {
    throw new FigError("refused", `every route of cohort ${name} is retired, so it cannot be shifted`, {
      remedy: "to shift it again, remove `retired: true` from a route file",
    });
  }
  return moving;
}
