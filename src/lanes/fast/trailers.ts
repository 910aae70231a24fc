import type { RawHeaders } from "../../domain/message.ts";
import { WireError } from "../../wire/fields.ts";

/**
 * A body's trailers; undefined: none. Throws WireError if one of them frames a body, behind the body it would frame
 * (RFC 9110 §6.5.1 forbids it): the node lane refuses that too.
 */
export function checkedTrailers(trailers: RawHeaders | undefined): RawHeaders | undefined {
  if (trailers === undefined || trailers.length === 0) return undefined;
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i] as string;
    if (name.length !== 14 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    if (lower === "content-length" || lower === "transfer-encoding")
      throw new WireError("a framing field in the trailers");
  }
  return trailers;
}
