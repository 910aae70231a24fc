import { isGrpc } from "./grpc.ts";
import { IDEMPOTENT_METHODS, type RequestHead, SAFE_METHODS } from "./message.ts";
import type { NotComparedReason } from "./outcomes.ts";
import { otherSide, type Position, type Side } from "./position.ts";
import type { RouteDefinition, SafeOperations } from "./route.ts";

/** Why a request may not be shadowed by declaration; "no_other_side": there is nothing to compare with. */
export type ShadowRefusal = Extract<NotComparedReason, "unsafe_method" | "pinned"> | "no_other_side";

/** A shadow always goes to the side that does not serve. */
export const shadowSideOf: (serving: Side) => Side = otherSide;

/** What of a route says which of its requests change nothing. */
type ReadingRoute = Pick<RouteDefinition, "shadow" | "message">;

/** What of a route decides whether its requests may be shadowed. */
interface ShadowedRoute {
  readonly twoSided: boolean;
  readonly definition: ReadingRoute;
  readonly position: Position;
}

/** What of a request says whether it changes anything. */
type AskedOperation = Pick<RequestHead, "method" | "target" | "headers">;

/** Whether a request of this route changes nothing: by its method, or because the route says so of it. */
export function isSafe({ shadow, message }: ReadingRoute, asked: AskedOperation): boolean {
  // Whatever a WebSocket's client began with, what goes to the side is a POST.
  return (
    (message === undefined && SAFE_METHODS.has(asked.method)) ||
    (shadow.safe !== undefined && reads(shadow.safe, asked))
  );
}

/** Whether sending it twice does what sending it once does. */
export function isIdempotent({ shadow, message }: ReadingRoute, asked: AskedOperation): boolean {
  const { safe } = shadow;
  return (
    (message === undefined && IDEMPOTENT_METHODS.has(asked.method)) ||
    (safe !== undefined && reads(safe, asked))
  );
}

/** A gRPC call is a POST to `/package.Service/Method`. */
function reads(safe: true | SafeOperations, { method, target, headers }: AskedOperation): boolean {
  if (safe === true) return true;
  if (method !== "POST" || !isGrpc(headers)) return false;
  const [path = ""] = target.split("?", 1);
  return safe.operations.some((operation) => path.endsWith(`/${operation}`));
}

/**
 * Whether a request is eligible for a shadow (docs/contract.md, Writes): undefined if it is. One that asks for an upgrade is, and
 * no longer once the serving side has taken that up. A shadow carries an unsafe method only
 * to modern, only where the route declares it, and only while modern serves nobody.
 */
export function shadowRefusal(
  route: ShadowedRoute,
  serving: Side,
  asked: AskedOperation,
): ShadowRefusal | undefined {
  if (!route.twoSided) return "no_other_side";
  if (isSafe(route.definition, asked)) return undefined;
  const { writes } = route.definition.shadow;
  if (writes === "never" || serving === "modern" || route.position.modern > 0) return "unsafe_method";
  return writes === "sandboxed" || IDEMPOTENT_METHODS.has(asked.method) ? undefined : "unsafe_method";
}
