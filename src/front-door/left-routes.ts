import type { DoorProblem } from "../control/contract.ts";
import type { FrontDoorConfig } from "../domain/config.ts";

/** A retired route that left the files: its id, and the upstream that served it. */
interface LeftRoute {
  readonly route: string;
  readonly upstream: string;
}

/**
 * The retired routes that have left the files while this front door runs, and whose requests the default takes, though it is another
 * upstream: those clients are back on legacy, and nobody shifted them. `before`: what was so until now.
 */
export function leftRoutes(
  now: FrontDoorConfig,
  next: FrontDoorConfig,
  before: readonly LeftRoute[],
): readonly LeftRoute[] {
  const known = new Set(next.routes.flatMap(({ id, formerly }) => [id, ...formerly]));
  const gone = now.routes
    .filter(({ id, retired }) => retired && !known.has(id))
    .map(({ id, modern }) => ({ route: id, upstream: modern.upstream }));
  return [...before.filter(({ route }) => gone.every((left) => left.route !== route)), ...gone].filter(
    ({ route, upstream }) => !known.has(route) && upstream !== next.defaultUpstream,
  );
}

export function leftProblems(
  left: readonly LeftRoute[],
  defaultUpstream: string | undefined,
): readonly DoorProblem[] {
  const where = defaultUpstream === undefined ? "get 404" : `go to the default, ${defaultUpstream}`;
  return left.map(({ route, upstream }) => ({
    kind: "left_route",
    message: `${route} was retired and has left the files: its requests, which ${upstream} answered, ${where}, unless another route takes them`,
    remedy: `make ${upstream} the default or put ${route} back; if another route takes its requests, restart the front door`,
  }));
}
