import { AuthorizationResponseError, ResponseBodyError } from "openid-client";
import { messageOf } from "../domain/errors.ts";
import { NotAsked } from "./provider-fetch.ts";

/** Why the provider gave nothing: a word of the client's doing, or `unavailable` with what it was in words. */
type ProviderFault =
  | { readonly kind: "denied" }
  | { readonly kind: "code" }
  | { readonly kind: "token" }
  | { readonly kind: "unavailable"; readonly detail: string };

/** What an error of a provider's methods says. Details have no token and no secret in them. */
export function faultOf(error: unknown): ProviderFault {
  if (error instanceof AuthorizationResponseError) {
    const ours = ["server_error", "temporarily_unavailable"].includes(error.error);
    return ours ? { kind: "unavailable", detail: error.error } : { kind: "denied" };
  }
  if (error instanceof ResponseBodyError) {
    if (error.error === "invalid_grant") return { kind: "code" };
    return { kind: "unavailable", detail: `status ${error.status}, ${error.error}` };
  }
  const chain = causes(error);
  const { code = "" } = error as { readonly code?: string };
  const compared = chain.some((cause) => (cause as { readonly claim?: string }).claim === "nonce");
  if (code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED" && compared) return { kind: "token" };
  const inner = messageOf(chain.find((cause) => cause instanceof NotAsked) ?? error);
  return { kind: "unavailable", detail: code === "" ? inner : `${inner} (${code})` };
}

/** An error and what caused it, down to the first cause. */
function causes(error: unknown): readonly object[] {
  const chain: object[] = [];
  for (let at = error; typeof at === "object" && at !== null && chain.length < 8; at = (at as Error).cause)
    chain.push(at);
  return chain;
}
