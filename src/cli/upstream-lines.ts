import type { Status } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import { isWatched, upstreamText } from "../domain/upstream-wording.ts";
import { countText } from "../domain/wording.ts";
import { tableLines } from "./table.ts";
import { wrap } from "./width.ts";

/** Addresses shown; those that get no requests first. */
const MAX_SHOWN = 24;
/** Upstreams whose tries are shown. */
const MAX_SUMMED = 12;

const COLUMNS = [
  { title: "UPSTREAM", max: 20 },
  { title: "ADDRESS" },
  { title: "CONDITION" },
  { title: "REQUESTS", align: "right" },
  { title: "IDLE", align: "right" },
  { title: "EJECTED", align: "right" },
] as const;

/** Upstreams of several addresses, or with health checks: their addresses, and what became of tries. Of any other the problems say all. */
export function upstreamLines({ upstreams = [] }: Pick<Status, "upstreams">): readonly string[] {
  const watched = upstreams.filter(isWatched);
  const rows = watched.flatMap(({ name, members }) => members.map((member) => ({ name, ...member })));
  if (rows.length === 0) return [];
  const out = rows.filter(({ condition }) => condition !== "up");
  const shown = [...out, ...rows.filter(({ condition }) => condition === "up")].slice(0, MAX_SHOWN);
  const left = rows.length - shown.length;
  return [
    ...tableLines(
      COLUMNS,
      shown.map(({ name, address, condition, requests, idle, ejections }) => [
        ...[printable(name), printable(address), condition],
        ...[countText(requests), countText(idle), countText(ejections)],
      ]),
    ),
    ...(left > 0 ? [`and ${countText(left)} more; fig status --json has all`] : []),
    ...watched
      .slice(0, MAX_SUMMED)
      .flatMap((state) =>
        wrap(`${printable(state.name)}: ${upstreamText(state)}`, 78).map((text, at) =>
          at === 0 ? text : `  ${text}`,
        ),
      ),
  ];
}
