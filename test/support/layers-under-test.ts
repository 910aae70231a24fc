import type { BackendCall, BackendListener } from "../../src/backends/contract.ts";
import { limitSchema } from "../../src/config/policies/limit.ts";
import type { RawHeaders } from "../../src/domain/message.ts";
import { authorizer } from "../../src/layers/authorizer.ts";
import { body } from "../../src/layers/body.ts";
import { cache } from "../../src/layers/cache.ts";
import { compress } from "../../src/layers/compress.ts";
import type {
  DoorLayer,
  Open,
  ServedRequest,
  SideLayer,
  SideRequest,
  Tracing,
} from "../../src/layers/contract.ts";
import { cors } from "../../src/layers/cors.ts";
import { forwardIdentity } from "../../src/layers/forward-identity.ts";
import { headers } from "../../src/layers/headers.ts";
import { hold } from "../../src/layers/hold.ts";
import { jwt } from "../../src/layers/jwt.ts";
import { limit } from "../../src/layers/limit.ts";
import { login } from "../../src/layers/login.ts";
import { networks } from "../../src/layers/networks.ts";
import { Relay } from "../../src/layers/relay.ts";
import { rewriteAnswers } from "../../src/layers/rewrite-answers.ts";
import { transform } from "../../src/layers/transform.ts";
import { validate } from "../../src/layers/validate.ts";
import { validateAnswers } from "../../src/layers/validate-answers.ts";
import { jwtRule } from "../tokens/token-rule.ts";
import { PlayedAuthorizers, policyOf } from "./authorizer-world.ts";
import type { ExchangeWorldOptions } from "./exchange-world.ts";
import { LOGIN, playedLogins } from "./played-logins.ts";

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

/** As the files have it by default. */
export const CACHE = {
  ttl: 0,
  key: { query: "all", headers: [], host: true },
  staleWhileRevalidate: 0,
  staleIfError: 0,
  maxObject: 1024 * 1024,
  ignoreClientCacheControl: true,
} as const;

const EDIT = { remove: ["x-unrelated"], set: {} };

const NO_CHANGE = {
  request: { query: { rename: {}, remove: [], set: {} } },
  answer: { status: {} },
  maxBytes: 8,
};

/** Samples every request, and forgets its spans. */
function playedTracing(): Tracing {
  let ids = 0;
  const clock = {
    now: () => 0,
    micros: () => 0,
    hex: (bytes: number) => (++ids).toString(16).padStart(bytes * 2, "0"),
  };
  return {
    ...{ clock, xray: false, parents: "none" },
    draw: () => true,
    trusts: () => false,
    begin: () => ({
      ...{ traceId: clock.hex(16), spanId: clock.hex(8) },
      fresh: () => clock.hex(8),
      at: (micros) => micros,
      end: () => {},
      child: () => () => {},
    }),
  };
}

/** Layers, each in a configuration in which neither client nor side can tell that it is there. */
/** Nobody comes to it. */
const FAR_LIMIT = limitSchema.parse({
  rate: "1000000/s",
  key: ["ip", "header:x-user"],
  quota: "1000000/day",
  concurrent: 1000,
  headers: false,
});

export const TRANSPARENT: Readonly<Record<string, ExchangeWorldOptions>> = {
  none: {},
  "a listening one": { doorLayers: [witness("one", [])] },
  "four listening ones": {
    doorLayers: ["one", "two", "three", "four"].map((name) => witness(name, [])),
  },
  "a held one": { doorLayers: [holding(aTurn)] },
  "an authorizer that lets everybody pass": {
    doorLayers: [authorizer],
    definition: { policies: { authorizer: policyOf({ url: "http://auth.internal/", forward: ["x-user"] }) } },
    authorizers: new PlayedAuthorizers(),
  },
  "networks that let everybody pass": {
    doorLayers: [networks],
    definition: { policies: { networks: { deny: [] } } },
  },
  "validate that reports, both ways": {
    doorLayers: [validate],
    sideLayers: [validateAnswers],
    definition: {
      policies: {
        validate: {
          openapi: "orders",
          requests: "report",
          answers: "report",
          unknown: "refuse",
          maxBytes: 8,
        },
      },
    },
    documents: { orders: { id: "orders", text: "{}" } },
  },
  "transform that changes nothing": {
    sideLayers: [transform],
    definition: { policies: { transform: { legacy: NO_CHANGE, modern: NO_CHANGE } } },
  },
  traced: { tracing: playedTracing() },
  "a login that is renewed": {
    doorLayers: [login],
    definition: { policies: { login: LOGIN } },
    logins: playedLogins({ due: "refresh" }),
  },
  headers: { sideLayers: [headers], definition: { headers: { request: EDIT, answer: EDIT } } },
  rewriteAnswers: {
    sideLayers: [rewriteAnswers],
    definition: { modern: { upstream: "modern", path: "/v2/orders/{id}" } },
    upstreamUrls: { modern: ["http://modern.internal:3001"] },
  },
  "policies that let it pass": {
    doorLayers: [cors, body, compress],
    definition: {
      policies: {
        cors: {
          allowOrigins: ["https://shop.test"],
          allowMethods: ["GET"],
          allowHeaders: [],
          exposeHeaders: [],
          allowCredentials: false,
          maxAgeSeconds: undefined,
          allowPrivateNetwork: false,
        },
        body: { maxBytes: 1024 ** 3, types: undefined, encodings: ["identity"], required: false },
        compress: { encodings: ["gzip"], types: ["text/none"], minBytes: 0, secrets: "always" },
      },
    },
  },
  jwt: {
    doorLayers: [jwt, forwardIdentity],
    definition: {
      policies: { jwt: jwtRule({ issuer: "https://id.test", jwks: "none.json", required: false }) },
    },
  },
  cache: { sideLayers: [cache], definition: { policies: { cache: CACHE } } },
  limit: { doorLayers: [limit], definition: { policies: { limit: FAR_LIMIT } } },
  fallback: { definition: { fallback: { budgetPercent: 100 } } },
  tee: { position: { modern: 100, shadow: 100 } },
  "all of them": {
    position: { modern: 100, shadow: 100 },
    doorLayers: [witness("one", []), holding(aTurn)],
    sideLayers: [cache, headers, rewriteAnswers],
    definition: {
      policies: { cache: CACHE },
      headers: { request: EDIT, answer: EDIT },
      modern: { upstream: "modern", path: "/v2/orders/{id}" },
      fallback: { budgetPercent: 100 },
    },
    upstreamUrls: { modern: ["http://modern.internal:3001"] },
  },
};
