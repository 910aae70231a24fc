import type { Attention, Rates, RouteStatus, SideStatus, Status } from "../control/index.ts";
import { MOST_FIRST } from "../domain/most-first.ts";
import { printable } from "../domain/printable.ts";
import { agoText, countText, positionText, rateText } from "../domain/wording.ts";
import { certificateLines } from "./certificate-lines.ts";
import type { CliContext } from "./command.ts";
import { millis } from "./format.ts";
import { socketLines } from "./socket-lines.ts";
import { attentionLines, routeTable } from "./status-table.ts";
import { figuresText, readText } from "./unknown-lines.ts";
import { upstreamLines } from "./upstream-lines.ts";
import { cut, wrap } from "./width.ts";

/** A status with what the dashboard shows beside it. Undefined: it could not be read. */
export interface Seen {
  readonly report: Status;
  readonly attention: { readonly rows: readonly Attention[]; readonly total: number } | undefined;
  readonly rates: Rates | undefined;
}

/** What concerns these routes, or all of them. */
function attentionOf(seen: Seen, ids: ReadonlySet<string> | undefined): readonly Attention[] {
  const all = seen.attention?.rows ?? [];
  if (ids === undefined) return all;
  return all.filter(({ route, routes, severity }) => {
    if (route !== null) return ids.has(route);
    return routes === undefined ? severity === "error" : routes.some((id) => ids.has(id));
  });
}

/** All routes as a table; `detailed`: some of them, with all that is known of each. */
export function printStatus(context: CliContext, seen: Seen, where: string, detailed: boolean): void {
  const { report, rates } = seen;
  const { terminal, deps } = context;
  const { applied, pending } = report.migrations;
  terminal.line(terminal.paint.dim(printable(where)));
  terminal.line(
    terminal.paint.dim(
      `state ${printable(report.stateId)}, revision ${report.revision}, migrations: ${applied} applied, ${pending} pending`,
    ),
  );
  // Since when, and why, is among the problems.
  if (report.unknown !== undefined) {
    const text = `! positions are those in force there, ${figuresText(report.unknown)}`;
    terminal.line(terminal.paint.red(text));
  }
  const ids = detailed ? new Set(report.routes.map(({ id }) => id)) : undefined;
  const attention = attentionOf(seen, ids);
  const total = detailed ? attention.length : (seen.attention?.total ?? 0);
  for (const line of attentionLines(context, attention, total, detailed)) terminal.line(line);
  for (const problem of seen.attention === undefined ? report.problems : []) {
    const [first = "", ...more] = wrap(printable(problem), 78);
    for (const line of [`! ${first}`, ...more.map((text) => `  ${text}`)])
      terminal.line(terminal.paint.red(line));
  }
  if (!detailed) {
    terminal.line();
    for (const line of routeTable(context, report.routes, attention, rates)) terminal.line(line);
    const below = [socketLines(report), upstreamLines(report), certificateLines(report, deps.clock.now())];
    for (const lines of below) {
      if (lines.length > 0) terminal.line();
      for (const line of lines) terminal.line(line);
    }
    return;
  }
  for (const route of report.routes) {
    terminal.line();
    for (const line of routeLines(context, route, deps.clock.now())) terminal.line(line);
  }
}

const SIDE_TITLES = `${"".padEnd(16)}${"requests".padStart(12)}${"errors".padStart(11)}${["p50", "p95", "p99"]
  .map((name) => `${name} ms`.padStart(11))
  .join("")}`;

/** Nobody counted yet is said once, not as a table of dashes. */
function routeLines(context: CliContext, route: RouteStatus, now: number): readonly string[] {
  const { paint } = context.terminal;
  const lines = [headLine(context, route)];
  const sides: readonly (readonly [string, SideStatus])[] = [
    ["legacy", route.legacy],
    ["modern", route.modern],
    ["shadow legacy", route.shadow.legacy],
    ["shadow modern", route.shadow.modern],
  ];
  const counted = sides.filter(([, side]) => side.requests > 0);
  if (counted.length === 0) lines.push(paint.dim(`  ${noneText(route, now)}`));
  else lines.push(paint.dim(SIDE_TITLES), ...counted.map(([name, side]) => sideLine(name, side)));
  if (route.unknown !== undefined && counted.length > 0)
    lines.push(paint.yellow(`  ${readText(route.unknown)}`));
  if ((route.unknown?.here ?? 0) > 0)
    lines.push(`  ${countText(route.unknown?.here ?? 0)} answered by this front door since it started`);
  if (route.declined > 0) lines.push(`  declined ${countText(route.declined)}: modern handed them to legacy`);
  const pinned = route.pinned.legacy + route.pinned.modern;
  if (pinned > 0) lines.push(`  pinned ${countText(pinned)}: their clients had just written`);
  if (route.fallbacks > 0)
    lines.push(`  fell back ${countText(route.fallbacks)}: legacy answered in modern's place`);
  lines.push(...comparisonLines(route));
  const last = route.lastShift;
  if (last !== null) {
    const text = `r${last.revision} ${last.kind} by ${last.by}, ${agoText(last.at, now)}: ${last.reason}`;
    lines.push(`  ${cut(printable(text), 78)}`);
  }
  for (const warning of warningsOf(route)) lines.push(paint.yellow(`  ! ${warning}`));
  return lines;
}

/** No request, no front door that looked, and a store that is away are three things. */
function noneText({ since, unknown }: RouteStatus, now: number): string {
  if (unknown !== undefined && unknown.read === null) return readText(unknown);
  if (since === null) return "no front door has counted for it yet";
  return `no requests in its evidence window, which opened ${agoText(since, now)}`;
}

function headLine(context: CliContext, route: RouteStatus): string {
  const { paint } = context.terminal;
  const colours = { legacy: paint.dim, shadowing: paint.cyan, splitting: paint.yellow, cutover: paint.green };
  const colour = route.phase === "retired" ? paint.green : colours[route.phase];
  const id = cut(printable(route.id), 38);
  return `${paint.bold(id)}${" ".repeat(Math.max(1, 40 - [...id].length))}${colour(route.phase.padEnd(11))}${standText(route)}`;
}

/** `modern 10 %, shadow 100 %`. */
export function standText({ position }: RouteStatus): string {
  return positionText(position);
}

function sideLine(name: string, side: SideStatus): string {
  const numbers = [side.p50, side.p95, side.p99].map((value) => millis(value).padStart(11)).join("");
  const errors = rateText(side.errors, side.requests);
  return `  ${name.padEnd(14)}${countText(side.requests).padStart(12)}${errors.padStart(11)}${numbers}`;
}

function comparisonLines(route: RouteStatus): readonly string[] {
  const { match, mismatch } = route.comparisons;
  const compared = match + mismatch;
  const left = Object.entries(route.notCompared)
    .filter(([, number]) => number > 0)
    .sort(MOST_FIRST)
    .map(([reason, number]) => `${reason} ${countText(number)}`);
  const lines: string[] = [];
  if (compared > 0)
    lines.push(
      `  compared ${countText(compared)}: ${countText(mismatch)} mismatch (${rateText(mismatch, compared)})`,
    );
  if (left.length > 0) lines.push(...wrap(`not compared: ${left.join(", ")}`, 76).map((text) => `  ${text}`));
  return lines;
}

function warningsOf(route: RouteStatus): readonly string[] {
  const warnings: string[] = [];
  if (route.drifted) warnings.push("drifted: it no longer stands where the last applied migration left it");
  if (route.definitionDrift)
    warnings.push("definitionDrift: its definition differs from the one at its last shift");
  return warnings;
}
