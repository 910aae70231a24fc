import { once } from "node:events";
import { connect } from "node:net";
import type { Message } from "./http/parse.ts";
import type { Upstream } from "./http/upstream.ts";
import { Wire } from "./http/wire.ts";
import type { TransparencyRow } from "./transparency-rows.ts";

/** The fields a front door adds (docs/contract.md, Headers). */
const ADDED = ["x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"];
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

const nameOf = (line: string) => line.slice(0, line.indexOf(":")).toLowerCase();

/** A head's bytes without the lines of these names and those its own Connection names. */
function without(head: string, names: readonly string[]): string {
  const lines = head.slice(0, -4).split("\r\n");
  const nominated = lines
    .filter((line) => nameOf(line) === "connection")
    .flatMap((line) => line.slice(11).toLowerCase().split(","))
    .map((name) => name.trim());
  return lines.filter((line, i) => i === 0 || ![...names, ...nominated].includes(nameOf(line))).join("\r\n");
}

/** What one side sent and the other received, as far as it must be the same. */
export interface Seen {
  readonly heads: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

export interface Observation {
  readonly request: { readonly sent: Seen; readonly received: Seen };
  readonly answer: { readonly sent: Seen; readonly received: Seen };
  /** Fields of docs/contract.md, Headers, that the upstream did not get exactly once. */
  readonly notAddedOnce: readonly string[];
}

function trailersIn(bytes: string): string[] {
  const end = bytes.lastIndexOf("\r\n0\r\n");
  return bytes.slice(end + 5, -4).split("\r\n");
}

function sentBy(bytes: string, body: string | undefined, names: readonly string[]): Seen {
  const heads: string[] = [];
  let rest = bytes;
  do {
    const end = rest.indexOf("\r\n\r\n") + 4;
    heads.push(without(rest.slice(0, end), names));
    rest = rest.slice(end);
  } while (/^HTTP\/1\.1 1\d\d /.test(heads.at(-1) as string));
  const trailers = /^Trailer:/im.test(bytes) ? trailersIn(bytes) : [];
  return { heads, body: body ?? rest, trailers };
}

function receivedAs(message: Message, names: readonly string[], interim: readonly Message[] = []): Seen {
  return {
    heads: [...interim, message].map((one) => without(one.rawHead, names)),
    body: message.body.toString("latin1"),
    trailers: message.trailers.map(([name, value]) => `${name}: ${value}`),
  };
}

/** Sends one row through the front door at `port`. */
export async function observe(row: TransparencyRow, port: number, upstream: Upstream): Promise<Observation> {
  upstream.reply((_request, wire) => {
    if (row.closes) setTimeout(() => wire.end(), 5);
    return row.answer;
  });
  const before = upstream.requests.length;
  const client = new Wire(connect(port, "127.0.0.1"));
  await once(client.socket, "connect");
  client.write(row.request);
  const response = await client.final(row.request.slice(0, row.request.indexOf(" ")));
  client.destroy();
  const request = upstream.requests[before];
  if (upstream.fault) throw upstream.fault;
  if (!request) throw new Error("the upstream was not asked");
  const added = request.fields.map(([name]) => name.toLowerCase());
  return {
    request: {
      sent: sentBy(row.request, row.requestBody, [...HOP_BY_HOP, ...ADDED]),
      received: receivedAs(request, [...HOP_BY_HOP, ...ADDED]),
    },
    answer: {
      // The version is each hop's own (RFC 9110 §2.5).
      sent: sentBy(row.answer.replace("HTTP/1.0", "HTTP/1.1"), row.answerBody, HOP_BY_HOP),
      received: receivedAs(response, HOP_BY_HOP, response.interim),
    },
    notAddedOnce: ADDED.filter((name) => added.filter((other) => other === name).length !== 1),
  };
}
