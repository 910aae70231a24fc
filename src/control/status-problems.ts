import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { type LedgerState, lastStepOf, positionOf, type RouteState } from "../domain/fold.ts";
import { heldSince } from "../domain/guard-plan.ts";
import { lateRemedy, lateSteps, lateText } from "../domain/late-steps.ts";
import { driftText, editedSteps, editedText, isArchived, stepText } from "../domain/migration-plan.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { countText, numberText } from "../domain/wording.ts";
import { cohortWriters } from "../domain/writers.ts";
import type { DoorProblem, Noticed } from "./contract.ts";
import type { RouteEvidence } from "./evidence.ts";
import { resplitOf, resplitRemedy } from "./resplit.ts";

/** A share among fewer keyed requests than this says nothing about the split. */
const MIN_KEYED = 200;
const MAX_KEY_SHARE = 0.2;
/** Fewer keyed requests may be the first of clients that come again. */
const MIN_FLEETING = 1000;
const MIN_FLEETING_SHARE = 0.8;

export interface Problem {
  readonly kind:
    | DoorProblem["kind"]
    | "invalid_files"
    | "gone_route"
    | "edited_step"
    | "missing_step"
    | "late_step"
    | "drift"
    | "moved_clients"
    | "two_writers"
    | "definition_drift"
    | "held"
    | "heavy_key"
    | "compare_rule"
    | "fleeting_key"
    | "stood_apart";
  readonly route: string | null;
  readonly message: string;
  /** undefined: the message says it, or nothing can be said. */
  readonly remedy: string | undefined;
  /** The upstream that is out. */
  readonly upstream?: string;
}

const RULE_ENDED = "take it out of the file, or give it another until";
const RULE_DEAD = "correct it or take it out; [*] is for elements, .* for members, ..name for any depth";
const RULE_HIDING = "narrow it, or say why with a reason";

/** Rules of `compare` that do nothing, or more than people may know. */
export function ruleProblems(noticed: ReadonlyMap<string, Noticed["rules"]>): readonly Problem[] {
  const says = ({ rule, state, count, read }: Noticed["rules"][number]): readonly [string, string] => {
    if (state === "ended")
      return [`compare rule \`${rule}\` has ended and is no longer in force`, RULE_ENDED];
    if (state === "dead") {
      return [`compare rule \`${rule}\` met nothing in ${countText(read)} compared bodies`, RULE_DEAD];
    }
    const share = `${countText(count)} of ${countText(read)} compared bodies`;
    return [`compare rule \`${rule}\` hides more than half of the answer in ${share}`, RULE_HIDING];
  };
  return [...noticed].flatMap(([route, rules]) =>
    rules.map((rule) => {
      const [message, remedy] = says(rule);
      return { kind: "compare_rule" as const, route, message: `${route}: ${message}`, remedy };
    }),
  );
}

function heavyKey({ id }: RouteDefinition, { counts }: RouteEvidence): Problem | undefined {
  const { keyed, topKey } = counts;
  if (keyed < MIN_KEYED || topKey / keyed <= MAX_KEY_SHARE) return undefined;
  const share = numberText((topKey / keyed) * 100, 1);
  return {
    kind: "heavy_key",
    route: id,
    message: `${id}: one sticky key makes ${share} % of ${countText(keyed)} requests, so the split cannot follow the percentage`,
    remedy: "choose a finer sticky, or set trustedProxies if it is a proxy's address",
  };
}

/** A token or a session that is renewed is a new client each time. */
function fleetingKey({ id }: RouteDefinition, { counts }: RouteEvidence): Problem | undefined {
  const { keyed, keys } = counts;
  if (keyed < MIN_FLEETING || keys < keyed * MIN_FLEETING_SHARE) return undefined;
  return {
    kind: "fleeting_key",
    route: id,
    message: `${id}: the values of its sticky key rarely repeat (about ${numberText(keys / keyed, 2)} different ones for each of ${countText(keyed)} requests), so clients whose value changes also change sides`,
    remedy: "use client, or a value that stays with a client; a token or session that is renewed does not",
  };
}

/** The split that the last entry noted, when it is not today's and clients are on both sides. */
function movedClients(state: LedgerState, route: RouteDefinition): Problem | undefined {
  const split = resplitOf(state, route);
  if (split === undefined) return undefined;
  return {
    kind: "moved_clients",
    route: route.id,
    message: `${route.id} is splitting and its split changed (from ${split.was} to ${split.is}), so clients change sides`,
    remedy: resplitRemedy(split),
  };
}

/**
 * Whether the route's last entry was written for other serving than these files say. How answers are compared is no part of
 * that: its change opens a window by itself. A retired route cannot be shifted, so nothing of it is left to settle.
 */
export function definitionDrifted(state: LedgerState, route: RouteDefinition): boolean {
  const change = state.routes.get(route.id)?.lastChange;
  if (change === undefined || route.retired) return false;
  const comparable = change.serving !== undefined && route.servingHash !== undefined;
  return comparable ? change.serving !== route.servingHash : change.hash !== route.hash;
}

