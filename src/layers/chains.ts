import type { Backend } from "../backends/contract.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import type { Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../domain/route.ts";
import type {
  Chains,
  CompiledLayer,
  DoorLayer,
  ExplainedRequest,
  LayerTools,
  Open,
  ServedRequest,
  Shadows,
  SideLayer,
  SideRequest,
} from "./contract.ts";
import { fallback } from "./fallback.ts";
import { guardAbove, guardBelow } from "./guard.ts";
import { NO_CALL } from "./relay.ts";
import { tee } from "./tee.ts";
import { traceAbove, traceSide } from "./tracing.ts";

interface ChainOptions {
  readonly routes: readonly RouteDefinition[];
  readonly backends: ReadonlyMap<string, Backend>;
  readonly doorLayers: readonly DoorLayer[];
  readonly sideLayers: readonly SideLayer[];
  readonly shadows: Shadows;
  readonly tools: LayerTools;
}

type ChainLayer = Pick<CompiledLayer<SideRequest>, "drain" | "close" | "explain" | "decorate">;

/** One route's. */
interface Chain {
  readonly open: Open<ServedRequest>;
  readonly layers: readonly ChainLayer[];
  /** Those that a request of this side meets, in its order. */
  readonly met: (side: Side) => readonly ChainLayer[];
  /** No layer of the route's own: the chain serves every route with the same sides. */
  readonly plain: boolean;
}

/** Compiles the routes' layers: those of `routes` at once, any other (of files on their way out) when it is asked for. */
export function compileChains(options: ChainOptions): Chains {
  const chains = new Map<RouteDefinition, Chain>();
  /** Of routes without layers of their own, by their sides: thousands of routes go the same way. */
  const plain = new Map<string, Chain>();
  const compiled = (definition: RouteDefinition): Chain => {
    const known = chains.get(definition);
    if (known !== undefined) return known;
    let chain = compileChain(definition, options);
    if (chain.plain) {
      const { id, retired, legacy, modern } = definition;
      const sides = JSON.stringify([legacy?.upstream, modern.upstream, retired, id === DEFAULT_ROUTE_ID]);
      chain = plain.get(sides) ?? chain;
      plain.set(sides, chain);
    }
    chains.set(definition, chain);
    return chain;
  };
  // Two lists in the order of the files: of thousands of routes they stay in the cache, which a map does not.
  const { routes, tools } = options;
  tools.fallbacks.retain(new Set(routes.map(({ id }) => id)));
  const opens = routes.map((definition) => compiled(definition).open);
  return {
    of: (definition, place) =>
      routes[place] === definition ? (opens[place] as Open<ServedRequest>) : compiled(definition).open,
    decorate: (decision, headers) => {
      if (decision.live === undefined) return;
      for (const layer of compiled(decision.live.definition).layers) layer.decorate?.(decision, headers);
    },
    explain: (asked) => explained(compiled(asked.decision.live.definition).met(asked.decision.side), asked),
    drain: () => {
      for (const { layers } of chains.values()) for (const layer of layers) layer.drain?.();
    },
    close: () => {
      for (const { layers } of chains.values()) for (const layer of layers) layer.close?.();
    },
  };
}

async function explained(
  layers: readonly ChainLayer[],
  asked: ExplainedRequest,
): Promise<readonly PolicyVerdict[]> {
  const verdicts: PolicyVerdict[] = [];
  for (const layer of layers) {
    const verdict = await layer.explain?.(asked);
    if (verdict === undefined) continue;
    verdicts.push(verdict);
    if (verdict.status !== undefined) break;
  }
  return verdicts;
}

function compileChain(route: RouteDefinition, options: ChainOptions): Chain {
  const { backends, doorLayers, sideLayers, shadows, tools } = options;
  const { tracing, clock } = tools;
  const fallsBack = route.fallback !== undefined && !route.retired && route.legacy !== undefined;
  const doors = made(doorLayers.map((layer) => layer.create(route, tools)));
  const ofSide = (side: Side, shadow: boolean): MadeSide | undefined => {
    const name = route[side]?.upstream;
    const backend = name === undefined ? undefined : backends.get(name);
    if (backend === undefined) return undefined;
    const ask: Open = backend.open.bind(backend);
    const layers = made(sideLayers.map((layer) => layer.create(route, side, shadow, tools)));
    // What door layers throw at an answer would go through the side's connection too.
    const guarded = fallsBack || (doors.length > 0 && !shadow) || layers.length > 0;
    return { side, ask, layers, guarded };
  };
  const single = route.retired ? "modern" : route.id === DEFAULT_ROUTE_ID ? "legacy" : undefined;
  const copied = single === undefined && route.legacy !== undefined;
  const served = { legacy: ofSide("legacy", false), modern: ofSide("modern", false) };
  const copies = copied ? { legacy: ofSide("legacy", true), modern: ofSide("modern", true) } : undefined;
  const layers = [
    ...doors,
    ...[served, copies].flatMap((of) => [of?.legacy, of?.modern].flatMap((one) => one?.layers ?? [])),
  ];
  const plain = layers.length === 0 && !fallsBack;
  /** The same layers, with spans before the backends or without. */
  const assembled = (traced: boolean): Open<ServedRequest> => {
    const sideOpen = (one: MadeSide | undefined): Open | undefined => {
      if (one === undefined) return undefined;
      const ask =
        traced && tracing !== undefined ? traceSide(one.ask, one.side, clock, tracing.xray) : one.ask;
      return one.guarded ? wrapped(guardBelow(ask), one.layers) : ask;
    };
    const sides = { legacy: sideOpen(served.legacy) ?? missing, modern: sideOpen(served.modern) ?? missing };
    let open: Open<ServedRequest> =
      single === undefined
        ? (request, listener) => sides[request.decision.side](request, listener)
        : sides[single];
    if (route.fallback !== undefined && fallsBack) {
      open = fallback(sides.modern, sides.legacy, {
        budget: tools.fallbacks.of(route.id),
        budgetPercent: route.fallback.budgetPercent,
        bodies: tools.bodies,
      });
    }
    if (copies !== undefined)
      open = tee(open, shadows, { legacy: sideOpen(copies.legacy), modern: sideOpen(copies.modern) });
    open = wrapped(open, doors);
    return plain ? open : guardAbove(open);
  };
  const open = assembled(false);
  return {
    open: tracing === undefined ? open : traceAbove(tracing, open, assembled(true)),
    layers,
    met: (side) => [...doors, ...(served[side]?.layers ?? [])],
    plain,
  };
}

/** One side of a route, as it is asked. */
interface MadeSide {
  readonly side: Side;
  readonly ask: Open;
  readonly layers: readonly CompiledLayer<SideRequest>[];
  readonly guarded: boolean;
}

function made<Request extends SideRequest>(
  layers: readonly (CompiledLayer<Request> | undefined)[],
): readonly CompiledLayer<Request>[] {
  return layers.filter((layer) => layer !== undefined);
}

/** The first layer is the outermost. */
function wrapped<Request extends SideRequest>(
  open: Open<Request>,
  layers: readonly CompiledLayer<Request>[],
): Open<Request> {
  return layers.reduceRight<Open<Request>>((inner, layer) => layer.wrap(inner), open);
}

/** An upstream that no file names any more: between two sets of files, and never for long. */
const missing: Open = (_request, listener) => {
  listener.onError("upstream_missing", "the upstream is not configured", true);
  return NO_CALL;
};
