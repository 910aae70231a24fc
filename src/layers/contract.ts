/**
 * What stands between the exchange and a backend. A layer wraps `open`: it may answer by itself, hold the request while a
 * promise settles, change what goes in or comes out, or only listen. All calls are synchronous; none may throw.
 *
 * *Door* layers stand before the side is chosen and see every request of their route once. *Side* layers stand before one
 * side's backend: the served request goes through them, and so does a shadow, which has no client.
 */
import type { BackendCall, BackendListener, BackendRequest } from "../backends/contract.ts";
import type { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import type { UpstreamDefinition } from "../domain/config.ts";
import type { Deadlines } from "../domain/deadlines.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { Decided } from "../routing/decide.ts";

/** A request on its way to a side: the client's, or its shadow. */
export interface SideRequest extends BackendRequest {
  /** What was decided about it: head, route, captures, client. */
  readonly decision: Decided;
  readonly requestId: string;
  /** Of a shadow: hears the head of the side's answer before fields of it are removed or set. */
  readonly heard?: ((headers: RawHeaders) => void) | undefined;
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
export interface Served {
  /** The answer that went to the client is an event stream. */
  readonly eventStream: boolean;
  /** The request is copied: the access log says so. */
  shadowed: boolean;
  /** Calls `listener` once, when the client has its answer or will get no (more of an) answer. */
  onOver(listener: OverListener): void;
  /** The answer that follows is the front door's own: it is counted under `code` and as no side's. */
  answersItself(code: RefusalCode): void;
  /** The answer that follows is legacy's in modern's place. Modern's failure is counted with `status`. */
  fallsBack(status: number): void;
  /** A layer broke: the client gets `layer_failed`, or its connection ends if its answer has begun. */
  layerFailed(error: unknown): void;
}

/** How a request ended. */
export interface Ending {
  /** A side's answer, or its failure, is counted. */
  readonly counted: boolean;
  /** The client has the whole answer. */
  readonly complete: boolean;
  readonly eventStream: boolean;
  /** The serving side took the client's Upgrade up: there was a tunnel. */
  readonly upgraded: boolean;
  /** Code of what went wrong; undefined: nothing. */
  readonly error: string | undefined;
  /** Legacy answered in modern's place. */
  readonly fellBack: boolean;
}

export interface OverListener {
  onOver(ending: Ending, request: ServedRequest): void;
}

/** One layer on one route (or on one of its sides). */
export interface CompiledLayer<Request extends SideRequest> {
  wrap(open: Open<Request>): Open<Request>;
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

/** What layers are made with. */
export interface LayerTools {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Bytes of bodies that layers keep, over all requests. */
  readonly bodies: ByteBudget;
  readonly fallbacks: FallbackBudgets;
  /** Of the files the layers are compiled for. */
  readonly upstreams: ReadonlyMap<string, UpstreamDefinition>;
  /** A request's fields whose names differ in underscores alone go together. */
  readonly underscoreHeaders: "drop" | "pass";
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
  /** The front door drains. */
  drain(): void;
  /** Other files are in force. Requests under way finish. */
  close(): void;
}

/** A copy of a request and of its answer, kept for its shadow. It lets go of what it cannot keep. */
export interface Tap {
  requestChunk(chunk: Uint8Array): void;
  requestEnd(trailers: readonly string[] | undefined): void;
  answerHead(status: number, headers: readonly string[]): void;
  answerChunk(chunk: Uint8Array): void;
  /** It will not be compared. The first reason stays; everything kept is let go of. */
  drop(reason: NotComparedReason): void;
  /** The request is not counted, and so its shadow is not either. */
  release(): void;
}

/** Where copies go. */
export interface Shadows {
  /**
   * A tap for a sampled request; why there is none for another; undefined: there is nothing to compare with. `open`: how
   * the other side is asked; undefined: it cannot be.
   */
  tap(request: ServedRequest, open: Open | undefined): Tap | NotComparedReason | undefined;
  /** The client has its answer, or left: the shadow may go. */
  finish(tap: Tap): void;
}
