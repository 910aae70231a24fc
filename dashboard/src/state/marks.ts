import { useMemo } from "preact/hooks";
import type { Mark } from "../charts/marks.ts";
import { changeText } from "../words.ts";
import { url } from "./api.ts";
import { useResource } from "./resource.ts";
import type { LedgerEntry } from "./wire.ts";

const NO_MARKS: readonly Mark[] = [];
const MAX_MARKS = 200;

/** The newest ledger entries, of a time (ms since the epoch) and of one route or of all, to be drawn on charts. */
export function useMarks(
  window: { readonly from?: number; readonly to?: number },
  route?: string,
): readonly Mark[] {
  const query = { ...window, route, order: "newest", limit: MAX_MARKS, evidence: "false" };
  const { data } = useResource<readonly LedgerEntry[]>(url("/ledger", query), { on: ["shift"] });
  return useMemo(() => data?.map((entry) => markOf(entry, route)).reverse() ?? NO_MARKS, [data, route]);
}

function markOf({ at, revision, kind, changes, by }: LedgerEntry, route: string | undefined): Mark {
  const own = route === undefined ? changes : changes.filter((change) => change.route === route);
  const first = own[0] ?? changes[0];
  const more = changes.length > 1 && route === undefined ? ` and ${changes.length - 1} more` : "";
  const what =
    first === undefined ? "" : ` ${route === undefined ? `${first.route} ` : ""}${changeText(first)}${more}`;
  return { at: Date.parse(at) / 1000, revision, kind, text: `${kind}${what} by ${by}` };
}
