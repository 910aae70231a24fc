/** The same requests by every way in: each lane, with TLS or without, over HTTP/1.1 and HTTP/2. All must be forwarded and answered alike. */
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createFrontDoor, type FrontDoor } from "../../../src/index.ts";
import { certificate } from "../../support/certificates.ts";
import { bodilessAnswer, chunkedAnswer, informedAnswer, sizedAnswer, untilCloseAnswer } from "./answers.ts";
import { type Answered, askHttp2, type Fields, headOf, linesOf } from "./http2-client.ts";
import { Random } from "./random.ts";
import { type Recorded, readRecorded } from "./reader.ts";
import { chunkedRequest, plainRequest, sizedRequest } from "./requests.ts";
import type { Exchange } from "./streams.ts";
import { RecordingUpstream, type Script } from "./upstream.ts";

/** What the protocols force; made alike before ways are compared. Everything else has to be the same, in its bytes and its order. */
export const WAY_NORMALISATIONS = {
  "random-ids": "x-request-id is random where the client sent none that is kept",
  "client-address": "each way has a client of its own address, which X-Forwarded-For shows",
  scheme: "X-Forwarded-Proto says https of a client that speaks TLS",
  version: "Via says 2.0 of a client that speaks HTTP/2",
  case: "names of fields are lower case in HTTP/2 (RFC 9113 §8.2)",
  "host-first": "Host comes from :authority, which stands before all fields, and is written first",
  "transfer-coding":
    "Transfer-Encoding is of one connection; what of a length unknown came over HTTP/2 has it behind the client's other fields. Bodies are compared decoded",
  reason: "HTTP/2 has no reason phrase (RFC 9113 §8.3.2)",
  "connection-fields":
    "Connection, Keep-Alive and Upgrade are of a connection of HTTP/1.1; an answer of HTTP/2 has none of them (RFC 9113 §8.2.2)",
} as const;

export type WayNormalisation = keyof typeof WAY_NORMALISATIONS;

interface Way {
  readonly name: string;
  readonly lane: "node" | "auto";
  readonly tls: boolean;
  readonly http2: boolean;
}

/** The first is what the others are held against. */
export const WAYS: readonly Way[] = [false, true].flatMap((http2) =>
  [false, true].flatMap((tls) =>
    (["node", "auto"] as const).map((lane) => ({
      name: `${lane}, ${http2 ? (tls ? "h2" : "h2c") : tls ? "TLS" : "plain"}`,
      ...{ lane, tls, http2 },
    })),
  ),
);

export interface WaysResult {
  readonly exchanges: number;
  readonly forwarded: number;
  /** By way, exchanges whose comparison needed it. */
  readonly normalisations: Readonly<Record<WayNormalisation, number>>;
  readonly differences: readonly string[];
}

interface Seen {
  readonly request: Recorded;
  readonly answer: Answered;
}

const ANSWERS = [sizedAnswer, chunkedAnswer, bodilessAnswer, untilCloseAnswer, informedAnswer];

function exchangesOf(seed: number, count: number): Exchange[] {
  return Array.from({ length: count }, (_, i) => {
    const random = new Random(seed * 9_176_263 + i);
    const sent = random.pick([plainRequest, sizedRequest, chunkedRequest])(random, "/w/");
    return { sent, answer: random.pick(ANSWERS)(random, sent.method) };
  });
}

export async function runWays({
  seed,
  exchanges: count,
}: {
  readonly seed: number;
  readonly exchanges: number;
}): Promise<WaysResult> {
  const exchanges = exchangesOf(seed, count);
  const scripts = new Map<string, Script | "over">();
  const upstream = new RecordingUpstream(scripts, true);
  const port = await upstream.listen();
  const doors = new Map<string, { readonly door: FrontDoor; readonly urls: readonly string[] }>();
  for (const lane of ["node", "auto"] as const) {
    const tls = { ...certificate() };
    const door = createFrontDoor(
      {
        listen: ["127.0.0.1:0", { address: "127.0.0.1:0", tls }],
        ...{ admin: "127.0.0.1:0", state: "memory:", lane, default: "w" },
        upstreams: { w: `http://127.0.0.1:${port}` },
      },
      { quiet: true },
    );
    doors.set(lane, { door, urls: (await door.listen()).urls });
  }
  try {
    const all = await Promise.all(
      WAYS.map(async (way, at) => {
        const address = `127.77.0.${at + 1}`;
        const script: Script = {
          answers: exchanges.map(({ answer }) => answer),
          ...{ seen: [], ids: [], retried: 0, onActivity: () => undefined },
        };
        scripts.set(address, script);
        const url = new URL(doors.get(way.lane)?.urls[way.tls ? 1 : 0] as string);
        const answers = await answersBy(way, Number(url.port), address, exchanges);
        return answers.map((answer, i): Seen => ({ answer, request: script.seen[i] as Recorded }));
      }),
    );
    return compared(all, exchanges);
  } finally {
    for (const { door } of doors.values()) await door.close();
    upstream.close();
  }
}

/** One request after the other. */
async function answersBy(
  way: Way,
  port: number,
  localAddress: string,
  exchanges: readonly Exchange[],
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  let socket: Socket | undefined;
  let session: ClientHttp2Session | undefined;
  for (const { sent, answer } of exchanges) {
    if (socket === undefined || socket.destroyed) {
      socket = await opened(way, port, localAddress);
      const own = socket;
      if (way.http2) {
        session = connectHttp2("http://w.test", { createConnection: () => own });
        session.on("error", () => {});
      }
    }
    try {
      if (session === undefined) answers.push(await askHttp1(socket, sent.text, sent.method));
      else answers.push(await askHttp2(session, sent.text));
    } catch (error) {
      throw new Error(`${way.name}: ${JSON.stringify(answer.text.slice(0, 300))}`, { cause: error });
    }
  }
  session?.destroy();
  socket?.destroy();
  return answers;
}

