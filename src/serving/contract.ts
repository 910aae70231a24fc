/**
 * How the two halves of a front door meet. *Serving* answers clients: lanes, exchange, shadows, upstreams, what is counted on the
 * way. *Admin* has files, state store, ledger, API and metrics (src/front-door). Today both are in one process, one of each;
 * with several processes that serve, one admin speaks to each of them over a channel. So all that passes here is messages: plain values
 * that survive a structured clone. Nothing is shared, and no value holds a function.
 *
 * A method is a message to serving, its promise the answer; an AsyncIterable is an answer in parts, each made when it is asked for.
 * Messages take effect in the order they are sent, whether or not the one before was answered. An error is a FigError: it
 * passes as code, message, remedy and details.
 */
import type { AcmeAnswer } from "../domain/acme.ts";
import type { ApiKeyInForce, ApiKeyUse } from "../domain/api-key.ts";
import type { Drain } from "../domain/config.ts";
import type { WindowCounts } from "../domain/counters.ts";
import type { EndedSessions } from "../domain/ended-sessions.ts";
import type { GuardWitness } from "../domain/guards.ts";
import type { Purge } from "../domain/http-cache/purge.ts";
import type { KeyNews } from "../domain/key-news.ts";
import type { EvidenceRow, RecentComparison, StoppedShadow } from "../domain/outcomes.ts";
import type { ToldPin } from "../domain/pins.ts";
import type { Placement } from "../domain/placement.ts";
import type { LimitDecision, MeterDefinition } from "../domain/policies/limit.ts";
import type { RecentPart } from "../domain/recent-clients.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { ConnectionAsk, SocketAsk, SocketReply } from "../domain/socket-asks.ts";
import type { WindowKey } from "../domain/tally.ts";
import type { WholeSample } from "../domain/whole/sample.ts";
import type { WrittenRequest } from "../lanes/contract.ts";
import type { MetricsGauges } from "../observe/contract.ts";
import type { DecidedValues } from "../routing/decide.ts";

/** What admin tells those that serve about files and positions. */
export interface PlacingMessages {
  /**
   * Other files: their routes are compiled and their upstreams made, and nothing is in force yet. Replaces what was prepared before
   * and not committed. Rejects with `invalid_route`. Addresses, lane, and the limits that a restart brings in force are
   * those that serving was made with.
   */
  prepare(config: ServingConfig): Promise<void>;
  /**
   * What was prepared comes in force, in one turn: routes with these positions (one placement for each, `(default)` too), upstreams and settings.
   * Requests under way finish on what they began with. Answered when every request that begins has it.
   */
  commit(placements: readonly Placement[]): Promise<void>;
  /**
   * Other certificates for new connections, ahead of the files that name them. Of listeners whose address is another, nothing
   * changes. Rejects where OpenSSL does not take one, and then nothing has changed.
   */
  renew(listen: ServingConfig["listen"]): Promise<void>;
  /**
   * Routes of the files in force move, all in one turn: a ledger entry. Answered when every request that begins has it. A
   * placement of a route that is not in the files in force means nothing.
   */
  place(placements: readonly Placement[]): Promise<void>;
}

/** API keys that changed, and how certain it is that these are all. */
export interface ApiKeysMessage {
  readonly keys: readonly ApiKeyInForce[];
  /** How long ago the state store said that no other changed, ms. Undefined: more are to come. */
  readonly ageMs: number | undefined;
}

/** What admin tells and asks those that serve about API keys. */
export interface ApiKeyMessages {
  /** In force when it is answered. */
  keepApiKeys(message: ApiKeysMessage): Promise<void>;
  /** What clients did with these keys since serving began; those that nobody used are left out. */
  apiKeyUses(ids: readonly string[]): Promise<readonly ApiKeyUse[]>;
}

/** One evidence window as this serving has counted it: absolute totals, which grow. */
export interface WindowTotal {
  /** One of its kind among those of this serving, for as long as the window's totals grow. */
  readonly id: number;
  readonly window: WindowKey;
  /**
   * A window that was forgotten comes again with less than it had. It is of a later round then, so that one round's totals of
   * a window only grow. Totals of several rounds add up.
   */
  readonly round: number;
  readonly counts: WindowCounts;
  /** Mismatches and notes added up in this window, bounded. */
  readonly mismatches: readonly EvidenceRow[];
}

