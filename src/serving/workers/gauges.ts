import type { ServingGauges } from "../contract.ts";
import { countedUpstreams, mergedUpstreams } from "./upstream-states.ts";

/** Of several workers: what is so now, or what was counted since each began. What an ended one counted stays counted. */
type Kind = "now" | "counted";

/** What a worker says; the rest is the supervisor's. */
export type WorkerGauges = Omit<ServingGauges, "workers" | "workerExits" | "workerUncountedSeconds">;
type Figures = Omit<WorkerGauges, "upstreams">;

const KINDS: Readonly<Record<keyof Required<Figures>, Kind>> = {
  shadowBytesHeld: "now",
  shadowsRefused: "counted",
  controls: "counted",
  noisePaths: "now",
  earlierWrites: "now",
  earlierWritesForgotten: "counted",
  mismatchBytesHeld: "now",
  mismatchRowsFolded: "counted",
  wholeAnswers: "counted",
  cacheBytesHeld: "now",
  cacheStored: "now",
  cacheCounts: "counted",
  bodyBytesHeld: "now",
  bodiesRefused: "counted",
  compressBytesHeld: "now",
  compressionsRefused: "counted",
  waitingBytesHeld: "now",
  readsShortened: "counted",
  connections: "now",
  handshaking: "now",
  handshakes: "counted",
  proxyRefused: "counted",
  readsRested: "counted",
  halfClosedCancelled: "counted",
  laneRequests: "counted",
  laneHandovers: "counted",
  sessionsEnded: "counted",
  acmeChallenges: "counted",
  http2Limits: "counted",
  websocketsOpen: "now",
  websocketCounts: "counted",
  policyVerdicts: "counted",
  tokenCacheBytes: "now",
  tokenCache: "counted",
  identityTokens: "counted",
  keyFetches: "counted",
  keysStale: "now",
  authorizerCalls: "counted",
  authorizerCache: "counted",
  authorizerLimits: "counted",
  authorizerQuestions: "now",
  authorizerBytesKept: "now",
  limitKeys: "now",
  limitBytesHeld: "now",
  limitShared: "counted",
  limitLocal: "counted",
  limitTold: "counted",
  limitDoors: "now",
  // Of a worker that ended it is let go of: it would grow with each.
  limitRefused: "now",
  loginCalls: "counted",
  loginLimits: "counted",
  rejected: "counted",
  fieldsDropped: "counted",
  clientCookies: "counted",
  pinsDropped: "counted",
  bodyWorkFailed: "counted",
  spans: "counted",
  spanBytesHeld: "now",
  logLinesDropped: "counted",
  logLinesCut: "counted",
  guardEventsDropped: "counted",
};
const NAMES = Object.keys(KINDS) as (keyof Figures)[];

type Value = number | Readonly<Record<string, number>>;

function added(one: Value | undefined, other: Value | undefined): Value | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (typeof one === "number" || typeof other === "number") return Number(one) + Number(other);
  const sums: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** All of them together. */
export function summedGauges(gauges: readonly WorkerGauges[]): WorkerGauges {
  const sum: Partial<Record<keyof Figures, Value>> = {};
  for (const key of NAMES) {
    for (const each of gauges) {
      const value = added(sum[key], each[key]);
      if (value !== undefined) sum[key] = value;
    }
  }
  const upstreams = mergedUpstreams(gauges.flatMap((each) => each.upstreams));
  return { ...NOTHING, ...sum, upstreams } as WorkerGauges;
}

/** What stays of a worker that ended. */
export function whatStays(gauges: WorkerGauges): WorkerGauges {
  const now = NAMES.filter((key) => KINDS[key] === "now");
  return {
    ...gauges,
    ...Object.fromEntries(now.map((key) => [key, typeof gauges[key] === "number" ? 0 : {}])),
    upstreams: countedUpstreams(gauges.upstreams),
  };
}

const NOTHING: WorkerGauges = {
  shadowBytesHeld: 0,
  shadowsRefused: 0,
  controls: {},
  noisePaths: 0,
  earlierWrites: 0,
  earlierWritesForgotten: 0,
  mismatchBytesHeld: 0,
  mismatchRowsFolded: 0,
  wholeAnswers: {},
  cacheBytesHeld: 0,
  cacheStored: {},
  cacheCounts: {},
  bodyBytesHeld: 0,
  bodiesRefused: 0,
  compressBytesHeld: 0,
  compressionsRefused: 0,
  waitingBytesHeld: 0,
  readsShortened: 0,
  connections: 0,
  handshaking: 0,
  handshakes: {},
  proxyRefused: {},
  readsRested: 0,
  halfClosedCancelled: 0,
  laneRequests: {},
  laneHandovers: {},
  sessionsEnded: {},
  acmeChallenges: {},
  http2Limits: {},
  websocketsOpen: {},
  websocketCounts: {},
  policyVerdicts: {},
  tokenCacheBytes: 0,
  tokenCache: {},
  identityTokens: {},
  keyFetches: {},
  keysStale: {},
  authorizerCalls: {},
  authorizerCache: {},
  authorizerLimits: {},
  authorizerQuestions: {},
  authorizerBytesKept: 0,
  limitKeys: 0,
  limitBytesHeld: 0,
  limitShared: 0,
  limitLocal: 0,
  limitTold: {},
  limitDoors: 0,
  limitRefused: {},
  loginCalls: {},
  loginLimits: {},
  rejected: {},
  guardEventsDropped: 0,
  fieldsDropped: {},
  clientCookies: {},
  pinsDropped: 0,
  upstreams: [],
  bodyWorkFailed: {},
  spans: {},
  spanBytesHeld: 0,
  logLinesDropped: 0,
  logLinesCut: { access: 0, door: 0 },
};
