import { FigError } from "../../domain/errors.ts";
import { mergedRecent } from "../../domain/recent-clients.ts";
import { tableImage } from "../../domain/table-image.ts";
import type { ControlContext } from "../context.ts";
import type { FilesTable } from "../schemas/files.ts";

/** The table in force, as far as it says who answers a client, and who came lately. Throws `no_front_door` where nobody serves. */
export async function filesTable({ facts, ledger }: ControlContext): Promise<FilesTable> {
  if (facts.recent === undefined)
    throw new FigError("no_front_door", "a table is in force in a front door, and none answers", {
      remedy: "start it with `fig serve`, or name its admin address",
    });
  const config = facts.config();
  const state = facts.inForce()?.state ?? (await ledger.read(config.routes));
  const byRoute = Map.groupBy(await facts.recent(config.routes.map(({ id }) => id)), ({ route }) => route);
  // One that is retired stands at the end, whatever the ledger says, until it is retired no more.
  const standing = new Set(config.routes.filter(({ retired }) => !retired).map(({ id }) => id));
  const table = {
    ...tableImage(config, ({ id }) => state.routes.get(id)?.position),
    left: [...state.routes.values()]
      .filter(({ route, continuedBy }) => continuedBy === undefined && !standing.has(route))
      .map(({ route, position: { modern, shadow } }) => ({ id: route, modern, shadow })),
  };
  return {
    revision: state.revision,
    table: JSON.parse(JSON.stringify(table)),
    recent: [...byRoute].map(([route, parts]) => {
      const { level, keyed, keyless, keys } = mergedRecent(parts.map(({ recent }) => recent));
      const seconds = Math.round(Math.max(...parts.map((part) => part.seconds)));
      return { route, seconds, requests: keyed + keyless, clients: (keys.length / 2) * 2 ** level };
    }),
  };
}
