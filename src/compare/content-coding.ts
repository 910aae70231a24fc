import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";

/** A body may be encoded this many times over, since each layer may multiply its size. */
const MAX_CODINGS = 4;

export type Decoded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `unknown`: the coding is not known here. `corrupt`: the bytes are not what it says. `too_large`: past the bound. */
  | { readonly ok: false; readonly why: "unknown" | "corrupt" | "too_large" };

type Decoder = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** RFC 9110 §8.4.1.2 means the zlib format by `deflate`. Some servers send the raw format, and clients take both. */
const inflateEither: Decoder = (bytes, options) => {
  const head = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const zlibFormat = ((bytes[0] ?? 0) & 0x0f) === 8 && head % 31 === 0;
  if (!zlibFormat) return inflateRawSync(bytes, options);
  try {
    return inflateSync(bytes, options);
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return inflateRawSync(bytes, options);
  }
};

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflateEither],
  ["br", brotliDecompressSync],
  ["zstd", zstdDecompressSync],
]);

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

const NONE: readonly string[] = [];

/** The codings of a Content-Encoding value in the order they were applied, `identity` left out. */
export function codingsOf(contentEncoding: string): readonly string[] {
  if (contentEncoding === "") return NONE;
  return contentEncoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
}

/** Undoes content codings (RFC 9110 §8.4), never making more than `maxBytes`. An empty body is empty under any coding. */
export function decodeContent(bytes: Uint8Array, codings: readonly string[], maxBytes: number): Decoded {
  if (bytes.length === 0) return { ok: true, bytes };
  if (codings.length === 0)
    return bytes.length > maxBytes ? { ok: false, why: "too_large" } : { ok: true, bytes };
  const decoders = codings.map((coding) => DECODERS.get(coding));
  if (decoders.length > MAX_CODINGS || decoders.includes(undefined)) return { ok: false, why: "unknown" };
  let decoded = bytes;
  for (const decoder of decoders.reverse()) {
    try {
      decoded = (decoder as Decoder)(decoded, { maxOutputLength: Math.max(1, maxBytes) });
    } catch (error) {
      return { ok: false, why: isTooLarge(error) ? "too_large" : "corrupt" };
    }
  }
  return decoded.length > maxBytes ? { ok: false, why: "too_large" } : { ok: true, bytes: decoded };
}
