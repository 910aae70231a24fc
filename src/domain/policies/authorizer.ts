import type { CredentialSettings, FunctionSettings } from "../aws.ts";

/** What a verdict is asked by, and kept under. */
export interface IdentitySource {
  readonly kind: "header" | "query" | "cookie" | "claim";
  /** Of a header in lower case. */
  readonly name: string;
}

interface AuthorizerFunction {
  readonly name: string;
  readonly qualifier?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials: CredentialSettings["from"];
  readonly profile?: string | undefined;
}

/** Asks somebody else whether a request may pass: a service over HTTP, or a function. Times are in milliseconds. */
export interface AuthorizerPolicy {
  readonly url?: string | undefined;
  /** Of `url`. */
  readonly method: "GET" | "HEAD" | "POST";
  /** Of `url`: the request's fields that it is sent; undefined: all. Lower case. */
  readonly headers?: readonly string[] | undefined;
  /** Of `url`: fields of its answer that go on to the side. Lower case. */
  readonly forward: readonly string[];
  /** Its name or ARN, or more of it. */
  readonly function?: string | AuthorizerFunction | undefined;
  readonly type: "token" | "request";
  readonly payload: "1.0" | "2.0";
  /** What stands in ARNs and events for what only AWS has. */
  readonly arn: { readonly account: string; readonly api: string; readonly stage: string };
  /** Undefined: the function's `Authorization`; of `url` none. */
  readonly identity?: readonly IdentitySource[] | undefined;
  /** The whole value of the one source. */
  readonly validation?: string | undefined;
  /** WWW-Authenticate of a 401 of the front door's own. */
  readonly challenge: string;
  /** Undefined: 5 minutes of a function, and of `url` not at all. */
  readonly ttl?: number | undefined;
  readonly timeout: number;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
}

const FUNCTION_TTL_MS = 300_000;
const AUTHORIZATION: readonly IdentitySource[] = [{ kind: "header", name: "authorization" }];

/** What is asked by, with what is meant where nothing is written. */
export function identityOf({ identity, url }: AuthorizerPolicy): readonly IdentitySource[] {
  return identity ?? (url === undefined ? AUTHORIZATION : []);
}

export function ttlOf({ ttl, url }: AuthorizerPolicy): number {
  return ttl ?? (url === undefined ? FUNCTION_TTL_MS : 0);
}

export function functionOf({ function: asked }: AuthorizerPolicy): FunctionSettings | undefined {
  if (asked === undefined) return undefined;
  const whole: AuthorizerFunction = typeof asked === "string" ? { name: asked, credentials: "auto" } : asked;
  const { name, qualifier, region, endpoint, credentials, profile } = whole;
  return { name, qualifier, region, endpoint, credentials: { from: credentials, profile } };
}

/** `header:NAME` and the like, as a source is written. */
export function writtenSource({ kind, name }: IdentitySource): string {
  return `${kind}:${name}`;
}
