import { FigError } from "../../domain/errors.ts";
import type { CountsPart, ServingEvents, WorkerMessages } from "../contract.ts";
import type { Answered, CallMethod, Channel, Order, Said, StreamMethod } from "./messages.ts";

type Answer = PromiseWithResolvers<unknown>;

/** The near end: serving at the other end of a channel, as admin speaks to it. */
export class NearEnd implements WorkerMessages {
  private readonly channel: Channel;
  private readonly events: ServingEvents;
  private readonly waiting = new Map<number, Answer>();
  private last = 0;
  private brokenBy: Error | undefined;

  constructor(channel: Channel, events: ServingEvents) {
    this.channel = channel;
    this.events = events;
    channel.onMessage((message) => this.hear(message as Said));
  }

  /** Orders that are not answered yet. */
  get unanswered(): number {
    return this.waiting.size;
  }

  /** The channel ended: what waits for an answer fails, and whatever is asked from here on. */
  broken(error: Error): void {
    this.brokenBy ??= error;
    for (const answer of this.waiting.values()) answer.reject(error);
    this.waiting.clear();
  }

  prepare(...args: Parameters<WorkerMessages["prepare"]>) {
    return this.call("prepare", args);
  }

  commit(...args: Parameters<WorkerMessages["commit"]>) {
    return this.call("commit", args);
  }

  place(...args: Parameters<WorkerMessages["place"]>) {
    return this.call("place", args);
  }

  renew(...args: Parameters<WorkerMessages["renew"]>) {
    return this.call("renew", args);
  }

  showChallenges(...args: Parameters<WorkerMessages["showChallenges"]>) {
    return this.call("showChallenges", args);
  }

  keepApiKeys(...args: Parameters<WorkerMessages["keepApiKeys"]>) {
    return this.call("keepApiKeys", args);
  }

  apiKeyUses(...args: Parameters<WorkerMessages["apiKeyUses"]>) {
    return this.call("apiKeyUses", args);
  }

  sealTickets(...args: Parameters<WorkerMessages["sealTickets"]>) {
    return this.call("sealTickets", args);
  }

  purge(...args: Parameters<WorkerMessages["purge"]>) {
    return this.call("purge", args);
  }

  invalidate(...args: Parameters<WorkerMessages["invalidate"]>) {
    return this.call("invalidate", args);
  }

  endSessions(...args: Parameters<WorkerMessages["endSessions"]>) {
    return this.call("endSessions", args);
  }

  rememberPins(...args: Parameters<WorkerMessages["rememberPins"]>) {
    return this.call("rememberPins", args);
  }

  hearKeys(...args: Parameters<WorkerMessages["hearKeys"]>) {
    return this.call("hearKeys", args);
  }

  limitAnswers(answers: Parameters<WorkerMessages["limitAnswers"]>[0]): void {
    this.post({ kind: "limits", answers });
  }

  decide(...args: Parameters<WorkerMessages["decide"]>) {
    return this.call("decide", args);
  }

  askSockets(...args: Parameters<WorkerMessages["askSockets"]>) {
    return this.call("askSockets", args);
  }

  socketsAnswered(...args: Parameters<WorkerMessages["socketsAnswered"]>) {
    return this.call("socketsAnswered", args);
  }

  recentClients(...args: Parameters<WorkerMessages["recentClients"]>) {
    return this.call("recentClients", args);
  }

  reopenLogs() {
    return this.call("reopenLogs", []);
  }

  listen() {
    return this.call("listen", []);
  }

  stopAccepting(...args: Parameters<WorkerMessages["stopAccepting"]>) {
    return this.call("stopAccepting", args);
  }

  drain(...args: Parameters<WorkerMessages["drain"]>) {
    return this.call("drain", args);
  }

  stop() {
    return this.call("stop", []);
  }

  gauges() {
    return this.call("gauges", []);
  }

  counts(): AsyncGenerator<CountsPart> {
    return this.stream<CountsPart>("counts");
  }

  totals() {
    return this.stream<readonly (readonly [string, CountsPart["totals"][number]["counts"]])[]>("totals");
  }

  private call<M extends CallMethod>(
    method: M,
    args: Parameters<WorkerMessages[M]>,
  ): ReturnType<WorkerMessages[M]> {
    return this.send({ kind: "call", id: ++this.last, method, args }) as ReturnType<WorkerMessages[M]>;
  }

  private async *stream<Part>(method: StreamMethod): AsyncGenerator<Part> {
    const id = ++this.last;
    this.post({ kind: "open", id, method });
    let over = false;
    try {
      for (;;) {
        const part = (await this.send({ kind: "next", id })) as IteratorResult<Part>;
        over = part.done === true;
        if (part.done === true) return;
        yield part.value;
      }
    } finally {
      if (!over) this.post({ kind: "give-up", id });
    }
  }

  private post(order: Order): void {
    if (this.brokenBy === undefined) this.channel.post(order);
  }

  private send(order: Answered): Promise<unknown> {
    if (this.brokenBy !== undefined) return Promise.reject(this.brokenBy);
    const answer = Promise.withResolvers<unknown>();
    this.waiting.set(order.id, answer);
    this.channel.post(order);
    return answer.promise;
  }

  private hear(said: Said): void {
    if (said.kind === "event") {
      const listener = this.events[said.name] as (...args: readonly unknown[]) => void;
      listener.apply(this.events, [...said.args]);
      return;
    }
    const answer = this.waiting.get(said.id);
    this.waiting.delete(said.id);
    if (said.kind === "answer") answer?.resolve(said.value);
    else if (said.kind === "part") answer?.resolve(said.part);
    else {
      const { code, message, remedy, details } = said.error;
      answer?.reject(new FigError(code, message, { ...(remedy === undefined ? {} : { remedy }), details }));
    }
  }
}
