/** Every difference that client or monolith sees between a case run directly and the same through a front door. */
import { type Case, textOf } from "./cases.ts";
import { type Answered, answersIn } from "./client.ts";
import {
  type Message,
  methodOf,
  nameOf,
  type Read,
  readRequest,
  statusOf,
  targetOf,
  textIn,
  versionOf,
} from "./message.ts";
import { PROBE, PROBE_ANSWER } from "./server.ts";
import type { Observation } from "./world.ts";

export type What =
  /** Of a message. */
  | (
      | "before"
      | "blanks"
      | "method"
      | "target"
      | "version"
      | "status"
      | "reason"
      | "framing"
      | "body"
      | "chunks"
      | "cut"
    )
  /** Of a field, or of a trailer. */
  | ("gone" | "new" | "moved" | "respelled" | "changed")
  /** Of an exchange: it is only there in one way, or the front door answers by itself. */
  | ("missing" | "again" | "extra" | "refused" | "failed" | "forwarded" | "fault" | "repaired" | "behind")
  /** Of a connection. */
  | ("peer" | "left" | "outlived" | "end");

export interface Difference {
  readonly at: "request" | "request trailer" | "interim" | "answer" | "answer trailer" | "connection";
  readonly index: number;
  readonly what: What;
  /** A field's, in lower case. */
  readonly name: string;
  readonly direct: string;
  readonly fig: string;
  /** What the client sent, and what the monolith says to it. */
  readonly request: Message;
  readonly base: Answered;
  readonly one: Case;
  readonly lane: "auto" | "node";
}

export function sentIn(one: Case): Message[] {
  const text = textOf(one);
  const messages: Message[] = [];
  for (let at = 0, read: Read | undefined; ; at = read.next) {
    read = readRequest(text, at);
    if (read === undefined) return messages;
    messages.push(read.message);
    if (!read.message.whole) return messages;
  }
}

