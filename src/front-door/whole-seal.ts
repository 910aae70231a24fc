import { readFileSync } from "node:fs";
import type { WholeSeal } from "../control/wholes/contract.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { Seal } from "../logins/seal.ts";

/** HKDF's `info` (RFC 5869 §3.2): a key that logins use too is another one here. */
const INFO = "strangler-fig whole answers 1";
const MIN_KEY_BYTES = 32;
const PLAIN = "plain:";
const SEALED = "sealed:";

function secretOf(key: string | { readonly file: string }): string {
  if (typeof key === "string") return key;
  const text = readFileSync(key.file, "utf8").trim();
  if (Buffer.byteLength(text) < MIN_KEY_BYTES) throw new Error("a key is too short");
  return text;
}

/**
 * By the keys of the files in force. Where one cannot be read nothing is sealed, and nothing is stored in the clear; it is looked for again
 * with the next one, since a file that was mounted late changes none of the others.
 */
export function wholeSeal(config: () => FrontDoorConfig, hex: (bytes: number) => string): WholeSeal {
  let of: FrontDoorConfig["samples"] | undefined;
  let seal: Seal | "unreadable" | undefined;
  const current = () => {
    const { samples } = config();
    if (samples === of && seal !== "unreadable") return seal;
    of = samples;
    try {
      seal = samples.keys.length === 0 ? undefined : new Seal(samples.keys.map(secretOf), hex, INFO);
    } catch {
      seal = "unreadable";
    }
    return seal;
  };
  return {
    seal(text, about) {
      const by = current();
      if (by === "unreadable") return undefined;
      return by === undefined ? `${PLAIN}${text}` : `${SEALED}${by.seal(text, about)}`;
    },
    open(stored, about) {
      if (stored.startsWith(PLAIN)) return stored.slice(PLAIN.length);
      const by = current();
      if (by === undefined || by === "unreadable" || !stored.startsWith(SEALED)) return undefined;
      return by.open(stored.slice(SEALED.length), about);
    },
  };
}
