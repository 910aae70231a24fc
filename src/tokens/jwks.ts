import { KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from "../domain/policies/jwt.ts";
import { FetchError } from "./fetch-json.ts";
import { fits } from "./signature.ts";

/** Of one issuer. Further ones are not used. */
const MAX_KEYS = 100;
/** Shorter ones can be broken (RFC 7518 §3.3); longer ones take long to verify with. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const MAX_SHOWN = 3;

/** A public key of an issuer. */
export interface PublicKey {
  /** The same key under the same name for the same algorithm has the same. */
  readonly id: string;
  readonly keyId: string | undefined;
  /** The one that it is for; undefined: any that fits it. */
  readonly algorithm: TokenAlgorithm | undefined;
  readonly key: KeyObject;
  /** It is among the issuer's keys. What was verified with one that is not counts no more. */
  live: boolean;
}

interface ReadKeys {
  readonly keys: readonly PublicKey[];
  /** Why others of them are not used, in words. */
  readonly unused: string | undefined;
}

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** With what a key is imported where its `alg` is left out: any that fits gives the same key. */
function someAlgorithm({ kty, crv }: JWK): TokenAlgorithm | undefined {
  if (kty === "RSA") return "RS256";
  if (kty === "OKP") return crv === "Ed25519" ? "EdDSA" : undefined;
  const curves: Readonly<Record<string, TokenAlgorithm>> = {
    "P-256": "ES256",
    "P-384": "ES384",
    "P-521": "ES512",
  };
  return kty === "EC" && Object.hasOwn(curves, crv ?? "") ? curves[crv ?? ""] : undefined;
}

/** Its public members, and nothing that says how it may be used: that was looked at. */
function publicPart({ kty, n, e, crv, x, y }: JWK): JWK {
  const all = { kty, n, e, crv, x, y };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JWK;
}

/** A key, or why it is not used. */
async function readKey(jwk: unknown): Promise<PublicKey | string> {
  if (!isRecord(jwk)) return "is no key";
  if (PRIVATE_MEMBERS.some((name) => name in jwk))
    return "is a private or a shared key, and what is published signs nothing";
  const { kid, alg, use, key_ops: operations } = jwk;
  if (kid !== undefined && typeof kid !== "string") return "has a kid that is no text";
  if (use !== undefined && use !== "sig") return "is not for signatures";
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")))
    return "is not for verifying";
  const part = publicPart(jwk as unknown as JWK);
  const algorithm = TOKEN_ALGORITHMS.find((one) => one === alg);
  const imported = algorithm ?? someAlgorithm(part);
  if ((alg !== undefined && algorithm === undefined) || imported === undefined)
    return "is for an algorithm that is not taken";
  const { calculateJwkThumbprint, importJWK } = await import("jose");
  try {
    const key = KeyObject.from((await importJWK(part, imported)) as Parameters<typeof KeyObject.from>[0]);
    const { modulusLength: bits = MIN_RSA_BITS } = key.asymmetricKeyDetails ?? {};
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return `has ${bits} bits`;
    if (!fits(key, imported)) return "does not fit its algorithm";
    const id = JSON.stringify([await calculateJwkThumbprint(part), kid, algorithm]);
    return { id, keyId: kid, algorithm, key, live: true };
  } catch {
    return "cannot be read";
  }
}

function named(jwk: unknown, index: number): string {
  const kid = isRecord(jwk) && typeof jwk.kid === "string" ? jwk.kid : undefined;
  return kid !== undefined && /^[\w.:=-]{1,64}$/.test(kid) ? `the key ${kid}` : `key ${index + 1}`;
}

/** The keys of a JWKS that can have signed tokens (RFC 7517 §5). Throws a FetchError where it is none. */
export async function readKeys(value: unknown, at: string): Promise<ReadKeys> {
  if (!isRecord(value) || !Array.isArray(value.keys))
    throw new FetchError("invalid", `${at} is no JWKS: it has no list of keys`);
  const keys = new Map<string, PublicKey>();
  const unused: string[] = [];
  for (const [index, jwk] of value.keys.slice(0, MAX_KEYS).entries()) {
    const key = await readKey(jwk);
    if (typeof key === "string") unused.push(`${named(jwk, index)} ${key}`);
    else keys.set(key.id, key);
  }
  const more = value.keys.length - MAX_KEYS;
  if (more > 0) unused.push(`${more} are more than ${MAX_KEYS}`);
  const shown = unused.slice(0, MAX_SHOWN).join("; ");
  const rest = unused.length > MAX_SHOWN ? `; and ${unused.length - MAX_SHOWN} more` : "";
  return { keys: [...keys.values()], unused: unused.length === 0 ? undefined : shown + rest };
}
