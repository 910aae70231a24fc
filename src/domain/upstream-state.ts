import type { CertificateState } from "./certificate-state.ts";

/** How one try of a request at an upstream ended: the answer's head came, or what kept it from coming. Metric labels. */
export const TRY_RESULTS = [
  "answered",
  "refused",
  "connect_timeout",
  "certificate",
  "timeout",
  "reset",
  "invalid",
] as const;
export type TryResult = (typeof TRY_RESULTS)[number];

/** One try of a request. */
export interface UpstreamTry {
  readonly upstream: string;
  /** The member's. */
  readonly address: string;
  /** Of TRY_RESULTS, or the status that was not accepted. */
  readonly result: string;
}

/** Bounds of an upstream that may be reached. Metric labels. */
export const UPSTREAM_LIMITS = [
  "connections",
  "queue",
  "ejection",
  "retry_budget",
  "addresses",
  "streams",
  "resets",
  "silence",
] as const;

/** Of them those of one HTTP/2 connection: it is full, too many of its requests were given up, it is dead. */
export type ConnectionLimit = Extract<UpstreamLimit, "streams" | "resets" | "silence">;
type UpstreamLimit = (typeof UPSTREAM_LIMITS)[number];

/**
 * Whether a member gets requests: `up`; `down`, its health checks fail; `ejected`, requests to it failed; `trial`, one request
 * is to tell whether it is back; `standby`, an address of a family that cannot be reached while another can.
 */
export const MEMBER_CONDITIONS = ["up", "down", "ejected", "trial", "standby"] as const;
export type MemberCondition = (typeof MEMBER_CONDITIONS)[number];

/** One address of one URL. */
export interface MemberState {
  readonly url: string;
  /** `10.0.0.7:8080`, `[::1]:8080`, `unix:/run/app.sock`. */
  readonly address: string;
  readonly condition: MemberCondition;
  readonly weight: number;
  /** Requests under way. */
  readonly requests: number;
  /** Open connections that carry no request. */
  readonly idle: number;
  /** Since it is a member. */
  readonly ejections: number;
}

/** One upstream of this process, now. Counters are since the upstream was made. */
export interface UpstreamState {
  readonly name: string;
  readonly members: readonly MemberState[];
  /** None is up, and requests go to all of them all the same. */
  readonly failOpen: boolean;
  /** Names that could not be looked up the last time, with the system's code. */
  readonly unresolved: readonly { readonly name: string; readonly error: string }[];
  /** Requests that wait for a connection or for a name. */
  readonly waiting: number;
  readonly tries: Readonly<Record<TryResult, number>>;
  readonly retries: number;
  readonly ejections: number;
  readonly checksPassed: number;
  readonly checksFailed: number;
  readonly limited: Readonly<Record<UpstreamLimit, number>>;
  /** What it is shown in force now; left out: none, or nobody serves. */
  readonly certificate?: CertificateState | undefined;
}
