import { constants, type KeyObject, verify } from "node:crypto";
import type { TokenAlgorithm } from "../domain/policies/jwt.ts";

/** How an algorithm signs, and with which keys. */
interface Signing {
  readonly hash: "sha256" | "sha384" | "sha512" | null;
  readonly keyType: "rsa" | "ec" | "ed25519";
  /** Of EC: the one curve (RFC 7518 §3.4). */
  readonly curve?: "prime256v1" | "secp384r1" | "secp521r1";
  /** Bytes of a signature, where it has always as many. */
  readonly bytes?: number;
  readonly pss?: true;
}

const SIGNINGS: Readonly<Record<TokenAlgorithm, Signing>> = {
  RS256: { hash: "sha256", keyType: "rsa" },
  RS384: { hash: "sha384", keyType: "rsa" },
  RS512: { hash: "sha512", keyType: "rsa" },
  PS256: { hash: "sha256", keyType: "rsa", pss: true },
  PS384: { hash: "sha384", keyType: "rsa", pss: true },
  PS512: { hash: "sha512", keyType: "rsa", pss: true },
  ES256: { hash: "sha256", keyType: "ec", curve: "prime256v1", bytes: 64 },
  ES384: { hash: "sha384", keyType: "ec", curve: "secp384r1", bytes: 96 },
  ES512: { hash: "sha512", keyType: "ec", curve: "secp521r1", bytes: 132 },
  EdDSA: { hash: null, keyType: "ed25519", bytes: 64 },
  Ed25519: { hash: null, keyType: "ed25519", bytes: 64 },
};

/** Whether a key can have made signatures of this algorithm. */
export function fits(key: KeyObject, algorithm: TokenAlgorithm): boolean {
  const { keyType, curve } = SIGNINGS[algorithm];
  if (key.asymmetricKeyType !== keyType) return false;
  return curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve;
}

/** Whether `key` made this signature. Synchronous: WebCrypto's way through a thread costs four times as much. */
export function isSignedBy(
  key: KeyObject,
  algorithm: TokenAlgorithm,
  signed: string,
  signature: Buffer,
): boolean {
  const { hash, bytes, keyType, pss } = SIGNINGS[algorithm];
  if (!fits(key, algorithm) || signature.length === 0) return false;
  if (bytes !== undefined && signature.length !== bytes) return false;
  const data = Buffer.from(signed, "latin1");
  if (keyType === "ec") return verify(hash, data, { key, dsaEncoding: "ieee-p1363" }, signature);
  if (!pss) return verify(hash, data, key, signature);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return verify(hash, data, { key, padding, saltLength }, signature);
}
