import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { BatchBounds } from "../../domain/message-target.ts";
import type { Message, Sent } from "./contract.ts";
import { brokenBy } from "./failures.ts";
import type { Sender } from "./sender.ts";

/** Calls for one message, the first included. */
const MAX_TRIES = 4;
/** Before the first further call, ms; doubled each time. A part of it is chance. */
const RETRY_PAUSE_MS = 100;

interface Waiting {
  readonly message: Message;
  readonly done: (sent: Sent) => void;
  /** A try failed in such a way that it may be there. */
  readonly doubtful: boolean;
}

/** What batches need of their upstream. */
interface BatchHome {
  readonly sender: Sender;
  readonly bounds: BatchBounds;
  readonly deadlines: Deadlines;
  /** Of a batch with all its tries, ms; 0: none. */
  readonly timeoutMs: number;
  /** 0 to 1. */
  readonly random: () => number;
  /** So many messages are sent once more. */
  retried(count: number): void;
}

/**
 * Gathers messages until a bound of their number, of their bytes or of the time is reached. Of a batch what the service did not take, and
 * asks for again, is sent again; what it finds too long together is halved. Whoever gave a message hears what became of it, and not before
 * it is known.
 */
export class Batches implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly home: BatchHome;
  private gathered: Waiting[] = [];
  private bytes = 0;
  private hurried = false;

  constructor(home: BatchHome) {
    this.home = home;
  }

  /** Messages wait no longer than until the next look. */
  hurry(): void {
    this.hurried = true;
    this.flush();
  }

  add(message: Message, done: (sent: Sent) => void): void {
    const { bounds, deadlines } = this.home;
    if (this.bytes + message.bytes > bounds.bytes) this.flush();
    this.gathered.push({ message, done, doubtful: false });
    this.bytes += message.bytes;
    if (this.gathered.length >= bounds.count || this.bytes >= bounds.bytes) this.flush();
    else if (this.gathered.length === 1) {
      this.deadlineMs = deadlines.in(this.hurried ? 0 : bounds.delayMs);
      deadlines.add(this);
    }
  }

  private flush(): void {
    const { gathered, home } = this;
    this.gathered = [];
    this.bytes = 0;
    home.deadlines.remove(this);
    if (gathered.length === 0) return;
    const endsMs = home.timeoutMs > 0 ? home.deadlines.in(home.timeoutMs) : Number.POSITIVE_INFINITY;
    new Batch(gathered, home, endsMs).send();
  }

  onDeadline(): void {
    this.flush();
  }
}

/** One batch, to its end. */
class Batch implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  private readonly home: BatchHome;
  private readonly endsMs: number;
  private left: readonly Waiting[];
  private controller: AbortController | undefined = undefined;
  private tries = 0;

  constructor(waiting: readonly Waiting[], home: BatchHome, endsMs: number) {
    this.left = waiting;
    this.home = home;
    this.endsMs = endsMs;
  }

  send(): void {
    const { home, left } = this;
    this.tries++;
    const controller = new AbortController();
    this.controller = controller;
    this.deadlineMs = this.endsMs;
    home.deadlines.add(this);
    const messages = left.map(({ message }) => message);
    home.sender.several(messages, controller.signal).then(
      (sent) => this.settle(sent),
      (error: unknown) => this.settle(left.map(() => brokenBy(error))),
    );
  }

  /** The call takes too long, or the pause is over. */
  onDeadline(): void {
    if (this.controller !== undefined) this.controller.abort();
    else this.send();
  }

  private settle(sent: readonly Sent[]): void {
    const { home, left } = this;
    this.controller = undefined;
    home.deadlines.remove(this);
    if (this.halved(sent)) return;
    const pause = RETRY_PAUSE_MS * 2 ** (this.tries - 1) * (0.5 + home.random() / 2);
    const mayAgain = this.tries < MAX_TRIES && home.deadlines.in(pause) < this.endsMs;
    const again: Waiting[] = [];
    for (const [at, waiting] of left.entries()) {
      const outcome = sent[at] as Sent;
      if (outcome.kind === "taken") {
        waiting.done(outcome);
        continue;
      }
      const doubtful = waiting.doubtful || !outcome.untouched;
      if (mayAgain && outcome.again) again.push({ ...waiting, doubtful });
      else waiting.done({ ...outcome, untouched: !doubtful });
    }
    this.left = again;
    if (again.length === 0) return;
    home.retried(again.length);
    this.deadlineMs = home.deadlines.in(pause);
    home.deadlines.add(this);
  }

  /** The service took none of them, for their length together or for one of them: each half goes by itself, at once and until the same end. */
  private halved(sent: readonly Sent[]): boolean {
    const { home, left, endsMs } = this;
    const apart = (outcome: Sent) => outcome.kind === "failed" && outcome.apart === true && outcome.untouched;
    if (left.length < 2 || home.deadlines.now >= endsMs || !sent.every(apart)) return false;
    home.retried(left.length);
    const middle = Math.ceil(left.length / 2);
    for (const half of [left.slice(0, middle), left.slice(middle)]) new Batch(half, home, endsMs).send();
    return true;
  }
}
