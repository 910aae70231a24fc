import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Side } from "../domain/position.ts";
import { type TraceParent, traceParent, withTraceParent } from "../domain/trace-context.ts";
import type { Trace } from "../domain/tracing.ts";
import type { UpstreamTry } from "../domain/upstream-state.ts";
import type { Ending, Open, OverListener, ServedRequest, SideRequest, Tracing } from "./contract.ts";
import { Relay } from "./relay.ts";

/**
 * Stands over a route's whole chain: a sampled request goes through `traced`, which has spans below it, any other through
 * `plain`, which knows nothing of traces.
 */
export function traceAbove(
  tracing: Tracing,
  plain: Open<ServedRequest>,
  traced: Open<ServedRequest>,
): Open<ServedRequest> {
  return (request, listener) => {
    const { head, scanned } = request.decision;
    // Most requests name no parent, which is known already.
    const asks = scanned.traceparent !== undefined || tracing.xray;
    const parent = asks ? traceParent(head.headers, tracing.xray) : undefined;
    if (!(decidedBy(parent, tracing, head.remoteAddress) ?? tracing.draw())) return plain(request, listener);
    const trace = tracing.begin(parent?.traceId);
    // For the log line, whatever the client said.
    request.decision.scanned.traceparent = `00-${trace.traceId}-${trace.spanId}-01`;
    const span = new RequestSpan(listener, trace, tracing.clock, parent?.spanId);
    request.served.onOver(span);
    return span.through(traced, { ...request, trace });
  };
}

/** What the parent decided, if it is asked; undefined: it is decided here. */
function decidedBy(parent: TraceParent | undefined, tracing: Tracing, peer: string): boolean | undefined {
  if (parent?.sampled === undefined || tracing.parents === "none") return undefined;
  return tracing.parents === "all" || tracing.trusts(peer) ? parent.sampled : undefined;
}

/** The request, from its decision to the end of its answer. */
class RequestSpan extends Relay implements OverListener {
  private readonly trace: Trace;
  private readonly clock: Clock;
  private readonly parentId: string | undefined;
  private readonly startMicros: number;
  private status = 0;

  constructor(listener: BackendListener, trace: Trace, clock: Clock, parentId: string | undefined) {
    super(listener);
    this.trace = trace;
    this.clock = clock;
    this.parentId = parentId;
    this.startMicros = clock.micros();
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.status = status;
    this.listener.onHead(status, reason, headers, framing);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.status = status;
    this.listener.onUpgrade(status, reason, headers);
  }

  onOver({ error, fellBack }: Ending, { decision, method, requestId, served }: ServedRequest): void {
    const { trace, status, startMicros, parentId } = this;
    const { live, head, side } = decision;
    const question = head.target.indexOf("?");
    trace.end({
      spanId: trace.spanId,
      parentId,
      name: `${method} ${live.definition.match.path}`,
      kind: "server",
      startMicros: trace.at(startMicros),
      endMicros: trace.at(this.clock.micros()),
      error: error ?? (status >= 500 ? `status ${status}` : undefined),
      attributes: {
        "http.request.method": method,
        "http.route": live.definition.match.path,
        "http.response.status_code": status === 0 ? undefined : status,
        "url.path": question < 0 ? head.target : head.target.slice(0, question),
        "url.scheme": head.encrypted ? "https" : "http",
        "server.address": decision.host,
        "client.address": served.clientAddress(),
        "network.protocol.version": head.version,
        "error.type": error,
        "fig.route": live.id,
        "fig.side": side,
        "fig.fell_back": fellBack || undefined,
        "fig.request_id": requestId,
      },
    });
  }
}

/** Stands before a side's backend, of a request that is traced: what was asked and what came back, a try at a time. */
export function traceSide(open: Open, side: Side, clock: Clock, xray: boolean): Open {
  return (request, listener) => {
    const { trace } = request;
    if (trace === undefined) return open(request, listener);
    const span = new SideSpan(listener, request, trace, side, clock);
    const { traceId } = trace;
    const continued = traceParent(request.decision.head.headers, false)?.traceId === traceId;
    const headers = withTraceParent(request.headers, { traceId, spanId: span.id, xray, continued });
    return span.through(open, { ...request, headers, tries: span });
  };
}

class SideSpan extends Relay {
  readonly id: string;
  private readonly request: SideRequest;
  private readonly trace: Trace;
  private readonly side: Side;
  private readonly clock: Clock;
  private readonly startMicros: number;
  private status = 0;
  private over = false;
  /** When the present try began, and how many came before it. */
  private tryMicros: number;
  private tries = 0;

  constructor(listener: BackendListener, request: SideRequest, trace: Trace, side: Side, clock: Clock) {
    super(listener);
    this.request = request;
    this.trace = trace;
    this.side = side;
    this.clock = clock;
    this.id = trace.fresh();
    this.startMicros = clock.micros();
    this.tryMicros = this.startMicros;
  }

  onTry({ upstream, address, result }: UpstreamTry): void {
    const { trace, clock } = this;
    const now = clock.micros();
    trace.end({
      spanId: trace.fresh(),
      parentId: this.id,
      name: `try ${++this.tries}`,
      kind: "client",
      startMicros: trace.at(this.tryMicros),
      endMicros: trace.at(now),
      error: result === "answered" ? undefined : result,
      attributes: {
        "server.address": address,
        "fig.upstream": upstream,
        "fig.try_result": result,
        "http.request.resend_count": this.tries - 1,
      },
    });
    this.tryMicros = now;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.status = status;
    this.listener.onHead(status, reason, headers, framing);
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.status = status;
    this.finish(undefined);
    this.listener.onUpgrade(status, reason, headers);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.finish(undefined);
    this.listener.onEnd(trailers);
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.finish(code);
    this.listener.onError(code, message, untouched);
  }

  override abort(): void {
    this.finish("given_up");
    this.call.abort();
  }

  private finish(error: string | undefined): void {
    if (this.over) return;
    this.over = true;
    const { trace, request, side, status, startMicros } = this;
    const shadow = request.served === undefined;
    const upstream = request.decision.live.definition[side]?.upstream;
    trace.end({
      spanId: this.id,
      parentId: trace.spanId,
      name: `${shadow ? "shadow to" : "ask"} ${side}`,
      kind: "client",
      startMicros: trace.at(startMicros),
      endMicros: trace.at(this.clock.micros()),
      error: error ?? (status >= 500 ? `status ${status}` : undefined),
      attributes: {
        "http.request.method": request.method,
        "http.response.status_code": status === 0 ? undefined : status,
        "error.type": error,
        "fig.side": side,
        "fig.upstream": upstream,
        "fig.shadow": shadow,
      },
    });
  }
}
