import { clientAddress } from "../domain/client-address.ts";
import { CLIENT_COOKIE, CLIENT_ENTROPY, isClientValue, isNavigation } from "../domain/client-cookie.ts";
import { NO_BODY, type RequestHead } from "../domain/message.ts";
import {
  MAX_OPERATION_BYTES,
  type OperationsRead,
  readOperations,
  saysInBody,
} from "../domain/operations/asked-operations.ts";
import { countedNames } from "../domain/operations/operation-name.ts";
import { type CohortPins, isPinned, type Pins, sentPin } from "../domain/pins.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import type { Side } from "../domain/position.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { StickySource } from "../domain/route.ts";
import { isSafe, type ShadowRefusal, shadowRefusal, shadowSideOf } from "../domain/shadow-eligibility.ts";
import { sideOf, sideOfMost, splitHash } from "../domain/split.ts";
import { announcedKey, firstCookie, stickyKey } from "../domain/sticky.ts";
import type { LiveRoute, RouteTable } from "./contract.ts";
import { type Announced, announcedBy, matchAnnounced } from "./preflight.ts";
import { type FieldSettings, lastHop, type ScannedHeaders, scanHeaders } from "./request-headers.ts";
import { hostName, isHost, parseTarget, type Target } from "./target.ts";

/** A request that came through so many front doors goes in circles; each could multiply it by its shadows. */
const MAX_DOORS = 4;

/** What the files say that a decision depends on besides the table. */
export interface DecisionSettings extends FieldSettings {
  /** A path that reads in two ways is refused, or goes to the default upstream untouched. */
  readonly ambiguousPaths: "reject" | "default";
  /** 0 is no limit. */
  readonly maxUrlBytes: number;
  readonly maxBodyBytes: number;
}

/** All there is to know about a request before any I/O. */
export interface Decision {
  readonly head: RequestHead;
  readonly table: RouteTable;
  readonly scanned: ScannedHeaders;
  /** Why the front door answers by itself; undefined: a side answers. */
  readonly refusal: RefusalCode | undefined;
  /** The route that matched, or `(default)`; undefined: the refusal came before a route was found. */
  readonly live: LiveRoute | undefined;
  /** Where it stands among the files' routes; -1: nowhere. */
  readonly place: number;
  /** The path reads in two ways (docs/contract.md, Matching). */
  readonly ambiguous: boolean;
  /** Origin-form target as received. */
  readonly path: string;
  readonly captures: readonly string[];
  /** What it asks for, where a route of its path goes by operation; undefined: nobody looked, or its body is not read yet. */
  readonly operations: OperationsRead | undefined;
  /** Its body says which route takes it: it is decided once more, with what that says. Until then only a refusal is sure. */
  readonly reads: boolean;
  /** The authority the request is for; "": none was sent (HTTP/1.0). */
  readonly host: string;
  /** The client's address, where a key was looked for. */
  readonly address: string;
  /** The front door's own cookie, sent or fresh. */
  readonly cookie: string | undefined;
  /** The side that serves, and the one that a shadow would go to. */
  readonly side: Side;
  readonly shadowSide: Side;
  /** What the serving side is asked for: the path as it came, or its own with the captures filled in. Undefined: refused. */
  readonly target: string | undefined;
  /** Which source gave the sticky key, and the key's hash; undefined: no key was looked for, or there is none. */
  readonly keySource: StickySource | undefined;
  readonly keyHash: number | undefined;
  /** What a CORS preflight announces; undefined: this is none. */
  readonly announced: Announced | undefined;
  /** It is not told which key the announced request will have: the side is the one of most clients. */
  readonly untold: boolean;
  /** A value for the front door's own cookie, drawn for this request; undefined: it has one, or needs none. */
  readonly freshClient: string | undefined;
  /** The sticky key is that value. */
  readonly freshKey: boolean;
  /** The side that took a write of the client's just now; undefined: none did, as far as is known. */
  readonly pinned: Side | undefined;
  /** A side's answer to this request pins its client to it for so long, ms; undefined: it does not. */
  readonly pinMs: number | undefined;
  /** Why the request may not be shadowed; undefined: it may. */
  readonly unshadowed: ShadowRefusal | undefined;
}

type Draft = { -readonly [Key in keyof Decision]: Decision[Key] };

const NO_CAPTURES: readonly string[] = Object.freeze([]);

/** Names that its operations are counted under; undefined: none are known. */
export function countedOperations({ operations }: Decision): readonly string[] | undefined {
  return operations === undefined || operations.kind === "unread"
    ? undefined
    : countedNames(operations.names);
}

/** A decision that came to a route and a side. */
export type Decided = Decision & { readonly live: LiveRoute; readonly target: string };

