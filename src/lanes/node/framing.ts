import type { IncomingMessage } from "node:http";
import { CHUNKED, NO_BODY } from "../../domain/message.ts";
import { parseLength } from "../../wire/grammar.ts";

/** Reasons a message's framing is refused; codes of proxy/refusals. */
type FramingError = "bad_request" | "bad_transfer_coding";

/**
 * How a request's body is framed (RFC 9112 §6). node:http has already refused Content-Length beside
 * Transfer-Encoding and several lengths; what it lets pass, but two readers could understand in two ways, is refused here.
 */
export function requestFraming(request: IncomingMessage): number | FramingError {
  const headers = request.rawHeaders;
  // node:http takes a request line without a version for HTTP/0.9.
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0") return "bad_request";
  let framing = NO_BODY;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      if (framing !== NO_BODY) return "bad_request";
      framing = parseLength(headers[i + 1] as string);
      if (framing < 0) return "bad_request";
    } else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      if (framing !== NO_BODY || request.httpVersion !== "1.1") return "bad_request";
      if ((headers[i + 1] as string).toLowerCase() !== "chunked") return "bad_transfer_coding";
      framing = CHUNKED;
    }
  }
  return framing;
}
