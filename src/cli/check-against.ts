import type { FilesTable } from "../control/contract.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { printable } from "../domain/printable.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { tableImage } from "../domain/table-image.ts";
import { countText, numberText, shareText } from "../domain/wording.ts";
import { changesAnswers, type TableChanges, tableChanges } from "../routing/table-changes.ts";
import { createAdminClient } from "./admin-client.ts";
import type { CliContext } from "./command.ts";
import { tokenOf } from "./target.ts";
import { wrap } from "./width.ts";

/** Requests of a route that the front door counted lately. */
type Recent = FilesTable["recent"][number];

interface Against {
  readonly admin: string;
  readonly revision: number;
  /** A client would be answered by another server, or not at all. */
  readonly live: boolean;
  readonly changes: TableChanges;
  readonly recent: readonly Recent[];
}

/** What these files would change for the clients of a front door that runs. */
export async function checkAgainst(
  context: CliContext,
  config: FrontDoorConfig,
  admin: string,
): Promise<Against> {
  const client = createAdminClient({ origin: admin, token: tokenOf(context, config) });
  const { table, revision, recent } = await client.filesTable();
  const changes = tableChanges(table, tableImage(config));
  return { admin, revision, live: changesAnswers(changes), changes, recent };
}

const named = (id: string | null) => (id === null ? "404" : printable(id));

function share(clients: number, from: string | null, recent: readonly Recent[]): string {
  const said =
    clients === 0
      ? "no client is answered otherwise"
      : `${numberText(clients)} % of clients are answered otherwise`;
  const seen = recent.find(({ route }) => route === from);
  if (seen === undefined || seen.requests === 0 || clients === 0) return said;
  const minutes = Math.max(1, Math.round(seen.seconds / 60));
  return `${said}; it had ${countText(seen.requests)} requests of about ${countText(seen.clients)} clients in ${minutes} min`;
}

export function printAgainst(
  { terminal }: CliContext,
  { admin, revision, live, changes, recent }: Against,
): void {
  const { line, paint } = terminal;
  const tell = (mark: string, text: string) => {
    const [first = "", ...more] = wrap(text, 70);
    line(`${mark}  ${first}`);
    for (const rest of more) line(`   ${rest}`);
  };
  const strong = (clients: number) => (clients > 0 ? paint.red("!") : " ");
  line(paint.bold(`against ${printable(admin)}, revision ${revision}:`));
  for (const id of changes.added) tell(paint.green("+"), printable(id));
  for (const id of changes.removed) tell(paint.red("-"), printable(id));
  for (const { from, to, example, clients, whole } of changes.moved)
    tell(
      strong(clients),
      `${whole ? "" : "some "}requests of ${named(from)} go to ${named(to)} (${printable(example)}): ${share(clients, from ?? DEFAULT_ROUTE_ID, recent)}`,
    );
  for (const { route, clients, why } of changes.answers)
    tell(strong(clients), `${printable(route)}: ${share(clients, route, recent)} (${printable(why)})`);
  for (const { route, from, to, of } of changes.shadows)
    tell(
      " ",
      `${printable(route)}: ${shareText(to)} of ${printable(of)} are shadowed, ${shareText(from)} before`,
    );
  for (const { route, by, example } of changes.unreachable)
    tell(paint.red("!"), `${printable(route)} gets no request: ${named(by)} takes ${printable(example)}`);
  for (const { route, added, removed } of changes.policies) {
    const parts = [
      added.length > 0 ? `with ${added.join(", ")}` : "",
      removed.length > 0 ? `without ${removed.join(", ")}` : "",
    ];
    tell(" ", `${printable(route)}: ${parts.filter((part) => part !== "").join(", ")}`);
  }
  const none = Object.values(changes).every((list) => list.length === 0);
  if (none) line("   nothing changes for clients");
  else if (!live) line("   every client is answered as before");
}
