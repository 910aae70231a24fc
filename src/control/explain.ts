import { clientAddress, compileNetworks } from "../domain/client-address.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { placementOf } from "../domain/placement.ts";
import { phaseOf, type Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { shadowRefusal } from "../domain/shadow-eligibility.ts";
import { sideOf, splitHash, thresholdOf } from "../domain/split.ts";
import { stickyKey, stickySourceText } from "../domain/sticky.ts";
import { WindowTally } from "../domain/tally.ts";
import { numberText, positionText } from "../domain/wording.ts";
import type { LiveRoute, RouteTable } from "../routing/contract.ts";
import { liveRoute } from "../routing/live-route.ts";
import type { ControlContext } from "./context.ts";
import type { ExplainRequest, Explanation } from "./contract.ts";
import { type ReadRequest, readExplainRequest } from "./explain-request.ts";

/** The percentage up to which legacy still serves this hash, in whole hundredths; any larger one makes it modern. */
export function bucketOfHash(hash: number): number {
  let hundredths = Math.min(9_999, Math.floor((hash * 10_000) / 0xffffffff));
  while (hundredths > 0 && hash < thresholdOf(hundredths / 100)) hundredths--;
  while (hundredths < 9_999 && hash >= thresholdOf((hundredths + 1) / 100)) hundredths++;
  return hundredths / 100;
}

function refused(why: readonly string[]): Explanation {
  return {
    route: null,
    side: null,
    upstream: null,
    target: null,
    keySource: null,
    hash: null,
    bucket: null,
    position: null,
    phase: null,
    shadow: "no: the front door answers this request itself",
    why,
  };
}

function fallback(config: FrontDoorConfig, request: ReadRequest, why: readonly string[]): Explanation {
  const upstream = config.defaultUpstream;
  if (upstream === undefined) return refused([...why, "there is no default upstream: 404"]);
  return {
    ...refused([...why, `the default upstream ${upstream} gets it, untouched`]),
    route: DEFAULT_ROUTE_ID,
    side: "legacy",
    upstream,
    target: request.target,
    position: { modern: 0, shadow: 0 },
    phase: "legacy",
    shadow: "no: a request without a route has no other side",
  };
}

/** The side, the key that decided it, and how. The key itself is not told: it may be a credential. */
function assign(route: LiveRoute, request: ReadRequest, config: FrontDoorConfig) {
  const { definition, position } = route;
  const trusted = compileNetworks(config.trustedProxies);
  const address = request.peer === "" ? "" : clientAddress(request.peer, request.forwardedFor, trusted);
  const key = stickyKey(definition.sticky, request.headers, address);
  const hash = key === undefined ? undefined : splitHash(route.cohortPrefix, key.key);
  const side = definition.retired ? "modern" : sideOf(hash, route.serving.threshold);
  const why: string[] = [];
  if (hash === undefined || key === undefined) {
    const sources = definition.sticky.map(stickySourceText).join(", ");
    const hint =
      definition.sticky.some((source) => source.kind === "ip") && request.peer === ""
        ? "; no address was given"
        : "";
    why.push(`no sticky key (${sources}${hint}): legacy serves until modern is 100`);
    return { side, hash: null, bucket: null, keySource: null, why };
  }
  const bucket = bucketOfHash(hash);
  const keySource = stickySourceText(key.source);
  why.push(
    `the sticky key is from ${keySource}; with cohort ${definition.cohort} it hashes to ${hash}, modern serves it once modern is above ${numberText(bucket, 2)}`,
    `modern is ${position.modern}, so ${side} serves`,
  );
  return { side, hash, bucket, keySource, why };
}

function shadowText({ definition, position }: LiveRoute, side: Side, request: ReadRequest): string {
  const other = side === "legacy" ? "modern" : "legacy";
  const refusal = shadowRefusal(definition, position, side, request.method, request.upgrade);
  if (refusal === "no_other_side") return "no: the route is retired, legacy is gone";
  if (refusal === "upgrade") return "no: an upgrade is never shadowed";
  if (refusal === "unsafe_method") {
    if (side === "modern") return `no: ${request.method} is unsafe, and a reverse shadow never carries that`;
    const { writes } = definition.shadow;
    const until = writes === "never" || position.modern === 0 ? "" : ", and modern is above 0";
    return `no: ${request.method} is unsafe and shadow.writes is ${writes}${until}`;
  }
  if (position.shadow <= 0) return "no: shadow is 0";
  return `yes: ${position.shadow} % of such requests, to ${other} (${definition[other]?.upstream ?? "none"})`;
}

/** Which route, side and bucket a request gets from this table, and why. Throws invalid_request. */
export function explainWith(table: RouteTable, config: FrontDoorConfig, asked: ExplainRequest): Explanation {
  const request = readExplainRequest(asked);
  if (request.method === "CONNECT") return refused(["CONNECT is refused: 405"]);
  const match = table.match(request);
  if (match.kind === "ambiguous") {
    const why = "reading the path leniently would choose another route than reading it as sent";
    if (config.ambiguousPaths === "reject") return refused([why, "ambiguousPaths is reject: 400"]);
    return fallback(config, request, [why, "ambiguousPaths is default"]);
  }
  if (match.kind === "none") return fallback(config, request, ["no route matches"]);
  const { route, captures } = match;
  const { definition, position, revision } = route;
  const { side, hash, bucket, keySource, why } = assign(route, request, config);
  const phase = phaseOf(position, definition.retired);
  const since = revision === 0 ? "where its file starts it" : `since revision ${revision}`;
  return {
    route: definition.id,
    side,
    upstream: definition[side]?.upstream ?? null,
    target: table.rewrite(route, side, request.target, captures),
    keySource,
    hash,
    bucket,
    position,
    phase,
    shadow: shadowText(route, side, request),
    why: [
      `${request.method} on this path matches ${definition.id} (${definition.match.path})`,
      `it stands at ${positionText(position)}: ${phase}, ${since}`,
      ...why,
    ],
  };
}

/** The same from files and ledger as they are now. */
export async function explain(context: ControlContext, asked: ExplainRequest): Promise<Explanation> {
  readExplainRequest(asked);
  const config = context.facts.config();
  const state = await context.ledger.read(config.routes);
  const uncounted = (definition: (typeof config.routes)[number]) =>
    liveRoute(definition, placementOf(state, definition, 0), (window) => new WindowTally(window));
  const other = config.defaultUpstream === undefined ? undefined : uncounted(defaultRoute(config));
  return explainWith(context.compile(config.routes.map(uncounted), other), config, asked);
}
