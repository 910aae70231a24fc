import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** RFC 9110 §8.4.1.2 means the zlib format by `deflate`; some servers send the raw one. */
const inflateEither: Decode = (bytes, options) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options);

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateEither,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** A body without its coding, or what is wrong with it. */
export function decoded(
  body: Uint8Array,
  coding: string,
  maxBytes: number,
): Uint8Array | "not_json" | "too_large" {
  const name = coding.trim().toLowerCase();
  if (name === "" || name === "identity") return body.length > maxBytes ? "too_large" : body;
  if (!Object.hasOwn(DECODERS, name)) return "not_json";
  try {
    return (DECODERS[name] as Decode)(body, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too_large" : "not_json";
  }
}
