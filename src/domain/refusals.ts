import { scrubbed } from "./scrub.ts";

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
  ["bad_request", 400, "The request is not well-formed HTTP."],
  ["plain_http", 400, "This port speaks TLS: begin the URL with https."],
  ["client_certificate", 400, "This port takes clients with a valid certificate only."],
  ["bad_host", 400, "The request must carry exactly one valid Host."],
  ["bad_target", 400, "This server does not answer such a request target."],
  [
    "ambiguous_path",
    400,
    "The path, the host or the method can be read in two ways that lead to different places.",
  ],
  ["object_key_invalid", 400, "The path names no object that may be asked for."],
  ["object_refused", 400, "The bucket does not take such a request."],
  ["object_denied", 403, "The bucket behind this route does not allow this."],
  ["object_missing", 404, "There is no such object."],
  ["object_method", 405, "Objects behind this route do not take this method."],
  ["object_conflict", 409, "The object is being changed by another request."],
  ["object_length_missing", 411, "The request must say how long its body is."],
  ["object_condition", 412, "The object is not as the request's condition says."],
  ["object_too_large", 413, "The request body is larger than an object may be."],
  ["object_range", 416, "The object has no such range."],
  ["message_invalid", 400, "The request lacks what makes it a message, or has what no message may have."],
  ["message_method", 405, "Messages behind this route are not sent with this method."],
  ["message_too_large", 413, "The request body is larger than a message may be."],
  ["message_throttled", 429, "What takes messages behind this route takes no more for now."],
  ["body_missing", 400, "The request must have a body."],
  ["token_missing", 401, "The request must carry an access token."],
  ["token_invalid", 401, "The access token is expired, is not for this service, or is not valid."],
  ["token_forbidden", 403, "The access token does not allow this request."],
  ["body_not_json", 400, "The request body is not the JSON that is needed here."],
  ["api_key_repeated", 400, "An API key must be sent once, and in one place."],
  ["api_key_missing", 401, "This needs an API key."],
  ["api_key_unknown", 401, "The API key is not known."],
  ["api_key_revoked", 401, "The API key was revoked."],
  ["api_key_expired", 401, "The API key has expired."],
  ["api_key_disabled", 401, "The API key is disabled."],
  ["api_key_plan", 403, "The API key's plan does not have this."],
  ["request_invalid", 400, "The request is not as the interface's description says."],
  ["operation_unknown", 404, "The interface's description has no such path."],
  ["operation_method", 405, "The interface's description has no such method on this path."],
  ["operation_media_type", 415, "The interface's description has no request body of this media type here."],
  ["authorizer_unauthorized", 401, "The request does not say who it is from as this route asks for."],
  ["authorizer_denied", 403, "This client is not allowed to do that."],
  ["network_denied", 403, "Requests from this address are not answered here."],
  ["origin_denied", 403, "Pages of this origin may open no WebSocket here."],
  ["no_route", 404, "No route matches this request, and there is no default upstream."],
  ["connect_refused", 405, "CONNECT is not served here."],
  [
    "last_hop",
    405,
    "Max-Forwards says that this server is the last, and it answers neither OPTIONS nor TRACE itself.",
  ],
  ["request_timeout", 408, "The request did not arrive in time."],
  ["body_too_large", 413, "The request body is larger than allowed."],
  ["function_body_too_large", 413, "The request body is larger than the function behind this route takes."],
  ["url_too_long", 414, "The request target is longer than allowed."],
  ["media_type_refused", 415, "The request body is of a media type that is not taken here."],
  ["coding_refused", 415, "The request body has a content coding that is not taken here."],
  ["expectation_failed", 417, "Only `Expect: 100-continue` can be met."],
  ["websocket_required", 426, "This is for WebSockets: ask for one, of version 13."],
  ["rate_limited", 429, "Too many requests were sent in a short time."],
  ["quota_exceeded", 429, "The quota of this period is used up."],
  ["concurrency_limited", 429, "Too many requests are under way at once."],
  ["headers_too_large", 431, "The request headers are larger than allowed."],
  ["method_unknown", 501, "This server does not know the request method."],
  ["bad_transfer_coding", 501, "Only the transfer coding `chunked` is understood."],
  ["upstream_refused", 502, "The upstream could not be reached."],
  ["upstream_reset", 502, "The upstream broke off before its answer was complete."],
  ["upstream_invalid", 502, "The upstream's answer could not be understood."],
  [
    "upstream_certificate",
    502,
    "The upstream's certificate did not pass, or it did not take the front door's.",
  ],
  ["function_failed", 502, "The function behind this route failed."],
  ["function_refused", 502, "The function behind this route could not be asked."],
  ["bucket_refused", 502, "The bucket behind this route could not be asked."],
  ["bucket_busy", 503, "The bucket behind this route wants to be asked later."],
  ["message_refused", 502, "What takes messages behind this route did not take this one."],
  ["upstream_busy", 503, "As many connections to the upstream are in use as may be."],
  ["keys_unavailable", 503, "The access token cannot be verified at the moment."],
  ["authorizer_invalid", 502, "What decides about requests of this route gave no answer that could be used."],
  ["authorizer_unavailable", 503, "What decides about requests of this route could not be asked."],
  ["authorizer_busy", 503, "Too many requests of this route wait for a decision."],
  ["draining", 503, "This front door is shutting down."],
  ["api_keys_unavailable", 503, "Whether the API key is valid cannot be told at the moment."],
  ["websocket_limit", 503, "As many WebSockets are open here as may be."],
  ["upstream_missing", 503, "The upstream of this route is not configured."],
  ["plan_missing", 503, "The plan of this API key is not configured here."],
  ["upstream_connect_timeout", 504, "The upstream could not be reached in time."],
  ["upstream_timeout", 504, "The upstream did not answer in time."],
  ["upstream_body_idle", 504, "The upstream stopped in the middle of its answer."],
  ["not_cached", 504, "The request asks for a stored answer only, and there is none."],
  ["loop_detected", 508, "The request came through too many front doors: an upstream leads back to one."],
  ["validate_failed", 500, "The request could not be held against the interface's description."],
  ["validate_busy", 503, "Too many requests wait to be held against the interface's description."],
  ["transform_failed", 502, "The request or its answer could not be brought into its other form."],
  ["transform_busy", 503, "Too many bodies wait to be brought into their other form."],
  ["login_required", 401, "Somebody has to log in for this."],
  ["login_failed", 400, "The login was not finished: it has to be begun anew."],
  ["login_denied", 403, "The login was not granted, or was broken off."],
  ["login_cross_site", 403, "Another site may not end a session here."],
  ["logout_failed", 400, "The provider's logout was not taken."],
  ["login_unavailable", 503, "Nobody can log in just now."],
  ["authorizer_timeout", 504, "What decides about requests of this route did not answer in time."],
  ["authorizer_failed", 500, "What decides about requests of this route failed."],
  ["layer_failed", 500, "The front door failed while it handled this request."],
  ["layer_timeout", 504, "The front door could not decide about this request in time."],
] as const;

