import type { Pace } from "./gcra.ts";
import type { QuotaPeriod } from "./utc-window.ts";

/** Where a part of a limit's key comes from. Header names are lower-case. */
export type LimitSource =
  /** The id of the API key. */
  | { readonly kind: "apiKey" }
  /** Of a verified token or session. */
  | { readonly kind: "claim"; readonly name: string }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "cookie"; readonly name: string }
  /** The front door's own cookie, as it was sent. */
  | { readonly kind: "client" }
  /** The client's address; of IPv6 its /64. */
  | { readonly kind: "ip" };

export interface LimitRate {
  /** As it was written: `100/s`. */
  readonly text: string;
  /** With its burst: at most `burst` requests at once, and `burst + rate × t` in any time t. */
  readonly pace: Pace;
  readonly burst: number;
}

export interface LimitQuota {
  readonly amount: number;
  readonly period: QuotaPeriod;
}

/** One limit. It has at least one of rate, quota and `concurrent`. */
export interface LimitRule {
  /** What the RateLimit fields call it. */
  readonly name: string;
  /** Empty: one limit for all requests. */
  readonly key: readonly LimitSource[];
  readonly rate?: LimitRate | undefined;
  readonly quotas: readonly LimitQuota[];
  /** Requests under way at once. */
  readonly concurrent?: number | undefined;
  /** Answers carry the RateLimit fields. */
  readonly headers: boolean;
}

/** A request has to fit into all of them. */
export type LimitPolicy = readonly LimitRule[];

/** What an API key's plan promises. */
export interface Plan {
  /** In place of the route's own rates and quotas; undefined: these hold. Its key is the API key. */
  readonly limit: LimitRule | undefined;
  /** The limit is counted for each route by itself. */
  readonly perRoute: boolean;
}

/** By name. */
export type Plans = Readonly<Record<string, Plan>>;

/** What is counted of one limit, for each of its keys. `id`: the same in all processes and front doors that count together. */
export type MeterDefinition =
  | { readonly kind: "rate"; readonly id: string; readonly pace: Pace }
  | { readonly kind: "quota"; readonly id: string; readonly amount: number; readonly period: QuotaPeriod }
  | { readonly kind: "concurrent"; readonly id: string; readonly most: number };

/** What a meter says of one key. */
export interface Reading {
  /** Requests that would still pass now. */
  readonly left: number;
  /** Until nothing of it is used, ms: a bucket that is full again, a window that is over. Of `concurrent`: 0. */
  readonly wholeMs: number;
}

/** May a request pass? */
export interface LimitDecision {
  /** Which meter refuses it, by its place: of several the one that does so longest. -1: none, and it is counted by all. */
  readonly refusedBy: number;
  /** Until that meter would let one pass, ms. Of `concurrent`: 0, nobody knows. */
  readonly retryMs: number;
  /** Of each meter, in their order. */
  readonly readings: readonly Reading[];
}

/** The meters of a rule, in the order in which its fields name them. `scope`: what tells rules of other routes and plans apart. */
export function metersOf(rule: LimitRule, scope: string): readonly MeterDefinition[] {
  const id = `${scope}\t${rule.key.map(sourceText).join(",")}`;
  return [
    ...(rule.rate === undefined
      ? []
      : [{ kind: "rate" as const, id: `${id}\t${rule.rate.text}`, pace: rule.rate.pace }]),
    ...rule.quotas.map(({ amount, period }) => ({
      kind: "quota" as const,
      id: `${id}\t/${period}`,
      amount,
      period,
    })),
    ...(rule.concurrent === undefined
      ? []
      : [{ kind: "concurrent" as const, id: `${id}\tconcurrent`, most: rule.concurrent }]),
  ];
}

/** As it is written in a file: `apiKey`, `claim:sub`, `header:x-team`, `cookie:device`, `client`, `ip`. */
export function sourceText(source: LimitSource): string {
  return "name" in source ? `${source.kind}:${source.name}` : source.kind;
}
