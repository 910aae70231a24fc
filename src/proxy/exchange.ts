import type { Backend, BackendCall, BackendErrorCode, BackendListener } from "../backends/contract.ts";
import { clientAddress } from "../domain/client-address.ts";
import { CHUNKED, IDEMPOTENT_METHODS, NO_BODY, type RawHeaders, SAFE_METHODS } from "../domain/message.ts";
import type { NotComparedReason } from "../domain/outcomes.ts";
import { phaseOf, type Side } from "../domain/position.ts";
import { requestIdOf } from "../domain/request-id.ts";
import { sideOf, splitHash } from "../domain/split.ts";
import { stickyText } from "../domain/sticky.ts";
import type { LaneListener, LaneRequest } from "../lanes/contract.ts";
import type { LiveRoute, TableRequests } from "../routing/contract.ts";
import type { ExchangeContext, ExchangeSettings } from "./contract.ts";
import { type OutgoingRequest, outgoingRequest } from "./outgoing.ts";
import { REFUSALS, type RefusalCode, refusalBody } from "./refusals.ts";
import { forwardTrailers, lastHop, type ScannedHeaders, scanHeaders } from "./request-headers.ts";
import { scanAnswer } from "./response-headers.ts";
import type { ShadowTap } from "./shadow-tap.ts";
import { hostName, isHost, parseTarget, type Target } from "./target.ts";

/** Ends that are the client's doing: no answer of the side's is counted. */
const CLIENT_ENDS = new Set(["client_left", "client_stalled", "request_timeout", "body_too_large"]);

/**
 * One request's way through the front door: match, choose a side, ask its backend, stream the answer; counters, log line
 * and shadow come last. It knows no sockets: a lane and a backend meet in it through callbacks.
 */
export class Exchange implements LaneListener, BackendListener {
  private readonly context: ExchangeContext;
  private readonly settings: ExchangeSettings;
  private readonly lane: LaneRequest;
  private readonly startMicros: number;
  private readonly scanned: ScannedHeaders;
  private outgoing: OutgoingRequest | undefined = undefined;
  private live: LiveRoute | undefined = undefined;
  /** The requests of the table that this one took, while it counts among them. */
  private counted: TableRequests | undefined = undefined;
  /** Of the sticky key; undefined: there is none. */
  private keyHash: number | undefined = undefined;
  private side: Side = "legacy";
  private call: BackendCall | undefined = undefined;
  private tap: ShadowTap | undefined = undefined;
  /** Why there is no tap, for a request that could have been compared. */
  private untapped: NotComparedReason | undefined = undefined;
  /** The whole request body has been handed on, or there is none. */
  private requestDone: boolean;
  private tunnel = false;
  private upgraded = false;
  private over = false;
  private status = 0;
  private error: string | undefined = undefined;
  private requestBytes = 0;
  private answerBytes = 0;
  private answerMicros = 0;

  constructor(context: ExchangeContext, lane: LaneRequest) {
    this.context = context;
    this.settings = context.settings;
    this.lane = lane;
    this.startMicros = context.clock.micros();
    context.active++;
    this.scanned = scanHeaders(lane.head);
    this.requestDone = lane.head.framing === NO_BODY || lane.head.framing === 0;
    const refusal = this.begin();
    if (refusal !== undefined) this.refuse(refusal);
  }

  // The lane's side.

  onBody(chunk: Uint8Array): void {
    if (this.over || this.call === undefined) return;
    this.requestBytes += chunk.length;
    const { maxBodyBytes } = this.settings;
    if (!this.tunnel) {
      if (maxBodyBytes > 0 && this.requestBytes > maxBodyBytes) {
        this.call.abort();
        this.call = undefined;
        if (this.status === 0) this.refuse("body_too_large");
        else this.breakOff("body_too_large");
        return;
      }
      this.tap?.requestChunk(chunk);
    }
    if (!this.call.write(chunk)) this.lane.pause();
  }

  onBodyEnd(trailers: RawHeaders | undefined): void {
    this.requestDone = true;
    if (this.call === undefined) return;
    const forwarded = forwardTrailers(trailers);
    if (this.tap !== undefined && forwarded !== undefined) this.tap.requestTrailers = forwarded;
    this.call.end(forwarded);
  }

  onDrain(): void {
    this.call?.resume();
  }

  onBodyStall(): void {
    if (this.over) return;
    this.call?.abort();
    this.call = undefined;
    if (this.status === 0) this.refuse("request_timeout");
    else this.breakOff("request_timeout");
  }

  onAbort(code: string): void {
    if (this.over) return;
    this.call?.abort();
    this.call = undefined;
    this.error ??= code;
    this.finish(false);
  }

  onDone(): void {
    if (this.over) return;
    this.finish(true);
  }

  // The backend's side.

  onRequestDrain(): void {
    if (!this.over) this.lane.resume();
  }

