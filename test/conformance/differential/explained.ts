/** Where two lanes may differ without being wrong, each with its reason; everything else is a difference. */
import { KNOWN_METHODS } from "../../../src/lanes/admission.ts";
import type { Received } from "./client.ts";
import { type Recorded, readRecorded } from "./reader.ts";
import { type Stream, textOf } from "./streams.ts";

/** What is made alike before it is compared, and why. */
export const NORMALISATIONS = {
  "random-ids":
    "x-request-id and a refusal's requestId are random where the client sent none that is kept: any 32 hexadecimal digits count as equal",
  "ephemeral-ports":
    "the doors' upstreams listen on ports of their own, which a Host that the front door writes itself shows (HTTP/1.0 without Host)",
  "chunk-boundaries":
    "a chunked body is compared decoded: a proxy may re-cut chunks (RFC 9112 §7.1), and where depends on what a read brought",
  "cut-answer":
    "an answer that its upstream breaks off, or that the client leaves, is unfinished in both lanes; how much of it was out by then is a race",
  "cut-request":
    "a request that ends before its body does (the client leaves, the body is refused, the upstream answers early or breaks off) is unfinished; how much of it was out by then is a race",
  "early-end": "a body whose answer came early may still have gone out whole: a race as well",
  "left-before-forwarded":
    "a request that ends before its body does may end before its head was forwarded: the upstream's connection was still being opened",
  "lost-to-reset": "bytes that a reset connection took with it: TCP drops what the client had not read",
  "stale-socket-retry":
    "a request sent again because its reused connection died is the same request: which connection is reused depends on the pool",
  "upstream-out-of-step":
    "an upstream that sends more than its answer (a body to HEAD), or ends a connection that it said it keeps: whether that meets the next request on the connection (502 upstream_invalid or upstream_reset), comes before that request is out (it is asked again) or while nothing is asked is a race",
  "late-refusal":
    "the fast lane reads a head, or a trailer section, once it is whole: one that is broken and never ends gets its refusal when its time is up, and node:http's at once; the test's client leaves before that",
  "upgrade-in-a-pipeline":
    "the node lane ignores Upgrade behind a request that is still being answered (RFC 9110 §7.8 lets it), since node:http would hand the socket over at once; the fast lane hands it over when its turn comes",
  "unknown-method":
    "node:http's parser takes the methods it knows; the fast lane takes any token (RFC 9110 §9.1)",
  "chunk-extensions":
    "node:http checks the grammar of chunk extensions and refuses blanks before them; the fast lane skips whatever follows `;`, as RFC 9112 §7.1.1 has unknown ones ignored, and takes the blanks of that grammar",
  "long-chunk-line":
    "the fast lane refuses chunk sizes of over 13 digits and chunk extensions of over 4 KiB, node:http takes more",
  "large-trailers":
    "a trailer section that is too large is 431 by node:http's count, and 400 in the fast lane",
  "trailer-acted-on":
    "node:http takes Connection, Keep-Alive or Upgrade in a request's trailers for fields of its head; the fast lane drops them, as RFC 9110 §6.5.1 has it",
} as const;

/** Of those, the ones told by the stream's own bytes; asked only where something differs. */
const KNOWN: readonly (readonly [
  Normalisation,
  (stream: Stream, text: string, received: readonly string[]) => boolean,
])[] = [
  [
    "upstream-out-of-step",
    ({ exchanges }, _, received) =>
      exchanges.slice(0, -1).some(({ sent, answer }) => sent.method === "HEAD" || answer.after === "end") &&
      received.some((text) => /\r\n\r\n\{"error":\{"code":"upstream_(?:invalid|reset)"/.test(text)),
  ],
  [
    "upgrade-in-a-pipeline",
    ({ exchanges }) => exchanges.slice(1).some(({ sent }) => /\r\nupgrade:/i.test(sent.text)),
  ],
  [
    "unknown-method",
    ({ exchanges }, _, received) =>
      exchanges.some(({ sent }) => !KNOWN_METHODS.has(methodOf(sent.text))) ||
      // What follows a body that nothing framed begins with that body.
      received.some((text) => text.includes('"code":"method_unknown"')),
  ],
  ["chunk-extensions", (_, text) => oddExtension(text)],
  ["long-chunk-line", (_, text) => /\r\n(?:[0-9a-f]{14,}|[0-9a-f]+;[^\r\n]{4096,})\r\n/i.test(text)],
  ["large-trailers", (_, text) => /\r\n0+\r\n[^\r\n]{16000,}\r\n/.test(text)],
  ["trailer-acted-on", (_, text) => TRAILER_ACTED_ON.test(text)],
];

function methodOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(" ")));
}

