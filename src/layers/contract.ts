/**
 * What stands between the exchange and a backend. A layer wraps `open`: it may answer by itself, hold the request while a
 * promise settles, change what goes in or comes out, or only listen. All calls are synchronous; none may throw.
 *
 * *Door* layers stand before the side is chosen and see every request of their route once. *Side* layers stand before one
 * side's backend: the served request goes through them, and so does a shadow, which has no client.
 */
import type { Ask } from "../asking/contract.ts";
import type { InvokeFunction } from "../aws/contract.ts";
import type { Asker, BackendCall, BackendListener, BackendRequest } from "../backends/contract.ts";
import type { BodyWork, CheckDocument } from "../bodies/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { TrustedNetworks } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { CacheStore } from "../domain/http-cache/cache-store.ts";
import type { Identity } from "../domain/identity.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { HeldAnswer } from "../domain/openapi/held-answer.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import type { LimitDecision, MeterDefinition, Plans } from "../domain/policies/limit.ts";
import type { PolicyName, PolicyVerdict } from "../domain/policies.ts";
import type { Side } from "../domain/position.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { Trace, TracingSettings } from "../domain/tracing.ts";
import type { Logins } from "../logins/contract.ts";
import type { Decided, Decision } from "../routing/decide.ts";
import type { Tokens } from "../tokens/contract.ts";
import type { SocketGate } from "../websockets/contract.ts";

/** A request on its way to a side: the client's, or its shadow. */
export interface SideRequest extends BackendRequest {
  /** What was decided about it: head, route, captures, client. */
  readonly decision: Decided;
  readonly requestId: string;
  /** The client's exchange; a shadow has none. */
  readonly served?: Served;
  /** Who it is from; only where the side is told in a token. */
  readonly identity?: Identity | undefined;
  /** Of a shadow: whose request it copies. */
  readonly client?: Client | undefined;
  /** It is traced. */
  readonly trace?: Trace | undefined;
  /** Of a request that is compared, and of its shadow: hears what an OpenAPI document says of the answer. */
  readonly checks?: AnswersHeld | undefined;
  /** Of a shadow: notes that its answer is an error in what it says. */
  readonly erred?: (() => void) | undefined;
  /** Of a shadow: hears the head of the side's answer before fields of it are removed or set. */
  readonly heard?: ((headers: RawHeaders) => void) | undefined;
}

/** The two answers of one compared request, held against an OpenAPI document. */
export interface AnswersHeld {
  /** A side's answer is looked at. What is returned is called once; undefined: it could not be told. */
  begin(side: Side): (answer: HeldAnswer | undefined) => void;
}

/** Who a client is. */
export interface Client {
  /** "" if it is not known. */
  readonly address: string;
  /** As far as policies found out. */
  readonly identity: Identity | undefined;
}

/** The client's request. */
export interface ServedRequest extends SideRequest {
  readonly served: Served;
}

export type Open<Request extends SideRequest = SideRequest> = (
  request: Request,
  listener: BackendListener,
) => BackendCall;

/** The exchange, as door layers, tee and fallback know it. */
export interface Served extends Asker {
  /** The answer that went to the client is an event stream. */
  readonly eventStream: boolean;
  /** The request is copied: the access log says so. */
  shadowed: boolean;
  /** Who the client is, as far as the layers above found out. */
  identity: Identity | undefined;
  /** Calls `listener` once, when the client has its answer or will get no (more of an) answer. */
  onOver(listener: OverListener): void;
  /** A body of more bytes is refused with `body_too_large`; 0: none is. */
  maxBodyBytes: number;
  /** The answer that follows is the front door's own: it is counted under `code` and as no side's. */
  answersItself(code: RefusalCode): void;
  /**
   * The answer that follows is a policy's, and no error: it is counted as no side's. `cached`: it is one that a side gave before, and
   * so the request counts as not compared.
   */
  answersByPolicy(cached?: boolean): void;
  /** Counts what a policy said of this request, and notes it for the log line. One word a policy, from a short list. */
  verdict(policy: PolicyName, verdict: string): void;
  /** The answer that follows is legacy's in modern's place. Modern's failure is counted with `status`; one below 500 is none: it declined. */
  fallsBack(status: number): void;
  /** The answer is an error in what it says, though its status is none. */
  erred: boolean;
  /** A layer broke: the client gets `layer_failed`, or its connection ends if its answer has begun. */
  layerFailed(error: unknown): void;
}

