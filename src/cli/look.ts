import { figErrorOf } from "../domain/errors.ts";
import { onlyRoutes } from "./only-routes.ts";
import type { StatusOptions } from "./options.ts";
import type { Seen } from "./status-text.ts";
import type { Target } from "./target.ts";

/** What the dashboard shows may be missing: a store that is away is named by the status itself. */
function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (figErrorOf(error) === undefined) throw error;
    return undefined;
  });
}

/** The status of the routes asked for, with what needs attention and, where all are shown, how busy each is. */
export async function look({ control, board }: Target, { route }: StatusOptions): Promise<Seen> {
  const [all, overview, rates] = await Promise.all([
    control.status(),
    orUndefined(board.overview()),
    route === undefined ? orUndefined(board.rates()) : undefined,
  ]);
  const report = onlyRoutes(all, route);
  const attention = overview && { rows: overview.attention, total: overview.attentionTotal };
  return { report, attention, rates };
}
