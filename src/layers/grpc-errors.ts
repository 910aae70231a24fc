import { isGrpc } from "../domain/grpc.ts";
import { onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { DoorLayer, Ending, OverListener, ServedRequest, SideLayer, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Those that are a server's failure: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS (OpenTelemetry, gRPC spans). */
const FAILURES: ReadonlySet<string> = new Set(["2", "4", "12", "13", "14", "15"]);

/** Reads how a call ended: in its trailers, or in its head where that is all. */
abstract class Reading extends Relay {
  protected failed = false;
  private head: RawHeaders | undefined = undefined;

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    if (status === 200 && isGrpc(headers)) this.head = headers;
    this.listener.onHead(status, reason, headers, framing);
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    const { head } = this;
    if (head !== undefined) {
      const said = onlyHeader(trailers ?? [], "grpc-status") ?? onlyHeader(head, "grpc-status");
      // A call without a status is UNKNOWN to its client.
      this.failed = said === undefined || FAILURES.has(said);
    }
    this.ended();
    this.listener.onEnd(trailers);
  }

  protected abstract ended(): void;
}

class Served extends Reading implements OverListener {
  onOver({ counted, complete, fellBack, status }: Ending, { decision, requestId }: ServedRequest): void {
    const { live, side, keyHash, pinned } = decision;
    if (!this.failed || !counted || !complete || fellBack) return;
    live.tally.erred(side, keyHash);
    if (pinned === undefined)
      live.guard?.answered("errors", side === "modern", keyHash, { requestId, status });
  }

  protected ended(): void {}
}

class Shadowed extends Reading {
  private readonly request: SideRequest;

  constructor(listener: ConstructorParameters<typeof Relay>[0], request: SideRequest) {
    super(listener);
    this.request = request;
  }

  protected ended(): void {
    const { decision, erred } = this.request;
    const { live, shadowSide, keyHash } = decision;
    if (!this.failed) return;
    erred?.();
    live.tally.shadowErred(shadowSide, keyHash);
  }
}

/** `errors: grpc`: a call that a client made and that ended with a status of a server's failure is counted as an error. */
export const servedGrpcErrors: DoorLayer = {
  name: "grpc-errors",
  create(route) {
    if (route.errors !== "grpc") return undefined;
    return {
      wrap: (open) => (request, listener) => {
        const reading = new Served(listener);
        request.served.onOver(reading);
        return reading.through(open, request);
      },
    };
  },
};

/** The same of a shadow. */
export const shadowGrpcErrors: SideLayer = {
  name: "grpc-errors",
  create(route, _side, shadow) {
    if (route.errors !== "grpc" || !shadow) return undefined;
    return { wrap: (open) => (request, listener) => new Shadowed(listener, request).through(open, request) };
  },
};
