import type { BackendCall, BackendListener } from "../../src/backends/contract.ts";
import type { RawHeaders } from "../../src/domain/message.ts";
import type { DoorLayer, Open, ServedRequest, SideLayer, SideRequest } from "../../src/layers/contract.ts";
import { headers } from "../../src/layers/headers.ts";
import { hold } from "../../src/layers/hold.ts";
import { Relay } from "../../src/layers/relay.ts";
import { rewriteAnswers } from "../../src/layers/rewrite-answers.ts";
import type { ExchangeWorldOptions } from "./exchange-world.ts";

/** A layer of every request of a route, from how it opens one. */
export function doorLayer(
  name: string,
  open: (below: Open<ServedRequest>, request: ServedRequest, listener: BackendListener) => BackendCall,
): DoorLayer {
  return {
    name,
    create: () => ({ wrap: (below) => (request, listener) => open(below, request, listener) }),
  };
}

/** The same on the side that serves. */
export function sideLayer(
  name: string,
  open: (below: Open, request: SideRequest, listener: BackendListener) => BackendCall,
): SideLayer {
  return {
    name,
    create: (_route, _side, shadow) =>
      shadow ? undefined : { wrap: (below) => (request, listener) => open(below, request, listener) },
  };
}

/** Hands everything on, and notes what of it the suite asks about. */
class Witness extends Relay {
  private readonly note: (what: string) => void;

  constructor(listener: BackendListener, note: (what: string) => void) {
    super(listener);
    this.note = note;
  }

  override end(trailers: RawHeaders | undefined): void {
    this.note("end");
    super.end(trailers);
  }

  override abort(): void {
    this.note("abort");
    super.abort();
  }

  override onHead(status: number, reason: string, fields: RawHeaders, framing: number): void {
    this.note("onHead");
    super.onHead(status, reason, fields, framing);
  }
}

/** A door layer that notes what it hears as `name.what`. */
export function witness(name: string, heard: string[]): DoorLayer {
  return doorLayer(name, (below, request, listener) => {
    const note = (what: string) => heard.push(`${name}.${what}`);
    note("open");
    return new Witness(listener, note).through(below, request);
  });
}

/** The same before the side that serves. */
export function sideWitness(name: string, heard: string[]): SideLayer {
  return sideLayer(name, (below, request, listener) => {
    const note = (what: string) => heard.push(`${name}.${what}`);
    note("open");
    return new Witness(listener, note).through(below, request);
  });
}

/** Settles in a later turn. */
export const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Holds each request while what `work` gives settles. */
export function holding(work: (signal: AbortSignal) => Promise<void>, timeoutMs = 60_000): DoorLayer {
  return {
    name: "holding",
    create: (_route, { deadlines }) => ({
      wrap: (below) => (request, listener) =>
        hold(request, listener, {
          deadlines,
          timeoutMs,
          work,
          go: (_value, held) => below(request, held),
        }),
    }),
  };
}

const EDIT = { remove: ["x-unrelated"], set: {} };

/** Layers, each in a configuration in which neither client nor side can tell that it is there. */
export const TRANSPARENT: Readonly<Record<string, ExchangeWorldOptions>> = {
  none: {},
  "a listening one": { doorLayers: [witness("one", [])] },
  "four listening ones": {
    doorLayers: ["one", "two", "three", "four"].map((name) => witness(name, [])),
  },
  "a held one": { doorLayers: [holding(aTurn)] },
  headers: { sideLayers: [headers], definition: { headers: { request: EDIT, answer: EDIT } } },
  rewriteAnswers: {
    sideLayers: [rewriteAnswers],
    definition: { modern: { upstream: "modern", path: "/v2/orders/{id}" } },
    upstreamUrls: { modern: ["http://modern.internal:3001"] },
  },
  fallback: { definition: { fallback: { budgetPercent: 100 } } },
  tee: { position: { modern: 100, shadow: 100 } },
  "all of them": {
    position: { modern: 100, shadow: 100 },
    doorLayers: [witness("one", []), holding(aTurn)],
    sideLayers: [headers, rewriteAnswers],
    definition: {
      headers: { request: EDIT, answer: EDIT },
      modern: { upstream: "modern", path: "/v2/orders/{id}" },
      fallback: { budgetPercent: 100 },
    },
    upstreamUrls: { modern: ["http://modern.internal:3001"] },
  },
};
