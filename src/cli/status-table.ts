import type { Attention, Rates, RouteStatus } from "../control/index.ts";
import { printable } from "../domain/printable.ts";
import { DEFAULT_ROUTE_ID } from "../domain/route.ts";
import { countOf, countText, durationText, rateText, shareText } from "../domain/wording.ts";
import type { CliContext } from "./command.ts";
import { instant, millis } from "./format.ts";
import { TABLE_WIDTH, tableLines } from "./table.ts";
import { wrap } from "./width.ts";

/** More of them are named one by one only where the list is for some routes. */
const MOST_SHOWN = 10;
const MARKS = { error: "!", warning: "!", info: "·" } as const;

/** What the dashboard calls attention, the gravest first; `total`: how many there are. */
export function attentionLines(
  { terminal: { paint } }: CliContext,
  all: readonly Attention[],
  total: number,
  withRemedy: boolean,
): readonly string[] {
  const colours = { error: paint.red, warning: paint.yellow, info: paint.dim };
  const shown = withRemedy ? all : all.slice(0, MOST_SHOWN);
  const lines = shown.flatMap(({ severity, message, remedy }) => {
    const [first = "", ...more] = wrap(printable(message), 78);
    const said = [`${MARKS[severity]} ${first}`, ...more.map((text) => `  ${text}`)].map(colours[severity]);
    const help = withRemedy ? wrap(printable(remedy), 78).map((text) => paint.dim(`  ${text}`)) : [];
    return [...said, ...help];
  });
  const left = total - shown.length;
  if (left > 0)
    lines.push(paint.dim(`  ${countText(left)} more; --route shows those of some routes, with what helps`));
  return lines;
}

type RouteRates = Rates["routes"][number];

interface Row {
  readonly route: RouteStatus;
  readonly rates: RouteRates | undefined;
  /** Its gravest attention's place among all; none: behind all. */
  readonly rank: number;
  readonly mark: string;
}

function mismatchShare({ comparisons: { match, mismatch } }: RouteStatus): number {
  return match + mismatch === 0 ? 0 : mismatch / (match + mismatch);
}

function errorShare({ rates }: Row): number {
  return rates === undefined ? 0 : rates.errors / rates.requests;
}

/** Worst first: by what needs attention, then by errors, by mismatches, and by how busy they are. `(default)` after its equals. */
function worstFirst(a: Row, b: Row): number {
  return (
    a.rank - b.rank ||
    errorShare(b) - errorShare(a) ||
    mismatchShare(b.route) - mismatchShare(a.route) ||
    Number(a.route.id === DEFAULT_ROUTE_ID) - Number(b.route.id === DEFAULT_ROUTE_ID) ||
    (b.rates?.perSecond ?? 0) - (a.rates?.perSecond ?? 0) ||
    (a.route.id < b.route.id ? -1 : 1)
  );
}

function rowsOf(
  routes: readonly RouteStatus[],
  attention: readonly Attention[],
  rates: Rates | undefined,
): readonly Row[] {
  const lately = new Map(rates?.routes.map((row) => [row.id, row]));
  const ranks = new Map<string, number>();
  for (const [rank, { route, routes = [], severity }] of attention.entries()) {
    if (severity === "info") continue;
    for (const id of route === null ? routes : [route, ...routes]) if (!ranks.has(id)) ranks.set(id, rank);
  }
  const rows = routes.map((route): Row => {
    const rank = ranks.get(route.id) ?? Number.MAX_SAFE_INTEGER;
    return { route, rates: lately.get(route.id), rank, mark: ranks.has(route.id) ? "!" : "" };
  });
  return rows.toSorted(worstFirst);
}

function perSecond(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value >= 100) return countText(Math.round(value));
  return value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** One line a route, worst first. `rates` undefined: they could not be read. */
export function routeTable(
  { terminal: { paint }, deps }: CliContext,
  routes: readonly RouteStatus[],
  attention: readonly Attention[],
  rates: Rates | undefined,
): readonly string[] {
  const columns = [
    { title: "" },
    { title: "ROUTE" },
    ...["MODERN", "SHADOW", "REQ/S", "P95 MS", "ERRORS", "DIFFER"].map((title) => ({
      title,
      align: "right" as const,
    })),
  ];
  const rows = rowsOf(routes, attention, rates);
  const cells = rows.map(({ route, rates: lately, mark }) => {
    const { match, mismatch } = route.comparisons;
    return [
      mark,
      printable(route.id),
      route.phase === "retired" ? "retired" : shareText(route.position.modern),
      shareText(route.position.shadow),
      perSecond(lately?.perSecond),
      millis(lately?.p95 ?? null),
      lately === undefined ? "–" : rateText(lately.errors, lately.requests),
      route.unknown?.read === null ? "?" : rateText(mismatch, match + mismatch),
    ];
  });
  const width = deps.stdout.isTTY === true ? Math.max(TABLE_WIDTH, deps.stdout.columns ?? 0) : TABLE_WIDTH;
  const [title = "", ...lines] = tableLines(columns, cells, width);
  const lately =
    rates === undefined
      ? "requests could not be read"
      : rates.routes.length === 0
        ? "no requests lately"
        : `requests of the last ${durationText(rates.seconds * 1000, Math.round)}`;
  const over =
    rates?.unknown === undefined
      ? `${lately}, differences since each window began`
      : `requests and differences as of ${instant(rates.at)}`;
  return [
    paint.bold(title),
    ...lines.map((line, index) => (rows[index]?.mark === "!" ? paint.yellow(line) : line)),
    paint.dim(`${countOf(routes.length, "route")}; ${over}`),
  ];
}
