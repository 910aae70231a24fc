/** What one connection carries, directly and through a front door: a few ordinary exchanges, and one of any kind behind them. */
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
} from "../differential/answers.ts";
import type { Random } from "../differential/random.ts";
import {
  chunkedRequest,
  hostileRequest,
  oddRequest,
  plainRequest,
  type Sent,
  sizedRequest,
} from "../differential/requests.ts";
import type { Exchange } from "../differential/streams.ts";

export type CaseKind =
  | "corner"
  | "kept"
  | "fields"
  | "odd"
  | "hostile"
  | "limits"
  | "upgrade"
  | "old"
  | "early"
  | "broken"
  | "malformed"
  | "hung"
  | "partial"
  | "half-close"
  | "reset";

export interface Case {
  readonly kind: CaseKind;
  readonly exchanges: readonly Exchange[];
  readonly cuts: readonly number[];
  /** Of the client, behind the last request: a probe and then the end, or its FIN, or a reset while it waits. */
  readonly finish: "probe" | "half-close" | "reset";
}

export function textOf({ exchanges }: Case): string {
  return exchanges.map(({ sent }) => sent.text).join("");
}

const GOOD_REQUESTS = [plainRequest, plainRequest, sizedRequest, chunkedRequest];
const GOOD_ANSWERS = [
  ...[sizedAnswer, sizedAnswer, chunkedAnswer, chunkedAnswer],
  ...[bodilessAnswer, untilCloseAnswer, informedAnswer, oddAnswer],
];

/** Fields that proxies, balancers and frameworks give a meaning to, in all their spellings. */
const FIELDS = [
  "X-Forwarded-For: 10.0.0.1",
  "x-forwarded-port: 8443",
  "X-Forwarded-Prefix: /app",
  "X-Forwarded-User: root",
  "X-Forwarded-Ssl: on",
  "Forwarded: for=10.0.0.1;proto=https",
  "X-Real-IP: 10.0.0.1",
  "X-Original-URL: /admin",
  "X-Rewrite-URL: /admin",
  "X_Forwarded_For: 10.0.0.1",
  "X_Real_IP: 10.0.0.1",
  "Content_Length: 5",
  "Transfer_Encoding: chunked",
  "Proxy_Authorization: Basic abc",
  "x_fig_shadow: 1",
  "X-Fig-Side: modern",
  "X-Client-IP: 10.0.0.1",
  "True-Client-IP: 10.0.0.1",
  "Front-End-Https: on",
  "Via: 1.1 other",
  "X-Request-Id: ours-1",
  "X-Request-Id: two words",
  "X_Under: 1",
  "Proxy-Connection: keep-alive",
  "Proxy-Authorization: Basic abc",
  "Proxy-Authenticate: Basic",
  "Keep-Alive: timeout=5",
  "TE: trailers, gzip;q=0.5",
  "TE: gzip",
  "Connection: X-Hop",
  "Connection: keep-alive, x-hop, cookie",
  "X-Hop: 1",
  "Cookie: a=1; b=2",
  "Upgrade: TLS/1.2",
  "Upgrade: h2c",
  "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
  "Max-Forwards: 7",
  "Expect: 100-continue",
  "X-Pad:   spaced\t ",
  "X-Tight:1",
  "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "Content-Length: 0",
];
const TARGETS = [
  "/",
  "/a//b/../c",
  "/a%2Fb%5cc",
  "/%zz?",
  "/caf\xc3\xa9".replace(/[^ -~]/g, "%C3"),
  "/x\\y|z",
];

function request(line: string, fields: readonly string[], body = ""): Sent {
  const text = `${line}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n${body}`;
  return { kind: "odd", method: line.slice(0, line.indexOf(" ")), text };
}

function fieldsRequest(random: Random): Sent {
  const method = random.pick(["GET", "GET", "POST", "OPTIONS", "TRACE", "HEAD", "PURGE"]);
  const fields = random.some(FIELDS, 6);
  fields.splice(random.below(fields.length + 1), 0, "Host: shop.test");
  return request(`${method} ${random.pick(TARGETS)} HTTP/1.1`, fields);
}

function limitsRequest(random: Random): Sent {
  const host = "Host: shop.test";
  switch (random.below(7)) {
    case 0:
      return request(`GET /${"u".repeat(8190 + random.below(4))} HTTP/1.1`, [host]);
    case 1:
      return request("GET /big HTTP/1.1", [
        host,
        `X-Big: ${"b".repeat(random.pick([15_000, 16_400, 40_000]))}`,
      ]);
    case 2:
      return request("OPTIONS /hops HTTP/1.1", [host, `Max-Forwards: ${random.below(3)}`]);
    case 3:
      return request("CONNECT shop.test:443 HTTP/1.1", [host]);
    case 4:
      return request("GET /expect HTTP/1.1", [
        host,
        `Expect: ${random.pick(["the-moon", "100-continue", ""])}`,
      ]);
    case 5:
      return request(
        `GET ${random.pick(["http://a.test/x?y", "http://a.test", "HTTP://A.test:80/"])} HTTP/1.1`,
        [host],
      );
    default:
      return request("POST /gzip HTTP/1.1", [host, "Transfer-Encoding: gzip, chunked"], "0\r\n\r\n");
  }
}

