/** What a request says of the trace it belongs to, and what is said of it to upstreams: W3C Trace Context and AWS X-Ray. */
import { headerLines } from "./headers.ts";
import type { RawHeaders } from "./message.ts";
import { isTraceparent } from "./traceparent.ts";

/** A span of somebody else's that this request belongs to. */
export interface TraceParent {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits; undefined: X-Ray gave a trace without a segment. */
  readonly spanId: string | undefined;
  /** Undefined: its sender has left the decision open. */
  readonly sampled: boolean | undefined;
}

const XRAY_ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;
const NO_TRACE = /^0+$/;
/** Fields of an X-Ray header that are read: one is written with three and some of the application's own. */
const MAX_XRAY_FIELDS = 16;
const MAX_XRAY_CHARS = 512;

/**
 * The parent that the request names: `traceparent` if it is one header and valid (Trace Context §3.2), else X-Ray's where
 * `xray` is spoken.
 */
export function traceParent(headers: RawHeaders, xray: boolean): TraceParent | undefined {
  const [w3c, second] = headerLines(headers, "traceparent");
  if (w3c !== undefined && second === undefined && isTraceparent(w3c)) {
    const sampled = (Number.parseInt(w3c.slice(53, 55), 16) & 1) === 1;
    return { traceId: w3c.slice(3, 35), spanId: w3c.slice(36, 52), sampled };
  }
  const [amazon, other] = xray ? headerLines(headers, "x-amzn-trace-id") : [];
  return amazon === undefined || other !== undefined ? undefined : parseXray(amazon);
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, in any order. `Self` is a load balancer's own. */
function parseXray(text: string): TraceParent | undefined {
  if (text.length > MAX_XRAY_CHARS) return undefined;
  const fields = new Map<string, string>();
  for (const field of text.split(";", MAX_XRAY_FIELDS)) {
    const equals = field.indexOf("=");
    if (equals > 0) fields.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
  }
  const root = XRAY_ROOT.exec(fields.get("root") ?? "");
  if (root === null) return undefined;
  const traceId = `${root[1]}${root[2]}`.toLowerCase();
  const parent = fields.get("parent") ?? "";
  const sampled = fields.get("sampled");
  return NO_TRACE.test(traceId)
    ? undefined
    : {
        traceId,
        spanId: SPAN_ID.test(parent) && !NO_TRACE.test(parent) ? parent.toLowerCase() : undefined,
        sampled: sampled === "1" ? true : sampled === "0" ? false : undefined,
      };
}

interface Spoken {
  readonly traceId: string;
  readonly spanId: string;
  readonly xray: boolean;
  /** It continues a trace that `traceparent` named: then `tracestate` goes on too (Trace Context §3.3). */
  readonly continued: boolean;
}

/** The headers with a sampled span as the parent of whoever gets them. */
export function withTraceParent(
  headers: RawHeaders,
  { traceId, spanId, xray, continued }: Spoken,
): RawHeaders {
  const next: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase();
    if (lower === "traceparent" || (lower === "tracestate" && !continued)) continue;
    if (xray && lower === "x-amzn-trace-id") continue;
    next.push(headers[i] as string, headers[i + 1] as string);
  }
  next.push("traceparent", `00-${traceId}-${spanId}-01`);
  if (xray) {
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    next.push("x-amzn-trace-id", `Root=${root};Parent=${spanId};Sampled=1`);
  }
  return next;
}
