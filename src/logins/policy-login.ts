import type { RawHeaders } from "../domain/message.ts";
import { type LoginPolicy, providerSettings, safeReturn } from "../domain/policies/login.ts";
import type { Login, LoginFault, LoginOutcome, LogoutFault, Session, Visit } from "./contract.ts";
import {
  attemptName,
  clearChunks,
  clearCookie,
  cookieName,
  MAX_SESSION_CHARS,
  readChunks,
  sentAttempts,
  sentCookies,
  withoutOwnCookies,
  writeChunks,
  writeCookie,
} from "./cookies.ts";
import { type EndedElsewhere, endedName } from "./ended-elsewhere.ts";
import { readLogoutToken } from "./logout-token.ts";
import type { OpenedSessions } from "./opened-sessions.ts";
import type { Provider } from "./provider.ts";
import { faultOf } from "./provider-faults.ts";
import type { Refreshes } from "./refreshes.ts";
import type { Remembered } from "./remembered.ts";
import { newSession, renewedSession } from "./renewal.ts";
import type { Seal } from "./seal.ts";
import { type Attempt, readAttempt, readSession } from "./sealed-values.ts";

/** A login that was begun is finished within it, or begun anew. */
const ATTEMPT_MS = 600_000;
/** Logins under way of one browser; the oldest go. */
const MAX_ATTEMPTS = 5;
/** All of them together, but for one that is longer by itself: pages have long addresses, and requests a bound. */
const MAX_ATTEMPT_CHARS = 4 * 1024;
/** Logins and refreshes that ask a provider at once. */
const MAX_UNDER_WAY = 200;
const RETRY_SECONDS = 5;
/** A session's cookie is written anew when so much of `idle` is over. */
const TOUCHES = 8;

interface LoginParts {
  readonly policy: LoginPolicy;
  readonly provider: Provider;
  readonly seal: Seal;
  readonly refreshes: Refreshes;
  /** Sessions that were opened, under a place of this login's own: other secrets may not open them. */
  readonly opened: OpenedSessions;
  readonly place: string;
  /** Sessions that ended before their time. */
  readonly ended: Remembered;
  readonly endedElsewhere: EndedElsewhere;
  /** States that were given in. */
  readonly used: Remembered;
  readonly now: () => number;
  readonly randomHex: (bytes: number) => string;
  /** A bound that was reached. */
  readonly limited: (limit: "busy" | "attempts" | "session") => void;
  /** Says in the log why the provider gave nothing. */
  readonly failed: (detail: string) => void;
}

export class PolicyLogin implements Login {
  private readonly parts: LoginParts;
  private readonly base: string;
  /** Another client's sessions with the same secret are none. */
  private readonly client: string;
  private underWay = 0;

  constructor(parts: LoginParts) {
    this.parts = parts;
    this.base = parts.policy.session.cookie;
    this.client = `${providerSettings(parts.policy).issuer} ${parts.policy.clientId}`;
  }

  session(visit: Visit): Session | undefined {
    const session = this.opened(visit);
    if (session === undefined) return undefined;
    const { idle, life } = this.parts.policy.session;
    const now = this.parts.now();
    const over = now >= session.began + life || now >= session.seen + idle || this.hasEnded(session);
    return over ? undefined : session;
  }

  due({ seen, refreshAt }: Session): "refresh" | "touch" | undefined {
    const now = this.parts.now();
    if (refreshAt !== undefined && now >= refreshAt) return "refresh";
    return now - seen >= this.parts.policy.session.idle / TOUCHES ? "touch" : undefined;
  }

  keep(visit: Visit, session: Session): readonly string[] {
    const { now, policy } = this.parts;
    // It ended while this request was under way.
    if (this.hasEnded(session)) return this.drop(visit);
    const text = this.sealed(visit, { ...session, seen: now() });
    if (text === undefined) return [];
    const { idle, life } = policy.session;
    const maxAgeSeconds = Math.max(1, Math.ceil(Math.min(idle, session.began + life - now()) / 1000));
    const sent = sentCookies(visit.headers);
    return writeChunks(this.name(visit), text, sent, { secure: visit.secure, maxAgeSeconds });
  }

  drop(visit: Visit): readonly string[] {
    return clearChunks(this.name(visit), sentCookies(visit.headers), visit.secure);
  }

  withoutCookies(headers: RawHeaders): RawHeaders {
    return withoutOwnCookies(headers, this.base);
  }