async function opened({ tls, http2 }: Way, port: number, localAddress: string): Promise<Socket> {
  const to = { port, host: "127.0.0.1", localAddress };
  const ALPNProtocols = [http2 ? "h2" : "http/1.1"];
  const socket = tls ? connectTls({ ...to, ALPNProtocols, rejectUnauthorized: false }) : connect(to);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  await once(socket, tls ? "secureConnect" : "connect");
  return socket;
}

function askHttp1(socket: Socket, request: string, method: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let text = "";
    const done = () => {
      socket.off("data", onData);
      socket.off("close", onClose);
    };
    const look = (ended: boolean) => {
      const answer = answerOf(text, method, ended);
      if (answer === undefined) return;
      done();
      resolve(answer);
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      look(false);
    };
    const onClose = () => {
      look(true);
      reject(
        new Error(`closed before the answer to ${request.slice(0, 60)} was whole: ${text.slice(0, 200)}`),
      );
    };
    socket.on("data", onData);
    socket.on("close", onClose);
    socket.write(request, "latin1");
  });
}

function answerOf(text: string, method: string, ended: boolean): Answered | undefined {
  const interim = [];
  for (let at = 0; ; ) {
    const read = readRecorded(text, at, method, ended);
    if (read === undefined || !read.message.whole) return undefined;
    const { start, fields } = headOf(read.message);
    const heard = { status: start.slice(start.indexOf(" ") + 1), fields };
    if (/^1\d\d/.test(heard.status)) interim.push(heard);
    else return { interim, final: heard, body: read.message.body, trailers: linesOf(read.message.trailers) };
    at = read.next;
  }
}

function compared(all: readonly (readonly Seen[])[], exchanges: readonly Exchange[]): WaysResult {
  const used = Object.fromEntries(Object.keys(WAY_NORMALISATIONS).map((name) => [name, 0])) as Record<
    WayNormalisation,
    number
  >;
  const differences: string[] = [];
  const [reference = [], ...others] = all;
  let forwarded = reference.length;
  for (const [at, seen] of others.entries()) {
    const way = WAYS[at + 1] as Way;
    for (const [i, one] of seen.entries()) {
      forwarded++;
      const needed = new Set<WayNormalisation>();
      const [is, was] = [one, reference[i] as Seen].map((side) => plainly(side, way, needed)) as [
        string,
        string,
      ];
      for (const name of needed) used[name]++;
      if (is === was) continue;
      const parted = [...is].findIndex((char, place) => char !== was[place]);
      const from = parted < 0 ? is.length : parted;
      differences.push(
        `${way.name}: ${JSON.stringify(exchanges[i]?.sent.text.slice(0, 200))}: ${JSON.stringify(was.slice(Math.max(0, from - 80), from + 80))} became ${JSON.stringify(is.slice(Math.max(0, from - 80), from + 80))}`,
      );
    }
  }
  return {
    exchanges: exchanges.length,
    forwarded,
    normalisations: used,
    differences: differences.slice(0, 25),
  };
}

/** What was forwarded and answered, as text, without what the way's protocol forces to differ. */
function plainly({ request, answer }: Seen, way: Way, needed: Set<WayNormalisation>): string {
  const rule = (name: WayNormalisation, before: string, after: string) => {
    if (before !== after) needed.add(name);
    return after;
  };
  const named = (name: string) => (way.http2 ? rule("case", name, name.toLowerCase()) : name);
  const value = (name: string, text: string): string => {
    switch (name.toLowerCase()) {
      case "x-request-id":
        return rule("random-ids", text, text.replace(/^[0-9a-f]{32}$/, "(random)"));
      case "x-forwarded-for":
        return rule("client-address", text, text.replace(/127\.77\.0\.\d+$/, "(client)"));
      case "x-forwarded-proto":
        return way.tls ? rule("scheme", text, text.replace(/https$/, "http")) : text;
      case "via":
        return way.http2 ? rule("version", text, text.replace(/^2\.0 fig$/, "1.1 fig")) : text;
      default:
        return text;
    }
  };
  const { start, fields } = headOf(request);
  let asked: Fields = fields;
  if (way.http2) {
    const without = fields.filter(([name]) => !/^(?:host|transfer-encoding)$/i.test(name));
    const host = fields.filter(([name]) => /^host$/i.test(name));
    if (host[0] !== fields[0]) needed.add("host-first");
    if (without.length + host.length < fields.length) needed.add("transfer-coding");
    asked = [...host, ...without];
  }
  const heard = (status: string, list: Fields): string => {
    if (!way.http2) return `${status}\n${written(list, named, value)}`;
    const kept = list.filter(
      ([name]) => !/^(?:connection|keep-alive|upgrade|transfer-encoding)$/i.test(name),
    );
    if (kept.length < list.length) needed.add("connection-fields");
    return `${rule("reason", status, status.slice(0, 3))}\n${written(kept, named, value)}`;
  };
  return [
    `${start}\n${written(asked, named, value)}`,
    request.framing,
    request.body,
    written(linesOf(request.trailers), named, value),
    request.fault ?? "",
    ...answer.interim.map(({ status, fields: list }) => heard(status, list)),
    heard(answer.final.status, answer.final.fields),
    answer.body,
    written(answer.trailers, named, value),
  ].join("\n\n");
}

function written(
  fields: Fields,
  named: (name: string) => string,
  value: (name: string, text: string) => string,
): string {
  return fields.map(([name, text]) => `${named(name)}: ${value(name, text)}\n`).join("");
}