/** A guard took it back, and nobody has said yet that it may rise again. */
function held(state: LedgerState, { id, retired }: RouteDefinition): Problem | undefined {
  const since = heldSince(state, id);
  if (since === undefined || retired) return undefined;
  const { revision, at, reason } = since;
  return {
    kind: "held",
    route: id,
    message: `${id} is held since ${at}: a guard took it back (revision ${revision}, ${reason}), and its modern does not rise`,
    remedy: `see what was wrong; then \`fig resume ${id} --reason "…"\``,
  };
}

function drifted(state: LedgerState, route: RouteDefinition): Problem | undefined {
  const message = driftText(state, route);
  const left = lastStepOf(state, route.id)?.left;
  if (message === undefined || left === undefined) return undefined;
  const back = `fig shift ${route.id} --modern ${left.modern} --shadow ${left.shadow} --reason "back to the step"`;
  const remedy = `bring it back with \`${back}\`, or go on from here with \`fig migrate up --force\``;
  return { kind: "drift", route: route.id, message, remedy };
}

function definitionDrift(state: LedgerState, route: RouteDefinition): Problem | undefined {
  if (!definitionDrifted(state, route)) return undefined;
  const revision = state.routes.get(route.id)?.last.revision ?? 0;
  return {
    kind: "definition_drift",
    route: route.id,
    message: `${route.id}: its definition here differs from the one that revision ${revision} was written for (definitionDrift)`,
    remedy:
      "if front doors have different files, give them the same ones; otherwise the next shift settles it",
  };
}

function fileProblem({ file, line, column, message, remedy }: ConfigProblem): Problem {
  return {
    kind: "invalid_files",
    route: null,
    message: `${line === 0 ? file : `${file}:${line}:${column}`}: ${message}`,
    remedy,
  };
}

function ledgerProblems(
  config: FrontDoorConfig,
  state: LedgerState,
  gone: readonly RouteState[],
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { route, position } of gone) {
    problems.push({
      kind: "gone_route",
      route,
      message: `${route} is in no route file, but its modern stands at ${position.modern}`,
      remedy: "put it back, or name it in another route's formerly, with its cohort",
    });
  }
  for (const edited of editedSteps(state, config.migrations)) {
    const remedy = "restore it, and put the change into a new migration";
    problems.push({ kind: "edited_step", route: null, message: editedText(edited), remedy });
  }
  const files = new Set(config.migrations.map((step) => step.number));
  for (const { mark, revision } of state.applied) {
    if (files.has(mark.number) || isArchived(state, mark.number)) continue;
    const message = `step ${stepText(mark)} was applied (revision ${revision}), but its file is gone`;
    const remedy = `restore it, or archive it with \`fig migrate squash --to ${mark.number}\``;
    problems.push({ kind: "missing_step", route: null, message, remedy });
  }
  for (const late of lateSteps(state, config.migrations)) {
    const remedy = lateRemedy(state, config.migrations);
    problems.push({ kind: "late_step", route: null, message: lateText(late), remedy });
  }
  return problems;
}

/** Cohorts whose clients write on both sides. */
export function writerProblems({ routes }: FrontDoorConfig, state: LedgerState): readonly Problem[] {
  const modernOf = (route: RouteDefinition) => positionOf(state, route).modern;
  return cohortWriters(routes, modernOf).map(({ route, message, remedy }) => ({
    kind: "two_writers",
    route: route.id,
    message,
    remedy,
  }));
}

/** What is wrong: outside the ledger first, then files, then the ledger against the files, then routes. */
export function statusProblems(
  config: FrontDoorConfig,
  state: LedgerState,
  evidence: ReadonlyMap<string, RouteEvidence>,
  facts: {
    readonly problems: readonly DoorProblem[];
    readonly invalid: readonly ConfigProblem[];
    /** Routes that left the files with clients on modern (readGone). */
    readonly gone: readonly RouteState[];
  },
): readonly Problem[] {
  const problems: (Problem | undefined)[] = [
    ...facts.problems.map(({ route = null, remedy, ...problem }) => ({ ...problem, route, remedy })),
    ...facts.invalid.map(fileProblem),
    ...ledgerProblems(config, state, facts.gone),
    ...writerProblems(config, state),
  ];
  for (const route of config.routes) {
    const known = evidence.get(route.id);
    problems.push(
      held(state, route),
      drifted(state, route),
      movedClients(state, route),
      definitionDrift(state, route),
      known === undefined || route.retired ? undefined : heavyKey(route, known),
      known === undefined || positionOf(state, route).modern >= 100 ? undefined : fleetingKey(route, known),
    );
  }
  return problems.filter((problem) => problem !== undefined);
}

const COLON = new Set<Problem["kind"]>(["gone_route", "edited_step", "missing_step", "late_step"]);

/** In one sentence, as status says it. */
export function problemText({ kind, message, remedy }: Problem): string {
  return remedy === undefined ? message : `${message}${COLON.has(kind) ? ":" : ";"} ${remedy}`;
}
