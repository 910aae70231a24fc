/**
 * An HTTP message as it travels through the exchange. Header lists are flat [name, value, name, value, ...] latin1
 * strings (one char, one byte), in order, case and duplicates kept.
 */
export type RawHeaders = readonly string[];

/** How a message's body is framed: a length ≥ 0, or one of these. */
export const NO_BODY = -1;
export const CHUNKED = -2;
/** Responses only: until the connection closes. */
export const UNTIL_CLOSE = -3;

/** Methods without an effect the client answers for (RFC 9110 §9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** RFC 9110 §9.2.2: sending it twice does what sending it once does. */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([...SAFE_METHODS, "PUT", "DELETE"]);
