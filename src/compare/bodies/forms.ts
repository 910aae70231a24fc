import type { JsonValue } from "../json-value.ts";
import type { MediaType } from "../media-type.ts";
import { fingerprint } from "./bytes.ts";
import { objectOf, textOrJson } from "./values.ts";

function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** What a form says (URL Standard, application/x-www-form-urlencoded): an object of its fields. */
export function formValue(text: string): JsonValue {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return objectOf(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return at < 0 ? [decoded(pair), ""] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
    }),
  );
}

const HEADERS_END = "\r\n\r\n";

function headersOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function contentValue(bytes: Buffer): JsonValue {
  try {
    return textOrJson(UTF8.decode(bytes));
  } catch {
    return fingerprint(bytes);
  }
}

/** The name of a form's field, of RFC 7578 §4.2. */
const FIELD_NAME = /;\s{0,8}name=(?:"((?:[^"\\]|\\.){0,256})"|([^\s;"]{1,256}))/i;

/** A field's content stands under its name, as in a form: by it credentials are known. */
function contentName(headers: ReadonlyMap<string, string>): string {
  const [, quoted, plain] = FIELD_NAME.exec(headers.get("content-disposition") ?? "") ?? [];
  return quoted ?? plain ?? "content";
}

function partValue(part: Buffer): JsonValue {
  const end = part.indexOf(HEADERS_END);
  const bare = part.subarray(0, 2).toString("latin1") === "\r\n";
  const headers = bare || end < 0 ? new Map<string, string>() : headersOf(part.toString("utf8", 0, end));
  const start = bare ? 2 : end < 0 ? 0 : end + HEADERS_END.length;
  return new Map<string, JsonValue>([...headers, [contentName(headers), contentValue(part.subarray(start))]]);
}

/** The parts of a body (RFC 2046 §5.1), each its headers and its content, under its field's name or `content`; undefined: it has no boundary, or does not end with it. */
export function multipartValue(bytes: Uint8Array, { boundary }: MediaType): JsonValue | undefined {
  if (boundary === undefined || boundary === "") return undefined;
  const body = Buffer.concat([Buffer.from("\r\n"), bytes]);
  const line = `\r\n--${boundary}`;
  const parts: JsonValue[] = [];
  let at = body.indexOf(line);
  while (at >= 0) {
    const start = at + line.length;
    if (body.toString("latin1", start, start + 2) === "--") return parts;
    // White space may stand behind a boundary.
    const begins = body.indexOf("\r\n", start);
    const next = body.indexOf(line, begins < 0 ? start : begins);
    if (begins < 0 || next < 0) return undefined;
    parts.push(partValue(body.subarray(begins + 2, next)));
    at = next;
  }
  return undefined;
}