  onInform(status: number, reason: string, headers: RawHeaders): void {
    const { head } = this.lane;
    if (head.version === "1.0" || (status === 100 && !head.expectContinue)) return;
    this.lane.inform(status, reason, scanAnswer(headers, true, this.settings.debugHeaders, true).forward);
  }

  onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const { debugHeaders } = this.settings;
    const { forward, eventStream } = scanAnswer(
      headers,
      status !== 426,
      debugHeaders,
      framing !== CHUNKED || this.lane.head.version === "1.0",
    );
    if (debugHeaders) this.addDebugHeaders(forward);
    this.status = status;
    if (eventStream) {
      this.call?.allowSilence();
      this.tap?.drop("event_stream");
      if (this.untapped === "skipped" || this.untapped === "shed") this.untapped = "event_stream";
    } else {
      this.tap?.answerHead(status, headers);
    }
    this.lane.respond(status, reason, forward, framing, this.context.draining);
  }

  onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.status = status;
    this.tunnel = true;
    this.upgraded = true;
    this.answerMicros = this.context.clock.micros() - this.startMicros;
    this.requestDone = false;
    const { forward } = scanAnswer(headers, false, this.settings.debugHeaders, true);
    if (this.settings.debugHeaders) this.addDebugHeaders(forward);
    this.lane.upgrade(status, reason, forward);
    this.lane.resume();
  }

  onData(chunk: Uint8Array): void {
    this.answerBytes += chunk.length;
    this.tap?.answerChunk(chunk);
    if (!this.lane.write(chunk)) this.call?.pause();
  }

  onEnd(trailers: RawHeaders | undefined): void {
    this.answerMicros = this.context.clock.micros() - this.startMicros;
    if (!this.tunnel) this.call = undefined;
    this.lane.end(forwardTrailers(trailers));
  }

  onError(code: BackendErrorCode): void {
    this.call = undefined;
    this.answerMicros = this.context.clock.micros() - this.startMicros;
    this.tap?.drop("serving_error");
    if (this.status === 0) this.refuseFor(code);
    else this.breakOff(code);
  }

  /** Finds route and side and asks the backend; or says why not. */
  private begin(): RefusalCode | undefined {
    const { head } = this.lane;
    const { settings, scanned } = this;
    if (head.method === "CONNECT") return "connect_refused";
    if (settings.maxUrlBytes > 0 && head.target.length > settings.maxUrlBytes) return "url_too_long";
    const target = parseTarget(head.target, head.method);
    if (target === undefined) return "bad_target";
    const host = this.hostOf(target);
    if (host === undefined) return "bad_host";
    const { path } = target;
    if ((head.method === "OPTIONS" || head.method === "TRACE") && lastHop(scanned.forward)) return "last_hop";
    const table = this.context.table.current;
    const match = table.match({
      method: head.method,
      target: path,
      host: hostName(host),
      headers: head.headers,
    });
    if (match.kind === "ambiguous" && settings.ambiguousPaths === "reject") return "ambiguous_path";
    const live = match.kind === "route" ? match.route : table.fallback;
    if (live === undefined) return "no_route";
    this.live = live;
    if (settings.maxBodyBytes > 0 && head.framing > settings.maxBodyBytes) return "body_too_large";

    const captures = match.kind === "route" ? match.captures : [];
    const address = clientAddress(head.remoteAddress, scanned.forwardedFor ?? [], settings.trusted);
    const side = this.assign(live, address);
    const backend = settings.backends.get(side === "legacy" ? live.serving.legacy : live.serving.modern);
    if (backend === undefined) return "upstream_missing";
    this.side = side;
    this.counted = table.requests;
    this.counted.active++;
    const outgoing = outgoingRequest(this.context.clock, settings, head, scanned, host);
    this.outgoing = outgoing;
    const { backends } = settings;
    const tap = this.context.shadower.tap({
      live,
      serving: side,
      head,
      outgoing,
      table,
      backends,
      path,
      captures,
    });
    if (typeof tap === "object") this.tap = tap;
    else this.untapped = tap;
    this.ask(backend, outgoing, table.rewrite(live, side, path, captures));
    return undefined;
  }

  private ask(backend: Backend, outgoing: OutgoingRequest, target: string): void {
    const { head } = this.lane;
    const upgrade = head.upgrade && this.scanned.upgrade !== undefined;
    const ownHost = backend.ownHost || outgoing.hostless;
    this.call = backend.open(
      {
        method: head.method,
        target,
        headers: outgoing.headersFor(ownHost, upgrade ? this.scanned.upgrade : undefined),
        ownHost,
        framing: head.framing,
        upgrade,
        retryable: this.requestDone && !upgrade && IDEMPOTENT_METHODS.has(head.method),
        timeoutMs: undefined,
      },
      this,
    );
    if (!this.requestDone) this.lane.resume();
    else if (!upgrade) this.call.end(undefined);
  }

  /** The authority this request is for, or undefined if that cannot be told. */
  private hostOf(target: Target): string | undefined {
    const { scanned } = this;
    if (scanned.hosts > 1 || (scanned.host !== undefined && !isHost(scanned.host))) return undefined;
    if (target.authority !== undefined) {
      if (scanned.hostIndex >= 0) scanned.forward[scanned.hostIndex + 1] = target.authority;
      return target.authority;
    }
    if (scanned.host === undefined) return this.lane.head.version === "1.0" ? "" : undefined;
    return scanned.host;
  }

  private assign(live: LiveRoute, address: string): Side {
    const { always, sticky, threshold } = live.serving;
    if (always !== undefined) return always;
    const key = stickyText(sticky, this.lane.head.headers, address);
    if (key !== undefined) this.keyHash = splitHash(live.cohortPrefix, key);
    return sideOf(this.keyHash, threshold);
  }

  private addDebugHeaders(headers: string[]): void {
    headers.push("x-fig-route", this.live?.id ?? "", "x-fig-side", this.side);
  }

  /** An answer of the front door's own, for a request that no side saw. */
  private refuse(code: RefusalCode): void {
    this.context.refused(code);
    this.tap?.release();
    this.tap = undefined;
    this.uncount();
    this.answer(code);
  }

  /** An answer of the front door's own for a side that could not give one: counted as that side's. */
  private refuseFor(code: RefusalCode): void {
    this.context.refused(code);
    this.answer(code);
  }

  private answer(code: RefusalCode): void {
    const refusal = REFUSALS[code];
    const { head } = this.lane;
    const id = this.outgoing?.requestId ?? requestIdOf(this.scanned.requestId, this.context.clock.hex);
    const { type, body } = refusalBody(refusal, id, this.scanned.accept);
    const bytes = Buffer.from(body);
    const headers = [
      "content-type",
      type,
      "content-length",
      String(bytes.length),
      "cache-control",
      "no-store",
    ];
    if (refusal.status === 405) headers.push("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if (this.settings.debugHeaders && this.live !== undefined) this.addDebugHeaders(headers);
    this.status = refusal.status;
    this.error = code;
    const isHead = head.method === "HEAD";
    const close = this.context.draining || !this.requestDone || refusal.status === 408;
    this.lane.respond(refusal.status, refusal.reason, headers, isHead ? NO_BODY : bytes.length, close);
    if (!isHead) {
      this.answerBytes = bytes.length;
      this.lane.write(bytes);
    }
    this.lane.end(undefined);
  }

  /** The answer cannot be completed: the client must not take it for complete. */
  private breakOff(code: string): void {
    if (this.over) return;
    this.error = code;
    this.lane.abort();
    this.finish(false);
  }

  /** Counts, logs and shadows. `complete`: the whole answer was handed over. */
  private finish(complete: boolean): void {
    this.over = true;
    this.context.active--;
    const micros = this.context.clock.micros() - this.startMicros;
    const { live } = this;
    if (live !== undefined && this.counted !== undefined) this.count(live, complete, micros);
    if (this.context.accessLog.wants(this.status, this.error, this.outgoing?.requestId)) this.log(micros);
    this.uncount();
  }

  private uncount(): void {
    if (this.counted !== undefined) this.counted.active--;
    this.counted = undefined;
  }

  private count(live: LiveRoute, complete: boolean, micros: number): void {
    const { tally } = live;
    const { head } = this.lane;
    const left = !complete && CLIENT_ENDS.has(this.error ?? "");
    const counted = this.answerMicros > 0 ? this.answerMicros : micros;
    if (left && !this.upgraded) {
      tally.aborted(this.side);
    } else {
      const broken = !complete && !this.upgraded;
      const unsafe = !SAFE_METHODS.has(head.method);
      tally.answered(this.side, this.status, counted, broken || this.status >= 500, unsafe);
    }
    if (this.tap !== undefined) {
      if (!complete) this.tap.drop(this.error?.startsWith("upstream_") ? "serving_error" : "cut_short");
      this.context.shadower.finish(this.tap);
    } else if (this.untapped !== undefined) {
      this.context.shadower.passed(live, this.side, this.untapped);
    }
    if (this.keyHash !== undefined) tally.keyHash(this.keyHash);
  }

  private log(micros: number): void {
    const { live } = this;
    const { head } = this.lane;
    const side = this.counted !== undefined ? this.side : "none";
    this.context.accessLog.write({
      requestId: this.outgoing?.requestId ?? "",
      traceId: this.outgoing?.traceId ?? "",
      method: head.method,
      target: head.target,
      host: this.scanned.host ?? "",
      remoteAddress: head.remoteAddress,
      route: live?.id ?? "",
      side,
      phase: live === undefined ? undefined : phaseOf(live.position, live.definition.retired),
      upstream: side === "none" ? undefined : live?.definition[side]?.upstream,
      status: this.status,
      requestBytes: this.requestBytes,
      responseBytes: this.answerBytes,
      micros,
      error: this.error,
      shadowed: this.tap !== undefined,
    });
  }
}
