import { indexOfHeader } from "./headers.ts";
import type { RawHeaders } from "./message.ts";

/** By this modern hands a safe request back, before the first byte of an answer: what it does not know is no failure. */
const DECLINE = "x-fig-decline";

/** Whether this answer of modern's says that legacy should give one. */
export function declines(status: number, headers: RawHeaders): boolean {
  if (status >= 500) return false;
  const at = indexOfHeader(headers, DECLINE);
  return at >= 0 && headers[at + 1] === "legacy";
}