/** The code of an answer of the front door's own; to HEAD it has no body that would tell. */
export function refusalIn(answer: Message | undefined): string | undefined {
  if (answer === undefined) return undefined;
  const { lines, body } = answer;
  if (!lines.includes("cache-control: no-store") || !lines.some((line) => line.startsWith("content-type: ")))
    return undefined;
  const code = /^\{"error":\{"code":"(\w+)"|^(\w+): [^\n]*\n\(request /.exec(body);
  return code?.[1] ?? code?.[2] ?? (body === "" ? `status ${statusOf(answer)}` : undefined);
}

/** Codes, or the status where there is no body to tell: the request was sent on. */
const FAILURES = /^(?:upstream_|status 50[24])/;

const NOTHING: Answered = { interims: [], final: undefined };

/** The monolith's words as they stand in the script. */
function baseOf(
  one: Case,
  index: number,
  request: Message,
): { readonly base: Answered; readonly behind: string } {
  const script = one.exchanges[index]?.answer;
  const [base = NOTHING, ...others] = answersIn(
    script?.text ?? PROBE_ANSWER,
    [methodOf(request)],
    script !== undefined && script.after !== "keep",
  );
  return { base, behind: others.length > 0 ? "bytes" : "" };
}

function isProbe(message: Message): boolean {
  return targetOf(message) === PROBE;
}

class Comparison {
  readonly found: Difference[] = [];
  private readonly one: Case;
  private readonly lane: "auto" | "node";
  private readonly direct: Observation;
  private readonly fig: Observation;
  private index = 0;
  /** What the front door did by itself, the last of it. */
  private own = "";
  private request!: Message;
  private base!: Answered;

  constructor(one: Case, lane: "auto" | "node", direct: Observation, fig: Observation) {
    this.one = one;
    this.lane = lane;
    this.direct = direct;
    this.fig = fig;
  }

  run(): void {
    const { one, direct, fig } = this;
    const sent = sentIn(one);
    const own = direct.arrived.filter(({ message }) => !isProbe(message));
    const came = fig.arrived.filter(({ message }) => !isProbe(message));
    const theirs = came.filter(({ again }) => !again);
    const answers = answersIn(fig.received.text, sent.map(methodOf), fig.received.closed);
    let forwarded = 0;
    for (const [index, request] of sent.entries()) {
      const { base, behind } = baseOf(one, forwarded, request);
      Object.assign(this, { index, request, base });
      const answer = answers[index];
      const refusal = refusalIn(answer?.final);
      const [here, there] = [own[index], theirs[forwarded]];
      if (refusal !== undefined && !FAILURES.test(refusal)) {
        this.add("request", "refused", "", request.start, refusal);
        // Its head may have gone on before its body broke.
        if (there?.message.start !== request.start) continue;
        if (there.message.whole && request.faults.size > 0)
          this.add("request", "forwarded", "", "", request.start);
        forwarded++;
        continue;
      }
      if (there === undefined) {
        if (here !== undefined) this.add("request", "missing", this.own, here.message.start, "");
        break;
      }
      forwarded++;
      if (came[came.indexOf(there) + 1]?.again === true) this.add("request", "again", "", "once", "twice");
      if (here === undefined) this.add("connection", "outlived", "", "ended", "goes on");
      else if (here.peer !== there.peer) this.add("connection", "peer", "", here.peer, there.peer);
      if (one.finish !== "probe" && here !== undefined && here.left !== there.left)
        this.add("connection", "left", "", here.left, there.left);
      this.requests(request, there.message);
      if (refusal === undefined) {
        this.answers(base, answer);
        if (behind !== "") this.add("answer", "behind", "", behind, "");
      } else {
        this.add("answer", "failed", "", base.final?.start ?? "", refusal);
      }
    }
    for (const { message } of theirs.slice(forwarded)) this.add("request", "extra", "", "", message.start);
    const how = ({ received }: Observation) => (received.closed ? "closed" : "open");
    if (one.finish === "probe" && how(direct) !== how(fig))
      this.add("connection", "end", this.own, how(direct), how(fig));
  }

  private add(at: Difference["at"], what: What, name: string, direct: string, fig: string): void {
    const { index, request, base, one, lane } = this;
    if (what === "refused" || what === "failed" || what === "cut" || what === "missing")
      this.own = fig === "" ? what : fig;
    this.found.push({ at, index, what, name, direct, fig, request, base, one, lane });
  }

  private same(at: Difference["at"], what: What, direct: string, fig: string): void {
    if (direct !== fig) this.add(at, what, "", direct, fig);
  }

  private requests(one: Message, other: Message): void {
    const at = "request";
    this.same(at, "before", one.before, other.before);
    const blanks = (message: Message) => message.start.replace(/[^ ]+/g, "_");
    this.same(at, "blanks", blanks(one), blanks(other));
    this.same(at, "method", methodOf(one), methodOf(other));
    this.same(at, "target", targetOf(one), targetOf(other));
    this.same(at, "version", versionOf(one), versionOf(other));
    this.message(at, one, other);
  }

  private answers(base: Answered, got: Answered | undefined): void {
    const kept = got?.interims ?? [];
    let next = 0;
    for (const interim of base.interims) {
      const other = kept[next];
      if (other === undefined || other.start !== interim.start) {
        this.add("interim", "gone", "", interim.start, "");
        continue;
      }
      next++;
      this.fields("interim", interim.lines, other.lines);
    }
    for (const other of kept.slice(next)) this.add("interim", "extra", "", "", other.start);
    const { final } = base;
    const other = got?.final;
    if (final === undefined && other === undefined) return;
    if (final === undefined || other === undefined) {
      this.add(
        "answer",
        final === undefined ? "extra" : "missing",
        "",
        final?.start ?? "",
        other?.start ?? "",
      );
      return;
    }
    if (!final.headWhole && !other.headWhole) return;
    const at = "answer";
    if (final.repaired && !other.repaired) this.add(at, "repaired", "", "", "");
    this.same(at, "version", versionOf(final), versionOf(other));
    this.same(at, "status", String(statusOf(final)), String(statusOf(other)));
    this.same(at, "reason", final.start.slice(13), other.start.slice(13));
    this.message(at, final, other);
  }

  private message(at: "request" | "answer", one: Message, other: Message): void {
    if (other.faults.size > 0) this.add(at, "fault", "", "", [...other.faults].join());
    this.fields(at, one.lines, other.lines);
    this.same(at, "framing", one.framing, other.framing);
    if (one.whole && other.whole) {
      this.same(at, "body", one.body, other.body);
      if (one.framing === other.framing)
        this.same(at, "chunks", one.chunks.join("\n"), other.chunks.join("\n"));
      this.fields(`${at} trailer`, one.trailers, other.trailers);
      return;
    }
    if (!one.body.startsWith(other.body) && !other.body.startsWith(one.body))
      this.same(at, "body", one.body, other.body);
    if (at === "answer" && !other.whole) this.own = "cut";
    if (one.whole !== other.whole || one.body !== other.body)
      this.add(at, "cut", "", one.whole ? "whole" : "not whole", other.whole ? "whole" : "not whole");
  }

  private fields(at: Difference["at"], one: readonly string[], other: readonly string[]): void {
    const { gone, come } = partings(one, other);
    const take = (fits: (line: string) => boolean): string | undefined => {
      const found = come.findIndex(fits);
      return found < 0 ? undefined : come.splice(found, 1)[0];
    };
    for (const line of gone) {
      const name = nameOf(line);
      const moved = take((same) => same === line);
      const alike = moved ?? take((same) => nameOf(same) === name && textIn(same) === textIn(line));
      const changed = alike ?? take((same) => nameOf(same) === name);
      const what =
        moved !== undefined
          ? "moved"
          : alike !== undefined
            ? "respelled"
            : changed !== undefined
              ? "changed"
              : "gone";
      this.add(at, what, name, line, changed ?? "");
    }
    for (const line of come) this.add(at, "new", nameOf(line), "", line);
  }
}

/** What is left of two lists without their longest common part. */
function partings(one: readonly string[], other: readonly string[]): { gone: string[]; come: string[] } {
  let from = 0;
  while (from < one.length && one[from] === other[from]) from++;
  const [a, b] = [one.slice(from), other.slice(from)];
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const row = (i: number) => rows[i] as Uint16Array;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      row(i)[j] =
        a[i] === b[j]
          ? (row(i + 1)[j + 1] as number) + 1
          : Math.max(row(i + 1)[j] as number, row(i)[j + 1] as number);
  const gone: string[] = [];
  const come: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && (row(i + 1)[j] as number) >= (row(i)[j + 1] as number)))
      gone.push(a[i++] as string);
    else come.push(b[j++] as string);
  }
  return { gone, come };
}

export function differencesOf(
  one: Case,
  lane: "auto" | "node",
  direct: Observation,
  fig: Observation,
): readonly Difference[] {
  const comparison = new Comparison(one, lane, direct, fig);
  comparison.run();
  return comparison.found;
}
