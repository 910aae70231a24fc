import type { Clock } from "../domain/clock.ts";
import type { ControlFacts } from "./contract.ts";

const FRESH_MICROS = 1_000_000;
/** Working out answers may take this share of the time: what takes long is done less often. */
const SHARE = 0.02;
const SLOWEST_MICROS = 60_000_000;

/** In µs. */
export interface Pace {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** For what a page reads because an event told it to: it wants to see what happened. */
export const AFTER_EVENT: Pace = { atLeast: 0, atMost: 500_000 };
/** Ranges and routes that pages look at, at one time. */
export const MAX_SHARED_ANSWERS = 64;

/** How long an answer that took `tookMicros` is good for. */
export function paceMicros(
  tookMicros: number,
  { atLeast = FRESH_MICROS, atMost = SLOWEST_MICROS }: Pace = {},
): number {
  return Math.min(atMost, Math.max(atLeast, tookMicros / SHARE));
}

interface Answer {
  readonly value: Promise<unknown>;
  /** The clock's µs; Infinity while it is worked out. */
  until: number;
}

interface LastAnswer {
  readonly value: unknown;
  /** ms since the epoch. */
  readonly at: number;
}

interface Known<T> {
  readonly value: T;
  /** Of an answer that could not be worked out anew: when it was, ms since the epoch. Undefined: it is of now. */
  readonly readAt: number | undefined;
}

/** Answers that are worked out once for every page that asks for them, at most about once a second. */
export class SharedAnswers {
  private readonly clock: Clock;
  private readonly facts: ControlFacts;
  private readonly answers = new Map<string, Answer>();
  /** What was worked out last, for the time in which that fails; the oldest key first. */
  private readonly last = new Map<string, LastAnswer>();

  constructor(clock: Clock, facts: ControlFacts) {
    this.clock = clock;
    this.facts = facts;
  }

  /** One key has one type of answer. What fails is tried anew by the next who asks. */
  get<T>(key: string, work: () => Promise<T>, pace?: Pace | ((value: T) => Pace)): Promise<T> {
    const known = this.answers.get(key);
    if (known !== undefined && this.clock.micros() < known.until) return known.value as Promise<T>;
    this.answers.delete(key);
    const start = this.clock.micros();
    const value = work();
    const answer: Answer = { value, until: Number.POSITIVE_INFINITY };
    this.answers.set(key, answer);
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= MAX_SHARED_ANSWERS) break;
      this.answers.delete(oldest);
    }
    value.then(
      (made) => {
        const end = this.clock.micros();
        answer.until = end + paceMicros(end - start, typeof pace === "function" ? pace(made) : pace);
      },
      () => {
        if (this.answers.get(key) === answer) this.answers.delete(key);
      },
    );
    return value;
  }

  /** As `get`; where it fails because the store is away, what it gave last, and when. Undefined: it never gave anything. */
  async getOrLast<T>(
    key: string,
    work: () => Promise<T>,
    isAway: (error: unknown) => boolean,
    pace?: Pace | ((value: T) => Pace),
  ): Promise<Known<T> | undefined> {
    try {
      const value = await this.get(key, work, pace);
      const known = this.last.get(key);
      if (known?.value !== value) {
        this.last.delete(key);
        this.last.set(key, { value, at: this.clock.now() });
        for (const oldest of this.last.keys()) {
          if (this.last.size <= MAX_SHARED_ANSWERS) break;
          this.last.delete(oldest);
        }
      }
      return { value, readAt: undefined };
    } catch (error) {
      if (!isAway(error)) throw error;
      const known = this.last.get(key);
      return known === undefined ? undefined : { value: known.value as T, readAt: known.at };
    }
  }

  /** Whether this was worked out before. */
  has(key: string): boolean {
    return this.last.has(key);
  }

  /** Writes this door's minutes to the store, up to about now. Never rejects: other code reports a store that is away. */
  rollUp(): Promise<void> {
    return this.get("rollUp", () => this.facts.rollUp().catch(() => undefined));
  }
}
