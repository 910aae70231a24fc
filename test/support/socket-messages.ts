import type { RawHeaders } from "../../src/domain/message.ts";
import type { Got, GotAnswer, GotRequest } from "./layer-world.ts";

const NOTHING: Got = { fields: [], body: "", trailers: [], whole: false };

interface Head {
  readonly start: string;
  readonly fields: RawHeaders;
  /** Where what follows begins. */
  readonly next: number;
}

function readHead(text: string, at: number): Head | undefined {
  const end = text.indexOf("\r\n\r\n", at);
  if (end < 0) return undefined;
  const [start = "", ...lines] = text.slice(at, end).split("\r\n");
  return { start, fields: readFields(lines), next: end + 4 };
}

function readFields(lines: readonly string[]): RawHeaders {
  return lines.flatMap((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}

/** The value of a field; undefined: there is none. */
export function fieldOf(fields: RawHeaders, name: string): string | undefined {
  const at = fields.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? undefined : fields[at + 1];
}

/** A body, as far as it came. Without framing it is `unframed`, or (undefined) none. */
function readBody({ fields, next }: Head, text: string, unframed: string | undefined): Got {
  const length = fieldOf(fields, "content-length");
  if (length !== undefined) {
    const body = text.slice(next, next + Number(length));
    return { fields, body, trailers: [], whole: body.length === Number(length) };
  }
  if (fieldOf(fields, "transfer-encoding") === undefined)
    return { fields, body: unframed ?? "", trailers: [], whole: unframed === undefined };
  const parts: string[] = [];
  for (let at = next; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size > 0) {
      parts.push(text.slice(lineEnd + 2, lineEnd + 2 + size));
      at = lineEnd + 2 + size + 2;
      continue;
    }
    const end = text.indexOf("\r\n\r\n", lineEnd);
    if (end < 0) break;
    const lines = text.slice(lineEnd + 2, end + 2).split("\r\n");
    return { fields, body: parts.join(""), trailers: readFields(lines.slice(0, -1)), whole: true };
  }
  return { fields, body: parts.join(""), trailers: [], whole: false };
}

/** The answer in what a client got, so far. */
export function readAnswer(text: string, method: string): GotAnswer {
  const informs: number[] = [];
  for (let head = readHead(text, 0); head !== undefined; head = readHead(text, head.next)) {
    const status = Number(head.start.slice(9, 12));
    if (status < 200 && status !== 101) {
      informs.push(status);
      continue;
    }
    const reason = head.start.slice(13);
    const rest = text.slice(head.next);
    if (status === 101) return { ...readBody(head, text, rest), informs, status, reason };
    const { fields } = head;
    if (method === "HEAD" || status === 204 || status === 304)
      return { fields, body: rest, trailers: [], whole: true, informs, status, reason };
    return { ...readBody(head, text, rest), informs, status, reason };
  }
  return { ...NOTHING, informs, status: 0, reason: "" };
}

/** The request in what a side got, so far. */
export function readRequest(text: string): GotRequest {
  const head = readHead(text, 0);
  if (head === undefined) return { ...NOTHING, method: "", target: "" };
  const [method = "", target = ""] = head.start.split(" ");
  const tunnel = fieldOf(head.fields, "upgrade") !== undefined;
  return { ...readBody(head, text, tunnel ? text.slice(head.next) : undefined), method, target };
}

/** A head, as it is written. */
export function headText(start: string, ...lists: readonly RawHeaders[]): string {
  const lines = lists.flatMap((list) =>
    list.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${list[i + 1]}`] : [])),
  );
  return `${[start, ...lines].join("\r\n")}\r\n\r\n`;
}

/** A piece of a body, as it is written. */
export function chunkText(text: string, chunked: boolean): string {
  return chunked ? `${text.length.toString(16)}\r\n${text}\r\n` : text;
}

/** The end of a chunked body. */
export function lastChunkText(trailers: RawHeaders): string {
  return headText("0", trailers);
}
