import type { Readiness } from "../admin/index.ts";
import { systemClock } from "../clock.ts";
import { formatProblems } from "../config/index.ts";
import type { DoorProblem } from "../control/contract.ts";
import type { Live } from "../control/index.ts";
import type { ConfigProblem, Listener } from "../domain/config.ts";
import type { StoppedShadow } from "../domain/outcomes.ts";
import { certificateProblems } from "./certificates.ts";
import type { Heard } from "./heard.ts";
import { leftProblems } from "./left-routes.ts";
import type { Reloads } from "./reloads.ts";
import type { State } from "./state.ts";

function stoppedProblem({ route, cookie, side }: StoppedShadow): DoorProblem {
  return {
    kind: "shadow_stopped",
    route,
    message: `${route} is no longer shadowed: ${side} answered a copy with the cookie ${cookie}, which the client had sent, so its copies may write the sessions of clients`,
    remedy:
      "write shadow.headers into the route: { remove: [cookie, authorization] } sends copies without, {} accepts it (docs/how-to/sessions.md)",
  };
}

/** What is wrong with a front door beside its files. `listen`: with the certificates in force; `orders`: of those that it orders; `keys`: of API keys. */
export function doorProblems(
  live: Live,
  state: State,
  heard: Heard,
  { due, restartNeeded, left }: Reloads,
  listen: readonly Listener[],
  orders: readonly DoorProblem[],
  keys: readonly DoorProblem[],
): readonly DoorProblem[] {
  const all = (kind: DoorProblem["kind"], messages: readonly string[]) =>
    messages.map((message) => ({ kind, message }));
  return [
    ...all("store", live.problems()),
    ...all("store", state.problems()),
    ...all("store", due === undefined ? [] : [due]),
    ...live.trips.problems(),
    ...heard.problems,
    ...keys,
    ...orders,
    ...certificateProblems(listen, systemClock.now()),
    ...all("restart", restartNeeded),
    ...leftProblems(left, live.config().defaultUpstream),
    ...heard.stopped.map(stoppedProblem),
  ];
}

/** What /readyz says. */
export function readinessOf(
  started: boolean,
  live: Live,
  invalid: readonly ConfigProblem[],
  problems: readonly DoorProblem[],
): Readiness {
  const { routes, baseline } = live.inForce().state;
  // That files came in force moves no route.
  const empty = live.config().requireState && routes.size === 0 && baseline === 0;
  return {
    ready: started && !empty,
    problems: [
      ...invalid.map((problem) => formatProblems([problem])),
      ...problems.map(({ message }) => message),
      ...(empty ? ["the state store is empty, and requireState is on"] : []),
    ],
  };
}
