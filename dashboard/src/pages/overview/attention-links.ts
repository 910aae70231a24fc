import type { Attention } from "../../state/wire.ts";
import { countText } from "../../words.ts";

interface Link {
  readonly text: string;
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
}

const OF_STEPS: ReadonlySet<Attention["kind"]> = new Set([
  "edited_step",
  "missing_step",
  "late_step",
  "gate_holds",
  "gate_waits",
  "autopilot",
]);
const OF_ANSWERS: ReadonlySet<Attention["kind"]> = new Set(["mismatches", "compare_rule"]);
/** Only the ledger knows it. */
const OF_HISTORY: ReadonlySet<Attention["kind"]> = new Set(["gone_route"]);

/** Where what is said can be seen. */
export function linksOf({ kind, route, routes, upstream }: Attention): readonly Link[] {
  const links: Link[] = [];
  if (OF_STEPS.has(kind)) links.push({ text: "The steps", path: ["migrations"] });
  if (upstream !== undefined) {
    const which =
      routes === undefined ? "Its routes" : `Its routes, ${countText(routes.length)} of them failing`;
    links.push({ text: which, path: [], query: { upstream } });
  }
  if (route === null) return links;
  if (OF_HISTORY.has(kind))
    return [...links, { text: `History of ${route}`, path: ["history"], query: { route } }];
  if (OF_ANSWERS.has(kind))
    links.push({ text: `Differences of ${route}`, path: ["differences"], query: { route } });
  return [...links, { text: route, path: ["routes", route] }];
}
