import { ByteBudget } from "../../domain/byte-budget.ts";
import type { MessageUpstream } from "../../domain/config.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import { SAFE_METHODS } from "../../domain/message.ts";
import type { MessageTarget } from "../../domain/message-target.ts";
import type { UpstreamState } from "../../domain/upstream-state.ts";
import type {
  BackendCall,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../contract.ts";
import { giveRefusal, NO_CALL } from "../give-refusal.ts";
import { ServiceUpstream } from "../service-upstream.ts";
import { Batches } from "./batches.ts";
import { type CallHome, MessageCall } from "./call.ts";
import type { Message, MessageService, Sent } from "./contract.ts";
import { brokenBy } from "./failures.ts";
import { kinesis } from "./kinesis.ts";
import { Sender } from "./sender.ts";
import { sqs } from "./sqs.ts";

/** Where a program that uses the library gives no bound. */
const BODIES_BYTES = 64 * 1024 * 1024;

const ERRORS = {
  tried: {
    upstream_refused: "refused",
    message_refused: "refused",
    message_throttled: "refused",
    upstream_timeout: "timeout",
    upstream_reset: "reset",
    upstream_invalid: "invalid",
  },
  outOfReach: new Set(["upstream_refused", "message_refused"] as const),
} as const;
/** Those that do something: what is sent is kept. */
const TAKEN_METHODS = "POST, PUT, PATCH, DELETE";

const NOBODY: Sent = {
  ...{ kind: "failed", code: "message_refused", untouched: true, again: false },
  detail: "nothing sends messages here",
};

function serviceOf(target: MessageTarget): MessageService {
  return target.service === "kinesis" ? kinesis(target) : sqs(target);
}

/** A stream of Kinesis or a queue of SQS: the body of a request is a message. */
class MessageTaker extends ServiceUpstream implements Upstream, CallHome {
  readonly service: MessageService;
  readonly deadlines: Deadlines;
  readonly bodies: ByteBudget;
  readonly wait: boolean;
  private readonly target: MessageTarget;
  private readonly timeoutMs: number;
  private readonly sender: Sender | undefined;
  private readonly batches: Batches | undefined;

  constructor({ name, messages, timeoutMs }: MessageUpstream, options: BackendOptions) {
    const { aws, deadlines, bodies, random = () => 0 } = options;
    super(name, messages.concurrency, ERRORS);
    this.target = messages;
    this.timeoutMs = timeoutMs;
    this.wait = messages.wait;
    this.service = serviceOf(messages);
    this.deadlines = deadlines;
    this.bodies = bodies ?? new ByteBudget(BODIES_BYTES);
    if (aws === undefined) return;
    const sender = new Sender(this.service, aws.service(messages.service, messages), aws.ask);
    this.sender = sender;
    if (!messages.wait)
      this.batches = new Batches({
        ...{ sender, bounds: messages.batch, deadlines, timeoutMs, random },
        retried: (count) => {
          this.retries += count;
        },
      });
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    // A message is there for good: whoever only reads sends none, and no shadow of theirs does.
    if (SAFE_METHODS.has(request.method)) {
      giveRefusal(request, listener, "message_method", [], undefined, TAKEN_METHODS);
      return NO_CALL;
    }
    return new MessageCall(request, listener, this, request.timeoutMs ?? this.timeoutMs).begin();
  }

  send(message: Message, done: (sent: Sent) => void): void {
    const { batches, sender, timeoutMs } = this;
    if (batches !== undefined) batches.add(message, done);
    else if (sender === undefined) done(NOBODY);
    else {
      const signal = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : new AbortController().signal;
      sender.one(message, signal).then(done, (error: unknown) => done(brokenBy(error)));
    }
  }

  problems(): readonly string[] {
    return this.trouble === undefined
      ? []
      : [`upstream ${this.name}: ${this.service.title} takes no messages (${this.trouble})`];
  }

  state(): UpstreamState {
    return this.stateOf([{ url: this.target.service, address: this.service.place }]);
  }

  /** What waits for its batch goes now, and what comes does not wait. */
  drain(): void {
    this.batches?.hurry();
  }

  close(): void {
    this.batches?.hurry();
  }
}

export const messageBackend: BackendKind<MessageUpstream> = {
  create: (definition, options) => new MessageTaker(definition, options),
};
