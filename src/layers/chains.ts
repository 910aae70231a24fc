import type { Backend } from "../backends/contract.ts";
import type { Side } from "../domain/position.ts";
import { DEFAULT_ROUTE_ID, type RouteDefinition } from "../domain/route.ts";
import type {
  Chains,
  CompiledLayer,
  DoorLayer,
  LayerTools,
  Open,
  RouteChain,
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

/** Compiles the routes' layers: those of `routes` at once, any other (of files on their way out) when it is asked for. */
export function compileChains(options: ChainOptions): Chains {
  const chains = new Map<RouteDefinition, RouteChain>();
  const of = (definition: RouteDefinition): RouteChain => {
    const known = chains.get(definition);
    if (known !== undefined) return known;
    const chain = compileChain(definition, options);
    chains.set(definition, chain);
    return chain;
  };
  for (const route of options.routes) of(route);
  return {
    of,
    drain: () => {
      for (const chain of chains.values()) chain.drain();
    },
    close: () => {
      for (const chain of chains.values()) chain.close();
    },
  };
}

function compileChain(route: RouteDefinition, options: ChainOptions): RouteChain {
  const { backends, doorLayers, sideLayers, shadows, tools } = options;
  const fallsBack = route.fallback !== undefined && !route.retired && route.legacy !== undefined;
  const layers: Pick<CompiledLayer<SideRequest>, "drain" | "close">[] = [];
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
      budgetPercent: route.fallback.budgetPercent,
      bodies: tools.bodies,
      nowMicros: tools.clock.micros,
    });
  }
  if (single === undefined && route.legacy !== undefined) {
    const copies = { legacy: sideOpen("legacy", true), modern: sideOpen("modern", true) };
    open = tee(open, shadows, copies);
  }
  open = wrapped(open, doors);
  if (layers.length > 0 || fallsBack) open = guardAbove(open);
  return {
    serve: open,
    drain: () => {
      for (const layer of layers) layer.drain?.();
    },
    close: () => {
      for (const layer of layers) layer.close?.();
    },
  };
}

/** An upstream that no file names any more: between two sets of files, and never for long. */
const missing: Open = (_request, listener) => {
  listener.onError("upstream_missing", "the upstream is not configured", true);
  return NO_CALL;
};
