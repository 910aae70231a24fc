import { clientAddress } from "../domain/client-address.ts";
import type { RawHeaders, RequestHead } from "../domain/message.ts";
import { shadowRefusal, shadowSideOf } from "../domain/shadow-eligibility.ts";
import { sideOf, splitHash } from "../domain/split.ts";
import type { RouteTable } from "./contract.ts";
import { type Decided, type DecisionSettings, draftOf } from "./decide.ts";

/** A message of a WebSocket, as a request. */
interface MessageRequest {
  /** The id of the route that it takes. */
  readonly route: string;
  readonly connection: string;
  /** Where its connection was told that the route stands (domain/split); undefined: it was there before the route was. */
  readonly threshold: number | undefined;
  /** Fields that nobody but the front door may send. */
  readonly fields: RawHeaders;
}

/**
 * The decision about a message: its route is known, and its side was fixed when its connection opened, as far as the route still has
 * that side. Undefined: the table has no such route.
 */
export function decideMessage(
  table: RouteTable,
  settings: DecisionSettings,
  head: RequestHead,
  { route, connection, threshold, fields }: MessageRequest,
): Decided | undefined {
  const live = table.byId(route);
  if (live === undefined) return undefined;
  const draft = draftOf(table, settings, head);
  const hash = splitHash(live.cohortPrefix, connection);
  const side = live.always ?? sideOf(hash, threshold ?? live.threshold);
  draft.scanned.forward.push(...fields);
  Object.assign(draft, {
    live,
    host: draft.scanned.host ?? "",
    address: clientAddress(head.remoteAddress, [], settings.trusted),
    side,
    shadowSide: shadowSideOf(side),
    target: table.rewrite(live, side, head.target, []),
    keySource: live.always === undefined ? live.sticky[0] : undefined,
    keyHash: live.always === undefined ? hash : undefined,
    unshadowed: shadowRefusal(live, side, head),
  } satisfies Partial<Decided>);
  return draft as Decided;
}
