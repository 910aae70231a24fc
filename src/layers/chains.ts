import type { Backend } from "../backends/contract.ts";
import type { Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../domain/route.ts";
import type {
  Chains,
  CompiledLayer,
  DoorLayer,
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

interface ChainOptions {
  readonly routes: readonly RouteDefinition[];
  readonly backends: ReadonlyMap<string, Backend>;
  readonly doorLayers: readonly DoorLayer[];
  readonly sideLayers: readonly SideLayer[];
  readonly shadows: Shadows;
  readonly tools: LayerTools;
}

type ChainLayer = Pick<CompiledLayer<SideRequest>, "drain" | "close">;

/** One route's. */
interface Chain {
  readonly open: Open<ServedRequest>;
  readonly layers: readonly ChainLayer[];
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
    drain: () => {
      for (const { layers } of chains.values()) for (const layer of layers) layer.drain?.();
    },
    close: () => {
      for (const { layers } of chains.values()) for (const layer of layers) layer.close?.();
    },
  };
}

function compileChain(route: RouteDefinition, options: ChainOptions): Chain {
  const { backends, doorLayers, sideLayers, shadows, tools } = options;
  const fallsBack = route.fallback !== undefined && !route.retired && route.legacy !== undefined;
  const layers: ChainLayer[] = [];
  const wrapped = <Request extends SideRequest>(
    open: Open<Request>,
    made: readonly (CompiledLayer<Request> | undefined)[],
  ): Open<Request> => {
    // The first layer is the outermost.
    return made.reduceRight<Open<Request>>((inner, layer) => {
      if (layer === undefined) return inner;
      layers.push(layer);
      return layer.wrap(inner);
    }, open);
  };
  const doors = doorLayers.map((layer) => layer.create(route, tools));
  const guarded = doors.some((layer) => layer !== undefined);
  const sideOpen = (side: Side, shadow: boolean): Open | undefined => {
    const name = route[side]?.upstream;
    const backend = name === undefined ? undefined : backends.get(name);
    if (backend === undefined) return undefined;
    const ask: Open = backend.open.bind(backend);
    const made = sideLayers.map((layer) => layer.create(route, side, shadow, tools));
    // What door layers throw at an answer would go through the side's connection too.
    const layered = fallsBack || (guarded && !shadow) || made.some((layer) => layer !== undefined);
    return layered ? wrapped(guardBelow(ask), made) : ask;
  };
  const sides = {
    legacy: sideOpen("legacy", false) ?? missing,
    modern: sideOpen("modern", false) ?? missing,
  };
  const single = route.retired ? sides.modern : route.id === DEFAULT_ROUTE_ID ? sides.legacy : undefined;
  let open: Open<ServedRequest> =
    single ?? ((request, listener) => sides[request.decision.side](request, listener));
  if (route.fallback !== undefined && fallsBack) {
    open = fallback(sides.modern, sides.legacy, {
      budget: tools.fallbacks.of(route.id),
      budgetPercent: route.fallback.budgetPercent,
      bodies: tools.bodies,
    });
  }
  if (single === undefined && route.legacy !== undefined) {
    const copies = { legacy: sideOpen("legacy", true), modern: sideOpen("modern", true) };
    open = tee(open, shadows, copies);
  }
  open = wrapped(open, doors);
  const plain = layers.length === 0 && !fallsBack;
  return { open: plain ? open : guardAbove(open), layers, plain };
}

/** An upstream that no file names any more: between two sets of files, and never for long. */
const missing: Open = (_request, listener) => {
  listener.onError("upstream_missing", "the upstream is not configured", true);
  return NO_CALL;
};
