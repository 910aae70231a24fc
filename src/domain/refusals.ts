/**
 * Errors of the front door's own: one table from code to HTTP status. The code is in the answer's JSON and is the metric
 * label. Messages say what was wrong and never repeat what the client sent.
 */
interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}

const TABLE = [
  ["bad_request", 400, "The request is not well-formed HTTP/1.1."],
  ["bad_host", 400, "The request must carry exactly one valid Host."],
  ["bad_target", 400, "This server does not answer such a request target."],
  ["ambiguous_path", 400, "The path or the host can be read in two ways that lead to different places."],
  ["no_route", 404, "No route matches this request, and there is no default upstream."],
  ["connect_refused", 405, "CONNECT is not served here."],
  [
    "last_hop",
    405,
    "Max-Forwards says that this server is the last, and it answers neither OPTIONS nor TRACE itself.",
  ],
  ["request_timeout", 408, "The request did not arrive in time."],
  ["body_too_large", 413, "The request body is larger than allowed."],
  ["url_too_long", 414, "The request target is longer than allowed."],
  ["expectation_failed", 417, "Only `Expect: 100-continue` can be met."],
  ["headers_too_large", 431, "The request headers are larger than allowed."],
  ["method_unknown", 501, "This server does not know the request method."],
  ["bad_transfer_coding", 501, "Only the transfer coding `chunked` is understood."],
  ["upstream_refused", 502, "The upstream could not be reached."],
  ["upstream_reset", 502, "The upstream broke off before its answer was complete."],
  ["upstream_invalid", 502, "The upstream's answer could not be understood."],
  ["draining", 503, "This front door is shutting down."],
  ["upstream_missing", 503, "The upstream of this route is not configured."],
  ["upstream_connect_timeout", 504, "The upstream could not be reached in time."],
  ["upstream_timeout", 504, "The upstream did not answer in time."],
  ["upstream_body_idle", 504, "The upstream stopped in the middle of its answer."],
  ["loop_detected", 508, "The request came through too many front doors: an upstream leads back to one."],
  ["layer_failed", 500, "The front door failed while it handled this request."],
  ["layer_timeout", 504, "The front door could not decide about this request in time."],
] as const;

export type RefusalCode = (typeof TABLE)[number][0];

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  508: "Loop Detected",
};

export const REFUSALS = Object.freeze(
  Object.fromEntries(
    TABLE.map(([code, status, message]) => [
      code,
      Object.freeze({ code, status, reason: REASONS[status] as string, message }),
    ]),
  ),
) as Readonly<Record<RefusalCode, Refusal>>;

/** An answer of the front door's own, ready for a lane. */
interface RefusalAnswer {
  readonly status: number;
  readonly reason: string;
  /** Flat [name, value, ...], Content-Length included. */
  readonly headers: string[];
  readonly body: Uint8Array;
}

const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const UTF8 = new TextEncoder();

/** JSON, or text for a client whose Accept asks for text and not for JSON. */
export function refusalAnswer(
  code: RefusalCode,
  requestId: string,
  accept: string | undefined,
): RefusalAnswer {
  const { status, reason, message } = REFUSALS[code];
  const wantsText =
    accept !== undefined && /\btext\/(?:plain|html|\*)/i.test(accept) && !/\bjson\b/i.test(accept);
  const body = UTF8.encode(
    wantsText
      ? `${code}: ${message}\n(request ${requestId})\n`
      : `${JSON.stringify({ error: { code, message, requestId } })}\n`,
  );
  const headers = [
    "content-type",
    wantsText ? "text/plain; charset=utf-8" : "application/json",
    "content-length",
    String(body.length),
    "cache-control",
    "no-store",
  ];
  if (status === 405) headers.push("allow", ALLOWED_METHODS);
  return { status, reason, headers, body };
}
