/** What one client connection carries: requests one behind the other, where they are cut, how it ends, and the answers. */
import {
  type Answer,
  bodilessAnswer,
  brokenAnswer,
  chunkedAnswer,
  damagedAnswer,
  earlyAnswer,
  hungAnswer,
  informedAnswer,
  malformedAnswer,
  oddAnswer,
  sizedAnswer,
  untilCloseAnswer,
} from "./answers.ts";
import type { Random } from "./random.ts";
import {
  chunkedRequest,
  hostileRequest,
  oddRequest,
  plainRequest,
  type Sent,
  sizedRequest,
} from "./requests.ts";

export interface Exchange {
  readonly sent: Sent;
  readonly answer: Answer;
}

export type StreamClass =
  | "kept"
  | "odd"
  | "hostile"
  | "upgrade"
  | "early"
  | "broken-answer"
  | "abandoned"
  | "boundary";

export interface Stream {
  readonly kind: StreamClass;
  readonly exchanges: readonly Exchange[];
  /** Offsets into the requests' text at which the client waits a moment. */
  readonly cuts: readonly number[];
  /** Once all answers are in, or nothing moves any more. */
  readonly finish: "close" | "half-close" | "reset";
}

export function textOf(stream: Stream): string {
  return stream.exchanges.map(({ sent }) => sent.text).join("");
}

const GOOD_REQUESTS = [plainRequest, plainRequest, sizedRequest, chunkedRequest];
const GOOD_ANSWERS = [
  sizedAnswer,
  sizedAnswer,
  chunkedAnswer,
  chunkedAnswer,
  bodilessAnswer,
  untilCloseAnswer,
  informedAnswer,
  oddAnswer,
];

function good(random: Random, base: string): Exchange {
  const sent = random.pick(GOOD_REQUESTS)(random, base);
  return { sent, answer: random.pick(GOOD_ANSWERS)(random, sent.method) };
}

function several(random: Random, base: string, most: number): Exchange[] {
  return Array.from({ length: random.below(most + 1) }, () => good(random, base));
}

function closing(exchange: Exchange): Exchange {
  const { sent } = exchange;
  return { ...exchange, sent: { ...sent, text: sent.text.replace("\r\n", "\r\nConnection: close\r\n") } };
}

function exchangesOf(random: Random, kind: StreamClass, base: string): Exchange[] {
  const keptOnes = several(random, base, 2);
  const behind = several(random, base, 1);
  switch (kind) {
    case "odd": {
      const sent = oddRequest(random, base);
      return [...keptOnes, { sent, answer: random.pick(GOOD_ANSWERS)(random, sent.method) }, ...behind];
    }
    case "hostile": {
      const sent = hostileRequest(random, base);
      return [...keptOnes, { sent, answer: random.pick(GOOD_ANSWERS)(random, sent.method) }, ...behind];
    }
    case "upgrade": {
      const text = `GET ${base}up HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`;
      const sent: Sent = { kind: "odd", method: "GET", text: text + random.pick(["", "early bytes"]) };
      const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
      const accepted: Answer = {
        kind: "odd",
        text: `${head}${random.bytes(20)}`,
        cuts: random.chance(0.5) ? [head.length] : [],
        when: "head",
        after: "end",
      };
      return [...keptOnes, { sent, answer: random.chance(0.7) ? accepted : sizedAnswer(random, "GET") }];
    }
    case "early": {
      const sent = random.pick([sizedRequest, chunkedRequest])(random, base);
      return [...keptOnes, { sent, answer: earlyAnswer(random, sent.method) }, ...behind];
    }
    case "broken-answer": {
      const first = good(random, base);
      const { method } = first.sent;
      if (random.chance(0.4)) return [...keptOnes, { ...first, answer: damagedAnswer(random, method) }];
      const answer = random.chance(0.5) ? brokenAnswer(random, method) : malformedAnswer(random);
      return [...keptOnes, { ...first, answer }, ...behind];
    }
    case "abandoned": {
      const { sent } = good(random, base);
      const cut = random.chance(0.5) ? random.below(Math.min(sent.text.length, 4000)) : sent.text.length;
      const whole = cut === sent.text.length;
      const answer = whole ? hungAnswer(random, sent.method) : sizedAnswer(random, sent.method);
      return [...keptOnes, { sent: { ...sent, text: sent.text.slice(0, cut) }, answer }];
    }
    default:
      return [good(random, base), ...keptOnes, ...several(random, base, 5)];
  }
}

