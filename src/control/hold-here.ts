import type { Clock } from "../domain/clock.ts";
import { FigError } from "../domain/errors.ts";
import type { LocalRollback } from "../domain/local-rollback.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { LocalRollbackAnswer, LocalRollbackBody } from "./contract.ts";
import { checkAuthor, findRoute } from "./requests.ts";

interface Holding {
  readonly clock: Clock;
  readonly routes: readonly RouteDefinition[];
  /** Has it in force when it resolves. Gives the file that it is in; undefined: in memory alone. */
  hold(given: LocalRollback): Promise<string | undefined>;
}

/** `rollback --local` by the admin API: modern to 0 here, needing neither store nor disk. Throws unknown_route and refused. */
export async function holdHere(
  { clock, routes, hold }: Holding,
  request: LocalRollbackBody,
): Promise<LocalRollbackAnswer> {
  checkAuthor(request);
  const asked = request.routes?.map((id) => findRoute(routes, id));
  const retired = asked?.find((route) => route.retired);
  if (retired !== undefined)
    throw new FigError("refused", `${retired.id} is retired, so it cannot go back`, {
      remedy: "take `retired: true` out of its file first",
    });
  const given: LocalRollback = {
    id: clock.hex(8),
    at: new Date(clock.now()).toISOString(),
    by: request.by,
    reason: request.reason,
    routes: Object.fromEntries((asked ?? routes.filter((route) => !route.retired)).map(({ id }) => [id, 0])),
  };
  const file = await hold(given);
  return { file: file ?? null, ...given };
}
