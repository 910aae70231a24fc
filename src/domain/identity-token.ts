import type { Identity } from "./identity.ts";

/** The field that it goes on in. Clients cannot send any x-fig-* field. */
export const IDENTITY_FIELD = "x-fig-identity";

/** Signature algorithms of these tokens: of a P-256 key (RFC 7518 §3.4), or of an Ed25519 key (RFC 8037). */
type IdentityAlgorithm = "ES256" | "EdDSA";

/** What is published of a key (RFC 7517). */
export interface PublicIdentityKey {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string | undefined;
  readonly kid: string;
  readonly alg: IdentityAlgorithm;
  readonly use: "sig";
}

/** One key of the front door's own. */
export interface IdentityKey {
  /** PKCS #8 or SEC 1, as PEM. */
  readonly pem: string;
  readonly public: PublicIdentityKey;
}

/** How sides are told who a client is, in a token that they can verify. */
export interface IdentityTokenSettings {
  readonly issuer: string;
  /** The first one signs; each is published. */
  readonly keys: readonly IdentityKey[];
  /** ms from signing to `exp`. */
  readonly lifeMs: number;
  /** Where clients find the keys, on every listener; undefined: nowhere. */
  readonly jwks: string | undefined;
}

/** Whom a token speaks of: what the files let sides know, and nothing else. Registered claims of others stand below `claims`. */
export function identityClaims(
  { subject, claims, forwards = [], apiKey, context }: Identity,
  keysShown: boolean,
): Readonly<Record<string, unknown>> {
  const told = forwards.filter((name) => claims !== undefined && Object.hasOwn(claims, name));
  const { plan } = apiKey ?? {};
  return {
    ...(subject === undefined ? {} : { sub: subject }),
    ...(told.length === 0 ? {} : { claims: Object.fromEntries(told.map((name) => [name, claims?.[name]])) }),
    ...(apiKey === undefined || !keysShown
      ? {}
      : { api_key: { id: apiKey.id, ...(plan === undefined ? {} : { plan }) } }),
    ...(context === undefined || Object.keys(context).length === 0 ? {} : { context }),
  };
}