const KINDS: readonly StreamClass[] = [
  ...Array<StreamClass>(9).fill("kept"),
  ...Array<StreamClass>(4).fill("odd"),
  ...Array<StreamClass>(5).fill("hostile"),
  ...Array<StreamClass>(3).fill("broken-answer"),
  "upgrade",
  "early",
  "abandoned",
];

/** A stream whose targets begin with `base`, like `/s3/`. */
export function randomStream(random: Random, base: string): Stream {
  const kind = random.pick(KINDS);
  let exchanges = exchangesOf(random, kind, base);
  const last = exchanges.at(-1);
  if (last !== undefined && kind === "kept" && random.chance(0.4))
    exchanges = [...exchanges.slice(0, -1), closing(last)];
  const length = exchanges.reduce((sum, { sent }) => sum + sent.text.length, 0);
  const cuts = random.chance(0.4)
    ? Array.from({ length: 1 + random.below(4) }, () => random.below(length))
    : [];
  const finish = kind === "abandoned" ? random.pick(["close", "half-close", "reset"] as const) : "close";
  return { kind, exchanges, cuts: cuts.sort((a, b) => a - b), finish };
}

/**
 * For each message, streams in which it is cut at every byte: a keepable one comes many times on a connection, cut at
 * another place each time; of others each cut has its own connection.
 */
export function boundaryStreams(random: Random, base: string, requests: number, answers: number): Stream[] {
  const streams: Stream[] = [];
  const plain = {
    ...sizedAnswer(random, "GET"),
    text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    cuts: [],
  };
  const short = (make: () => string): string => {
    let text = make();
    while (text.length > 420) text = make();
    return text;
  };
  for (let i = 0; i < requests; i++) {
    const make = random.pick([plainRequest, sizedRequest, chunkedRequest]);
    const whole = make(random, base);
    // Twice the same x-request-id would look like a retry.
    const text = short(() => make(random, base).text.replace(/X-Request-Id: [^\r]*\r\n/, ""));
    const method = text.slice(0, text.indexOf(" "));
    const answer = method === "HEAD" ? { ...plain, text: plain.text.slice(0, -2) } : plain;
    const sent: Sent = { ...whole, method, text };
    for (let from = 1; from < text.length; from += 40) {
      const places = Array.from({ length: Math.min(40, text.length - from) }, (_, k) => from + k);
      streams.push({
        kind: "boundary",
        exchanges: places.map(() => ({ sent, answer })),
        cuts: places.map((place, k) => k * text.length + place),
        finish: "close",
      });
    }
  }
  const asking: Sent = { kind: "plain", method: "GET", text: `GET ${base} HTTP/1.1\r\nHost: a.test\r\n\r\n` };
  for (let i = 0; i < answers; i++) {
    const make = random.pick([sizedAnswer, chunkedAnswer, informedAnswer, bodilessAnswer, untilCloseAnswer]);
    let answer = make(random, "GET");
    while (answer.text.length > 420) answer = make(random, "GET");
    for (let from = 1; from < answer.text.length; from += 40) {
      const places = Array.from({ length: Math.min(40, answer.text.length - from) }, (_, k) => from + k);
      streams.push({
        kind: "boundary",
        exchanges: places.map((place) => ({ sent: asking, answer: { ...answer, cuts: [place] } })),
        cuts: [],
        finish: "close",
      });
    }
  }
  for (let i = 0; i < 6; i++) {
    let hostile = hostileRequest(random, base);
    while (hostile.text.length > 250) hostile = hostileRequest(random, base);
    for (let place = 1; place < hostile.text.length; place++) {
      streams.push({
        kind: "boundary",
        exchanges: [{ sent: hostile, answer: plain }],
        cuts: [place],
        finish: "close",
      });
    }
  }
  return streams;
}
