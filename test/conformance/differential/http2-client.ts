/** Asks with HTTP/2 what a request of HTTP/1.1 asks, and takes down what comes. */
import type { ClientHttp2Session } from "node:http2";
import type { Recorded } from "./reader.ts";

/** Name and value, as they came. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface Answered {
  readonly interim: readonly Heard[];
  readonly final: Heard;
  readonly body: string;
  readonly trailers: Fields;
}

interface Heard {
  readonly status: string;
  readonly fields: Fields;
}

/** What HTTP/2 has no words for (RFC 9113 §8.2.2). */
const LEFT_OUT = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|host)$/;

export function linesOf(text: string): Fields {
  return text
    .split("\r\n")
    .filter((line) => line !== "")
    .map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, "")] as const;
    });
}

/** Start line and fields of a head. */
export function headOf({ head }: Pick<Recorded, "head">): {
  readonly start: string;
  readonly fields: Fields;
} {
  const end = head.indexOf("\r\n");
  return { start: head.slice(0, end), fields: linesOf(head.slice(end)) };
}

interface Parts {
  readonly body: string;
  readonly trailers: Fields;
}

/** Behind a head: chunks with whatever extensions, and trailers. */
function unchunked(text: string): Parts {
  let body = "";
  for (let at = 0; ; ) {
    const size = Number.parseInt(text.slice(at), 16);
    at = text.indexOf("\r\n", at) + 2;
    if (size === 0) return { body, trailers: linesOf(text.slice(at)) };
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

/** The same request as `text`, a whole one. */
export function askHttp2(session: ClientHttp2Session, text: string): Promise<Answered> {
  const stop = text.indexOf("\r\n\r\n") + 4;
  const { start, fields } = headOf({ head: text.slice(0, stop) });
  const [method = "", path = ""] = start.split(" ");
  const host = fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "";
  const raw = [":method", method, ":scheme", "http", ":authority", host, ":path", path];
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    if (LEFT_OUT.test(lower) || (lower === "te" && value !== "trailers")) continue;
    raw.push(lower, value);
  }
  const chunked = fields.some(([name]) => name.toLowerCase() === "transfer-encoding");
  const { body: asked, trailers } = chunked
    ? unchunked(text.slice(stop))
    : { body: text.slice(stop), trailers: [] };
  const bodiless = !chunked && asked === "";
  const stream = session.request(raw, { endStream: bodiless, waitForTrailers: trailers.length > 0 });
  stream.on("wantTrailers", () => {
    const joined: Record<string, string[]> = {};
    for (const [name, value] of trailers) {
      const lower = name.toLowerCase();
      // Node's client knows better than to write these.
      if (lower !== "host" && !LEFT_OUT.test(lower)) joined[lower] = [...(joined[lower] ?? []), value];
    }
    stream.sendTrailers(joined);
  });
  if (!bodiless) stream.end(Buffer.from(asked, "latin1"));
  return new Promise((resolve, reject) => {
    const interim: Heard[] = [];
    let final: Heard | undefined;
    let body = "";
    let last: Fields = [];
    stream.on("headers", (_headers, _flags, heard) => interim.push(heardOf(heard)));
    stream.on("response", (_headers, _flags, heard) => {
      final = heardOf(heard);
    });
    stream.on("data", (chunk: Buffer) => {
      body += chunk.toString("latin1");
    });
    stream.on("trailers", (_headers, _flags, heard) => {
      last = pairs(heard);
    });
    stream.on("error", (error) => reject(new Error(`${error.message}: ${text.slice(0, 300)}`)));
    stream.on("close", () => {
      if (final === undefined) reject(new Error(`no answer to ${start}: ${stream.rstCode}`));
      else resolve({ interim, final, body, trailers: last });
    });
  });
}

function pairs(raw: readonly string[]): Fields {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] as string, raw[2 * i + 1] as string]);
}

function heardOf(raw: readonly string[]): Heard {
  const all = pairs(raw);
  return {
    status: all.find(([name]) => name === ":status")?.[1] ?? "",
    fields: all.filter(([name]) => name !== ":status"),
  };
}
