import { awsDomain } from "../aws.ts";

/** Signature algorithms that a token may have (RFC 7518 §3.1, RFC 8037, RFC 9864). None of a shared secret, and never `none`. */
export const TOKEN_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Where a request may have its token. */
export interface TokenPlace {
  readonly kind: "header" | "cookie" | "query";
  /** A header's in lower case. */
  readonly name: string;
}

/** What of a verified identity goes on to the side. */
interface IdentityForwarding {
  /** Names of claims, each in a header of its own: `x-fig-claim-NAME`. */
  readonly claims: readonly string[];
  /** The token as it was sent. */
  readonly token: "keep" | "drop";
}

/** One issuer of tokens, as the files have it. */
export interface JwtRule {
  /** Left out: `cognito` says it. */
  readonly issuer?: string | undefined;
  /** Where its keys are: a URL, or a file's path. Left out: found by discovery. */
  readonly jwks?: string | undefined;
  /** For whom its tokens are; false: for anybody. Left out: `cognito` says it. */
  readonly audience?: readonly string[] | false | undefined;
  /** Any one of them is enough. Empty: none is asked for. */
  readonly scopes: readonly string[];
  /** Each claim must be, or hold, one of its values. */
  readonly claims: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly algorithms?: readonly TokenAlgorithm[] | undefined;
  /** The header's `typ`, lower-case, without `application/`. */
  readonly types?: readonly string[] | undefined;
  readonly from: readonly TokenPlace[];
  readonly clockSkewMs: number;
  readonly staleForMs: number;
  /** False: a request without a token passes, and is nobody's. */
  readonly required: boolean;
  readonly forward: IdentityForwarding;
  readonly cognito?: CognitoPool | undefined;
}

/** A user pool of Amazon Cognito. */
interface CognitoPool {
  /** Left out: the pool's id begins with it. */
  readonly region?: string | undefined;
  readonly userPool: string;
  readonly clients: readonly string[];
  readonly use: "id" | "access";
}

/** Several issuers: a token is held against those that it names. */
export type JwtPolicy = JwtRule | readonly JwtRule[];

/** Where an issuer's keys come from. */
export interface KeySource {
  readonly kind: "discovery" | "url" | "file";
  /** The issuer, a URL, or a path as it was written. */
  readonly at: string;
}

/** What tokens of one issuer are held against. */
export interface TokenRule {
  readonly issuer: string;
  readonly keys: KeySource;
  /** Undefined: tokens for anybody pass. */
  readonly audiences: readonly string[] | undefined;
  /** `cognito`: `token_use` must be this; an access token names its client in `client_id`, an ID token in `aud`. */
  readonly tokenUse: "id" | "access" | undefined;
  readonly scopes: readonly string[];
  readonly claims: JwtRule["claims"];
  readonly algorithms: readonly TokenAlgorithm[];
  readonly types: readonly string[];
  readonly from: readonly TokenPlace[];
  readonly clockSkewMs: number;
  readonly staleForMs: number;
  /** Names of claims that go on to the side. */
  readonly forwards: readonly string[];
}

/** `typ` of what may be a token for an API; "": it is left out. Others are tokens of another kind (RFC 8725 §3.11). */
const TYPES = ["", "jwt", "at+jwt"] as const;

export function jwtRules(policy: JwtPolicy): readonly JwtRule[] {
  return "from" in policy ? [policy] : policy;
}

/** The region of a pool: its id begins with it, as `eu-central-1_AbCdEf` does. */
export function regionOf({ region, userPool }: Pick<CognitoPool, "region" | "userPool">): string {
  return region ?? userPool.slice(0, Math.max(0, userPool.lastIndexOf("_")));
}

function cognitoIssuer(pool: CognitoPool): string {
  const region = regionOf(pool);
  return `https://cognito-idp.${region}.${awsDomain(region)}/${pool.userPool}`;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** A rule with what its preset stands for. */
export function tokenRule(rule: JwtRule): TokenRule {
  const { cognito, jwks, scopes, claims, from, clockSkewMs, staleForMs } = rule;
  const issuer = rule.issuer ?? (cognito === undefined ? "" : cognitoIssuer(cognito));
  const known = cognito === undefined ? undefined : `${issuer}/.well-known/jwks.json`;
  const at = jwks ?? known;
  const keys: KeySource =
    at === undefined ? { kind: "discovery", at: issuer } : { kind: isUrl(at) ? "url" : "file", at };
  const audience = rule.audience ?? cognito?.clients;
  return {
    issuer,
    keys,
    // Where nothing is said of it, nobody's tokens pass.
    audiences: audience === false ? undefined : (audience ?? []),
    tokenUse: cognito?.use,
    algorithms: rule.algorithms ?? (cognito === undefined ? TOKEN_ALGORITHMS : ["RS256"]),
    types: rule.types ?? TYPES,
    ...{ scopes, claims, from, clockSkewMs, staleForMs, forwards: rule.forward.claims },
  };
}
