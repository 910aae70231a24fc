import fc from "fast-check";
import { expect, test } from "vitest";
import type { Backend, BackendRequest } from "../../src/backends/contract.ts";
import { ByteBudget } from "../../src/domain/byte-budget.ts";
import { compileNetworks } from "../../src/domain/client-address.ts";
import { Deadlines } from "../../src/domain/deadlines.ts";
import { CacheStore } from "../../src/domain/http-cache/cache-store.ts";
import type { Side } from "../../src/domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../../src/domain/route.ts";
import { compileChains } from "../../src/layers/chains.ts";
import type { Chains, Open, ServedRequest } from "../../src/layers/contract.ts";
import { RouteBudgets } from "../../src/layers/fallback-budget.ts";
import { SIDE_LAYERS } from "../../src/layers/order.ts";
import { NO_CALL, Relay } from "../../src/layers/relay.ts";
import { LocalDesk } from "../../src/serving/limits/local-desk.ts";
import { TokenVerifiers } from "../../src/tokens/token-verifiers.ts";
import { definitionOf, NO_BODY_WORK, NO_LOGINS, noAuthorizers } from "../support/exchange-world.ts";

const NAMES = ["a", "b", "c"] as const;

/** Few upstreams, so that many routes have the same sides; layers at any place, so that some go another way. */
const SHAPE = fc.record({
  legacy: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  modern: fc.constantFrom(...NAMES),
  retired: fc.boolean(),
  isDefault: fc.boolean(),
  layer: fc.constantFrom("none", "none", "none", "route", "modern", "shadow", "fallback"),
});

type Shape = typeof SHAPE extends fc.Arbitrary<infer Value> ? Value : never;

function routeOf({ legacy, modern, retired, isDefault, layer }: Shape, n: number): RouteDefinition {
  const id = isDefault ? DEFAULT_ROUTE_ID : `r${n}`;
  const edit = { remove: [], set: { "x-by": id } };
  const { shadow } = definitionOf();
  return definitionOf({
    id,
    retired,
    legacy: legacy && { upstream: legacy, path: undefined },
    modern: {
      upstream: modern,
      path: undefined,
      headers: layer === "modern" ? { request: edit } : undefined,
    },
    headers: layer === "route" ? { request: edit } : undefined,
    shadow: { ...shadow, headers: layer === "shadow" ? edit : undefined },
    fallback: layer === "fallback" ? { budgetPercent: 100 } : undefined,
  });
}

/** Who was asked what: `upstream x-by`, the shadow's behind the client's. */
const asked: string[] = [];

const noted = (name: string): Backend => ({
  name,
  open: ({ headers }: BackendRequest) => {
    const at = headers.indexOf("x-by");
    asked.push(`${name} ${at < 0 ? "" : headers[at + 1]}`);
    return NO_CALL;
  },
  problems: () => [],
  close: () => {},
});

class Nobody extends Relay {
  override onError(code: string): void {
    asked.push(code);
  }
}

function chainsOf(routes: readonly RouteDefinition[], missing: string | undefined): Chains {
  const listener = new Nobody(undefined as never);
  const names = NAMES.filter((name) => name !== missing);
  return compileChains({
    routes,
    backends: new Map(names.map((name) => [name, noted(name)])),
    doorLayers: [],
    sideLayers: SIDE_LAYERS,
    shadows: {
      tap: (request, open) => {
        if (open === undefined) asked.push("no shadow");
        else open(request, listener);
        return undefined;
      },
      finish: () => {},
    },
    tools: {
      clock: { now: () => 0, micros: () => 0, hex: () => "" },
      deadlines: new Deadlines(),
      bodies: new ByteBudget(1024),
      compressing: new ByteBudget(1024),
      trusted: compileNetworks([]),
      apiKeys: { find: () => undefined, ageMs: () => 0, used: () => {} },
      fallbacks: new RouteBudgets(() => 0),
      tokens: new TokenVerifiers({ now: () => 0, micros: () => 0, hex: () => "" }, ""),
      authorizers: noAuthorizers(),
      limits: new LocalDesk(1024, { now: () => 0, micros: () => 0 }),
      plans: {},
      logins: NO_LOGINS,
      upstreams: new Map(),
      cache: new CacheStore(1024 * 1024),
      underscoreHeaders: "drop",
      documents: new Map(),
      verdicts: { add: () => {} },
      bodyWork: NO_BODY_WORK,
      tracing: undefined,
      identityTokens: undefined,
    },
  });
}

function sent(open: Open<ServedRequest>, side: Side): readonly string[] {
  asked.length = 0;
  const request = {
    method: "GET",
    target: "/",
    headers: ["host", "shop"],
    framing: -1,
    retryable: true,
    decision: {
      side,
      shadowSide: side === "legacy" ? "modern" : "legacy",
      head: { method: "GET", framing: -1 },
      live: { definition: definitionOf() },
      table: { rewrite: () => "/" },
    },
    served: {
      onOver: () => {},
      fallsBack: () => {},
      layerFailed: (error: unknown) => {
        throw error;
      },
    },
  };
  open(request as unknown as ServedRequest, new Nobody(undefined as never));
  return [...asked];
}

test("a route among others goes the way it goes alone, wherever it is looked for", () => {
  fc.assert(
    fc.property(
      fc.array(SHAPE, { minLength: 1, maxLength: 12 }),
      fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
      fc.array(fc.integer({ min: -1, max: 12 }), { minLength: 12, maxLength: 12 }),
      (shapes, missing, places) => {
        const routes = shapes.map(routeOf);
        const together = chainsOf(routes, missing);
        for (const [at, route] of routes.entries()) {
          const alone = chainsOf([route], missing).of(route, 0);
          for (const side of ["legacy", "modern"] as const) {
            const wanted = sent(alone, side);
            expect(wanted.length).toBeGreaterThan(0);
            expect(sent(together.of(route, at), side)).toEqual(wanted);
            expect(sent(together.of(route, places[at] as number), side)).toEqual(wanted);
          }
        }
        // Of files on their way out: known to none of these lists.
        const gone = routeOf({ ...(shapes[0] as Shape), layer: "route" }, 99);
        const wanted = sent(chainsOf([gone], missing).of(gone, 0), "modern");
        expect(sent(together.of(gone, 0), "modern")).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});
