import { isMarkupPattern } from "../domain/json-path.ts";
import { mostFirst } from "../domain/most-first.ts";
import type { EvidenceRow, NoteKind } from "../domain/outcomes.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { endedRules, type RuleName, ruleNames, ruleTerms } from "../domain/rule-names.ts";
import type { ControlContext } from "./context.ts";
import type { Noticed } from "./contract.ts";
import { type RouteEvidence, readEvidence } from "./evidence.ts";
import { noiseOf } from "./noise-report.ts";
import { findRoute } from "./requests.ts";
import { inTurns } from "./turns.ts";

const WINDOWS_A_TURN = 20;
/** Bodies in which a rule was looked for, from which on it is said that it met nothing. */
const MIN_READ = 20;
/** A rule is said that left out most of an answer in more than this share of those it was looked for in. */
const HIDING_SHARE = 0.1;

const UNLISTED = {
  unlisted_missing: "missing",
  unlisted_extra: "extra",
  unlisted_value: "value",
} as const satisfies Partial<Record<NoteKind, string>>;

type Rows = readonly EvidenceRow[];

function countIn(rows: Rows, kind: NoteKind, path: string): number {
  return rows.find((row) => row.kind === kind && row.path === path)?.count ?? 0;
}

function headersIn(rows: Rows): Noticed["headers"] {
  return rows
    .flatMap(({ kind, path, count }) =>
      kind in UNLISTED ? [{ name: path, kind: UNLISTED[kind as keyof typeof UNLISTED], count }] : [],
    )
    .sort(
      mostFirst(
        ({ count }) => count,
        ({ name, kind }) => `${name} ${kind}`,
      ),
    );
}

const BREAKS = { schema_alike: "both", schema_legacy: "legacy" } as const satisfies Partial<
  Record<NoteKind, string>
>;

/** Where answers break the OpenAPI document and modern's are no mismatch for it. */
function documentIn(rows: Rows): NonNullable<Noticed["document"]> {
  return rows
    .flatMap(({ kind, path, count }) =>
      kind in BREAKS ? [{ place: path, by: BREAKS[kind as keyof typeof BREAKS], count }] : [],
    )
    .sort(
      mostFirst(
        ({ count }) => count,
        ({ place, by }) => `${place} ${by}`,
      ),
    );
}

function ruleState(
  { key, path, name }: RuleName,
  rows: Rows,
  reasoned: boolean,
): Noticed["rules"][number] | undefined {
  const read = countIn(rows, "rules_read", key === "text" || isMarkupPattern(path) ? "text" : "json");
  if (read < MIN_READ) return undefined;
  const met = countIn(rows, "rule_met", name);
  if (met === 0) return { rule: name, state: "dead", count: 0, read };
  const hiding = countIn(rows, "rule_hiding", name);
  if (hiding <= read * HIDING_SHARE || reasoned) return undefined;
  return { rule: name, state: "hiding", count: hiding, read };
}

/** What is to be said about the rules of a route, from the rows of its window. */
function ruleStates(
  { compare }: RouteDefinition,
  rows: readonly EvidenceRow[],
  now: number,
): Noticed["rules"] {
  const ended = endedRules(compare, now);
  const terms = ruleTerms(compare);
  // Rules whose author said why they are there may hide much.
  const hasReason = (name: string) => Boolean(terms.get(name)?.reason);
  const states = [
    ...[...ended].map((rule) => ({ rule, state: "ended" as const, count: 0, read: 0 })),
    ...ruleNames(compare).flatMap((rule) =>
      ended.has(rule.name) ? [] : (ruleState(rule, rows, hasReason(rule.name)) ?? []),
    ),
  ];
  return states.map((state) => {
    const { reason, until } = terms.get(state.rule) ?? {};
    return { ...state, ...(reason && { reason }), ...(until && { until }) };
  });
}

function hasRules({ compare }: RouteDefinition): boolean {
  return ruleNames(compare).length > 0 || compare.terms !== undefined;
}

function compared({ counts }: RouteEvidence): number {
  return counts.comparisons.match + counts.comparisons.mismatch;
}

/** What the comparisons of the open evidence windows noticed beside mismatches. Routes of which there is nothing to say are left out. */
export async function noticed(
  { store, facts, ledger, clock }: ControlContext,
  route: string | undefined,
): Promise<readonly Noticed[]> {
  const { routes } = facts.config();
  const asked = route === undefined ? routes : [findRoute(routes, route)];
  await facts.flush().catch(() => undefined);
  const state = await ledger.read(routes);
  const evidence = await readEvidence(store, state, asked);
  const found: Noticed[] = [];
  for await (const each of inTurns(asked, WINDOWS_A_TURN)) {
    const known = evidence.get(each.id);
    if (known === undefined || compared(known) === 0) continue;
    const rows = await store.readMismatches(known.window);
    const about = {
      headers: headersIn(rows),
      looked: countIn(rows, "unlisted_read", "headers"),
      rules: ruleStates(each, rows, clock.now()),
    };
    const noise = noiseOf(each, known, rows);
    const document = documentIn(rows);
    const said = about.headers.length + about.rules.length + document.length;
    if (said === 0 && noise === undefined) continue;
    found.push({
      route: each.id,
      comparisons: compared(known),
      ...about,
      ...(document.length === 0 ? {} : { document }),
      ...(noise === undefined ? {} : { noise }),
    });
  }
  return found;
}

/** The same of the routes that have rules, for status: few routes, and one reading of the store each. */
export async function noticedRules(
  { store, clock }: Pick<ControlContext, "store" | "clock">,
  routes: readonly RouteDefinition[],
  evidence: ReadonlyMap<string, RouteEvidence>,
): Promise<ReadonlyMap<string, Noticed["rules"]>> {
  const found = new Map<string, Noticed["rules"]>();
  for await (const route of inTurns(routes.filter(hasRules), WINDOWS_A_TURN)) {
    const known = evidence.get(route.id);
    const rows = known === undefined || compared(known) === 0 ? [] : await store.readMismatches(known.window);
    const rules = ruleStates(route, rows, clock.now());
    if (rules.length > 0) found.set(route.id, rules);
  }
  return found;
}
