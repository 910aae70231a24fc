import type { Readiness } from "../admin/index.ts";
import { formatProblems } from "../config/index.ts";
import type { DoorProblem } from "../control/contract.ts";
import type { Live } from "../control/index.ts";
import type { ConfigProblem } from "../domain/config.ts";
import type { Heard } from "./heard.ts";
import type { Reloads } from "./reloads.ts";
import type { State } from "./state.ts";

/** What is wrong with a front door beside its files. */
export function doorProblems(
  live: Live,
  state: State,
  heard: Heard,
  { due, restartNeeded }: Reloads,
): readonly DoorProblem[] {
  const all = (kind: DoorProblem["kind"], messages: readonly string[]) =>
    messages.map((message) => ({ kind, message }));
  return [
    ...all("store", live.problems()),
    ...all("store", state.problems()),
    ...all("store", due === undefined ? [] : [due]),
    ...heard.problems,
    ...all("restart", restartNeeded),
  ];
}

/** What /readyz says. */
export function readinessOf(
  started: boolean,
  live: Live,
  invalid: readonly ConfigProblem[],
  problems: readonly DoorProblem[],
): Readiness {
  const empty = live.config().requireState && live.revision() === 0;
  return {
    ready: started && !empty,
    problems: [
      ...invalid.map((problem) => formatProblems([problem])),
      ...problems.map(({ message }) => message),
      ...(empty ? ["the state store is empty, and requireState is on"] : []),
    ],
  };
}
