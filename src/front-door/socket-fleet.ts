import { setTimeout as sleep } from "node:timers/promises";
import {
  addedOpen,
  addedReplies,
  type ConnectionAsk,
  type SocketAsk,
  type SocketReply,
  seatOf,
} from "../domain/socket-asks.ts";
import type { Log } from "../observe/contract.ts";
import type { AskedSockets, SocketMessages } from "../serving/contract.ts";
import type { FleetMessages } from "../store/contract.ts";

/** Another front door has so long to answer. */
const ANSWER_MS = 5_000;
/** What somebody looks at waits for no longer: an older fig does not answer. */
const COUNT_MS = 1_000;
/** What every front door hears. */
const ALL = "all";
/** Questions to other front doors that are not answered yet. */
const MAX_ASKED = 10_000;

interface FleetTools {
  readonly log: Log;
  readonly hex: (bytes: number) => string;
  /** Those that serve here. */
  readonly serving: () => SocketMessages;
  /** Undefined: this front door is alone. */
  readonly open: () => Promise<FleetMessages | undefined>;
}

interface Question {
  readonly from: string;
  readonly id: number;
  readonly ask: SocketAsk;
}

interface Asked {
  readonly replies: SocketReply[];
  /** How many answers are awaited; told once it is known. */
  wanted: number;
  readonly done: () => void;
}

/** Connections of WebSocket APIs, wherever in the fleet they are. */
export class SocketFleet {
  private readonly tools: FleetTools;
  /** By which others answer this front door. */
  private readonly own: string;
  private readonly asked = new Map<number, Asked>();
  private readonly seats = new Set<string>();
  private messages: Promise<FleetMessages | undefined> | undefined;
  private lastAsk = 0;
  private closed = false;

  constructor(tools: FleetTools) {
    this.tools = tools;
    this.own = `door-${tools.hex(8)}`;
  }

  /** Connections whose ids begin so are here, from now on. */
  seat(seat: string): void {
    this.seats.add(seat);
    this.messages ??= this.begin();
    void this.messages.then((messages) => {
      if (this.seats.has(seat)) messages?.listen(seat, true, (text) => void this.question(text));
    });
  }

  seatGone(seat: string): void {
    if (!this.seats.delete(seat)) return;
    void this.messages?.then((messages) => messages?.unlisten(seat));
  }

  /** One that serves here asks. */
  async hear({ seat, id, ask }: AskedSockets): Promise<void> {
    const reply = await this.ask(ask);
    await this.tools.serving().socketsAnswered({ seat, id, reply });
  }

  /** Never rejects. */
  async ask(ask: ConnectionAsk): Promise<SocketReply> {
    try {
      const here = await this.tools.serving().askSockets(ask);
      if (ask.kind === "broadcast") return addedReplies([here, ...(await this.others(ALL, ask)).replies]);
      if (here !== undefined) return here;
      const seat = seatOf(ask.id);
      // One of this front door's that ended is nobody else's.
      if (seat === undefined || this.seats.has(seat)) return { kind: "gone" };
      const [reply = { kind: "unreachable" }] = (await this.others(seat, ask)).replies;
      return reply;
    } catch {
      return { kind: "unreachable" };
    }
  }

  /** Connections open at all front doors, by API. Null: this one is alone, or another does not say. Never rejects. */
  async open(): Promise<Readonly<Record<string, number>> | null> {
    try {
      if ((await this.messages) === undefined) return null;
      const ask = { kind: "count" } as const;
      const [here, others] = await Promise.all([
        this.tools.serving().askSockets(ask),
        // A Redis that hangs keeps nobody waiting either.
        Promise.race([this.others(ALL, ask, COUNT_MS), sleep(2 * COUNT_MS, undefined, { ref: false })]),
      ]);
      if (others === undefined) return null;
      const replies = [here, ...others.replies].flatMap((reply) =>
        reply?.kind === "counted" ? [reply.open] : [],
      );
      return others.whole && replies.length === others.replies.length + 1 ? addedOpen(replies) : null;
    } catch {
      return null;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const messages = await this.messages;
    await messages?.close();
  }

  private async begin(): Promise<FleetMessages | undefined> {
    const messages = await this.tools.open();
    messages?.listen(this.own, false, (text) => this.answer(text));
    messages?.listen(ALL, false, (text) => void this.question(text));
    return messages;
  }

  /** What others say. Nothing: nobody answered in time, or it cannot be told who could. `whole`: all who could did. */
  private async others(
    name: string,
    ask: SocketAsk,
    waitMs = ANSWER_MS,
  ): Promise<{ readonly replies: readonly SocketReply[]; readonly whole: boolean }> {
    const messages = await this.messages;
    const nobody = { replies: name === ALL ? [] : [{ kind: "gone" } as const], whole: true };
    const untold = { replies: [], whole: false };
    if (messages === undefined) return nobody;
    if (this.closed || this.asked.size >= MAX_ASKED) return untold;
    const id = ++this.lastAsk;
    const answered = Promise.withResolvers<void>();
    const asked: Asked = { replies: [], wanted: Number.POSITIVE_INFINITY, done: answered.resolve };
    this.asked.set(id, asked);
    try {
      const heard = await messages.tell(name, JSON.stringify({ from: this.own, id, ask } satisfies Question));
      if (heard === 0) return nobody;
      if (heard === undefined) return untold;
      // A broadcast comes back to this front door too, which has answered.
      asked.wanted = name === ALL ? heard - 1 : 1;
      const late = new AbortController();
      if (asked.replies.length < asked.wanted)
        await Promise.race([
          answered.promise,
          sleep(waitMs, undefined, { signal: late.signal }).catch(() => undefined),
        ]);
      late.abort();
      return { replies: asked.replies, whole: asked.replies.length >= asked.wanted };
    } finally {
      this.asked.delete(id);
    }
  }

  /** Another front door asks. Of what makes no sense nothing comes: whoever asked hears of nobody. */
  private async question(text: string): Promise<void> {
    try {
      const { from, id, ask } = JSON.parse(text) as Question;
      if (from === this.own || this.closed) return;
      const reply = (await this.tools.serving().askSockets(ask)) ?? { kind: "gone" };
      const messages = await this.messages;
      await messages?.tell(from, JSON.stringify({ id, reply }));
    } catch (error) {
      this.tools.log.warn({ err: error }, "a question of another front door was not answered");
    }
  }

  private answer(text: string): void {
    let said: { readonly id: number; readonly reply: SocketReply };
    try {
      said = JSON.parse(text) as typeof said;
    } catch (error) {
      this.tools.log.warn({ err: error }, "an answer of another front door makes no sense");
      return;
    }
    const { id, reply } = said;
    const asked = this.asked.get(id);
    asked?.replies.push(reply);
    if (asked !== undefined && asked.replies.length >= asked.wanted) asked.done();
  }
}
