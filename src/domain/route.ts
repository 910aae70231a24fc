import type { GuardRules } from "./guards.ts";
import type { HeaderChanges, HeaderEdit } from "./policies/headers.ts";
import type { Policies } from "./policies.ts";
import type { Position } from "./position.ts";
import type { RouteMessage } from "./websocket-api.ts";

/** Where a definition stands in the user's files; line and column from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where the sticky key comes from. Cookie names are as written; header names lower-case. */
export type StickySource =
  | { readonly kind: "cookie"; readonly name: string }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "ip" }
  /** The front door's own cookie. */
  | { readonly kind: "client" };

export interface SideDefinition {
  /** An upstream's name. */
  readonly upstream: string;
  /** Path template that replaces the request's path, captures inserted as sent; undefined: the path as it came. */
  readonly path: string | undefined;
  /** Undefined: none are changed. */
  readonly headers?: HeaderChanges | undefined;
  /** False: paths in its answers are not written back, though it has a path of its own. */
  readonly rewriteAnswers?: false | undefined;
}

export interface RouteMatch {
  /** Path template: literal segments, `{x}` one non-empty segment, `{x+}` the rest, at least one. */
  readonly path: string;
  /** Upper-case methods; undefined: all. */
  readonly methods: readonly string[] | undefined;
  /** Lower-case host without port; undefined: any. */
  readonly host: string | undefined;
  /** Lower-case header name to exact value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Operations of GraphQL, or methods of JSON-RPC, that it takes: requests that ask for others, or for none, it does not. Undefined: whatever is asked for. */
  readonly operations?: readonly string[] | undefined;
  /** A segment may hold an encoded slash: both sides read paths as they are sent. */
  readonly encodedSlash?: "keep" | undefined;
  /** False: literals of the path match in upper and lower case (ASCII). */
  readonly caseSensitive?: false | undefined;
  /** The path matches with and without a slash at its end. */
  readonly trailingSlash?: "any" | undefined;
}

/** Which unsafe methods may be shadowed (docs/contract.md, Writes). */
type ShadowWrites = "never" | "idempotent" | "sandboxed";

/** Methods of gRPC services that only read: `Method`, or `package.Service/Method`. */
export interface SafeOperations {
  readonly operations: readonly string[];
}

interface ShadowOptions {
  readonly writes: ShadowWrites;
  /** Every method of the route reads, or these of gRPC's do; undefined: those that HTTP calls safe. */
  readonly safe?: true | SafeOperations | undefined;
  readonly timeoutMs: number;
  /** Of the request body and of each answer's body. */
  readonly maxBodyBytes: number;
  /** An event stream that ends within this time is compared; undefined: none is. */
  readonly eventStreamsMs?: number | undefined;
  /** Shadows of this route under way at once. */
  readonly concurrency: number;
  /** Of the copy alone; undefined: it has the request's. */
  readonly headers?: HeaderEdit | undefined;
}

export type ArrayRule = ({ readonly mode: "unordered" } | { readonly mode: "key"; readonly key: string }) & {
  /** Controls found it: another order is told all the same, and counted as any path is. */
  readonly found?: true | undefined;
};

export interface IgnoreRule extends RuleTerms {
  readonly path: string;
}

/** What a rule says of itself. */
export interface RuleTerms {
  /** Why, for people. */
  readonly reason?: string | undefined;
  /** `YYYY-MM-DD`: from the end of this day, UTC, the rule is no longer in force. Undefined: it always is. */
  readonly until?: string | undefined;
}

/** What is replaced in bodies of text before they are compared. */
export interface TextRule extends RuleTerms {
  /** A pattern that domain/text-pattern can compile. */
  readonly replace: string;
  readonly with: string;
}

/** How whole answers of a route are kept. */
export interface WholeOptions {
  /** At most so many of a route. */
  readonly perRoute: number;
  /** At most so many for each difference. */
  readonly perDifference: number;
  /** A larger body, decoded, is only described. */
  readonly maxBodyBytes: number;
  /** How long one is kept, ms. */
  readonly keptMs: number;
}

