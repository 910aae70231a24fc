import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../domain/clock.ts";
import { FigError } from "../domain/errors.ts";
import { networkOf } from "../domain/ip-address.ts";
import type { Log } from "../observe/contract.ts";

/** Browsers logged in at one time. Beyond it, the oldest session ends. */
export const MAX_SESSIONS = 100;
/** A session ends after this, whatever happens in it: a working day. */
export const SESSION_MS = 12 * 60 * 60 * 1000;
/** Wrong tokens that one address (of IPv6, one /64) may send in the time after the first of them. */
export const MAX_FAILED_LOGINS = 10;
const FAILED_LOGINS_MS = 60 * 1000;
/** Addresses whose wrong tokens are remembered. */
const MAX_LOGIN_ADDRESSES = 1_000;

export interface Session {
  /** The digest of the cookie's number. */
  readonly key: string;
  /** The name that the person gave; null: none. */
  readonly by: string | null;
  /** On the clock that never goes back: a wall clock that is set back would bring an ended session to life. */
  readonly until: number;
}

interface Failures {
  count: number;
  readonly until: number;
}

interface SessionsOptions {
  readonly adminToken: string | undefined;
  readonly clock: Pick<Clock, "micros" | "hex">;
  readonly log: Log;
  /** Cookies know no ports, so that two front doors of one host need names of their own. */
  readonly cookieName: () => string;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

/**
 * Who may act. A browser trades the admin token for a cookie with a random number, of which only the digest is kept; the
 * token itself is in no cookie.
 */
export class Sessions {
  readonly needed: boolean;
  readonly refused = { wrong_token: 0, too_many_attempts: 0 };
  private readonly options: SessionsOptions;
  private readonly expected: Buffer | undefined;
  private readonly sessions = new Map<string, Session>();
  private readonly failures = new Map<string, Failures>();

  constructor(options: SessionsOptions) {
    this.options = options;
    this.needed = options.adminToken !== undefined;
    this.expected = options.adminToken === undefined ? undefined : digest(options.adminToken);
  }

  private now(): number {
    return this.options.clock.micros() / 1000;
  }

  /**
   * Takes a token that was sent from an address. Throws `unauthorized`, and `too_many_attempts` after too many of those from one
   * address, whatever it sends then: a right one may be the last of many guesses.
   */
  check(from: string, token: string): void {
    const now = this.now();
    const address = networkOf(from);
    const failed = this.failures.get(address);
    if (failed !== undefined && failed.until > now && failed.count >= MAX_FAILED_LOGINS) {
      this.refused.too_many_attempts++;
      throw new FigError("too_many_attempts", "Too many wrong tokens came from this address.", {
        remedy: "Wait a minute.",
        details: { retryAfterSeconds: Math.ceil((failed.until - now) / 1000) },
      });
    }
    if (this.isToken(token)) return;
    this.fail(address, now);
    throw new FigError("unauthorized", "This is not the admin token.", {
      remedy: "Send `Authorization: Bearer <adminToken>`.",
    });
  }

  /** Digests have one length, so the comparison takes the same time whatever was sent. */
  private isToken(sent: string): boolean {
    return this.expected !== undefined && timingSafeEqual(digest(sent), this.expected);
  }

  find(cookies: string | undefined): Session | undefined {
    const key = this.keyIn(cookies);
    const session = key === undefined ? undefined : this.sessions.get(key);
    return session !== undefined && this.lasts(session) ? session : undefined;
  }

  /** False: its time is over, or it was logged out or pushed out since. */
  lasts(session: Session): boolean {
    return this.sessions.get(session.key) === session && session.until > this.now();
  }

  /** Gives a Set-Cookie value. Throws `unauthorized`, and `too_many_attempts` after too many of those from one address. */
  login(address: string, token: string, by: string | null, secure: boolean): string {
    const { clock } = this.options;
    this.check(address, token);
    const id = clock.hex(32);
    const key = digest(id).toString("hex");
    this.sessions.set(key, { key, by, until: this.now() + SESSION_MS });
    forgetOldest(this.sessions, MAX_SESSIONS);
    return this.cookie(id, SESSION_MS / 1000, secure);
  }

  /** Gives the Set-Cookie value that takes the cookie back. */
  logout(cookies: string | undefined, secure: boolean): string {
    const key = this.keyIn(cookies);
    if (key !== undefined) this.sessions.delete(key);
    return this.cookie("", 0, secure);
  }

  private fail(address: string, now: number): void {
    this.refused.wrong_token++;
    const before = this.failures.get(address);
    const failures =
      before !== undefined && before.until > now ? before : { count: 0, until: now + FAILED_LOGINS_MS };
    failures.count++;
    // The newest stand last: those that are forgotten are the oldest.
    this.failures.delete(address);
    this.failures.set(address, failures);
    forgetOldest(this.failures, MAX_LOGIN_ADDRESSES);
    // The first, and the one that ends it: a flood of guesses makes no flood of lines.
    const { log } = this.options;
    if (failures.count === 1) log.warn({ address }, "a wrong admin token was sent");
    else if (failures.count === MAX_FAILED_LOGINS)
      log.warn(
        { address, tries: failures.count },
        "too many wrong admin tokens were sent: the address has to wait",
      );
  }

  private keyIn(cookies: string | undefined): string | undefined {
    const name = `${this.options.cookieName()}=`;
    const pair = (cookies ?? "").split(/; */).find((each) => each.startsWith(name));
    const id = pair?.slice(name.length);
    return id === undefined || id === "" ? undefined : digest(id).toString("hex");
  }

  private cookie(value: string, maxAge: number, secure: boolean): string {
    const attributes = `Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    return `${this.options.cookieName()}=${value}; ${attributes}`;
  }
}
