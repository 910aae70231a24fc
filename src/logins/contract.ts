/** People who log in at a provider, and the sealed cookies that say who they are. */
import type { RawHeaders } from "../domain/message.ts";
import type { LoginPolicy } from "../domain/policies/login.ts";

/** Where a browser asks, and what it sent. */
export interface Visit {
  /** As the client asked for it, with its port. */
  readonly host: string;
  /** It speaks TLS, as far as its senders are believed. */
  readonly secure: boolean;
  readonly headers: RawHeaders;
}

/** What is in a session's cookie. Times are ms since the epoch. */
export interface Session {
  readonly id: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly began: number;
  /** The last request that was noted. */
  readonly seen: number;
  /** From then on the provider is asked whether it still holds. Undefined: it is not. */
  readonly refreshAt?: number | undefined;
  readonly refreshToken?: string | undefined;
  /** Names the session when it ends at the provider. */
  readonly idToken?: string | undefined;
  /** The provider's own session, as it calls that. */
  readonly sid?: string | undefined;
}

/** Why a login did not come to its end, by a word for the log and the client. */
export type LoginFault =
  | "method"
  | "return"
  | "parameters"
  | "state"
  | "expired"
  | "replayed"
  | "code"
  | "token"
  | "too_large";

/** Why a provider's logout was not taken, by a word for the log and the provider. */
export type LogoutFault = "form" | "token" | "claims" | "replayed" | "unavailable";

export type LoginOutcome =
  | { readonly kind: "go"; readonly location: string; readonly cookies: readonly string[] }
  /** The browser, or whoever sent it, got something wrong. */
  | { readonly kind: "failed"; readonly fault: LoginFault; readonly cookies: readonly string[] }
  /** The provider says that this person may not, or that they went back. */
  | { readonly kind: "denied"; readonly cookies: readonly string[] }
  | { readonly kind: "unavailable"; readonly seconds: number };

/** One policy's logins. Nothing of it throws or rejects. */
export interface Login {
  /** The session of a request; undefined: none that holds. */
  session(visit: Visit): Session | undefined;
  /** What is to be done for a session before its request goes on, or with its answer. */
  due(session: Session): "refresh" | "touch" | undefined;
  /** Values of Set-Cookie that keep a session; it is noted as seen now. */
  keep(visit: Visit, session: Session): readonly string[];
  /** Values of Set-Cookie that take away what came of a session. */
  drop(visit: Visit): readonly string[];
  /** Fields without the cookies of sessions and logins: they are nobody's but the front door's. */
  withoutCookies(headers: RawHeaders): RawHeaders;
  begin(visit: Visit, back: string): Promise<LoginOutcome>;
  finish(visit: Visit, query: string): Promise<LoginOutcome>;
  /** The session as the provider renews it; as it was, where it cannot tell; "ended": it says no. */
  refresh(session: Session): Promise<Session | "ended">;
  /** Ends a session here, and says where it ends at the provider. */
  end(visit: Visit): Promise<{ readonly location: string; readonly cookies: readonly string[] }>;
  /** Ends what the claims of a provider's logout token name, at all front doors. `claims`: of one that is signed, and for this client. */
  endElsewhere(claims: Readonly<Record<string, unknown>>): Promise<LogoutFault | undefined>;
}

/** What logins of this process came to, by words. */
export interface LoginCounts {
  /** By `call result` with a tab between them. */
  readonly calls: Record<string, number>;
  readonly limits: Record<string, number>;
}

export interface Logins {
  readonly counts: LoginCounts;
  /** A policy's; undefined: its secrets cannot be read, which is in the log. */
  of(policy: LoginPolicy): Login | undefined;
}
