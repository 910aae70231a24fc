import { parseSent } from "../domain/sent-json.ts";
import type { TokenFault } from "./contract.ts";
import { repeatsMember } from "./json-members.ts";

/** Longer ones are not looked at. More than a head may hold, unless `limits.headers` is raised. */
const MAX_TOKEN_CHARS = 16 * 1024;
const MAX_KID_CHARS = 512;

/** A token, taken apart; nothing of it is verified. */
export interface Jws {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** The header's `typ` in lower case, without `application/`; "": there is none (RFC 7515 §4.1.9). */
  readonly type: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed: the first two parts with their dot. */
  readonly signed: string;
  readonly signature: Buffer;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Base64url as RFC 7515 §2 has it: no padding, no other letters, and no bits left over that could be written in several ways. */
function decoded(part: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}

function objectIn(part: string): Record<string, unknown> | undefined {
  const bytes = decoded(part);
  if (bytes === undefined) return undefined;
  try {
    const text = UTF8.decode(bytes);
    const value = parseSent(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    // Whoever reads the first of two members would see another token (RFC 7515 §4, RFC 7519 §4).
    return repeatsMember(text) ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Takes a compact JWS of a JSON object apart (RFC 7515 §5.2, RFC 7519 §7.2). */
export function parseJws(token: string): Jws | TokenFault {
  if (token.length > MAX_TOKEN_CHARS) return "too_long";
  const parts = token.split(".", 4);
  const [head = "", payload = "", last = ""] = parts;
  if (parts.length !== 3) return "malformed";
  const header = objectIn(head);
  if (header === undefined) return "malformed";
  const { alg, kid, typ = "", crit, b64, enc } = header;
  if (!isText(alg) || !isText(typ)) return "malformed";
  if (kid !== undefined && (!isText(kid) || kid.length > MAX_KID_CHARS)) return "malformed";
  // No extension is understood here, so none may be critical (§4.1.11); an unencoded payload is one (RFC 7797).
  if (crit !== undefined || enc !== undefined || (b64 !== undefined && b64 !== true)) return "malformed";
  // Before the rest is read: `none` has no signature.
  const signature = last === "" ? Buffer.alloc(0) : decoded(last);
  const claims = objectIn(payload);
  if (signature === undefined || claims === undefined) return "malformed";
  return {
    algorithm: alg,
    keyId: kid,
    type: typ.toLowerCase().replace(/^application\//, ""),
    claims,
    signed: token.slice(0, head.length + 1 + payload.length),
    signature,
  };
}
