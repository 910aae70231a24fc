import { indexOfHeader } from "../../domain/headers.ts";
import { CONNECTION_FIELDS } from "../../wire/h2-fields.ts";
import type { SentRequest } from "./connection-contract.ts";

/** The fields of a request's HEADERS (RFC 9113 §8.3.1), from the list that HTTP/1.1 would write. */
export function requestFields(
  { request, authority, ownHost }: SentRequest,
  scheme: "http" | "https",
): string[] {
  const { method, target, headers } = request;
  const at = ownHost ? -1 : indexOfHeader(headers, "host");
  const fields = [
    ...[":method", method, ":scheme", scheme],
    ...[":authority", at < 0 ? authority : (headers[at + 1] as string), ":path", target],
  ];
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name !== "host" && !CONNECTION_FIELDS.has(name)) fields.push(name, headers[i + 1] as string);
  }
  return fields;
}
