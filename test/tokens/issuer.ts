import {
  constants,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Readonly<Record<string, unknown>>;

/** A key pair of an issuer, with what is published of it. */
interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey & Json;
}

const KINDS = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ES384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  ES512: () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
  small: () => generateKeyPairSync("rsa", { modulusLength: 1024 }),
} as const;

export function issuerKey(kind: keyof typeof KINDS, kid: string, more: Json = {}): IssuerKey {
  const { privateKey, publicKey } = KINDS[kind]();
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", ...more };
  return { kid, privateKey, publicKey, jwk };
}

export function part(value: unknown): string {
  const bytes = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return Buffer.from(bytes as string).toString("base64url");
}

const HASHES: Readonly<Record<string, string | null>> = { "256": "sha256", "384": "sha384", "512": "sha512" };

/** Signs as an algorithm does, whatever the header says: this is what an attacker has too. */
export function signature(algorithm: string, key: KeyObject, signed: string): Buffer {
  const data = Buffer.from(signed);
  const hash = HASHES[algorithm.slice(2)] ?? null;
  if (algorithm.startsWith("HS"))
    return createHmac(hash as string, key)
      .update(data)
      .digest();
  if (algorithm.startsWith("PS"))
    return sign(hash, data, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  if (algorithm.startsWith("ES")) return sign(hash, data, { key, dsaEncoding: "ieee-p1363" });
  return sign(hash, data, key);
}

/** A token of these two parts, as JSON or as they are written. */
export function token(
  header: Json | string,
  payload: Json | string,
  key: KeyObject,
  algorithm = String(typeof header === "string" ? "RS256" : header.alg),
): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${part(signature(algorithm, key, signed))}`;
}

type Behaviour = (request: IncomingMessage, answer: ServerResponse) => void;

/** An issuer that publishes keys over HTTP, and may do it badly. */
export class Issuer {
  readonly url: string;
  keys: readonly Json[];
  /** What was asked for, in its order. */
  readonly asked: string[] = [];
  /** In place of the keys. */
  behaves: Behaviour | undefined = undefined;
  headers: Readonly<Record<string, string>> = {};
  private readonly server: Server;
  private readonly port: number;

  private constructor(server: Server, keys: readonly Json[]) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
    this.keys = keys;
  }

  static async start(keys: readonly Json[]): Promise<Issuer> {
    let issuer: Issuer | undefined;
    const server = createServer((request, answer) => issuer?.answer(request, answer));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    issuer = new Issuer(server, keys);
    return issuer;
  }

  get jwks(): string {
    return `${this.url}/keys`;
  }

  /** Nobody answers there any more. */
  async kill(): Promise<void> {
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }

  async revive(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  private answer(request: IncomingMessage, answer: ServerResponse): void {
    this.asked.push(request.url ?? "");
    if (this.behaves !== undefined) {
      this.behaves(request, answer);
      return;
    }
    const body = request.url?.startsWith("/.well-known/")
      ? { issuer: this.url, jwks_uri: this.jwks }
      : { keys: this.keys };
    answer.writeHead(200, { "content-type": "application/json", ...this.headers });
    answer.end(JSON.stringify(body));
  }
}

export const NOW_S = () => Math.floor(Date.now() / 1000);

/** What a good token says. */
export function goodClaims(issuer: string, more: Json = {}): Json {
  const now = NOW_S();
  return { iss: issuer, aud: "shop", sub: "ada", iat: now, nbf: now, exp: now + 600, ...more };
}
