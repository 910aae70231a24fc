import { compileNetworks } from "../domain/client-address.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import { phaseOf } from "../domain/position.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { thresholdOf } from "../domain/split.ts";
import { stickySourceText } from "../domain/sticky.ts";
import { WindowTally } from "../domain/tally.ts";
import { numberText, positionText } from "../domain/wording.ts";
import type { RouteTable } from "../routing/contract.ts";
import { type Decided, type Decision, type DecisionSettings, decide, targetOf } from "../routing/decide.ts";
import type { ControlContext } from "./context.ts";
import type { ExplainRequest, Explanation } from "./contract.ts";
import { readExplainRequest } from "./explain-request.ts";
import { liveRoute } from "./live-routes.ts";

/** The percentage up to which legacy still serves this hash, in whole hundredths; any larger one makes it modern. */
export function bucketOfHash(hash: number): number {
  let hundredths = Math.min(9_999, Math.floor((hash * 10_000) / 0xffffffff));
  while (hundredths > 0 && hash < thresholdOf(hundredths / 100)) hundredths--;
  while (hundredths < 9_999 && hash >= thresholdOf((hundredths + 1) / 100)) hundredths++;
  return hundredths / 100;
}

/** An answer of the front door's own. */
function refused(code: RefusalCode, why: readonly string[]): Explanation {
  const { status, message } = REFUSALS[code];
  return {
    refusal: { code, status, message },
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
    why: [...why, `the front door answers ${status} (${code}): ${message}`],
  };
}

/** Where the path leads, and why it is a route's. */
function routeSteps({ ambiguous, head, live }: Decided): readonly string[] {
  const { definition, position, revision } = live;
  if (live.id === DEFAULT_ROUTE_ID) {
    const upstream = `the default upstream ${definition.legacy?.upstream ?? ""} gets it, untouched`;
    if (!ambiguous) return ["no route matches", upstream];
    return [
      "reading the path leniently would choose another route than reading it as sent",
      "ambiguousPaths is default",
      upstream,
    ];
  }
  const since = revision === 0 ? "its start position" : `since revision ${revision}`;
  return [
    `${head.method} on this path matches ${definition.id} (${definition.match.path})`,
    `it stands at ${positionText(position)}: ${phaseOf(position, definition.retired)}, ${since}`,
  ];
}

/** The key that decided the side, and how. The key itself is not told: it may be a credential. */
function sideSteps({ head, keyHash, keySource, live, side }: Decided): readonly string[] {
  const { definition, position, serving } = live;
  if (serving.always !== undefined) {
    return live.id === DEFAULT_ROUTE_ID ? [] : [`the route is retired, so ${side} serves`];
  }
  if (keyHash === undefined || keySource === undefined) {
    const sources = definition.sticky.map(stickySourceText).join(", ");
    const byAddress = definition.sticky.some((source) => source.kind === "ip");
    const hint = byAddress && head.remoteAddress === "" ? "; no address was given" : "";
    return [`no sticky key (${sources}${hint}): legacy serves until modern is 100`];
  }
  const bucket = numberText(bucketOfHash(keyHash), 2);
  return [
    `the sticky key is from ${stickySourceText(keySource)}; with cohort ${definition.cohort} it hashes to ${keyHash}, so modern serves it once modern is above ${bucket}`,
    `modern is ${position.modern}, so ${side} serves`,
  ];
}

function shadowText({ head, live, shadowSide, side, unshadowed }: Decided): string {
  const { definition, position } = live;
  if (unshadowed === "no_other_side") {
    return live.id === DEFAULT_ROUTE_ID
      ? "no: a request without a route has no other side"
      : "no: the route is retired, and legacy is gone";
  }
  if (unshadowed === "upgrade") return "no: an upgrade is never shadowed";
  if (unshadowed === "unsafe_method") {
    if (side === "modern")
      return `no: ${head.method} is unsafe, and a reverse shadow never carries an unsafe method`;
    const { writes } = definition.shadow;
    const until = writes === "never" || position.modern === 0 ? "" : ", and modern is above 0";
    return `no: ${head.method} is unsafe and shadow.writes is ${writes}${until}`;
  }
  if (position.shadow <= 0) return "no: shadow is 0";
  return `yes: ${position.shadow} % of such requests, to ${shadowSide} (${definition[shadowSide]?.upstream ?? "none"})`;
}

function isDecided(decision: Decision): decision is Decided {
  return decision.refusal === undefined && decision.live !== undefined;
}

/** A decision in words. */
function explained(decision: Decision): Explanation {
  const { keyHash, keySource, live, side } = decision;
  if (!isDecided(decision)) {
    const why =
      decision.refusal === "ambiguous_path"
        ? ["reading the path leniently would choose another route than reading it as sent"]
        : [];
    return { ...refused(decision.refusal ?? "no_route", why), route: live?.id ?? null };
  }
  const { definition, position } = decision.live;
  return {
    refusal: null,
    route: live?.id ?? null,
    side,
    upstream: definition[side]?.upstream ?? null,
    target: targetOf(decision, side),
    keySource: keySource === undefined ? null : stickySourceText(keySource),
    hash: keyHash ?? null,
    bucket: keyHash === undefined ? null : bucketOfHash(keyHash),
    position,
    phase: phaseOf(position, definition.retired),
    shadow: shadowText(decision),
    why: [...routeSteps(decision), ...sideSteps(decision)],
  };
}

function settingsOf({ ambiguousPaths, limits, trustedProxies }: FrontDoorConfig): DecisionSettings {
  return {
    trusted: compileNetworks(trustedProxies),
    ambiguousPaths,
    maxUrlBytes: limits.urlBytes,
    maxBodyBytes: limits.bodyBytes,
  };
}

/** The table in force; without a front door, one from files and ledger as they are now. */
async function tableOf({ compile, facts, ledger, table }: ControlContext): Promise<RouteTable> {
  const inForce = table();
  if (inForce !== undefined) return inForce;
  const config = facts.config();
  const state = await ledger.read(config.routes);
  const uncounted = (definition: (typeof config.routes)[number]) =>
    liveRoute(state, definition, 0, (window) => new WindowTally(window));
  const other = config.defaultUpstream === undefined ? undefined : uncounted(defaultRoute(config));
  return compile(config.routes.map(uncounted), other);
}

/** What the front door would do with a request, and why: the decision it makes itself. Throws invalid_request. */
export async function explain(context: ControlContext, asked: ExplainRequest): Promise<Explanation> {
  const written = readExplainRequest(asked);
  const config = context.facts.config();
  const head = context.admit(written, config.limits.headersBytes);
  if (typeof head === "string") return refused(head, []);
  return explained(decide(await tableOf(context), settingsOf(config), head));
}
