import type { BackendErrorCode, BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Ending, Open, OverListener, Served, ServedRequest, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/**
 * Stands above a route's layers: what they throw ends their request, not the process. What is below is aborted.
 */
export function guardAbove(open: Open<ServedRequest>): Open<ServedRequest> {
  return (request, listener) => {
    const guard = new Above(request.served, listener);
    return guard.attempt(() => guard.through(open, request)) ?? guard;
  };
}

class Above extends Relay {
  private readonly served: Served;

  constructor(served: Served, listener: BackendListener) {
    super(listener);
    this.served = served;
  }

  attempt<Value>(act: () => Value): Value | undefined {
    try {
      return act();
    } catch (error) {
      this.served.layerFailed(error);
      return undefined;
    }
  }

  override write(chunk: Uint8Array): boolean {
    return this.attempt(() => this.call.write(chunk)) ?? true;
  }

  override end(trailers: RawHeaders | undefined): void {
    this.attempt(() => this.call.end(trailers));
  }

  override pause(): void {
    this.attempt(() => this.call.pause());
  }

  override resume(): void {
    this.attempt(() => this.call.resume());
  }

  override allowSilence(): void {
    this.attempt(() => this.call.allowSilence());
  }

  override abort(): void {
    this.attempt(() => this.call.abort());
  }
}

/** Stands below a side's layers: what they throw at an answer ends this call, and nothing else on its connection. */
export function guardBelow(open: Open): Open {
  return (request, listener) => {
    const served = request.served;
    const guard = new Below(served, listener);
    served?.onOver(guard);
    return guard.ask(open, request);
  };
}

class Below extends Relay implements OverListener {
  private readonly served: Served | undefined;
  private over = false;
  private aborted = false;
  private tunnel = false;

  constructor(served: Served | undefined, listener: BackendListener) {
    super(listener);
    this.served = served;
  }

  /** A layer may break at an answer that comes before the call is here. */
  ask(open: Open, request: SideRequest): this {
    this.through(open, request);
    if (this.aborted) this.call.abort();
    return this;
  }

  /** A layer above may have broken before it could say that the client is gone. */
  onOver(_ending: Ending): void {
    this.abort();
  }

  override abort(): void {
    if (this.over) return;
    this.over = true;
    this.aborted = true;
    this.call.abort();
  }

  override onRequestDrain(): void {
    this.attempt(() => this.listener.onRequestDrain());
  }

  override onInform(status: number, reason: string, headers: RawHeaders): void {
    this.attempt(() => this.listener.onInform(status, reason, headers));
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    this.attempt(() => this.listener.onHead(status, reason, headers, framing));
  }

  override onUpgrade(status: number, reason: string, headers: RawHeaders): void {
    this.tunnel = true;
    this.attempt(() => this.listener.onUpgrade(status, reason, headers));
  }

  override onData(chunk: Uint8Array): void {
    this.attempt(() => this.listener.onData(chunk));
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    // A tunnel's other half goes on.
    if (!this.tunnel) this.over = true;
    this.attempt(() => this.listener.onEnd(trailers));
  }

  override onError(code: BackendErrorCode, message: string, untouched: boolean): void {
    this.over = true;
    this.attempt(() => this.listener.onError(code, message, untouched));
  }

  private attempt(act: () => void): void {
    if (this.aborted) return;
    try {
      act();
    } catch (error) {
      const wasOver = this.over;
      this.abort();
      if (this.served !== undefined) this.served.layerFailed(error);
      else if (!wasOver) this.tellFailed();
    }
  }

  /** A shadow's layer broke: whoever sent the shadow is told past it, if that is still possible. */
  private tellFailed(): void {
    try {
      this.listener.onError("layer_failed", "a layer failed", false);
    } catch {
      // The shadow's timeout ends it.
    }
  }
}
