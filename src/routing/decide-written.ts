import type { RequestHead } from "../domain/message.ts";
import { type OperationsRead, readOperations } from "../domain/operations/asked-operations.ts";
import type { Pins } from "../domain/pins.ts";
import type { RouteTable } from "./contract.ts";
import { type Decision, type DecisionSettings, decide } from "./decide.ts";

/** What of a request that nobody sent says which operations it asks for. */
interface Written {
  /** A latin1 string of the body's bytes; undefined: not given. */
  readonly body?: string | undefined;
  /** In place of a body that says so. */
  readonly operation?: string | undefined;
}

function saidBy({ body, operation }: Written, head: RequestHead): OperationsRead | undefined {
  if (operation !== undefined) return { kind: "graphql", names: [operation] };
  return body === undefined ? undefined : readOperations(head, [Buffer.from(body, "latin1")]);
}

/** The decision about a request that somebody asks about. One whose body is not told asks for no operation that is known. */
export function decideWritten(
  table: RouteTable,
  settings: DecisionSettings,
  head: RequestHead,
  request: Written,
  hex: (bytes: number) => string,
  known: Pins,
): Decision {
  const decision = decide(table, settings, head, hex, known, saidBy(request, head));
  return decision.reads
    ? decide(table, settings, head, hex, known, { kind: "unread", why: "not_told" })
    : decision;
}