/** How a request ended. */
export interface Ending {
  /** A side's answer, or its failure, is counted. */
  readonly counted: boolean;
  /** The client has the whole answer. */
  readonly complete: boolean;
  /** What the client was sent; 0: nothing. */
  readonly status: number;
  readonly eventStream: boolean;
  /** The serving side took the client's Upgrade up: there was a tunnel. */
  readonly upgraded: boolean;
  /** Code of what went wrong; undefined: nothing. */
  readonly error: string | undefined;
  /** Legacy answered in modern's place. */
  readonly fellBack: boolean;
  /** Then what modern gave: below 500, it declined. */
  readonly fallbackStatus: number;
  /** A stored answer was given. */
  readonly cached: boolean;
  /** Until the side's answer had ended, µs; of a tunnel until it opened, whichever end ends it. */
  readonly answerMicros: number;
}

export interface OverListener {
  onOver(ending: Ending, request: ServedRequest): void;
}

/** A request that nobody sent: somebody asks what would become of it. */
export interface ExplainedRequest {
  readonly decision: Decided;
  /** The client's address; "": not known. */
  readonly address: string;
  /** Who it is from: a layer that finds out says it to those below. */
  identity: Identity | undefined;
}

/** One layer on one route (or on one of its sides). */
export interface CompiledLayer<Request extends SideRequest> {
  wrap(open: Open<Request>): Open<Request>;
  /** Of a policy: what it would say of this request now; undefined: the request does not come by it. Nothing is counted, used up or stored. */
  explain?(asked: ExplainedRequest): PolicyVerdict | undefined | Promise<PolicyVerdict | undefined>;
  /**
   * Adds to the fields of an error of the front door's own that never came through the chain: one that was decided before it, or in
   * place of a side's answer.
   */
  decorate?(decision: Decision, headers: string[]): void;
  /** The front door drains: answer soon whatever is held. */
  drain?(): void;
  /** Files without this layer are in force. Requests under way finish. */
  close?(): void;
}

/** Bounds the fallbacks of a route to a share of its requests. */
export interface FallbackBudget {
  request(): void;
  /** False: a budget of so many percent is spent. */
  take(percent: number): boolean;
}

/** The budgets of all routes, by id. Files that are read again find what was taken before. */
export interface FallbackBudgets {
  of(route: string): FallbackBudget;
  /** Lets go of idle ones of all routes but these. */
  retain(routes: ReadonlySet<string>): void;
}

/** Counts requests against a few meters at once. Keys go with the meters, in their order. */
export interface Limiter {
  /** Counts a request if it fits into all of them, and nothing if it does not. What is decided here is answered in the same turn. */
  take(keys: readonly string[]): LimitDecision | Promise<LimitDecision>;
  /** What `take` would say. */
  peek(keys: readonly string[]): LimitDecision | Promise<LimitDecision>;
  /** A request that was counted is over: meters of requests under way count it no more. */
  done(keys: readonly string[]): void;
  close(): void;
}

/** Where requests are counted: here, or over all that serve. */
export interface LimitDesk {
  /** Whom limits refused, by `route limit key` with tabs between them. */
  readonly refused: { add(key: string): void };
  /** Meters of one id are one, whoever opens them. */
  open(meters: readonly MeterDefinition[]): Limiter;
}

/** How requests are traced. */
export interface Tracing extends Pick<TracingSettings, "xray" | "parents"> {
  readonly clock: Clock;
  /** Whether a trace that begins here is sampled: another answer each time. */
  draw(): boolean;
  /** A sender whose decision counts. */
  trusts(address: string): boolean;
  /** The trace of a request that is sampled. `traceId`: of its parent. */
  begin(traceId: string | undefined): Trace;
}

/** An API key as those that serve know it: never its text. */
export interface KnownApiKey {
  readonly id: string;
  readonly plan: string | null;
  readonly state: "active" | "disabled" | "revoked";
  /** ms since the epoch; null: never. */
  readonly expiresAt: number | null;
}

/** The API keys that this process was told of. */
export interface KnownApiKeys {
  /** By the SHA-256 of a key's text, in hex. */
  find(hash: string): KnownApiKey | undefined;
  /** How long ago the state store said that these are all, ms; Infinity: it never did. */
  ageMs(): number;
  /** Counts a request with one of them, and whether it passed. */
  used(key: KnownApiKey, passed: boolean): void;
}

/** Verdicts of authorizers, kept for a while under keys that have no credential in them. Bounded by bytes. */
export interface KeptVerdicts {
  get(key: string): unknown;
  keep(key: string, verdict: object, bytes: number, forMs: number): void;
}

/** What authorizers of this process came to, each by one word. */
export interface AuthorizerCounts {
  readonly calls: Record<string, number>;
  readonly cache: Record<string, number>;
  readonly limits: Record<string, number>;
  underWay: number;
  waiting: number;
}

/** Whom authorizers ask, and what they have in common: one a process. */
export interface Authorizers {
  readonly ask: Ask;
  readonly invoke: InvokeFunction;
  readonly kept: KeptVerdicts;
  readonly counts: AuthorizerCounts;
  /** Says in the operational log why nobody can be asked; now and then. */
  failed(route: string, detail: string): void;
  /** The API key that an authorizer named by its value (`usageIdentifierKey`); undefined: none is known by it. */
  apiKey(value: string): Identity["apiKey"];
}

