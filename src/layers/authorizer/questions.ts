import type { Deadlines, Timed } from "../../domain/deadlines.ts";
import type { AuthorizerCounts } from "../contract.ts";
import type { Outcome } from "./outcome.ts";

interface QuestionsOptions {
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly deadlines: Deadlines;
  readonly counts: AuthorizerCounts;
}

/** How a question is put. Never rejects, and ends soon after its signal. */
type Put = (signal: AbortSignal) => Promise<Outcome>;

const BUSY: Outcome = Object.freeze({ kind: "refused", code: "authorizer_busy" });

/** The questions of one authorizer that are under way: so many at once, so many in a line, and one for each key. */
export class Questions {
  private readonly options: QuestionsOptions;
  private readonly shared = new Map<string, Question>();
  private readonly line = new Set<Question>();
  private running = 0;

  constructor(options: QuestionsOptions) {
    this.options = options;
  }

  /** `key` undefined: nobody else may have its answer. The signal says that who asked is gone. */
  ask(key: string | undefined, signal: AbortSignal, put: Put): Promise<Outcome> {
    const { counts, maxConcurrent, maxWaiting } = this.options;
    const same = key === undefined ? undefined : this.shared.get(key);
    if (same !== undefined) {
      add(counts.cache, "shared");
      return same.join(signal);
    }
    if (this.running >= maxConcurrent && this.line.size >= maxWaiting) {
      add(counts.limits, "waiting");
      return Promise.resolve(BUSY);
    }
    const question = new Question(put, (ended) => this.ended(ended, key));
    if (key !== undefined) this.shared.set(key, question);
    question.deadlineMs = this.options.deadlines.in(this.options.timeoutMs);
    this.options.deadlines.add(question);
    const outcome = question.join(signal);
    if (this.running < maxConcurrent) {
      this.start(question);
    } else {
      add(counts.limits, "concurrent");
      counts.waiting++;
      this.line.add(question);
    }
    return outcome;
  }

  private start(question: Question): void {
    this.running++;
    this.options.counts.underWay++;
    question.start();
  }

  private ended(question: Question, key: string | undefined): void {
    const { counts, deadlines } = this.options;
    deadlines.remove(question);
    if (key !== undefined && this.shared.get(key) === question) this.shared.delete(key);
    if (question.how !== undefined) add(counts.calls, question.how);
    if (this.line.delete(question)) {
      counts.waiting--;
      return;
    }
    this.running--;
    counts.underWay--;
    for (const next of this.line) {
      this.line.delete(next);
      counts.waiting--;
      this.start(next);
      return;
    }
  }
}

function add(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

/** One question, and all that wait for its answer. */
class Question implements Timed {
  deadlineMs = Number.POSITIVE_INFINITY;
  deadlineAt = -1;
  /** How it ended, as it is counted. */
  how: "answered" | "failed" | "timeout" | "left" | undefined = undefined;
  private readonly put: Put;
  private readonly onEnd: (ended: Question) => void;
  private readonly controller = new AbortController();
  private readonly outcome = Promise.withResolvers<Outcome>();
  private asking = 0;
  private over = false;

  constructor(put: Put, onEnd: (ended: Question) => void) {
    this.put = put;
    this.onEnd = onEnd;
  }

  start(): void {
    // What is thrown at once is a promise that fails.
    const put = async () => this.put(this.controller.signal);
    put().then(
      (outcome) => this.end(outcome, outcome.kind === "refused" && outcome.detail ? "failed" : "answered"),
      (error: unknown) => this.end(error instanceof Error ? error : new Error(String(error)), "failed"),
    );
  }

  join(signal: AbortSignal): Promise<Outcome> {
    this.asking++;
    signal.addEventListener("abort", () => this.leave(), { once: true });
    return this.outcome.promise;
  }

  onDeadline(): void {
    this.controller.abort();
    this.end({ kind: "refused", code: "authorizer_timeout", detail: "it did not answer in time" }, "timeout");
  }

  private leave(): void {
    if (--this.asking > 0 || this.over) return;
    // Nobody waits for it any more.
    this.controller.abort();
    this.end({ kind: "refused", code: "authorizer_unavailable" }, "left");
  }

  private end(outcome: Outcome | Error, how: NonNullable<Question["how"]>): void {
    if (this.over) return;
    this.over = true;
    this.how = how;
    this.onEnd(this);
    if (outcome instanceof Error) this.outcome.reject(outcome);
    else this.outcome.resolve(outcome);
  }
}
