import { mostFirst } from "../domain/most-first.ts";
import { judgedPaths } from "../domain/noise.ts";
import { isMismatch } from "../domain/outcomes.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import type { ControlContext } from "./context.ts";
import type { MismatchReport } from "./contract.ts";
import { readEvidence } from "./evidence.ts";
import { findRoute } from "./requests.ts";
import { inTurns } from "./turns.ts";

const WINDOWS_A_TURN = 20;

const MOST_REPORTED = mostFirst<MismatchReport>(
  ({ count }) => count,
  ({ route, path, kind }) => `${route} ${path} ${kind}`,
);

/** Mismatches of the open evidence windows, most frequent first. */
export async function mismatches(
  { store, facts, ledger }: ControlContext,
  route: string | undefined,
): Promise<readonly MismatchReport[]> {
  const { routes } = facts.config();
  // Requests that no route matches have one side: nothing of them is compared.
  const asked = route === undefined ? routes : route === DEFAULT_ROUTE_ID ? [] : [findRoute(routes, route)];
  // Counters that cannot be written are a problem that status names, not a reason to show nothing.
  await facts.flush().catch(() => undefined);
  const state = await ledger.read(routes);
  const reports: MismatchReport[] = [];
  const known = await readEvidence(store, state, asked);
  for await (const { window, counts } of inTurns(known.values(), WINDOWS_A_TURN)) {
    const { match, mismatch } = counts.comparisons;
    if (mismatch === 0) continue;
    const rows = await store.readMismatches(window);
    const judged = new Map(judgedPaths(rows).map((path) => [path.path, path]));
    for (const row of rows) {
      if (!isMismatch(row)) continue;
      const { state, evidence = 0, modern = 0, legacy = 0, own = 0 } = judged.get(row.path) ?? {};
      const control = state === undefined ? {} : { control: { state, evidence, modern, legacy, own } };
      reports.push({ route: window.route, ...row, comparisons: match + mismatch, ...control });
    }
  }
  return reports.sort(MOST_REPORTED);
}
