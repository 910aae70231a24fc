import { canonicalJson } from "./canonical-json.ts";
import type { FrontDoorConfig } from "./config.ts";
import { isCredentialHeader, isCredentialParameter } from "./credentials.ts";
import { defaultRoute } from "./default-route.ts";
import type { PolicyName } from "./policies.ts";
import type { Position } from "./position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition, type RouteMatch, type SideDefinition } from "./route.ts";
import { murmur2Latin1 } from "./split.ts";
import { stickySourceText } from "./sticky.ts";
import { upstreamContent } from "./upstream-content.ts";

/** Where a side leads. Two sides with the same `server` and path answer a client alike. */
export interface SideImage {
  readonly upstream: string;
  readonly path: string | null;
  /** A hash of what the upstream is. */
  readonly server: string;
}

/** A route as far as it says who answers a client. Holds no credential. */
export interface RouteImage {
  readonly id: string;
  readonly match: {
    readonly path: string;
    readonly methods: readonly string[] | null;
    readonly host: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly query: Readonly<Record<string, string>>;
    readonly caseSensitive: boolean;
    readonly trailingSlash: "exact" | "any";
    readonly encodedSlash: "reject" | "keep";
    /** Null: whatever is asked for. Left out: by an older fig, which does not tell. */
    readonly operations?: readonly string[] | null;
  };
  /** Of a WebSocket API's routes; null: of none. Left out: by an older fig. */
  readonly message?: { readonly api: string; readonly key: string } | null;
  readonly legacy: SideImage | null;
  readonly modern: SideImage;
  readonly cohort: string;
  readonly sticky: readonly string[];
  readonly retired: boolean;
  readonly formerly: readonly string[];
  /** Percent that modern serves: where it stands, or would start. */
  readonly modernPercent: number;
  /** False: the ledger does not say where it stands, and so its start does. Left out: by an older fig, which does not tell. */
  readonly shifted?: boolean;
  /** Left out: by an older fig. */
  readonly shadow?: {
    /** Percent of requests whose copy goes to the other side; 0: there is none. */
    readonly percent: number;
    /** Which requests may have a copy, in words. */
    readonly of: string;
  };
  readonly policies: readonly string[];
}

/** A whole table; its last route may be `(default)`. */
export interface TableImage {
  readonly routes: readonly RouteImage[];
  readonly fallback: RouteImage | null;
  /** Where routes stand that only the ledger knows, and those that are retired: one that comes back stands there again. Left out: by an older fig. */
  readonly left?: readonly { readonly id: string; readonly modern: number; readonly shadow: number }[];
}

/** Two 32-bit hashes: tells one content from another, nothing more. */
function hashOf(text: string): string {
  const latin1 = String.fromCharCode(...new TextEncoder().encode(text));
  const hex = (seed: string) =>
    murmur2Latin1(seed + latin1)
      .toString(16)
      .padStart(8, "0");
  return hex("a") + hex("b");
}

/** What a request must carry may be a credential: then it is told by its hash. */
function conditions(
  given: Readonly<Record<string, string>>,
  secret: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, secret(name) ? `hash-${hashOf(value)}` : value]),
  );
}

function matchOf(match: RouteMatch): RouteImage["match"] {
  return {
    path: match.path,
    methods: match.methods ?? null,
    host: match.host ?? null,
    headers: conditions(match.headers, isCredentialHeader),
    query: conditions(match.query, isCredentialParameter),
    caseSensitive: match.caseSensitive !== false,
    trailingSlash: match.trailingSlash ?? "exact",
    encodedSlash: match.encodedSlash ?? "reject",
    operations: match.operations ?? null,
  };
}

/** Of which requests a copy may be sent. */
function shadowed({ writes, safe }: RouteDefinition["shadow"]): string {
  if (safe === true) return "all requests";
  const reads = safe === undefined ? "" : ` and ${safe.operations.join(", ")}`;
  return `safe requests${reads}${writes === "never" ? "" : `, ${writes} writes`}`;
}

/** `standing`: where the ledger says that a route stands; undefined: at its start. */
export function tableImage(
  config: FrontDoorConfig,
  standing: (route: RouteDefinition) => Position | undefined = () => undefined,
): TableImage {
  const side = ({ upstream, path }: SideDefinition): SideImage => {
    const found = config.upstreams.get(upstream);
    const content = found === undefined ? null : upstreamContent({ ...found, name: "" });
    return { upstream, path: path ?? null, server: hashOf(canonicalJson(content)) };
  };
  const image = (route: RouteDefinition): RouteImage => {
    const stands = standing(route);
    const { modern, shadow } = stands ?? route.start;
    const one = route.retired || route.legacy === undefined || route.id === DEFAULT_ROUTE_ID;
    return {
      id: route.id,
      match: matchOf(route.match),
      legacy: route.legacy === undefined ? null : side(route.legacy),
      modern: side(route.modern),
      cohort: route.cohort,
      sticky: route.sticky.map(stickySourceText),
      retired: route.retired,
      formerly: route.formerly,
      message: route.message === undefined ? null : { api: route.message.api, key: route.message.key },
      modernPercent: route.retired ? 100 : modern,
      shifted: stands !== undefined,
      shadow: { percent: one ? 0 : shadow, of: shadowed(route.shadow) },
      policies: Object.keys(route.policies ?? {}) as PolicyName[],
    };
  };
  return {
    routes: config.routes.map(image),
    fallback: config.defaultUpstream === undefined ? null : image(defaultRoute(config)),
  };
}
