import { createHash } from "node:crypto";
import type { Findings } from "./findings.ts";

const HASH_DIGITS = 16;

function fingerprint(bytes: Uint8Array): string {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, HASH_DIGITS);
  return JSON.stringify(`sha256 ${hash}…, ${bytes.length} bytes`);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** For what is neither JSON nor text: equal or not; the samples are hashes, never content. */
export function compareBytes(legacy: Uint8Array, modern: Uint8Array, findings: Findings): void {
  if (!sameBytes(legacy, modern)) findings.add("body", "value", fingerprint(legacy), fingerprint(modern));
}