export interface CompareOptions {
  /** Lower-case names of the response headers compared. */
  readonly headers: readonly string[];
  /** JSONPath patterns (`$.a.b`, `$.items[*].etag`) left out of the comparison. */
  readonly ignore: readonly (string | IgnoreRule)[];
  readonly arrays: Readonly<Record<string, ArrayRule>>;
  /** JSONPath pattern to absolute tolerance. */
  readonly tolerance: Readonly<Record<string, number>>;
  /** JSONPath patterns whose values are never stored. */
  readonly redact: readonly string[];
  /** Samples kept for each mismatch path; 0: none. */
  readonly samples: number;
  /** Whole answers of some differing requests are kept; undefined: none are. */
  readonly wholes?: WholeOptions | undefined;
  /** Statuses that are equal to each other, group by group; undefined: none are. */
  readonly status?: readonly (readonly number[])[] | undefined;
  /** `absent`: a member that is null equals one that is not there. */
  readonly nulls?: "absent" | undefined;
  /** In this order. */
  readonly text?: readonly TextRule[] | undefined;
  /** JSONPath patterns whose differences are grave: what `guards.mismatches` goes by. Undefined: none are. */
  readonly high?: readonly string[] | undefined;
  /** Legacy is known to be broken: what modern answers where legacy's is a 5xx is right. */
  readonly legacyErrors?: "accept" | undefined;
  /** Percent of the comparisons of safe requests for which legacy is asked once more; undefined: none. */
  readonly control?: number | undefined;
  /** What rules of arrays, tolerance, status, nulls and headers say of themselves, by name (`domain/rule-names.ts`). Undefined: nothing. */
  readonly terms?: Readonly<Record<string, RuleTerms>> | undefined;
}

/** What modern cannot answer legacy answers. */
interface FallbackOptions {
  /** Most fallbacks, in percent of the route's requests. */
  readonly budgetPercent: number;
}

export interface RouteDefinition {
  readonly id: string;
  readonly match: RouteMatch;
  /** Undefined only when the route is retired. */
  readonly legacy: SideDefinition | undefined;
  readonly modern: SideDefinition;
  readonly cohort: string;
  readonly sticky: readonly StickySource[];
  readonly start: Position;
  readonly retired: boolean;
  /** True: its file does not pass. Sure are its ids and what the ledger knows; it can go back, and nowhere else. */
  readonly unread?: true | undefined;
  readonly formerly: readonly string[];
  /** Clients may change sides by a change of `cohort` or `sticky`. */
  readonly resplit?: "accepted" | undefined;
  /** On both sides. */
  readonly headers?: HeaderChanges | undefined;
  readonly shadow: ShadowOptions;
  readonly compare: CompareOptions;
  /** Undefined: modern's failures reach the client. */
  readonly fallback?: FallbackOptions | undefined;
  /** How long a client's reads go to the side that took its write, on all routes of the cohort; undefined: they go by the split. */
  readonly pinAfterWriteMs?: number | undefined;
  /** What is watched while clients are on modern; undefined: nothing. */
  readonly guards?: GuardRules | undefined;
  /** What the front door does for this route besides; undefined: nothing. */
  readonly policies?: Policies | undefined;
  /** What besides a 5xx is an error; undefined: nothing. */
  readonly errors?: "graphql" | "grpc" | undefined;
  /** It is one of a WebSocket API's; undefined: of no such API. */
  readonly message?: RouteMessage | undefined;
  /** Hash over the definition and the upstreams it names: a change opens a new evidence window. 16 hex digits, after `retired-` where the route is that. */
  readonly hash: string;
  /** The same without `compare`. Undefined where nobody needs to tell the two apart. */
  readonly servingHash?: string | undefined;
  readonly source: SourcePlace;
}

/** The id under which requests that no route matches are counted and listed. */
export const DEFAULT_ROUTE_ID = "(default)";
