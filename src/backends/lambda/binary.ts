import { headerLines } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import { viewOf } from "../../wire/view-of.ts";
import type { EventBody } from "../contract.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `image/*`, `*\/*`, `application/pdf`: which media types are binary. */
export function mediaTypes(patterns: readonly string[]): (type: string) => boolean {
  const wanted = patterns.map((pattern) => pattern.toLowerCase().split("/"));
  return (type) => {
    const [main = "", sub = ""] = (type.split(";")[0] as string).trim().toLowerCase().split("/");
    return wanted.some(([a, b = "*"]) => (a === "*" || a === main) && (b === "*" || b === sub));
  };
}

/**
 * Text as text, everything else in base64. What is coded (`Content-Encoding`), of a type that `isBinary`, or no UTF-8 is not text: where
 * API Gateway takes a body for text that is none, it comes out broken.
 */
export function eventBody(
  bytes: Uint8Array,
  headers: RawHeaders,
  isBinary: (type: string) => boolean,
): EventBody {
  const coded = headerLines(headers, "content-encoding").some(
    (line) => line.trim().toLowerCase() !== "identity",
  );
  if (!coded && !headerLines(headers, "content-type").some(isBinary)) {
    try {
      return { text: STRICT.decode(bytes), base64: false };
    } catch {}
  }
  return { text: viewOf(bytes).toString("base64"), base64: true };
}
