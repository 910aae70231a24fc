import type { Side } from "./position.ts";

const M = 0x5bd1e995;

/** MurmurHash2 of a latin1 string (one char, one byte: how header bytes reach us). */
export function murmur2Latin1(text: string): number {
  return splitHash("", text);
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

/**
 * Hash of a sticky key within a cohort: of `prefix` and `key` one after the other, latin1 strings of the bytes as received.
 * 32-bit MurmurHash2, seed 0: exactly nginx's `ngx_murmur_hash2` (src/core/ngx_murmurhash.c), which `split_clients` uses.
 * An unsigned 32-bit integer. Nothing is joined: a word that lies across both is put together byte by byte.
 */
export function splitHash(prefix: string, key: string): number {
  const split = prefix.length;
  let length = split + key.length;
  let h = length;
  let i = 0;
  const byteAt = (at: number): number =>
    (at < split ? prefix.charCodeAt(at) : key.charCodeAt(at - split)) & 0xff;
  while (length >= 4) {
    let k = byteAt(i) | (byteAt(i + 1) << 8) | (byteAt(i + 2) << 16) | (byteAt(i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
    i += 4;
    length -= 4;
  }
  if (length > 0) {
    if (length === 3) h ^= byteAt(i + 2) << 16;
    if (length >= 2) h ^= byteAt(i + 1) << 8;
    h = Math.imul(h ^ byteAt(i), M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return (h ^ (h >>> 15)) >>> 0;
}

/** `cohort + ":"` as the latin1 string of its UTF-8 bytes: compute once a route. */
export function cohortPrefix(cohort: string): string {
  // In one piece: a string put together from pieces stays a chain of them, each a look-up in memory.
  return String.fromCharCode(...new TextEncoder().encode(`${cohort}:`));
}

/** Where more clients are; legacy if both sides have as many. */
export function sideOfMost(threshold: number): Side {
  return threshold > thresholdOf(50) ? "modern" : "legacy";
}

/** No key at all: legacy serves until modern is 100. */
export function sideOf(hash: number | undefined, threshold: number): Side {
  if (hash === undefined) return threshold >= 0x1_0000_0000 ? "modern" : "legacy";
  return hash < threshold ? "modern" : "legacy";
}