  begin(visit: Visit, back: string): Promise<LoginOutcome> {
    const { policy, provider, randomHex, now, seal } = this.parts;
    const safe = safeReturn(back, policy);
    if (safe === undefined) return Promise.resolve(failed("return"));
    return this.bounded(async () => {
      const proof = { state: randomHex(32), nonce: randomHex(32), verifier: randomHex(32) };
      const location = await provider.authorizeUrl(this.redirectUri(visit), proof);
      const attempt: Attempt = { ...proof, back: safe, at: now() };
      const name = attemptName(this.base, visit.secure, proof.state);
      const text = seal.seal(JSON.stringify(attempt), this.about("attempt", visit));
      const set = writeCookie(name, text, visit.secure, ATTEMPT_MS / 1000);
      return { kind: "go", location, cookies: [...this.crowded(visit, text.length), set] };
    });
  }

  async finish(visit: Visit, query: string): Promise<LoginOutcome> {
    const { policy, provider, used, now } = this.parts;
    const asked = new URLSearchParams(query);
    const names = [...asked.keys()];
    if (new Set(names).size < names.length) return failed("parameters");
    const state = asked.get("state") ?? "";
    if (!/^[0-9a-f]{64}$/.test(state)) return failed("state");
    const name = attemptName(this.base, visit.secure, state);
    const sealed = sentCookies(visit.headers).get(name);
    const attempt = readAttempt(sealed && this.parts.seal.open(sealed, this.about("attempt", visit)));
    if (attempt === undefined || attempt.state !== state) return failed("state");
    const cleared = [clearCookie(name, visit.secure)];
    if (now() >= attempt.at + ATTEMPT_MS) return failed("expired", cleared);
    if (used.has(state)) return failed("replayed", cleared);
    used.add(state, attempt.at + ATTEMPT_MS);
    const answered = new URL(this.redirectUri(visit));
    answered.search = asked.toString();
    const outcome = await this.bounded(async () => {
      const person = await provider.exchange(answered, attempt, policy.forward.claims);
      const session = newSession(person, this.parts.randomHex(16), now());
      const fitting = this.fitting(visit, session);
      if (fitting === undefined) return failed("too_large");
      // A login puts another session in the place of what was there.
      const cookies = [...this.keep(visit, fitting), ...cleared];
      return { kind: "go", location: attempt.back, cookies };
    });
    return outcome.kind === "go" || outcome.kind === "unavailable"
      ? outcome
      : { ...outcome, cookies: cleared };
  }

  async refresh(session: Session): Promise<Session | "ended"> {
    const { provider, refreshes, ended, policy } = this.parts;
    const { refreshToken, subject } = session;
    if (refreshToken === undefined) return session;
    const refreshed = await refreshes.of(session, async () => {
      if (this.underWay >= MAX_UNDER_WAY) {
        this.parts.limited("busy");
        return "unknown";
      }
      this.underWay++;
      try {
        const person = await provider.refresh(refreshToken, subject);
        if (person === undefined) {
          ended.add(session.id, session.began + policy.session.life);
          return "ended";
        }
        return renewedSession(session, person, this.parts.now());
      } catch (error) {
        this.parts.failed(detailOf(error));
        return "unknown";
      } finally {
        this.underWay--;
      }
    });
    return refreshed === "unknown" ? session : refreshed;
  }

  async end(visit: Visit): Promise<{ readonly location: string; readonly cookies: readonly string[] }> {
    const { policy, provider, ended } = this.parts;
    const session = this.opened(visit);
    const cookies = this.drop(visit);
    const back = `${this.origin(visit)}${policy.afterLogout}`;
    if (session === undefined) return { location: policy.afterLogout, cookies };
    ended.add(session.id, session.began + policy.session.life);
    if (session.refreshToken !== undefined)
      void provider
        .revoke(session.refreshToken)
        .catch((error: unknown) => this.parts.failed(detailOf(error)));
    const location = await provider.endUrl(back, session.idToken).catch((error: unknown) => {
      this.parts.failed(detailOf(error));
      return undefined;
    });
    return { location: location ?? policy.afterLogout, cookies };
  }