export type RefusalCode = (typeof TABLE)[number][0];

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  426: "Upgrade Required",
  429: "Too Many Requests",
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
export interface RefusalAnswer {
  readonly status: number;
  readonly reason: string;
  /** Flat [name, value, ...], Content-Length included. */
  readonly headers: string[];
  readonly body: Uint8Array;
}

const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const UTF8 = new TextEncoder();
/** What wants to be asked later says no time of its own. */
const LATER: ReadonlySet<RefusalCode> = new Set(["bucket_busy", "message_throttled"]);
const LATER_SECONDS = "1";

/** gRPC's statuses of answers that are not 200 (its http-grpc-status-mapping), but for those that are known better here. */
const GRPC_STATUSES: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  405: 12,
  408: 4,
  409: 10,
  411: 13,
  412: 9,
  413: 8,
  414: 8,
  415: 13,
  416: 11,
  417: 13,
  429: 8,
  431: 8,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 14,
  508: 13,
};
const DEADLINE_EXCEEDED = 4;
/** It was asked, and took too long. */
const TOO_LATE: ReadonlySet<RefusalCode> = new Set(["upstream_timeout", "upstream_body_idle"]);
const NOT_CARRIED = /[^ -$&-~]/g;

/** What answers a gRPC call: trailers only, with the error as its status (gRPC over HTTP2, Responses). */
export function grpcRefusal(code: RefusalCode, asked: string): RefusalAnswer {
  const { status, message } = REFUSALS[code];
  const grpcStatus = TOO_LATE.has(code) ? DEADLINE_EXCEEDED : (GRPC_STATUSES[status] ?? 2);
  const text = `${code}: ${message} (request ${scrubbed(asked)})`.replace(NOT_CARRIED, encodeURIComponent);
  const headers = [
    "content-type",
    "application/grpc",
    "grpc-status",
    String(grpcStatus),
    "grpc-message",
    text,
  ];
  return { status: 200, reason: "OK", headers: [...headers, "content-length", "0"], body: new Uint8Array(0) };
}

/** JSON, or text for a client whose Accept asks for text and not for JSON. */
export function refusalAnswer(
  code: RefusalCode,
  asked: string,
  accept: string | undefined,
  details?: readonly object[],
  allowed = ALLOWED_METHODS,
): RefusalAnswer {
  // A client's own; a body is kept, and shown to others, more often than a head.
  const requestId = scrubbed(asked);
  const { status, reason, message } = REFUSALS[code];
  const wantsText =
    accept !== undefined && /\btext\/(?:plain|html|\*)/i.test(accept) && !/\bjson\b/i.test(accept);
  const body = UTF8.encode(
    wantsText
      ? `${code}: ${message}\n(request ${requestId})\n`
      : `${JSON.stringify({ error: { code, message, requestId, details } })}\n`,
  );
  const headers = [
    "content-type",
    wantsText ? "text/plain; charset=utf-8" : "application/json",
    "content-length",
    String(body.length),
    "cache-control",
    "no-store",
  ];
  if (status === 405) headers.push("allow", allowed);
  if (LATER.has(code)) headers.push("retry-after", LATER_SECONDS);
  return { status, reason, headers, body };
}
