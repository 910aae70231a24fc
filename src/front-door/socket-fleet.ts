import { setTimeout as sleep } from "node:timers/promises";
import { addedReplies, type SocketAsk, type SocketReply, seatOf } from "../domain/socket-asks.ts";
import type { Log } from "../observe/contract.ts";
import type { AskedSockets, SocketMessages } from "../serving/contract.ts";
import type { FleetMessages } from "../store/contract.ts";

/** Another front door has so long to answer. */
const ANSWER_MS = 5_000;
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
  async ask(ask: SocketAsk): Promise<SocketReply> {
    try {
      const here = await this.tools.serving().askSockets(ask);
      if (ask.kind === "broadcast") return addedReplies([here, ...(await this.others(ALL, ask))]);
      if (here !== undefined) return here;
      const seat = seatOf(ask.id);
      // One of this front door's that ended is nobody else's.
      if (seat === undefined || this.seats.has(seat)) return { kind: "gone" };
      const [reply = { kind: "unreachable" }] = await this.others(seat, ask);
      return reply;
    } catch {
      return { kind: "unreachable" };
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

  /** What others say. Nothing: nobody answered in time, or it cannot be told who could. */
  private async others(name: string, ask: SocketAsk): Promise<readonly SocketReply[]> {
    const messages = await this.messages;
    if (messages === undefined) return ask.kind === "broadcast" ? [] : [{ kind: "gone" }];
    if (this.closed || this.asked.size >= MAX_ASKED) return [];
    const id = ++this.lastAsk;
    const answered = Promise.withResolvers<void>();
    const asked: Asked = { replies: [], wanted: Number.POSITIVE_INFINITY, done: answered.resolve };
    this.asked.set(id, asked);
    try {
      const heard = await messages.tell(name, JSON.stringify({ from: this.own, id, ask } satisfies Question));
      if (heard === 0) return ask.kind === "broadcast" ? [] : [{ kind: "gone" }];
      if (heard === undefined) return [];
      // A broadcast comes back to this front door too, which has answered.
      asked.wanted = name === ALL ? heard - 1 : 1;
      const late = new AbortController();
      if (asked.replies.length < asked.wanted)
        await Promise.race([
          answered.promise,
          sleep(ANSWER_MS, undefined, { signal: late.signal }).catch(() => undefined),
        ]);
      late.abort();
      return asked.replies;
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
