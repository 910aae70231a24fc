/** Ids longer than this are replaced: they are kept in samples and written to every log line. */
const MAX_REQUEST_ID_LENGTH = 128;

/**
 * Token characters (RFC 9110 §5.6.2) and `/ : = @`, which base64, URN and load-balancer ids use. None of them ends a
 * JSON string or a log line.
 */
const IS_ID_CHARACTER = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~/:=@0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  IS_ID_CHARACTER[character.charCodeAt(0)] = 1;
}

export function isRequestId(value: string): boolean {
  const { length } = value;
  if (length === 0 || length > MAX_REQUEST_ID_LENGTH) return false;
  for (let i = 0; i < length; i++) {
    if (IS_ID_CHARACTER[value.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/**
 * The client's x-request-id if it is one we keep, else a new one of 32 hex digits. `header` is undefined when the client
 * sent none or more than one. `hex` gives that many random bytes.
 */
export function requestIdOf(header: string | undefined, hex: (bytes: number) => string): string {
  return header !== undefined && isRequestId(header) ? header : hex(16);
}