export interface CountsPart {
  readonly totals: readonly WindowTotal[];
  /** Windows, by their ids, whose totals will not come again. Should one open again, it begins with nothing, another id and a later round. */
  readonly forgotten: readonly number[];
  /** Rounds from which no totals will come again. */
  readonly endedRounds: readonly number[];
}

/** What admin asks those that serve about what they counted. */
export interface CountingMessages {
  /**
   * Windows in which something was counted since they were last asked for. Asking for the next part says that the last one was
   * written; who gives up gets all that was not in the next answer again. One is asked for at a time.
   */
  counts(): AsyncIterable<CountsPart>;
  /** What each route came to since serving began, for /metrics. */
  totals(): AsyncIterable<readonly (readonly [route: string, counts: WindowCounts])[]>;
  /** What /metrics says besides, now. */
  gauges(): Promise<ServingGauges>;
}

export type ServingGauges = Omit<
  MetricsGauges,
  | "adminRefused"
  | "acmeOrders"
  | "cacheVoids"
  | "guardTrips"
  | "guardStates"
  | "webhooks"
  | "certificates"
  | "apiKeysAgeSeconds"
  | "filesDropped"
  | "autopilot"
  | "positions"
  | "ledgerRevision"
  | "storeReachable"
  | "counterPauseSeconds"
>;

export interface Drained {
  /** Requests, tunnels and streams under way that the deadline cut off. */
  readonly brokenOff: number;
}

/** A path whose stored answers are void: an unsafe method said so. `host`: lower-case. */
export interface VoidPath {
  readonly path: string;
  readonly host: string;
}

/** Sessions that providers ended. `failed`: the tokens of those that could not be kept. */
export interface EndedSessionsMessage {
  readonly ended: readonly EndedSessions[];
  readonly failed: readonly string[];
}

/** One of those that serve asks about a connection of a WebSocket API that is none of its own. */
export interface AskedSockets {
  /** Whose answer it is. */
  readonly seat: string;
  readonly id: number;
  readonly ask: ConnectionAsk;
}

export type AnsweredSockets = Omit<AskedSockets, "ask"> & { readonly reply: SocketReply };

/** What admin asks of connections of WebSocket APIs, and answers about those elsewhere. */
export interface SocketMessages {
  /** Undefined: the connection is nobody's here. A broadcast always has an answer. */
  askSockets(ask: SocketAsk): Promise<SocketReply | undefined>;
  socketsAnswered(answer: AnsweredSockets): Promise<void>;
}

export interface ServingMessages extends PlacingMessages, CountingMessages, ApiKeyMessages, SocketMessages {
  /** Who came lately to these routes; undefined: to all that had a request. Of each, one part for each that serves. */
  recentClients(routes: readonly string[] | undefined): Promise<readonly RecentPart[]>;
  /** Stored answers go, and what is under way is not stored; gives how many went, for each purge. */
  purge(purges: readonly Purge[]): Promise<readonly number[]>;
  /** What is stored of these paths is void: another front door, or another worker, says so. Nobody is told of it. */
  invalidate(paths: readonly VoidPath[]): Promise<void>;
  /** In force when it is answered: whoever waits for one of them is told. */
  endSessions(message: EndedSessionsMessage): Promise<void>;
  /** What would become of a request on a connection of its own, now: the decision that the exchange makes. Nothing is counted. */
  decide(request: WrittenRequest): Promise<DecidedValues | RefusalCode>;
  /**
   * What certificate authorities are to find from now on, all of it: by HTTP on every listener, by TLS on those that speak it.
   * Rejects where OpenSSL does not take it.
   */
  showChallenges(answers: readonly AcmeAnswer[]): Promise<void>;
  /**
   * Begins to listen; answered with a URL for each address, in their order. Rejects with `address_in_use` or
   * `address_unavailable`, and then nothing listens.
   */
  listen(): Promise<readonly string[]>;
  /** Opens the files of the logs anew: others have their names now. */
  reopenLogs(): Promise<void>;
  /**
   * Takes no new connection, once those that wait are taken: what `drain` begins with. `shared`: others listen on the same addresses
   * by sockets of their own.
   */
  stopAccepting(shared: boolean, patienceMs: number): Promise<void>;
  /** Lets clients finish, then shadows and comparisons: see drain.ts. Answered when nothing is under way. */
  drain(limits: Drain): Promise<Drained>;
  /** Ends whatever there is, once verdicts that are due within a second are in. What was counted can still be asked for. Idempotent. */
  stop(): Promise<void>;
}

