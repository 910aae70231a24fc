import type { UnreadReason } from "../domain/operations/asked-operations.ts";
import { countedNames } from "../domain/operations/operation-name.ts";
import { phaseOf } from "../domain/position.ts";
import { writtenDuration } from "../domain/quantities.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { scrubbed } from "../domain/scrub.ts";
import { thresholdOf } from "../domain/split.ts";
import { stickySourceText } from "../domain/sticky.ts";
import { listText, numberText, positionText } from "../domain/wording.ts";
import type { DecidedValues } from "../routing/decide.ts";
import type { ControlContext } from "./context.ts";
import type { ExplainRequest, Explanation } from "./contract.ts";
import { readExplainRequest } from "./explain-request.ts";
import { transportOf } from "./explain-transport.ts";

type Route = NonNullable<DecidedValues["route"]>;

const TWO_READINGS =
  "reading the path or the host leniently would choose another route than reading it as sent";

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
    pinned: null,
    policies: [],
    shadow: "no: the front door answers this request itself",
    why: [...why, `the front door answers ${status} (${code}): ${message}`],
  };
}

const UNREAD: Readonly<Record<UnreadReason, string>> = {
  too_large: "its body is too large to be read for its operation",
  coded: "its body is coded, and is not read for its operation",
  not_json: "its body is no JSON, and names no operation",
  none: "it names no operation",
  not_told: "its body, or --operation, would tell which operation it asks for",
};

/** What it asks for by name, where that matters. */
function operationSteps(read: DecidedValues["operations"]): readonly string[] {
  if (read === undefined) return [];
  if (read.kind === "unread") return [`${UNREAD[read.why]}: a route that goes by operation does not take it`];
  const names = countedNames(read.names);
  return [
    names.length === 1
      ? `it asks for ${names[0] ?? ""}`
      : `it is a batch that asks for ${listText(names)}: it goes as a whole, to a route that takes all of them`,
  ];
}

/** Where the path leads, and why it is a route's. */
function routeSteps(decided: DecidedValues, route: Route): readonly string[] {
  const { ambiguous, announced, method, operations } = decided;
  const { definition, id, position, revision } = route;
  if (id === DEFAULT_ROUTE_ID) {
    const upstream = `the default upstream ${(definition.legacy ?? definition.modern).upstream} gets it, untouched`;
    if (ambiguous) return [TWO_READINGS, "ambiguousPaths is default", upstream];
    return [...operationSteps(operations), "no route matches", upstream];
  }
  const since = revision === 0 ? "its start position" : `since revision ${revision}`;
  const asked = announced === undefined ? method : `a CORS preflight for ${announced.method}`;
  return [
    ...operationSteps(operations),
    `${asked} on this path matches ${id} (${definition.match.path})`,
    `it stands at ${positionText(position)}: ${phaseOf(position, definition.retired)}, ${since}`,
  ];
}

/** Which key decided the side, and how. The key itself is left out: it may be a credential. */
function sideSteps(decided: DecidedValues, { definition, id, position }: Route): readonly string[] {
  const { announced, freshKey, keyHash, keySource, pinned, remoteAddress, side, untold } = decided;
  // What the split alone decided; a pin that holds says the rest.
  const serves = pinned === side ? "" : `, so ${side} serves`;
  if (id === DEFAULT_ROUTE_ID) return [];
  if (definition.retired) return [`the route is retired, so ${side} serves`];
  const byCookie = definition.sticky.some((source) => source.kind === "client");
  if (untold) {
    const sources = definition.sticky.map(stickySourceText).join(", ");
    return [
      `a preflight does not tell which sticky key (${sources}) the ${announced?.method ?? ""} will have, so it goes to the side of most clients`,
      `modern is ${position.modern}${serves}`,
    ];
  }
  if (keyHash === undefined || keySource === undefined) {
    const sources = definition.sticky.map(stickySourceText).join(", ");
    const byAddress = definition.sticky.some((source) => source.kind === "ip");
    const noAddress = byAddress && remoteAddress === "" ? "; no address was given" : "";
    const noPage = byCookie ? "; fig_client is drawn only where a page is opened" : "";
    const hint = `${noAddress}${noPage}`;
    return [`no sticky key (${sources}${hint}): legacy serves until modern is 100`];
  }
  const bucket = numberText(bucketOfHash(keyHash), 2);
  return [
    ...(freshKey ? ["a page is opened without fig_client: one was drawn, and the next draw is another"] : []),
    `the sticky key is from ${stickySourceText(keySource)}; with cohort ${definition.cohort} it hashes to ${keyHash}, so modern serves it once modern is above ${bucket}`,
    `modern is ${position.modern}${serves}`,
  ];
}