/** Nothing is decided yet. */
export function draftOf(table: RouteTable, settings: DecisionSettings, head: RequestHead): Draft {
  return {
    head,
    table,
    scanned: scanHeaders(head, settings),
    refusal: undefined,
    live: undefined,
    place: -1,
    ambiguous: false,
    path: head.target,
    captures: NO_CAPTURES,
    operations: undefined,
    reads: false,
    host: "",
    address: "",
    cookie: undefined,
    side: "legacy",
    shadowSide: "modern",
    target: undefined,
    keySource: undefined,
    keyHash: undefined,
    announced: undefined,
    untold: false,
    freshClient: undefined,
    freshKey: false,
    pinned: undefined,
    pinMs: undefined,
    unshadowed: undefined,
  };
}

/**
 * The one decision about a request: refusal, route, captures, side, sticky key, and whether it may be shadowed. Pure but for the
 * drawing of a client's cookie (`hex`: random bytes as hex) and what is known of its writes (`known`): the exchange, `fig explain` and everything else that asks
 * what becomes of a request call this function. `said`: what its body says of its operations; undefined: it was not read.
 */
export function decide(
  table: RouteTable,
  settings: DecisionSettings,
  head: RequestHead,
  hex: (bytes: number) => string,
  known: Pins,
  said?: OperationsRead,
): Decision {
  const draft = draftOf(table, settings, head);
  draft.refusal = routed(draft, settings, said);
  if (draft.refusal === undefined && !draft.reads) assigned(draft, settings, hex, known);
  return draft;
}

/** A decision as plain values, which survive a structured clone: what passes to who did not make it. */
export type DecidedValues = Pick<
  Decision,
  | "refusal"
  | "ambiguous"
  | "operations"
  | "side"
  | "shadowSide"
  | "target"
  | "keySource"
  | "keyHash"
  | "announced"
  | "untold"
  | "freshKey"
  | "pinned"
  | "pinMs"
  | "unshadowed"
> & {
  readonly method: string;
  /** It asks for one. */
  readonly upgrade: boolean;
  /** The peer's address; "": not known. */
  readonly remoteAddress: string;
  /** What the route's policies would say, up to the one that answers the request itself. */
  readonly policies: readonly PolicyVerdict[];
  readonly route: Pick<LiveRoute, "id" | "definition" | "position" | "revision" | "held"> | undefined;
};

/** True: no refusal, and so a route and a side. */
export function isDecided(decision: Decision): decision is Decided {
  return decision.refusal === undefined && !decision.reads;
}

export function valuesOf(decision: Decision): Omit<DecidedValues, "policies"> {
  const { live, refusal, ambiguous, side, shadowSide, target, keySource, keyHash, unshadowed } = decision;
  const { announced, untold, freshKey, pinned, pinMs, operations } = decision;
  const { method, remoteAddress, upgrade } = decision.head;
  let route: DecidedValues["route"];
  if (live !== undefined) {
    const { id, definition, position, revision, held } = live;
    route = { id, definition, position, revision, held };
  }
  return {
    ...{ refusal, ambiguous, side, shadowSide, target, keySource, keyHash, unshadowed },
    ...{ method, remoteAddress, route, announced, untold, freshKey, pinned, pinMs, upgrade, operations },
  };
}

/** What a side is asked for: the serving one, or the other. */
export function targetOf({ table, live, path, captures }: Decided, side: Side): string {
  return table.rewrite(live, side, path, captures);
}

/** Finds the route; or says why there is none. */
function routed(
  draft: Draft,
  settings: DecisionSettings,
  said: OperationsRead | undefined,
): RefusalCode | undefined {
  const { head, scanned, table } = draft;
  const { method, target: sent } = head;
  if (method === "CONNECT") return "connect_refused";
  if (settings.maxUrlBytes > 0 && sent.length > settings.maxUrlBytes) return "url_too_long";
  const target = parseTarget(sent, method);
  if (target === undefined) return "bad_target";
  const host = hostOf(target, scanned, head.version);
  if (host === undefined) return "bad_host";
  draft.path = target.path;
  draft.host = host;
  if ((method === "OPTIONS" || method === "TRACE") && lastHop(scanned.forward)) return "last_hop";
  if (scanned.doors >= MAX_DOORS) return "loop_detected";
  const wants = table.byOperation ? { operations: false } : undefined;
  const input = { method, target: target.path, host: hostName(host), headers: head.headers, wants };
  if (method === "OPTIONS") draft.announced = announcedBy(head.headers);
  const { announced } = draft;
  let match = announced === undefined ? table.match(input) : matchAnnounced(table, input, announced);
  const tooLarge = settings.maxBodyBytes > 0 && head.framing > settings.maxBodyBytes;
  if (wants?.operations && announced === undefined) {
    // Nobody is asked to send what is refused.
    if (tooLarge && saysInBody(head)) return "body_too_large";
    draft.operations = said ?? unlessInBody(head);
    if (draft.operations === undefined) {
      draft.reads = true;
      return undefined;
    }
    match = table.match({ ...input, operations: namesIn(draft.operations) });
  }
  draft.ambiguous = match.kind === "ambiguous";
  if (draft.ambiguous && settings.ambiguousPaths === "reject") return "ambiguous_path";
  if (match.kind === "route") {
    draft.live = match.route;
    draft.place = match.place;
    draft.captures = match.captures;
  } else {
    draft.live = table.fallback;
  }
  if (draft.live === undefined) return "no_route";
  return tooLarge ? "body_too_large" : undefined;
}