/** Told by what was sent where the answer does not tell: one to HEAD has no body, one behind an answer is none. */
function unendedHead(exchanges: Stream["exchanges"]): boolean {
  return exchanges.at(-1)?.sent.text.includes("\r\n\r\n") === false;
}
const UNENDED_TRAILERS = /\r\n0+(?:;[^\r\n]*)?\r\n(?!\r\n)(?:(?!\r\n\r\n)[\s\S])+$/;
const EXTENSION = /\r\n[0-9a-f]+[ \t]*((?:;[^\r\n]*)?)(?=\r\n)/gi;
const PLAIN_EXTENSION = /^(?:;[\w-]+(?:=(?:[\w-]+|"[\w ]*"))?)*$/;

function oddExtension(text: string): boolean {
  for (const [line, extension] of text.matchAll(EXTENSION)) {
    if (/[ \t]/.test(line.slice(0, line.length - (extension ?? "").length))) return true;
    if (!PLAIN_EXTENSION.test(extension ?? "")) return true;
  }
  return false;
}

const TRAILER_ACTED_ON = /\r\n0+(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*(?:connection|keep-alive|upgrade):/i;

export type Normalisation = keyof typeof NORMALISATIONS;

export interface Observation {
  readonly received: Received;
  readonly seen: readonly Recorded[];
  readonly retried: number;
}

export interface Verdict {
  readonly difference: string | undefined;
  readonly used: ReadonlySet<Normalisation>;
}

const UPSTREAM_HOST = /(\r\nHost: 127\.0\.0\.1:)\d+(?=\r\n)/g;
const RANDOM_IDS: readonly [RegExp, string][] = [
  [/(\r\nx-request-id: )[0-9a-f]{32}(?=\r\n)/g, "$1(random)"],
  [/("requestId":"|\(request )[0-9a-f]{32}/g, "$1(random)"],
];

/** The front door's own, for what could not be read. */
const REFUSAL = /^\{"error":\{"code":"(?:bad_request|method_unknown|headers_too_large|url_too_long)"/;

function show(text: string): string {
  return JSON.stringify(text.length > 700 ? `${text.slice(0, 500)}…(${text.length})` : text);
}

/** The first place where two texts part, with what surrounds it. */
function parting(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const from = Math.max(0, at - 60);
  return `from byte ${at}: node ${show(one.slice(from, at + 200))}, auto ${show(other.slice(from, at + 200))}`;
}

class Comparison {
  readonly used = new Set<Normalisation>();
  private readonly stream: Stream;
  private readonly node: Observation;
  private readonly auto: Observation;

  constructor(stream: Stream, node: Observation, auto: Observation) {
    this.stream = stream;
    this.node = node;
    this.auto = auto;
  }

  verdict(): string | undefined {
    if (this.node.retried + this.auto.retried > 0) this.used.add("stale-socket-retry");
    return this.answers() ?? this.requests();
  }

  private answers(): string | undefined {
    const [node, auto] = [this.node.received, this.auto.received];
    const [ofNode, ofAuto] = [this.messages(node), this.messages(auto)];
    for (let i = 0; i < Math.max(ofNode.length, ofAuto.length); i++) {
      const [one, other] = [ofNode[i], ofAuto[i]];
      if (one === undefined || other === undefined) {
        if ((one === undefined ? node : auto).reset) {
          this.used.add("lost-to-reset");
          return undefined;
        }
        const extra = one ?? other;
        if (extra !== undefined && !extra.whole && this.cutAnswer()) {
          this.used.add("cut-answer");
          return undefined;
        }
        const refused = REFUSAL.test(extra?.body ?? "") || this.refusedHead(extra);
        if (other === undefined && !auto.closed && refused) {
          this.used.add("late-refusal");
          return undefined;
        }
        return `only ${one === undefined ? "auto" : "node"} has answer ${i}: ${show(extra?.head ?? "")} ${show(extra?.body ?? "")}`;
      }
      const difference = this.answer(i, one, other);
      if (difference !== undefined) return difference;
    }
    if (node.closed && !auto.closed && UNENDED_TRAILERS.test(textOf(this.stream))) {
      this.used.add("late-refusal");
      return undefined;
    }
    if (node.closed !== auto.closed)
      return `the connection is ${node.closed ? "closed" : "open"} with node, ${auto.closed ? "closed" : "open"} with auto`;
    return undefined;
  }

  /** A 400 without a body, to HEAD, for a head that never ended. */
  private refusedHead(answer: Recorded | undefined): boolean {
    return unendedHead(this.stream.exchanges) && /^HTTP\/1\.1 400 /.test(answer?.head ?? "");
  }

  private answer(index: number, one: Recorded, other: Recorded): string | undefined {
    const fault = one.fault ?? other.fault;
    if (fault !== undefined)
      return `answer ${index} is malformed (${one.fault === undefined ? "auto" : "node"}): ${fault}`;
    if (!one.whole || !other.whole) {
      const [a, b] = [alike(one.head + one.body), alike(other.head + other.body)];
      const reset = (one.whole ? this.auto : this.node).received.reset;
      if (one.whole !== other.whole && !reset)
        return `answer ${index} is whole only with ${one.whole ? "node" : "auto"}: ${show(one.whole ? a : b)}`;
      if (a === b) return undefined;
      if (a.startsWith(b) || b.startsWith(a)) {
        this.used.add(reset ? "lost-to-reset" : "cut-answer");
        return undefined;
      }
      return `answer ${index}, cut short, ${parting(a, b)}`;
    }
    return this.message(`answer ${index}`, one, other);
  }

  private requests(): string | undefined {
    const { seen: ofNode } = this.node;
    const { seen: ofAuto } = this.auto;
    for (let i = 0; i < Math.max(ofNode.length, ofAuto.length); i++) {
      const [one, other] = [ofNode[i], ofAuto[i]];
      if (one === undefined || other === undefined) {
        if ((one ?? other)?.whole === false) {
          this.used.add("left-before-forwarded");
          return undefined;
        }
        return `only ${one === undefined ? "auto" : "node"} forwarded ${show((one ?? other)?.head ?? "")}`;
      }
      const fault = one.fault ?? other.fault;
      if (fault !== undefined) return `request ${i} was forwarded malformed: ${fault}`;
      if (one.whole && other.whole) {
        const difference = this.message(`forwarded request ${i}`, one, other);
        if (difference !== undefined) return difference;
        continue;
      }
      if (!this.same(one.head, other.head)) return `forwarded request ${i} ${parting(one.head, other.head)}`;
      if (!one.body.startsWith(other.body) && !other.body.startsWith(one.body))
        return `forwarded request ${i}, cut short, ${parting(one.body, other.body)}`;
      if (one.whole !== other.whole) {
        if (this.stream.exchanges.every(({ answer }) => !unfinished(answer.kind)))
          return `forwarded request ${i} is whole only with ${one.whole ? "node" : "auto"}`;
        this.used.add("early-end");
      } else if (one.body !== other.body) {
        this.used.add("cut-request");
      }
    }
    return undefined;
  }

  private message(what: string, one: Recorded, other: Recorded): string | undefined {
    if (!this.same(one.head, other.head)) return `${what} ${parting(one.head, other.head)}`;
    if (one.framing === "chunked") this.used.add("chunk-boundaries");
    if (one.framing !== other.framing)
      return `${what} is framed ${one.framing} with node, ${other.framing} with auto`;
    if (!this.same(one.body, other.body)) return `the body of ${what} ${parting(one.body, other.body)}`;
    if (one.trailers !== other.trailers)
      return `the trailers of ${what} ${parting(one.trailers, other.trailers)}`;
    return undefined;
  }

  private same(one: string, other: string): boolean {
    if (one === other) return true;
    const [a, b] = [alike(one), alike(other)];
    if (a === b) {
      this.used.add("random-ids");
      return true;
    }
    if (a.replace(UPSTREAM_HOST, "$1") !== b.replace(UPSTREAM_HOST, "$1")) return false;
    this.used.add("ephemeral-ports");
    return true;
  }

  private cutAnswer(): boolean {
    return (
      this.stream.exchanges.some(({ answer }) => unfinished(answer.kind)) || this.stream.kind === "abandoned"
    );
  }

  private messages(received: Received): Recorded[] {
    const methods = this.stream.exchanges.map(({ sent }) => sent.method);
    const found: Recorded[] = [];
    let finals = 0;
    for (let at = 0; at < received.text.length; ) {
      const read = readRecorded(received.text, at, methods[finals] ?? "GET", true);
      if (read === undefined) break;
      found.push(read.message);
      at = read.next;
      if (!/^HTTP\/1\.1 1/.test(read.message.head)) finals++;
    }
    return found;
  }
}

function alike(text: string): string {
  return RANDOM_IDS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

function unfinished(kind: string): boolean {
  return kind === "early" || kind === "broken" || kind === "malformed" || kind === "hung";
}

/** Holds what two lanes made of a stream against each other. */
export function compareLanes(stream: Stream, node: Observation, auto: Observation): Verdict {
  const comparison = new Comparison(stream, node, auto);
  const difference = comparison.verdict();
  if (difference !== undefined) {
    const text = textOf(stream);
    const known = KNOWN.find(([, applies]) =>
      applies(stream, text, [node.received.text, auto.received.text]),
    );
    if (known !== undefined) return { difference: undefined, used: comparison.used.add(known[0]) };
  }
  return { difference, used: comparison.used };
}