/** A client that has just written, or writes now. */
function pinSteps(decided: DecidedValues, { definition, position, held }: Route): readonly string[] {
  const { method, pinMs, pinned, side } = decided;
  if (pinMs !== undefined)
    return [
      `${method} is unsafe and pinAfterWrite is ${writtenDuration(pinMs)}: for so long its client reads from the side that answers, on all routes of cohort ${definition.cohort}`,
    ];
  if (pinned === undefined) return [];
  const wrote = `the client has just written on ${pinned} (pinAfterWrite)`;
  if (pinned === side) return [`${wrote}, so ${side} serves what it reads`];
  const why = definition.retired
    ? "legacy is gone"
    : position.modern === 0
      ? "nobody is served by modern here"
      : held === true
        ? "modern was taken back here"
        : "that side is not open here";
  return [`${wrote}, but ${why}: the position decides`];
}

function policySteps({ policies }: DecidedValues): readonly string[] {
  return policies.map(
    ({ policy, verdict, detail, status }) =>
      `${policy}: ${verdict}: ${detail}${status === undefined ? "" : `; the front door answers ${status}, and no side is asked`}`,
  );
}

function shadowText(decided: DecidedValues, { definition, id, position }: Route): string {
  const { method, shadowSide, side, unshadowed, upgrade } = decided;
  if (unshadowed === "no_other_side") {
    return id === DEFAULT_ROUTE_ID
      ? "no: a request without a route has no other side"
      : "no: the route is retired, and legacy is gone";
  }
  if (unshadowed === "pinned") return "no: its client has just written, and the other side may lag";
  if (unshadowed === "unsafe_method") {
    if (side === "modern")
      return `no: ${method} is unsafe, and a reverse shadow never carries an unsafe method`;
    const { writes } = definition.shadow;
    const until = writes === "never" || position.modern === 0 ? "" : ", and modern is above 0";
    return `no: ${method} is unsafe and shadow.writes is ${writes}${until}`;
  }
  if (position.shadow <= 0) return "no: shadow is 0";
  const unless = upgrade ? `, unless ${side} takes its Upgrade up` : "";
  return `yes: ${position.shadow} % of such requests, to ${shadowSide} (${definition[shadowSide]?.upstream ?? "none"})${unless}`;
}

/** A decision in words. */
function explained(decided: DecidedValues): Explanation {
  const { keyHash, keySource, refusal, route, side, target } = decided;
  if (refusal !== undefined || route === undefined || target === undefined) {
    const why = refusal === "ambiguous_path" ? [TWO_READINGS] : [];
    return { ...refused(refusal ?? "no_route", why), route: route?.id ?? null };
  }
  const { definition, position } = route;
  return {
    refusal: null,
    route: route.id,
    side,
    upstream: definition[side]?.upstream ?? null,
    // As the key is: answers are kept and passed on.
    target: scrubbed(target),
    keySource: keySource === undefined ? null : stickySourceText(keySource),
    hash: keyHash ?? null,
    bucket: keyHash === undefined ? null : bucketOfHash(keyHash),
    position,
    phase: phaseOf(position, definition.retired),
    policies: decided.policies,
    shadow: shadowText(decided, route),
    pinned: decided.pinned ?? null,
    why: [
      ...routeSteps(decided, route),
      ...policySteps(decided),
      ...sideSteps(decided, route),
      ...pinSteps(decided, route),
    ],
  };
}

/** What the front door would do with a request, and why. Throws invalid_request. */
export async function explain(context: ControlContext, asked: ExplainRequest): Promise<Explanation> {
  const request = readExplainRequest(asked);
  const { refusal, steps } = transportOf(context.facts.config(), asked.url);
  if (refusal !== undefined) return refused(refusal, steps);
  const decided = await context.decide(context, request);
  const explanation = typeof decided === "string" ? refused(decided, []) : explained(decided);
  return { ...explanation, why: [...steps, ...explanation.why] };
}