/** What a request says of its operations by its head alone; undefined: its body may say it. */
function unlessInBody(head: RequestHead): OperationsRead | undefined {
  if (!saysInBody(head) || head.framing === NO_BODY || head.framing === 0) return readOperations(head, []);
  return head.framing > MAX_OPERATION_BYTES ? { kind: "unread", why: "too_large" } : undefined;
}

function namesIn(read: OperationsRead): readonly (string | undefined)[] {
  return read.kind === "unread" ? [] : read.names;
}

/** Chooses the side. Never refuses. */
function assigned(
  draft: Draft,
  settings: DecisionSettings,
  hex: (bytes: number) => string,
  known: Pins,
): void {
  const { head, scanned, announced } = draft;
  const live = draft.live as LiveRoute;
  const { always, sticky, threshold } = live;
  const pins = draft.table.pins?.get(live.definition.cohort);
  if (draft.table.clients) draft.cookie = clientOf(draft, hex);
  if (always === undefined || pins !== undefined) {
    draft.address = clientAddress(head.remoteAddress, scanned.forwardedFor ?? NO_CAPTURES, settings.trusted);
    const found =
      announced === undefined
        ? stickyKey(sticky, head.headers, draft)
        : announcedKey(sticky, head.headers, draft, announced.headers);
    draft.untold = found === "untold";
    if (found !== undefined && found !== "untold") {
      draft.keySource = found.source;
      draft.freshKey = draft.freshClient !== undefined && found.source.kind === "client";
      draft.keyHash = splitHash(live.cohortPrefix, found.key);
    }
    draft.side = always ?? (draft.untold ? sideOfMost(threshold) : sideOf(draft.keyHash, threshold));
  } else {
    draft.side = always;
  }
  if (pins !== undefined) pinned(draft, live, pins, known);
  draft.shadowSide = shadowSideOf(draft.side);
  draft.target = draft.table.rewrite(live, draft.side, draft.path, draft.captures);
  draft.unshadowed = shadowRefusal(live, draft.side, head);
  // The other side may not have what the client wrote.
  if (draft.pinned !== undefined) draft.unshadowed ??= "pinned";
}

/**
 * A client that has just written reads where it wrote (docs/contract.md, Pins), as long as the route lets anybody go there. A
 * tunnel would stay there for long, and a preflight does not tell whose it is.
 */
function pinned(draft: Draft, live: LiveRoute, { cookie, longestMs }: CohortPins, known: Pins): void {
  const { head, keyHash, announced } = draft;
  if (!isSafe(live.definition, head)) {
    draft.pinMs = live.definition.pinAfterWriteMs;
    return;
  }
  if (head.upgrade || announced !== undefined) return;
  const now = known.now();
  const sent = sentPin(head.headers, cookie);
  const kept = keyHash === undefined ? undefined : known.of(keyHash);
  // A key may have several cookie jars: a person with two devices. The newest write wins.
  const [newer, older] = (sent?.until ?? 0) >= (kept?.until ?? 0) ? [sent, kept] : [kept, sent];
  const pin = isPinned(newer, now, longestMs) ? newer : older;
  if (!isPinned(pin, now, longestMs)) return;
  draft.pinned = pin.side;
  if (pin.side === "legacy" ? live.twoSided : live.threshold > 0 && live.held !== true) draft.side = pin.side;
}

/** The client's cookie as it was sent; a page that is opened without one gets a fresh one. */
function clientOf(draft: Draft, hex: (bytes: number) => string): string | undefined {
  const { method, headers } = draft.head;
  const sent = firstCookie(headers, CLIENT_COOKIE);
  if (isClientValue(sent)) return sent;
  if (isNavigation(method, headers)) draft.freshClient = hex(CLIENT_ENTROPY);
  return draft.freshClient;
}

/** The authority this request is for, or undefined if that cannot be told. An absolute target's replaces Host (RFC 9112 §3.2.2). */
function hostOf({ authority }: Target, scanned: ScannedHeaders, version: string): string | undefined {
  const { host, forward, hostIndex } = scanned;
  if (scanned.hosts > 1 || (host !== undefined && !isHost(host))) return undefined;
  // Only HTTP/1.0 may leave Host out.
  if (host === undefined && version !== "1.0") return undefined;
  if (authority === undefined) return host ?? "";
  if (hostIndex >= 0) forward[hostIndex + 1] = authority;
  else forward.unshift("Host", authority);
  return authority;
}
