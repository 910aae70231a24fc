import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

/** HKDF's `info` (RFC 5869 §3.2): another use of the same secret would get another key. */
const INFO = "strangler-fig login cookies 1";
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = SALT_BYTES + IV_BYTES + TAG_BYTES;

/**
 * Seals texts with AES-256-GCM (NIST SP 800-38D). Each has a key of its own, made of the secret's and a random salt: with one
 * key for all, random nonces would be safe for 2^32 texts only. What is sealed says for what and for whom (`about`), which is not
 * in it: a text that is put elsewhere does not open.
 */
export class Seal {
  private readonly masters: readonly Buffer[];
  private readonly randomHex: (bytes: number) => string;

  /** `secrets`: the first seals, each opens. `info`: for which use. */
  constructor(secrets: readonly string[], randomHex: (bytes: number) => string, info = INFO) {
    this.masters = secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "", info, 32)));
    this.randomHex = randomHex;
  }

  /** base64url. */
  seal(text: string, about: readonly string[]): string {
    const head = Buffer.from(this.randomHex(SALT_BYTES + IV_BYTES), "hex");
    const salt = head.subarray(0, SALT_BYTES);
    const cipher = createCipheriv(
      "aes-256-gcm",
      keyOf(this.masters[0] as Buffer, salt),
      head.subarray(SALT_BYTES),
    );
    cipher.setAAD(Buffer.from(JSON.stringify(about)));
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([head, cipher.getAuthTag(), body]).toString("base64url");
  }

  /** Undefined: it was not sealed with one of the secrets for this, or was changed. */
  open(sealed: string, about: readonly string[]): string | undefined {
    // Other spellings of the same bytes are refused: one cookie has one text.
    if (!/^[A-Za-z0-9_-]+$/.test(sealed)) return undefined;
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length <= HEAD_BYTES) return undefined;
    const salt = bytes.subarray(0, SALT_BYTES);
    const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
    const tag = bytes.subarray(SALT_BYTES + IV_BYTES, HEAD_BYTES);
    const aad = Buffer.from(JSON.stringify(about));
    for (const master of this.masters) {
      try {
        const decipher = createDecipheriv("aes-256-gcm", keyOf(master, salt), iv, {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(aad);
        decipher.setAuthTag(tag);
        return decipher.update(bytes.subarray(HEAD_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch {
        // Another secret's, or nobody's.
      }
    }
    return undefined;
  }
}

function keyOf(master: Buffer, salt: Buffer): Buffer {
  return createHmac("sha256", master).update(salt).digest();
}
