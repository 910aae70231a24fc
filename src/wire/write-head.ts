import type { RawHeaders } from "../domain/message.ts";

/**
 * HTTP/1.1 heads as text to be written in latin1. Only this file turns header lists into lines (RFC 9112 §2.1). The lists
 * were checked where they came in, and are not checked again. Every request passes here: plain concatenation, no arrays.
 */

/** The fields of a list, each with its line end. */
export function fieldLines(headers: RawHeaders): string {
  let text = "";
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return text;
}

/** `first` and `last` are field lines of the sender's own, around the list. */
export function requestHead(
  method: string,
  target: string,
  first: string,
  headers: RawHeaders,
  last: string,
): string {
  return `${method} ${target} HTTP/1.1\r\n${first}${fieldLines(headers)}${last}\r\n`;
}

/** `last` are field lines of the sender's own, behind the list. */
export function answerHead(status: number, reason: string, headers: RawHeaders, last: string): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(headers)}${last}\r\n`;
}

/** What ends a chunked body (RFC 9112 §7.1): the last chunk and the trailer section. */
export function lastChunk(trailers: RawHeaders | undefined): string {
  return trailers === undefined ? "0\r\n\r\n" : `0\r\n${fieldLines(trailers)}\r\n`;
}
