/** Reads recorded bytes, as latin1 text, as far as they are well-formed; what is not whole is told, not refused. */

export interface Recorded {
  /** Start line and fields, as they came. */
  readonly head: string;
  readonly framing: "none" | "sized" | "chunked" | "close";
  /** Chunks joined. */
  readonly body: string;
  /** Trailer lines as they came. */
  readonly trailers: string;
  readonly whole: boolean;
  /** What no sender may write. */
  readonly fault: string | undefined;
}

export interface Read {
  readonly message: Recorded;
  readonly next: number;
}

const LENGTH = /\r\ncontent-length:[ \t]*([^\r]*?)[ \t]*\r\n/i;
const CODING = /\r\ntransfer-encoding:[ \t]*([^\r]*?)[ \t]*\r\n/i;

/** `method`: of the request that is answered; undefined: the message is a request itself. `ended`: nothing follows. */
export function readRecorded(
  text: string,
  from: number,
  method: string | undefined,
  ended: boolean,
): Read | undefined {
  const stop = text.indexOf("\r\n\r\n", from);
  if (stop < 0) {
    if (!ended || from === text.length) return undefined;
    const message: Recorded = {
      head: text.slice(from),
      framing: "none",
      body: "",
      trailers: "",
      whole: false,
      fault: undefined,
    };
    return { message, next: text.length };
  }
  const head = text.slice(from, stop + 4);
  const at = stop + 4;
  const none = (framing: Recorded["framing"], fault?: string): Read => ({
    message: { head, framing, body: "", trailers: "", whole: true, fault },
    next: at,
  });
  const status = method === undefined ? 0 : Number(head.slice(9, 12));
  const length = LENGTH.exec(head)?.[1];
  const coding = CODING.exec(head)?.[1];
  if (length !== undefined && coding !== undefined)
    return none("none", "Content-Length and Transfer-Encoding");
  if (method !== undefined && (method === "HEAD" || status < 200 || status === 204 || status === 304))
    return none("none");
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") return none("none", `Transfer-Encoding ${coding}`);
    return readChunked(text, head, at);
  }
  if (length !== undefined) {
    const next = Math.min(at + Number(length), text.length);
    const whole = next === at + Number(length);
    return {
      message: { head, framing: "sized", body: text.slice(at, next), trailers: "", whole, fault: undefined },
      next,
    };
  }
  if (method === undefined) return none("none");
  return {
    message: { head, framing: "close", body: text.slice(at), trailers: "", whole: ended, fault: undefined },
    next: text.length,
  };
}

function readChunked(text: string, head: string, from: number): Read {
  let at = from;
  let body = "";
  const read = (whole: boolean, trailers: string, next: number, fault?: string): Read => ({
    message: { head, framing: "chunked", body, trailers, whole, fault },
    next,
  });
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return read(false, "", text.length);
    const line = text.slice(at, lineEnd);
    if (!/^[0-9a-f]{1,8}$/i.test(line))
      return read(false, "", text.length, `the chunk size ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) {
      if (text.startsWith("\r\n", at)) return read(true, "", at + 2);
      const stop = text.indexOf("\r\n\r\n", at);
      if (stop < 0) return read(false, "", text.length);
      return read(true, text.slice(at, stop + 2), stop + 4);
    }
    body += text.slice(at, at + size);
    at += size;
    if (text.length < at + 2) return read(false, "", text.length);
    if (!text.startsWith("\r\n", at))
      return read(false, "", text.length, "chunk data that does not end in CRLF");
    at += 2;
  }
}
