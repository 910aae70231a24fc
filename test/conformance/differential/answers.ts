/** Answers as upstreams write them: plain, odd, early, broken off and malformed. */
import { ANSWER_TEXTS } from "../http/fuzz.ts";
import { bodyText, chunkedText, TRAILERS, WRONG_TRAILERS } from "./bodies.ts";
import type { Random } from "./random.ts";
import { damagedText } from "./requests.ts";

export interface Answer {
  readonly kind:
    | "sized"
    | "chunked"
    | "until-close"
    | "bodiless"
    | "informed"
    | "odd"
    | "early"
    | "broken"
    | "malformed"
    | "hung";
  readonly text: string;
  /** Offsets at which the writing is interrupted. */
  readonly cuts: readonly number[];
  /** As soon as the request's head is in, or with the whole request. */
  readonly when: "head" | "whole";
  /** What becomes of the connection. */
  readonly after: "keep" | "end" | "reset";
}

const FIELDS = [
  "Content-Type: application/json",
  "content-type: text/html; charset=utf-8",
  "Set-Cookie: a=1",
  "Set-Cookie: b=2",
  "Cache-Control: no-store",
  "Date: Sun, 06 Nov 1994 08:49:37 GMT",
  "Server: x",
  'ETag: "abc"',
  "Vary: Accept",
  "X-Empty:",
  "x-fig-route: forged",
  "X-Obs: caf\xe9",
  "Keep-Alive: timeout=30",
  "Connection: keep-alive",
  "Connection: x-hop",
  "X-Hop: 1",
  "Proxy-Authenticate: Basic",
  "Trailer: X-Checksum",
  "Upgrade: h2c",
  "Via: 1.1 other",
  "Location: /elsewhere",
  "__proto__: x",
  "X-Pad:   padded  ",
  "Content-Type: text/event-stream",
];
const STATUSES = [
  "200 OK",
  "200 OK",
  "200 OK",
  "201 Created",
  "302 Found",
  "404 Not Found",
  "500 Oops",
  "503 ",
  "299 Odd Reason \xe9",
  "418 I'm a teapot",
  "426 Upgrade Required",
  "401 Unauthorized",
  "599 Last",
];
const INFORMS = [
  "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
  "HTTP/1.1 102 Processing\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 199 Odd\r\nX-A: b\r\nConnection: x-a\r\n\r\n",
];

function answerOf(
  random: Random,
  kind: Answer["kind"],
  text: string,
  after: Answer["after"] = "keep",
): Answer {
  const cuts: number[] = [];
  if (random.chance(0.3)) {
    for (let count = 1 + random.below(3); count > 0; count--) cuts.push(random.below(text.length + 1));
  }
  return { kind, text, cuts: cuts.sort((a, b) => a - b), when: "whole", after };
}