  async endElsewhere(claims: Readonly<Record<string, unknown>>): Promise<LogoutFault | undefined> {
    const { endedElsewhere, now, policy, limited, failed } = this.parts;
    const read = readLogoutToken(claims, now());
    if (typeof read === "string") return read;
    const token = endedName(this.client, "jti", read.jti);
    if (endedElsewhere.knows(token)) return "replayed";
    if (endedElsewhere.underWay >= MAX_UNDER_WAY) {
      limited("busy");
      return "unavailable";
    }
    const { sid, sub = "", oldAt } = read;
    const who = sid === undefined ? endedName(this.client, "sub", sub) : endedName(this.client, "sid", sid);
    const before = sid === undefined ? now() : null;
    // For as long as the token would be taken, however short a session's life is.
    const until = Math.max(now() + policy.session.life, oldAt + 1);
    const kept = await endedElsewhere.end({ who, before, until, token });
    if (kept) return undefined;
    failed("it ended sessions, and the state store did not take that");
    return "unavailable";
  }

  private hasEnded(session: Session): boolean {
    const { ended, endedElsewhere } = this.parts;
    return ended.has(session.id) || endedElsewhere.has(session, this.client);
  }

  private opened(visit: Visit): Session | undefined {
    const text = readChunks(sentCookies(visit.headers), this.name(visit));
    if (text === undefined) return undefined;
    const about = this.about("session", visit);
    const { opened, place, seal } = this.parts;
    return opened.of(place, text, about, () => readSession(seal.open(text, about)));
  }

  /** A session that fits into cookies: without the ID token, then with the claims alone that go on. */
  private fitting(visit: Visit, session: Session): Session | undefined {
    const { claims } = this.parts.policy.forward;
    const { idToken: _, ...bare } = session;
    const few = claims.filter((name) => Object.hasOwn(session.claims, name));
    const fewest = { ...bare, claims: Object.fromEntries(few.map((name) => [name, session.claims[name]])) };
    const fits = [session, bare, fewest].find((one) => this.sealed(visit, one) !== undefined);
    if (fits !== session) this.parts.limited("session");
    return fits;
  }

  private sealed(visit: Visit, session: Session): string | undefined {
    const text = this.parts.seal.seal(JSON.stringify(session), this.about("session", visit));
    return text.length > MAX_SESSION_CHARS ? undefined : text;
  }

  /** What clears the oldest logins under way, and those that are none, so that one more has its place. */
  private crowded(visit: Visit, chars: number): readonly string[] {
    const { seal, limited } = this.parts;
    const about = this.about("attempt", visit);
    const attempts = sentAttempts(sentCookies(visit.headers), this.base, visit.secure)
      .map(([name, text]) => ({ name, at: readAttempt(seal.open(text, about))?.at ?? 0, chars: text.length }))
      .sort((one, other) => other.at - one.at);
    let all = chars;
    const gone = attempts.filter(({ at, chars }, place) => {
      all += chars;
      return at === 0 || place >= MAX_ATTEMPTS - 1 || all > MAX_ATTEMPT_CHARS;
    });
    if (gone.some(({ at }) => at > 0)) limited("attempts");
    return gone.map(({ name }) => clearCookie(name, visit.secure));
  }

  private async bounded(work: () => Promise<LoginOutcome>): Promise<LoginOutcome> {
    if (this.underWay >= MAX_UNDER_WAY) {
      this.parts.limited("busy");
      return { kind: "unavailable", seconds: 1 };
    }
    this.underWay++;
    try {
      return await work();
    } catch (error) {
      const fault = faultOf(error);
      if (fault.kind === "denied") return { kind: "denied", cookies: [] };
      if (fault.kind !== "unavailable") return failed(fault.kind);
      this.parts.failed(fault.detail);
      return { kind: "unavailable", seconds: RETRY_SECONDS };
    } finally {
      this.underWay--;
    }
  }

  private name({ secure }: Visit): string {
    return cookieName(this.base, secure);
  }

  private about(kind: "session" | "attempt", { host, secure }: Visit): readonly string[] {
    return [kind, cookieName(this.base, secure), host, this.client];
  }

  private origin({ host, secure }: Visit): string {
    return `${secure ? "https" : "http"}://${host}`;
  }

  private redirectUri(visit: Visit): string {
    return `${this.origin(visit)}${this.parts.policy.callback}`;
  }
}

function failed(fault: LoginFault, cookies: readonly string[] = []): LoginOutcome {
  return { kind: "failed", fault, cookies };
}

function detailOf(error: unknown): string {
  const fault = faultOf(error);
  return fault.kind === "unavailable" ? fault.detail : fault.kind;
}