/** Signs who clients are. */
interface IdentityTokens {
  /** `claims`: JSON text of an object. Undefined: nothing can be signed. */
  token(claims: string, audience: string): string | undefined;
}

/** What layers are made with. */
export interface LayerTools {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Bytes of bodies that layers keep, over all requests. */
  readonly bodies: ByteBudget;
  /** Bytes of the state of answers that are being compressed, over all requests. */
  readonly compressing: ByteBudget;
  readonly fallbacks: FallbackBudgets;
  /** Stored answers, of all routes. */
  readonly cache: CacheStore;
  readonly limits: LimitDesk;
  /** Of the files the layers are compiled for. */
  readonly plans: Plans;
  /** What is done with whole bodies, on a thread of its own. */
  readonly bodyWork: BodyWork;
  /** OpenAPI documents of the files, by name. */
  readonly documents: ReadonlyMap<string, CheckDocument>;
  /** Counts what policies say of what has no client: answers to shadows. */
  readonly verdicts: { add(route: string, policy: PolicyName, verdict: string): void };
  /** Undefined: nothing is traced. */
  readonly tracing: Tracing | undefined;
  readonly tokens: Tokens;
  /** Of the files the layers are compiled for; undefined: sides get no token. */
  readonly identityTokens: IdentityTokens | undefined;
  readonly apiKeys: KnownApiKeys;
  readonly authorizers: Authorizers;
  readonly logins: Logins;
  /** Where clients of WebSocket APIs come in. Undefined: nothing serves any. */
  readonly sockets?: SocketGate;
  /** Of the files the layers are compiled for. */
  readonly upstreams: ReadonlyMap<string, UpstreamDefinition>;
  /** A request's fields whose names differ in underscores alone go together. */
  readonly underscoreHeaders: "drop" | "pass";
  /** Senders whose forwarding fields are believed. */
  readonly trusted: TrustedNetworks;
}

/** A layer before the side is chosen. `create` gives undefined for a route that does not use it. */
export interface DoorLayer {
  readonly name: string;
  create(route: RouteDefinition, tools: LayerTools): CompiledLayer<ServedRequest> | undefined;
}

/** A layer on one side of a route. */
export interface SideLayer {
  readonly name: string;
  /** `shadow`: for the copies that are sent to this side, not for the client's requests. */
  create(
    route: RouteDefinition,
    side: Side,
    shadow: boolean,
    tools: LayerTools,
  ): CompiledLayer<SideRequest> | undefined;
}

/** The chains of one set of files, compiled when they load. */
export interface Chains {
  /**
   * The way of a route's requests: door layers, tee, fallback, the side, its layers, its backend. `place`: where the route
   * stands among the files' routes, which finds it sooner; any other number is as good.
   */
  of(definition: RouteDefinition, place: number): Open<ServedRequest>;
  /** What layers add to an error of the front door's own that does not come through them: onto `headers`. */
  decorate(decision: Decision, headers: string[]): void;
  /** What the route's policies would say of a request, in their order, up to the one that answers it itself. */
  explain(asked: ExplainedRequest): Promise<readonly PolicyVerdict[]>;
  /** The front door drains. */
  drain(): void;
  /** Other files are in force. Requests under way finish. */
  close(): void;
}

/** A copy of a request and of its answer, kept for its shadow. It lets go of what it cannot keep. */
export interface Tap {
  /** Undefined: answers of the route are not held against a document. */
  readonly checks: AnswersHeld | undefined;
  requestChunk(chunk: Uint8Array): void;
  requestEnd(trailers: readonly string[] | undefined): void;
  /** The side took so long. */
  served(micros: number): void;
  answerHead(status: number, headers: readonly string[], eventStream: boolean): void;
  answerChunk(chunk: Uint8Array): void;
  answerEnd(trailers: readonly string[] | undefined): void;
  /** It will not be compared. The first reason stays; everything kept is let go of. */
  drop(reason: NotComparedReason): void;
  /** The serving side failed. Where a guard watches, the other one is asked all the same: that tells whose fault it is. */
  fail(): void;
  /** The request is not counted, and so its shadow is not either. */
  release(): void;
}

/** Where copies go. */
export interface Shadows {
  /**
   * A tap for a sampled request; why there is none for another; undefined: there is nothing to compare with. `open`: how
   * the other side is asked, `legacy`: how legacy is; undefined: it cannot be.
   */
  tap(
    request: ServedRequest,
    open: Open | undefined,
    legacy: Open | undefined,
  ): Tap | NotComparedReason | undefined;
  /** The client has its answer, or left: the shadow may go. */
  finish(tap: Tap): void;
}