function headText(status: string, fields: readonly string[]): string {
  return `HTTP/1.1 ${status}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

function answerBody(random: Random): string {
  return bodyText(random, random.size(random.chance(0.02) ? 300_000 : 20_000));
}

export function sizedAnswer(random: Random, method: string): Answer {
  const body = answerBody(random);
  const fields = [...random.some(FIELDS, 5), `Content-Length: ${body.length}`];
  const head = headText(random.pick(STATUSES), fields);
  return answerOf(random, "sized", method === "HEAD" ? head : head + body);
}

export function chunkedAnswer(random: Random, method: string): Answer {
  const fields = [...random.some(FIELDS, 5), "Transfer-Encoding: chunked"];
  const head = headText(random.pick(STATUSES), fields);
  if (method === "HEAD") return answerOf(random, "chunked", head);
  const trailers = random.chance(0.3) ? random.some([...TRAILERS, ...WRONG_TRAILERS], 3) : [];
  return answerOf(random, "chunked", head + chunkedText(random, answerBody(random), trailers, "blanks"));
}

export function bodilessAnswer(random: Random): Answer {
  const fields = random.some(FIELDS, 4);
  const status = random.pick(["204 No Content", "304 Not Modified", "205 Reset Content", "200 OK"]);
  if (status.startsWith("20") && !status.startsWith("204")) fields.push("Content-Length: 0");
  if (status.startsWith("304") && random.chance(0.5)) fields.push("Content-Length: 5");
  return answerOf(random, "bodiless", headText(status, fields));
}

export function untilCloseAnswer(random: Random, method: string): Answer {
  const fields = random.some(FIELDS, 4);
  // An answer to HEAD has no body to end: the connection would seem free to carry more.
  if (method === "HEAD" || random.chance(0.3)) fields.push("Connection: close");
  const version = random.chance(0.3) ? "HTTP/1.0" : "HTTP/1.1";
  const text = headText(random.pick(STATUSES), fields).replace("HTTP/1.1", version);
  return answerOf(random, "until-close", method === "HEAD" ? text : text + answerBody(random), "end");
}

export function informedAnswer(random: Random, method: string): Answer {
  const informs = Array.from({ length: 1 + random.below(3) }, () => random.pick(INFORMS)).join("");
  const final = random.pick([sizedAnswer, chunkedAnswer])(random, method);
  return answerOf(random, "informed", informs + final.text);
}

/** Legal or nearly, and rare. */
export function oddAnswer(random: Random, method: string): Answer {
  const body = method === "HEAD" ? "" : "hello";
  const of = (status: string, ...fields: string[]) =>
    answerOf(random, "odd", headText(status, fields) + body);
  const closing = (status: string, ...fields: string[]): Answer => ({
    ...of(status, "Connection: close", ...fields),
    after: "end",
  });
  switch (random.below(8)) {
    case 0:
      return { ...closing("200 OK", "Content-Length: 5"), cuts: [] };
    case 1:
      return closing("200", "Content-Length: 5");
    case 2: {
      const { text } = of("200 OK", "Content-Length: 5");
      return { ...answerOf(random, "odd", text.replace("HTTP/1.1", "HTTP/1.0")), after: "end" };
    }
    case 3:
      return of("200 OK", "Content-Length: 00005");
    case 4:
      return of("200 OK", `X-Long: ${"l".repeat(random.pick([3000, 30_000]))}`, "Content-Length: 5");
    case 5:
      return of("200 OK", ...Array.from({ length: 100 }, (_, i) => `X-Many-${i}: ${i}`), "Content-Length: 5");
    case 6:
      // More than was promised, in one piece: the connection cannot be trusted again.
      return {
        ...of("200 OK", "Content-Length: 5"),
        text: `${headText("200 OK", ["Content-Length: 5"])}${body}XX`,
        cuts: [],
      };
    default:
      return closing("200 OK", "Connection: X-Hop", "X-Hop: 1", "Content-Length: 5");
  }
}

/** Comes before the request is whole. */
export function earlyAnswer(random: Random, method: string): Answer {
  const answer = random.pick([sizedAnswer, chunkedAnswer, bodilessAnswer])(random, method);
  return { ...answer, kind: "early", when: "head" };
}

/** Ends in the middle. */
export function brokenAnswer(random: Random, method: string): Answer {
  const { text } = random.pick([sizedAnswer, chunkedAnswer])(random, method);
  const short = text.slice(0, random.below(Math.min(text.length, 4000)));
  return answerOf(random, "broken", short, random.pick(["end", "reset"] as const));
}

const MALFORMED = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
  "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
  "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
  "HTTP/1.1 99 Low\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 600 High\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 20 Short\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw",
  "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "nonsense\r\n\r\n",
  "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40),
  `HTTP/1.1 200 OK\r\nX: ${"h".repeat(70_000)}\r\n\r\n`,
];

/** What no reader should take. */
export function malformedAnswer(random: Random): Answer {
  return answerOf(random, "malformed", random.pick(MALFORMED), "end");
}

/** Malformed, or not; nobody knows. */
export function damagedAnswer(random: Random, method: string): Answer {
  const text = random.chance(0.5)
    ? random.pick(ANSWER_TEXTS)
    : random.pick([sizedAnswer, chunkedAnswer, informedAnswer])(random, method).text.slice(0, 2000);
  return answerOf(random, "malformed", damagedText(random, text), "end");
}

/** A part of an answer, or nothing, and then silence. */
export function hungAnswer(random: Random, method: string): Answer {
  const { text } = random.pick([sizedAnswer, chunkedAnswer])(random, method);
  return answerOf(
    random,
    "hung",
    random.chance(0.3) ? "" : text.slice(0, random.below(Math.min(text.length, 4000))),
  );
}
