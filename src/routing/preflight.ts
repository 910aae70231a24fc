import { headerLines, indexOfHeader, onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { MatchInput, MatchResult, RouteTable } from "./contract.ts";

/** What a CORS preflight says of the request that will follow (Fetch Standard, CORS-preflight fetch). */
export interface Announced {
  readonly method: string;
  /** Lower-case names of headers that the page sets. */
  readonly headers: readonly string[];
}

/** Undefined: an OPTIONS request that is no preflight. */
export function announcedBy(headers: RawHeaders): Announced | undefined {
  const method = onlyHeader(headers, "access-control-request-method");
  if (method === undefined || indexOfHeader(headers, "origin") < 0) return undefined;
  const names = headerLines(headers, "access-control-request-headers").join(",").toLowerCase().split(",");
  return { method, headers: names.map((name) => name.trim()).filter((name) => name !== "") };
}

/** The route of the announced request; one that is declared for OPTIONS by name comes first. */
export function matchAnnounced(table: RouteTable, input: MatchInput, announced: Announced): MatchResult {
  const asked = table.match(input);
  if (asked.kind === "route" && asked.route.definition.match.methods?.includes("OPTIONS")) return asked;
  const match = table.match({ ...input, method: announced.method, announced: announced.headers });
  return match.kind === "none" ? asked : match;
}
