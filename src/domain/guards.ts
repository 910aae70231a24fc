/** What guards watch, and what they are told. */

/** What a guard watches while clients are on modern. */
export interface GuardRules {
  /** Modern's share of errors (5xx, broken, timed out), and of 401 and 403, by itself. */
  readonly errors: boolean;
  /** By quantile, how many times as slow as legacy modern may be; undefined: it is not watched. */
  readonly latency: Readonly<Partial<Record<GuardedQuantile, number>>> | undefined;
  /** Comparisons that differ at a path of `compare.high`, in percent; undefined: they are not watched. */
  readonly mismatches: { readonly percent: number } | undefined;
  /** Whether clients' keys come to the sides as the split asks for. */
  readonly sampleRatio: boolean;
  /** Of a route, within a day; beyond it guards say what they see, and leave it. */
  readonly maxTrips: number;
}

export type GuardedQuantile = "p50" | "p95" | "p99" | "p999";

/** `errors`, `refusals`: of clients' answers. `pairs`: of requests that both sides answered, the client had modern's. */
export type WitnessKind = "errors" | "refusals" | "pairs";

/** Why a guard takes a route back. */
export type GuardName = WitnessKind | "latency" | "mismatches" | "sampleRatio";

/** One event that speaks for a side: it failed, or refused, and (a pair) the other did not. */
export interface GuardWitness {
  readonly route: string;
  /** The evidence window. */
  readonly revision: number;
  readonly epoch: number;
  /** Where the route stood here when the request began, percent. */
  readonly percent: number;
  readonly kind: WitnessKind;
  readonly modern: boolean;
  /** Hash of the client's key; undefined: each counts by itself. */
  readonly key: number | undefined;
  readonly sample: GuardSample;
}

/** What people look at. Holds no credential. */
export interface GuardSample {
  readonly requestId: string;
  /** 0: there was none. */
  readonly status: number;
}

/** What a request's end tells of a guarded route. Called for failures alone. */
export interface GuardTap {
  /** A client's answer. `key`: its split hash; undefined: it was not split. */
  answered(kind: "errors" | "refusals", modern: boolean, key: number | undefined, seen: GuardSample): void;
  /** Of the two answers to one request, one failed. `modern`: it was modern's. */
  apart(modern: boolean, seen: GuardSample): void;
}

/** What a trip stands on. JSON. */
export interface GuardEvidence {
  readonly guard: GuardName;
  readonly route: string;
  /** The e-value, and what it had to reach. */
  readonly value: number;
  readonly alarm: number;
  /** In words. */
  readonly seen: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Of modern, where the route stood, percent. */
  readonly percent: number;
  readonly samples: readonly (GuardSample & { readonly at: string })[];
}

/** The class of an answer that guards count; undefined: none. */
export function guardedClass(status: number, error: boolean): "errors" | "refusals" | undefined {
  if (error) return "errors";
  return status === 401 || status === 403 ? "refusals" : undefined;
}
