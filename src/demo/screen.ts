import { rateText, shareText } from "../domain/wording.ts";
import type { DemoDeps } from "./contract.ts";
import type { DemoSummary, RouteSummary } from "./summary.ts";

type Paints = Pick<DemoDeps["screen"], "bold" | "dim">;

/** Few enough that everything fits a terminal of 24 lines, with one wrapped command. */
const TOP_DIFFERENCES = 3;

/** What the demo shows while it runs, in at most 80 columns, but for the commands, which stay whole. */
export function summaryLines(summary: DemoSummary, paints: Paints): readonly string[] {
  const { seconds, requests, failed, url, adminUrl, routes, differences } = summary;
  const perSecond = seconds > 0 ? Math.round(requests / seconds) : 0;
  return [
    `${paints.bold("strangler-fig demo")}  ${Math.floor(seconds)} s   ${requests} requests, ${failed} failed   ${perSecond}/s`,
    `front door ${url}   admin ${adminUrl}`,
    "",
    paints.dim("ROUTE            PHASE      MODERN SHADOW   LEGACY  MODERN  COMPARED  MISMATCH"),
    ...routes.map(routeLine),
    ...differenceLines(differences, paints),
  ];
}

function routeLine({ id, phase, position, legacy, modern, comparisons }: RouteSummary): string {
  const compared = comparisons.match + comparisons.mismatch;
  return [
    id.slice(0, 16).padEnd(16),
    phase.padEnd(9),
    shareText(position.modern).padStart(7),
    shareText(position.shadow).padStart(6),
    String(legacy.requests).padStart(8),
    String(modern.requests).padStart(7),
    (compared === 0 ? "–" : String(compared)).padStart(9),
    rateText(comparisons.mismatch, compared).padStart(9),
  ].join(" ");
}

function differenceLines(differences: DemoSummary["differences"], paints: Paints): readonly string[] {
  if (differences.length === 0) return ["no differences found yet"];
  const shown = differences.slice(0, TOP_DIFFERENCES);
  const more = differences.length - shown.length;
  return [
    paints.bold(more > 0 ? `What differs most (and ${more} more):` : "What differs:"),
    ...shown.map(({ route, path, kind, count }) =>
      `${String(count).padStart(7)}  ${kind.padEnd(8)} ${route.padEnd(16)} ${path}`.slice(0, 80),
    ),
  ];
}

/** What to open and what to type, exactly as it works in another terminal of this folder. */
export function nextLines(
  command: string,
  file: string,
  summary: DemoSummary,
  paints: Paints,
): readonly string[] {
  const typed = (words: string): string => `  ${command} ${words} -c ${file}`;
  return [
    `${paints.bold("Open:")} ${summary.adminUrl}/   ${summary.adminUrl}/metrics`,
    `${paints.bold("Type, in another terminal:")} (Ctrl-C here ends it)`,
    typed("status"),
    typed("diff products.list"),
    typed("migrate plan"),
    typed("shift --cohort orders --modern 50 --reason more"),
    typed("rollback orders.read --reason back"),
  ];
}