function oldRequest(random: Random): Sent {
  const fields = random.some(
    ["Host: shop.test", "Connection: keep-alive", "X-A: 1", "Upgrade: websocket", "TE: trailers"],
    3,
  );
  return request(`${random.pick(["GET", "GET", "HEAD", "OPTIONS"])} /old HTTP/1.0`, fields);
}

function upgrade(random: Random): Exchange {
  const protocol = random.pick(["websocket", "websocket", "tcp", "h2c", "TLS/1.2"]);
  const body = random.chance(0.3) ? "hello" : "";
  const fields = ["Host: shop.test", `Upgrade: ${protocol}`, "Connection: Upgrade"];
  if (body !== "") fields.push("Content-Length: 5");
  const method = body === "" ? "GET" : "POST";
  const sent = request(`${method} /up HTTP/1.1`, fields, body);
  const accepted: Answer = {
    ...{ kind: "odd", cuts: [], when: "whole", after: "end" },
    text: `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n\r\n${random.bytes(20)}`,
  };
  return { sent, answer: random.chance(0.6) && protocol !== "h2c" ? accepted : sizedAnswer(random, method) };
}

function good(random: Random): Exchange {
  const sent = random.pick(GOOD_REQUESTS)(random, "/t/");
  return { sent, answer: mixed(random, random.pick(GOOD_ANSWERS)(random, sent.method)) };
}

/** With the field that frames it at any place among the others. */
function mixed(random: Random, answer: Answer): Answer {
  const end = answer.text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = answer.text.slice(0, end).split("\r\n");
  if (lines.length < 2 || !start.startsWith("HTTP/1.1 ") || / 1\d\d /.test(start) || random.chance(0.6))
    return answer;
  lines.splice(random.below(lines.length), 0, lines.pop() as string);
  return { ...answer, text: [start, ...lines].join("\r\n") + answer.text.slice(end) };
}

function answered(random: Random, sent: Sent): Exchange {
  return { sent, answer: mixed(random, random.pick(GOOD_ANSWERS)(random, sent.method)) };
}

const SILENT: Answer = { kind: "hung", text: "", cuts: [], when: "whole", after: "keep" };

function last(random: Random, kind: CaseKind): Exchange {
  switch (kind) {
    case "fields":
      return answered(random, fieldsRequest(random));
    case "odd":
      return answered(random, oddRequest(random, "/t/"));
    case "hostile":
      return answered(random, hostileRequest(random, "/t/"));
    case "limits":
      return answered(random, limitsRequest(random));
    case "old":
      return answered(random, oldRequest(random));
    case "upgrade":
      return upgrade(random);
    case "early": {
      const sent = random.pick([sizedRequest, chunkedRequest])(random, "/t/");
      return { sent, answer: earlyAnswer(random, sent.method) };
    }
    case "reset": {
      const { sent } = good(random);
      return { sent, answer: SILENT };
    }
    case "partial": {
      const { sent } = good(random);
      const cut = 1 + random.below(Math.min(sent.text.length - 1, 2000));
      return { sent: { ...sent, text: sent.text.slice(0, cut) }, answer: sizedAnswer(random, sent.method) };
    }
    case "broken":
    case "malformed":
    case "hung": {
      const { sent } = good(random);
      const { method } = sent;
      if (kind === "broken") return { sent, answer: brokenAnswer(random, method) };
      if (kind === "hung") return { sent, answer: hungAnswer(random, method) };
      return { sent, answer: random.chance(0.7) ? malformedAnswer(random) : damagedAnswer(random, method) };
    }
    default:
      return good(random);
  }
}

const KINDS: readonly CaseKind[] = [
  ...Array<CaseKind>(6).fill("kept"),
  ...Array<CaseKind>(8).fill("fields"),
  ...Array<CaseKind>(5).fill("odd"),
  ...Array<CaseKind>(5).fill("hostile"),
  ...Array<CaseKind>(4).fill("malformed"),
  ...Array<CaseKind>(3).fill("limits"),
  ...["upgrade", "old", "early", "broken", "half-close"].flatMap((kind) => [kind, kind] as CaseKind[]),
  ...(["hung", "partial", "reset"] as const),
];

export function randomCase(random: Random): Case {
  const kind = random.pick(KINDS);
  const before = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => good(random));
  const exchanges = [...before, last(random, kind)];
  const length = exchanges.reduce((sum, { sent }) => sum + sent.text.length, 0);
  const cuts = random.chance(0.3) ? [random.below(length), random.below(length)].sort((a, b) => a - b) : [];
  const finish = kind === "half-close" || kind === "reset" ? kind : "probe";
  return { kind, exchanges, cuts, finish };
}
