import {
  addedOpen,
  addedReplies,
  type SocketAsk,
  type SocketReply,
  seatOf,
} from "../../domain/socket-asks.ts";
import type { AnsweredSockets, ServingEvents, SocketMessages } from "../contract.ts";

/** A worker, as far as its connections go. */
interface Seated {
  readonly near: SocketMessages;
}

/** Which worker has which connections of WebSocket APIs. */
export class Seats {
  private readonly events: ServingEvents;
  private readonly live: () => readonly Seated[];
  private readonly workers = new Map<string, Seated>();

  constructor(events: ServingEvents, live: () => readonly Seated[]) {
    this.events = events;
    this.live = live;
  }

  /** Hears a worker. */
  of(worker: () => Seated): Pick<ServingEvents, "onSeat" | "onSocketAsk"> {
    return {
      onSeat: (seat) => {
        this.workers.set(seat, worker());
        this.events.onSeat?.(seat);
      },
      onSocketAsk: (asked) => this.events.onSocketAsk?.(asked),
    };
  }

  /** It ended. */
  forget(worker: Seated): void {
    for (const [seat, one] of this.workers) {
      if (one !== worker) continue;
      this.workers.delete(seat);
      this.events.onSeatGone?.(seat);
    }
  }

  async ask(ask: SocketAsk): Promise<SocketReply | undefined> {
    if (ask.kind !== "broadcast" && ask.kind !== "count") {
      const worker = this.workers.get(seatOf(ask.id) ?? "");
      // One that ends meanwhile takes its connections with it.
      return await worker?.near.askSockets(ask).catch((): SocketReply => ({ kind: "gone" }));
    }
    const each = this.live().map(({ near }) => near.askSockets(ask).catch(() => undefined));
    const replies = await Promise.all(each);
    if (ask.kind === "broadcast") return addedReplies(replies);
    return {
      kind: "counted",
      open: addedOpen(replies.map((reply) => (reply?.kind === "counted" ? reply.open : {}))),
    };
  }

  async answered(answer: AnsweredSockets): Promise<void> {
    await this.workers
      .get(answer.seat)
      ?.near.socketsAnswered(answer)
      .catch(() => undefined);
  }
}
