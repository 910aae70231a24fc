import { defaultRoute } from "../domain/default-route.ts";
import { FigError } from "../domain/errors.ts";
import { DEFAULT_ROUTE_ID, type SideDefinition } from "../domain/route.ts";
import { quoted } from "../domain/scrub.ts";
import { stickySourceText } from "../domain/sticky.ts";
import { WaitingGates } from "./bad-evidence.ts";
import type { Definition } from "./board-contract.ts";
import type { ControlContext } from "./context.ts";

function sideOf({ upstream, path }: SideDefinition): Definition["modern"] {
  return { upstream, path: path ?? null };
}

/** What the files in force say of a route. Values that a request must carry are left out: they may be credentials. */
export async function definition(context: ControlContext, id: string): Promise<Definition> {
  const { facts, ledger, index } = context;
  const config = facts.config();
  const route = id === DEFAULT_ROUTE_ID ? defaultRoute(config) : index.of(config.routes).byId.get(id);
  if (route === undefined) {
    throw new FigError("unknown_route", `There is no route ${quoted(id)}.`, {
      remedy: "GET /api/v1/routes lists the ids.",
    });
  }
  const state = facts.inForce()?.state ?? (await ledger.read(config.routes));
  const waiting = new WaitingGates(state, config.migrations, config.gate).of(id);
  const { match, legacy, modern, sticky, shadow, source } = route;
  return {
    id,
    match: {
      path: match.path,
      methods: match.methods === undefined ? null : [...match.methods],
      host: match.host ?? null,
      headers: Object.keys(match.headers),
      query: Object.keys(match.query),
      operations: match.operations === undefined ? null : [...match.operations],
    },
    legacy: legacy === undefined ? null : sideOf(legacy),
    modern: sideOf(modern),
    sticky: sticky.map(stickySourceText),
    shadow: {
      writes: shadow.writes,
      safe: shadow.safe === true,
      operations: typeof shadow.safe === "object" ? [...shadow.safe.operations] : [],
    },
    file: source.file,
    line: source.line,
    gate:
      waiting === undefined
        ? null
        : {
            step: waiting.step,
            maxMismatchRate: waiting.gate.maxMismatchRate ?? null,
            maxErrorRateIncrease: waiting.gate.maxErrorRateIncrease ?? null,
            maxLatencyRatio: {
              p50: waiting.gate.maxLatencyRatio?.p50 ?? null,
              p95: waiting.gate.maxLatencyRatio?.p95 ?? null,
              p99: waiting.gate.maxLatencyRatio?.p99 ?? null,
            },
          },
  };
}
