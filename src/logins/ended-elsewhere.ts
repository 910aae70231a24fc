import { hash } from "node:crypto";
import { type EndedSessions, MAX_ENDED_SESSIONS } from "../domain/ended-sessions.ts";
import type { Session } from "./contract.ts";

/** Until an ended session is in force at all that serve here; a provider is told that it is not. */
const IN_FORCE_MS = 4_000;
/** Of SHA-256, in base64url: 132 bits. */
const DIGEST_CHARACTERS = 22;

interface Named {
  readonly sid: string | undefined;
  readonly sub: string;
}

interface EndedElsewhereOptions {
  readonly now: () => number;
  /** Has it kept for all front doors; `take` says what became of it. */
  readonly tell: (ended: EndedSessions) => void;
  readonly onForgotten: () => void;
}

/** What was ended at providers, as this process knows it. */
export class EndedElsewhere {
  private readonly options: EndedElsewhereOptions;
  private readonly ended = new Map<string, EndedSessions>();
  /** Tokens that ended something, and until when they are remembered: also those of what others have ended anew since. */
  private readonly tokens = new Map<string, number>();
  private readonly waiting = new Map<string, (kept: boolean) => void>();
  private readonly names = new WeakMap<Session, Named>();

  constructor(options: EndedElsewhereOptions) {
    this.options = options;
  }

  /** `client`: whose sessions these are, as `endedName` has it. */
  has(session: Session, client: string): boolean {
    if (this.ended.size === 0) return false;
    let named = this.names.get(session);
    if (named === undefined) {
      const { sid, subject } = session;
      named = {
        sid: sid === undefined ? undefined : endedName(client, "sid", sid),
        sub: endedName(client, "sub", subject),
      };
      this.names.set(session, named);
    }
    const { sid, sub } = named;
    return (sid !== undefined && this.holds(sid, session)) || this.holds(sub, session);
  }

  /** It is ended here, or is about to be. */
  knows(token: string): boolean {
    return this.tokens.has(token) || this.waiting.has(token);
  }

  /** Ends sessions at all front doors. False: that could not be kept, or not in time. */
  end(ended: EndedSessions): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(() => settle(false), IN_FORCE_MS);
      const settle = (kept: boolean) => {
        clearTimeout(late);
        this.waiting.delete(ended.token);
        resolve(kept);
      };
      this.waiting.set(ended.token, settle);
      this.options.tell(ended);
    });
  }

  get underWay(): number {
    return this.waiting.size;
  }

  /** These are in force for all front doors; those of `failed`, by their tokens, could not be kept. */
  take(ended: readonly EndedSessions[], failed: readonly string[]): void {
    for (const one of ended) {
      this.add(one);
      this.waiting.get(one.token)?.(true);
    }
    for (const token of failed) this.waiting.get(token)?.(false);
  }

  private add(one: EndedSessions): void {
    const now = this.options.now();
    this.ended.delete(one.who);
    this.ended.set(one.who, one);
    this.tokens.set(one.token, one.until);
    for (const [token, until] of this.tokens) {
      if (this.tokens.size <= MAX_ENDED_SESSIONS && until > now) break;
      this.tokens.delete(token);
    }
    for (const [who, { until }] of this.ended) {
      const over = this.ended.size > MAX_ENDED_SESSIONS;
      const isPast = until <= now;
      if (!over && !isPast) return;
      this.ended.delete(who);
      if (!isPast) this.options.onForgotten();
    }
  }

  private holds(who: string, { began }: Session): boolean {
    const one = this.ended.get(who);
    return one !== undefined && (one.before === null || began <= one.before);
  }
}

/** A name for sessions that says nobody's. `client`: issuer and client id. */
export function endedName(client: string, kind: "sid" | "sub" | "jti", value: string): string {
  return hash("sha256", `${client}\n${kind}\n${value}`, "base64url").slice(0, DIGEST_CHARACTERS);
}
