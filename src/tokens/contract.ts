/** Tokens that say who a client is: what layers ask about one, and what they are told. */
import type { Identity } from "../domain/identity.ts";
import type { Digests } from "../domain/message.ts";
import type { TokenRule } from "../domain/policies/jwt.ts";

/** Why a token does not pass: words for log, counters and explain. A client learns none of them. */
export type TokenFault =
  /** It is no signed JWT: not three parts of base64url, no JSON, a member twice, or claims of another type than they have. */
  | "malformed"
  | "too_long"
  | "algorithm"
  /** `typ` says that it is for something else. */
  | "type"
  | "issuer"
  | "audience"
  | "token_use"
  | "expired"
  | "not_yet"
  | "key_unknown"
  | "signature";

/** What is right about a token, and does not do for this route. */
export type TokenLack = "scope" | "claim";

/** What a token came to. */
export type TokenVerdict =
  | { readonly kind: "passed"; readonly identity: Identity }
  | { readonly kind: "invalid"; readonly fault: TokenFault }
  | { readonly kind: "forbidden"; readonly lack: TokenLack; readonly scopes: readonly string[] }
  /** The keys are away, or not old enough to be asked for again. `seconds`: until it is worth asking again. */
  | { readonly kind: "unavailable"; readonly seconds: number };

/** Holds tokens against the rules of one policy. */
export interface TokenVerifier {
  /**
   * At once where the keys are here; a promise where they have to be fetched. The promise never rejects. `digests`: of the connection that the
   * token came on.
   */
  verify(token: string, digests?: Digests): TokenVerdict | Promise<TokenVerdict>;
  /** With the keys that are here, and without keeping anything. */
  look(token: string): TokenVerdict;
  /** Lets go of the keys, unless others use them. */
  close(): void;
}

/** Whatever verifies tokens in this process: keys and verified tokens are shared between routes. */
export interface Tokens {
  /** Begins to fetch keys that are not here. */
  verifier(rules: readonly TokenRule[]): TokenVerifier;
}
