import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { FigError } from "../domain/errors.ts";
import { type LedgerState, positionOf } from "../domain/fold.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { stickySourceText } from "../domain/sticky.ts";
import type { Control } from "./contract.ts";

/** Another split than was noted while clients are on both sides. */
export interface Resplit {
  readonly route: string;
  readonly was: string;
  readonly is: string;
}

export function resplitRemedy({ was }: Resplit): string {
  return `put it back to ${was}, or write resplit: accepted in the route`;
}

/** `cohort orders, sticky cookie:device ip`: kept in an entry so that a later change of either is noticed. */
function splitText(route: RouteDefinition): string {
  return `cohort ${route.cohort}, sticky ${route.sticky.map(stickySourceText).join(" ")}`;
}

function isSplitting(state: LedgerState, route: RouteDefinition): boolean {
  const { modern } = positionOf(state, route);
  return modern > 0 && modern < 100;
}

/** How the route's clients were split when its last entry was written; undefined: no entry says so. */
export function notedSplit(state: LedgerState, route: RouteDefinition): string | undefined {
  const known = state.routes.get(route.id);
  const noted = known?.last.evidence.split;
  if (known === undefined || typeof noted !== "object" || noted === null) return undefined;
  const { route: id } = known.lastChange;
  const was: unknown = Object.hasOwn(noted, id)
    ? (noted as Readonly<Record<string, unknown>>)[id]
    : undefined;
  return typeof was === "string" ? was : undefined;
}

/** Another split than the last entry's (or, without one, than that of `before`) while clients are on both sides. */
export function resplitOf(
  state: LedgerState,
  route: RouteDefinition,
  before?: RouteDefinition,
): Resplit | undefined {
  if (!isSplitting(state, route)) return undefined;
  const was = notedSplit(state, route) ?? (before === undefined ? undefined : splitText(before));
  const is = splitText(route);
  return was === undefined || was === is ? undefined : { route: route.id, was, is };
}

/** What an entry notes: the split that is in force, which an edit that nobody accepted is not. */
export function splitToNote(state: LedgerState, route: RouteDefinition): string {
  const moved = route.resplit === "accepted" ? undefined : resplitOf(state, route);
  return moved?.was ?? splitText(route);
}

/** Routes that are splitting and whose clients the files would move to the other side, though nobody said that they may. */
export function findResplits(
  state: LedgerState,
  config: FrontDoorConfig,
  before?: ReadonlyMap<string, RouteDefinition>,
): readonly ConfigProblem[] {
  return config.routes.flatMap((route) => {
    const moved = route.resplit === "accepted" ? undefined : resplitOf(state, route, before?.get(route.id));
    if (moved === undefined) return [];
    const { modern } = positionOf(state, route);
    const message = `route ${route.id} is splitting (modern ${modern}), and its split changed from ${moved.was} to ${moved.is}: clients would change sides`;
    return [{ ...route.source, message, remedy: resplitRemedy(moved) }];
  });
}

/** Refuses files that have such routes. */
export function checkSplits(
  state: LedgerState,
  config: FrontDoorConfig,
  before: ReadonlyMap<string, RouteDefinition> | undefined,
): void {
  const problems = findResplits(state, config, before);
  if (problems.length === 0) return;
  throw new FigError("invalid_files", problems.map(({ message }) => message).join("; "), {
    remedy: problems[0]?.remedy ?? "",
    details: { problems },
  });
}

/** Writes an entry for each change of a split that its route accepts, so that the ledger says when clients changed sides. */
export async function acceptResplits(
  control: Pick<Control, "shift">,
  resplits: readonly Resplit[],
): Promise<void> {
  for (const { route, was, is } of resplits) {
    const reason = `split changed from ${was} to ${is} (resplit: accepted)`;
    await control.shift({ target: { route }, fresh: true, by: "fig", reason });
  }
}
