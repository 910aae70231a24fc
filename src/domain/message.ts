/**
 * An HTTP message as it travels through the exchange. Header lists are flat [name, value, name, value, ...] latin1
 * strings (one char, one byte), in order, case and duplicates kept.
 */
export type RawHeaders = readonly string[];

/** Who is at the other end of a client's connection. */
export interface Peer {
  /** Its address, IPv4-mapped written as IPv4; UNIX_ADDRESS for a Unix socket; "": not known. */
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  /** What upstreams are told of its TLS certificate; undefined: none was asked for. */
  readonly certificate: RawHeaders | undefined;
  /** Of the credentials that come on its connection; left out: each is reckoned anew. */
  readonly digests?: Digests | undefined;
}

/** Reckons the SHA-256 of credentials, in hex. */
export interface Digests {
  of(text: string): string;
}

/** What stands for the address of a peer on a Unix socket. */
export const UNIX_ADDRESS = "unix:";

/** A request's head as a lane read it. */
export interface RequestHead {
  readonly method: string;
  /** Exactly as received. */
  readonly target: string;
  /** "1.1", "1.0" or "2.0". */
  readonly version: string;
  readonly headers: RawHeaders;
  /** NO_BODY, CHUNKED or a length. Validated by the lane; the header list still holds the framing fields. */
  readonly framing: number;
  /** The client asked for an upgrade (Connection: upgrade and Upgrade). */
  readonly upgrade: boolean;
  /** Expect: 100-continue was sent and is not answered yet. */
  readonly expectContinue: boolean;
  /** Those of the connection's peer. */
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly certificate: RawHeaders | undefined;
  readonly digests?: Digests | undefined;
}

/** How a message's body is framed: a length ≥ 0, or one of these. */
export const NO_BODY = -1;
export const CHUNKED = -2;
/** Responses only: until the connection closes. */
export const UNTIL_CLOSE = -3;

/** Methods without an effect the client answers for (RFC 9110 §9.2.1). */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** RFC 9110 §9.2.2: sending it twice does what sending it once does. */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([...SAFE_METHODS, "PUT", "DELETE"]);

/** Methods that are counted by name. */
export const COUNTED_METHODS = [
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "other",
] as const;
type CountedMethod = (typeof COUNTED_METHODS)[number];

const NAMED: ReadonlySet<string> = new Set(COUNTED_METHODS);

/** The name that a method is counted under. */
export function countedMethod(method: string): CountedMethod {
  return NAMED.has(method) ? (method as CountedMethod) : "other";
}
