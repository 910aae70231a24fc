import type { Side } from "./position.ts";

const M = 0x5bd1e995;

/**
 * 32-bit MurmurHash2, seed 0, over bytes: exactly nginx's `ngx_murmur_hash2` (src/core/ngx_murmurhash.c), which
 * `split_clients` uses. Returns an unsigned 32-bit integer.
 */
export function murmur2(bytes: Uint8Array): number {
  let length = bytes.length;
  let h = length;
  let i = 0;
  while (length >= 4) {
    let k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
    i += 4;
    length -= 4;
  }
  if (length > 0) {
    if (length === 3) h ^= (bytes[i + 2] as number) << 16;
    if (length >= 2) h ^= (bytes[i + 1] as number) << 8;
    h = Math.imul(h ^ (bytes[i] as number), M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The same over a latin1 string (one char, one byte: how header bytes reach us), without making a buffer. */
export function murmur2Latin1(text: string): number {
  let length = text.length;
  let h = length;
  let i = 0;
  while (length >= 4) {
    let k =
      (text.charCodeAt(i) & 0xff) |
      ((text.charCodeAt(i + 1) & 0xff) << 8) |
      ((text.charCodeAt(i + 2) & 0xff) << 16) |
      ((text.charCodeAt(i + 3) & 0xff) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
    i += 4;
    length -= 4;
  }
  if (length > 0) {
    if (length === 3) h ^= (text.charCodeAt(i + 2) & 0xff) << 16;
    if (length >= 2) h ^= (text.charCodeAt(i + 1) & 0xff) << 8;
    h = Math.imul(h ^ (text.charCodeAt(i) & 0xff), M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * The share of hashes below which a client is modern, nginx's way: whole hundredths of a percent × 0xffffffff / 10000,
 * truncated. 100 % is everyone, which no 32-bit threshold says: 2^32.
 */
export function thresholdOf(percent: number): number {
  const hundredths = Math.round(percent * 100);
  if (hundredths >= 10_000) return 0x1_0000_0000;
  return Math.floor((hundredths * 0xffffffff) / 10_000);
}

/** Hash of a sticky key within a cohort. `key` is the bytes as received, as a latin1 string. */
export function splitHash(cohortPrefixLatin1: string, key: string): number {
  return murmur2Latin1(cohortPrefixLatin1 + key);
}

/** `cohort + ":"` as the latin1 string of its UTF-8 bytes: compute once a route. */
export function cohortPrefix(cohort: string): string {
  let prefix = "";
  for (const byte of new TextEncoder().encode(`${cohort}:`)) prefix += String.fromCharCode(byte);
  return prefix;
}

/** No key at all: legacy serves until modern is 100. */
export function sideOf(hash: number | undefined, threshold: number): Side {
  if (hash === undefined) return threshold >= 0x1_0000_0000 ? "modern" : "legacy";
  return hash < threshold ? "modern" : "legacy";
}
