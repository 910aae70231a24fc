import type { ApiKeysPolicy } from "./policies/api-keys.ts";
import type { AuthorizerPolicy } from "./policies/authorizer.ts";
import type { BodyPolicy } from "./policies/body.ts";
import type { CachePolicy } from "./policies/cache.ts";
import type { CompressPolicy } from "./policies/compress.ts";
import type { CorsPolicy } from "./policies/cors.ts";
import type { HeaderChanges } from "./policies/headers.ts";
import type { JwtPolicy } from "./policies/jwt.ts";
import type { LimitPolicy } from "./policies/limit.ts";
import type { LoginPolicy } from "./policies/login.ts";
import type { NetworksPolicy } from "./policies/networks.ts";
import type { RedirectPolicy } from "./policies/redirect.ts";
import type { RespondPolicy } from "./policies/respond.ts";
import type { TransformPolicy } from "./policies/transform.ts";
import type { ValidatePolicy } from "./policies/validate.ts";

/** What a route asks of the front door besides a side's answer, by the policies' names in the files. */
export interface Policies {
  readonly cors?: CorsPolicy | undefined;
  readonly networks?: NetworksPolicy | undefined;
  readonly redirect?: RedirectPolicy | undefined;
  readonly respond?: RespondPolicy | undefined;
  readonly body?: BodyPolicy | undefined;
  readonly apiKeys?: ApiKeysPolicy | undefined;
  readonly jwt?: JwtPolicy | undefined;
  readonly login?: LoginPolicy | undefined;
  readonly authorizer?: AuthorizerPolicy | undefined;
  readonly limit?: LimitPolicy | undefined;
  readonly validate?: ValidatePolicy | undefined;
  readonly compress?: CompressPolicy | undefined;
  readonly cache?: CachePolicy | undefined;
  readonly transform?: TransformPolicy | undefined;
  readonly headers?: HeaderChanges | undefined;
}

export type PolicyName = keyof Policies;

/** The order in which a request meets them. It is the order of the layers too (src/layers/order.ts), which a test holds. */
export const POLICY_ORDER: readonly PolicyName[] = [
  "cors",
  "networks",
  "redirect",
  "respond",
  "body",
  "apiKeys",
  "jwt",
  "login",
  "authorizer",
  "limit",
  "validate",
  "compress",
  "cache",
  "transform",
  "headers",
];

/** Those that change what a side is asked or answers: what was compared under others says nothing of them. */
const CHANGE_ANSWERS: readonly PolicyName[] = ["transform", "headers"];

/** A route's policies: the front door's, replaced by name by its own; `false` removes one. Undefined: it has none. */
export function mergedPolicies(
  common: Policies,
  own: { readonly [Name in PolicyName]?: Policies[Name] | false | undefined },
): Policies | undefined {
  const all = Object.entries({ ...common, ...own }).filter(
    ([, policy]) => policy !== false && policy !== undefined,
  );
  return all.length === 0 ? undefined : (Object.fromEntries(all) as Policies);
}

/** What of them belongs to a route's hash; undefined: nothing. */
export function hashedPolicies(policies: Policies | undefined): Policies | undefined {
  const kept = CHANGE_ANSWERS.filter((name) => policies?.[name] !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept.map((name) => [name, policies?.[name]]));
}

/** What one policy said of one request. */
export interface PolicyVerdict {
  readonly policy: PolicyName;
  /** One word: `passed`, `refused`, or what the policy's page lists besides. */
  readonly verdict: string;
  /** Why, in one sentence; never a credential. */
  readonly detail: string;
  /** The policy answers the request itself, with this status; undefined: the request goes on. */
  readonly status?: number | undefined;
}