/** What one of several processes that serve is told besides. */
export interface WorkerMessages extends ServingMessages {
  /** From now on session tickets are sealed with this secret, and those of the one before mean nothing. */
  sealTickets(secret: string): Promise<void>;
  /** Writes of clients that another worker's sides answered. */
  rememberPins(pins: readonly ToldPin[]): Promise<void>;
  /** What another worker learnt of sticky keys. */
  hearKeys(news: KeyNews): Promise<void>;
  /** What became of requests that it asked about. Not answered. */
  limitAnswers(answers: readonly LimitAnswer[]): void;
}

/** What one of several that serve asks of the one place that counts for all of them: what came up in one turn, in this order. */
export interface LimitAsks {
  /** Limiters that it will name by these numbers. */
  readonly opened: readonly (readonly [limiter: number, meters: readonly MeterDefinition[]])[];
  /** `peek`: nothing is to be counted. */
  readonly asked: readonly (readonly [id: number, limiter: number, peek: boolean, keys: readonly string[]])[];
  /** Requests that are over. */
  readonly done: readonly (readonly [limiter: number, keys: readonly string[]])[];
  readonly closed: readonly number[];
}

export type LimitAnswer = readonly [id: number, decision: LimitDecision];

/** What is wrong outside the files, in one sentence. */
export interface ServingProblem {
  readonly kind:
    | "upstream"
    | "untrusted_proxy"
    | "made_private"
    | "access_log"
    | "keys"
    | "workers"
    | "tracing"
    | "limits"
    | "certificate";
  readonly message: string;
  readonly remedy?: string;
  /** Whose it is. */
  readonly upstream?: string;
}

/** Messages from serving to admin. None is answered. */
export interface ServingEvents {
  /** What is wrong with upstreams and senders now: said when it changes, and before counts are answered. */
  onProblems(problems: readonly ServingProblem[]): void;
  /** Comparisons that ended, oldest first. */
  onComparisons(comparisons: readonly RecentComparison[]): void;
  /** Differing requests that were kept whole. */
  onWholes(samples: readonly WholeSample[]): void;
  /** Routes whose shadows are no longer sent, all of them: said when one is added or goes. */
  onStopped(stopped: readonly StoppedShadow[]): void;
  /** What is stored of these paths is void, wherever it is: of this front door nothing is left. */
  onInvalidated(paths: readonly VoidPath[]): void;
  /** A provider ended these: they are to be kept for all front doors, and answered by `endSessions`. */
  onSessionsEnded?(ended: readonly EndedSessions[]): void;
  /** What failed on routes with guards, oldest first. */
  onWitnesses(witnesses: readonly GuardWitness[]): void;
  /** Of one of several that serve: pins of clients that may keep no cookies, for the others. */
  onPinned?(pins: readonly ToldPin[]): void;
  /** Of one of several that serve: what it learnt of sticky keys, for the others. */
  onKeys?(news: KeyNews): void;
  /** Connections whose ids begin with this seat are here, from now on. */
  onSeat?(seat: string): void;
  /** The process with this seat ended, and its connections with it. */
  onSeatGone?(seat: string): void;
  /** It is answered by `socketsAnswered`. */
  onSocketAsk?(asked: AskedSockets): void;
  /** Of one of several that serve: it is answered by `limitAnswers`. */
  onLimitAsks?(asks: LimitAsks): void;
}

/** Makes what serves, with the files' settings that are fixed for its life. Nothing listens, and nothing is in force yet. */
export type CreateServing = (config: ServingConfig, events: ServingEvents) => ServingMessages;
