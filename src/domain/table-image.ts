import { canonicalJson } from "./canonical-json.ts";
import type { FrontDoorConfig } from "./config.ts";
import { isCredentialHeader, isCredentialParameter } from "./credentials.ts";
import { defaultRoute } from "./default-route.ts";
import type { PolicyName } from "./policies.ts";
import type { RouteDefinition, RouteMatch, SideDefinition } from "./route.ts";
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
  };
  readonly legacy: SideImage | null;
  readonly modern: SideImage;
  readonly cohort: string;
  readonly sticky: readonly string[];
  readonly retired: boolean;
  readonly formerly: readonly string[];
  /** Percent that modern serves: where it stands, or would start. */
  readonly modernPercent: number;
  readonly policies: readonly string[];
}

/** A whole table; its last route may be `(default)`. */
export interface TableImage {
  readonly routes: readonly RouteImage[];
  readonly fallback: RouteImage | null;
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
  };
}

/** `percent`: where a route stands; its start, where nothing says so. */
export function tableImage(
  config: FrontDoorConfig,
  percent: (route: RouteDefinition) => number = ({ retired, start }) => (retired ? 100 : start.modern),
): TableImage {
  const side = ({ upstream, path }: SideDefinition): SideImage => {
    const found = config.upstreams.get(upstream);
    const content = found === undefined ? null : upstreamContent({ ...found, name: "" });
    return { upstream, path: path ?? null, server: hashOf(canonicalJson(content)) };
  };
  const image = (route: RouteDefinition): RouteImage => ({
    id: route.id,
    match: matchOf(route.match),
    legacy: route.legacy === undefined ? null : side(route.legacy),
    modern: side(route.modern),
    cohort: route.cohort,
    sticky: route.sticky.map(stickySourceText),
    retired: route.retired,
    formerly: route.formerly,
    modernPercent: percent(route),
    policies: Object.keys(route.policies ?? {}) as PolicyName[],
  });
  return {
    routes: config.routes.map(image),
    fallback: config.defaultUpstream === undefined ? null : image(defaultRoute(config)),
  };
}
