import type { LaneRefusalCode } from "../contract.ts";

/** A head that overflowed within its first line did so in the target. */
function overflowedTarget(packet: Buffer | undefined, maxBytes: number): boolean {
  if (packet === undefined) return false;
  const end = packet.indexOf("\r\n");
  if (end >= 0 && end <= maxBytes) return false;
  return /^[A-Z_-]+ [^ ]*(?: HTTP\/1\.[01])?$/.test(packet.toString("latin1", 0, end < 0 ? undefined : end));
}

/** What the client gets for what node:http could not parse. */
export function codeOf(
  error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer },
  maxHeadBytes: number,
): LaneRefusalCode {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return overflowedTarget(error.rawPacket, maxHeadBytes) ? "url_too_long" : "headers_too_large";
    case "HPE_INVALID_METHOD":
      return "method_unknown";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request_timeout";
    default:
      return "bad_request";
  }
}
