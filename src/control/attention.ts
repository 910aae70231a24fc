import { FigError } from "../domain/errors.ts";
import type { LedgerState } from "../domain/fold.ts";
import { MOST_FIRST } from "../domain/most-first.ts";
import { planRollback } from "../domain/rollback.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { countText, durationText, numberText } from "../domain/wording.ts";
import {
  failsClients,
  modernFailsClients,
  tooManyErrors,
  tooManyMismatches,
  WaitingGates,
} from "./bad-evidence.ts";
import type { Attention, Rates, RouteRates } from "./board-contract.ts";
import type { Snapshot } from "./board-snapshot.ts";
import type { AutopilotStatus, MigrationPlan, RouteStatus } from "./contract.ts";
import type { Problem } from "./status-problems.ts";

/** Kinds, the gravest first, and what helps where the message does not say it. */
const KINDS: Readonly<Record<Attention["kind"], Pick<Attention, "severity" | "remedy">>> = {
  store: {
    severity: "error",
    remedy:
      "Bring the store back. Until then positions stay in force and shifts are refused. Nothing needs a restart.",
  },
  invalid_files: {
    severity: "error",
    remedy: "Correct the file. Until then the last good files stay in force.",
  },
  gone_route: { severity: "error", remedy: "Put the route back." },
  edited_step: { severity: "error", remedy: "Restore the file as it was applied." },
  missing_step: {
    severity: "error",
    remedy: "Restore the file, or archive the step with `fig migrate squash --to N`, N its number.",
  },
  late_step: { severity: "warning", remedy: "Give its file the next free number." },
  upstream: {
    severity: "error",
    remedy: "Check that upstream. The front door tries it again by itself, and uses it once it answers.",
  },
  left_route: {
    severity: "error",
    remedy: "Make the upstream that answered its requests the default, or put the route back.",
  },
  shadow_stopped: {
    severity: "warning",
    remedy: "Say in the route's shadow.headers what its copies carry.",
  },
  certificate: {
    severity: "error",
    remedy: "Renew it and put it in the place of the old one. It is read without a restart.",
  },
  failing: { severity: "error", remedy: "Find out why it fails." },
  modern_errors: { severity: "warning", remedy: "Find out why modern fails." },
  mismatches: {
    severity: "warning",
    remedy: "Look at its differences: fix what is wrong, and ignore what is noise.",
  },
  two_writers: { severity: "warning", remedy: "Bring the cohort's routes to one position." },
  moved_clients: { severity: "warning", remedy: "Put the split back, or accept it in the route." },
  stood_apart: {
    severity: "warning",
    remedy: "Judge what modern answered there; the route's next shift ends this.",
  },
  drift: {
    severity: "warning",
    remedy: "Shift it back to where the step left it, or go on with force.",
  },
  definition_drift: { severity: "warning", remedy: "Bring the front doors' files together." },
  compare_rule: { severity: "warning", remedy: "Correct the rule in the route's file." },
  heavy_key: { severity: "warning", remedy: "Choose a finer sticky." },
  fleeting_key: { severity: "warning", remedy: "Use client, or a value that stays with a client." },
  shedding: {
    severity: "warning",
    remedy: "Raise the route's shadow.concurrency or limits.shadowMemory, or shadow a smaller share.",
  },
  no_evidence: {
    severity: "warning",
    remedy: "See what is not compared and why. Without comparisons a gate cannot hold.",
  },
  stale_evidence: {
    severity: "warning",
    remedy: "Check whether its clients still come, and whether the shadowed side still answers.",
  },
  untrusted_proxy: {
    severity: "warning",
    remedy: "If it is your load balancer, add its network to trustedProxies.",
  },
  guard: {
    severity: "error",
    remedy: "Look at what modern does there. The ledger has the evidence.",
  },
  held: {
    severity: "warning",
    remedy: "See what was wrong, and resume the route when it is put right.",
  },
  limits: {
    severity: "warning",
    remedy: "Bring Redis back. Until then each front door lets its share of every limit pass.",
  },
  workers: {
    severity: "error",
    remedy: "Look at the front door's log for why its workers end. Until then it serves with fewer of them.",
  },
  tracing: {
    severity: "warning",
    remedy:
      "See whether the receiver runs, and whether tracing.endpoint and tracing.headers are right. No request waits for it.",
  },
  access_log: {
    severity: "warning",
    remedy: "Make room on its disk, or let the front door's user write to the file; SIGUSR1 opens it anew.",
  },
  keys: {
    severity: "error",
    remedy: "Look at what the issuer answers at that address, or correct `policies.jwt`.",
  },
  api_keys: {
    severity: "error",
    remedy:
      "Bring the state store back: until then no new API key passes, and none that was revoked is known.",
  },
  made_private: {
    severity: "info",
    remedy: "Nothing is wrong. If a shared cache matters more there, use another sticky.",
  },
  restart: { severity: "warning", remedy: "Restart the front door." },
  autopilot: {
    severity: "warning",
    remedy: "See what is missing under Migrations, or leave its steps to people: `fig autopilot stop`.",
  },
  gate_holds: { severity: "info", remedy: "Preview the step and apply it." },
  gate_waits: { severity: "info", remedy: "See its conditions under Migrations." },
};
const ORDER = Object.keys(KINDS);
const SEVERITIES = ["error", "warning", "info"];

/** A few shed shadows are normal for a queue. More of them means that comparisons cover only the lighter load. */
const SHED_SHARE = 0.01;
const MIN_SHED = 10;
/** A window this old without a comparison will not get one by waiting. */
const NO_EVIDENCE_MS = 10 * 60_000;
const STALE_MS = 60 * 60_000;

function attention(
  kind: Attention["kind"],
  route: string | null,
  message: string,
  remedy?: string,
): Attention {
  const { severity, remedy: usual } = KINDS[kind];
  const said = remedy === undefined ? usual : `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`;
  return { kind, severity, route, message, remedy: said };
}

function compared({ comparisons: { match, mismatch, inconclusive } }: RouteStatus): number {
  return match + mismatch + inconclusive;
}

function topReason({ notCompared }: RouteStatus): string {
  const [most] = Object.entries(notCompared).sort(MOST_FIRST);
  return most === undefined ? "no eligible request came" : `most often for ${most[0]}`;
}

/** Remembers when each route last compared anything, as far as this process has seen. */
export class Comparing {
  private readonly seen = new Map<string, { readonly count: number; readonly at: number }>();

  /** ms since the last comparison was seen, at least. */
  idleMs(row: RouteStatus, now: number): number {
    const count = compared(row);
    const before = this.seen.get(row.id);
    if (before?.count === count) return now - before.at;
    this.seen.set(row.id, { count, at: now });
    return 0;
  }
}

/** How clients get away from a modern that fails: only what can be done where the route stands. */
function wayOut({ id, position }: RouteStatus, { state, config }: Snapshot): string {
  const find = "find out why modern fails";
  if (position.modern === 0) return `${find}; it answers shadows alone, and no client`;
  const route = config.routes.find((each) => each.id === id);
  const back = route === undefined ? undefined : rollbackOf(state, config.routes, route);
  const way =
    back === undefined || back.to.modern >= position.modern
      ? `fig shift ${id} --modern 0 --reason "modern fails"`
      : `fig rollback ${id} --reason "modern fails"`;
  return `${find}; \`${way}\` takes its clients back`;
}

/** Of a route that fails whoever serves it: going back helps if it is modern that fails. */
function helpFor(row: RouteStatus, snapshot: Snapshot): string {
  const { phase, position, modern, legacy } = row;
  const share = ({ errors, requests }: RouteStatus["modern"]) => (requests === 0 ? 0 : errors / requests);
  if (phase === "retired") return "find out why modern fails; the route is retired, so no other side is left";
  if (position.modern === 0 || share(legacy) > share(modern)) return "find out why legacy fails";
  return wayOut(row, snapshot);
}

/** What a rollback would do; undefined: it would be refused. */
function rollbackOf(state: LedgerState, routes: readonly RouteDefinition[], route: RouteDefinition) {
  try {
    return planRollback(state, routes, route, undefined).changes[0];
  } catch (error) {
    if (error instanceof FigError) return undefined;
    throw error;
  }
}

/** A retired route no longer moves: what modern answers there is no news about the migration. */
function ofAnswers(
  row: RouteStatus,
  gates: WaitingGates,
  snapshot: Snapshot,
  failing: string | undefined,
): readonly Attention[] {
  const { id, phase } = row;
  if (failing !== undefined) return [attention("failing", id, failing, helpFor(row, snapshot))];
  if (phase === "retired") return [];
  const errors = tooManyErrors(row, gates.bound(id, "maxErrorRateIncrease"));
  const mismatches = tooManyMismatches(row, gates.bound(id, "maxMismatchRate"));
  const severity = modernFailsClients(row) ? ("error" as const) : ("warning" as const);
  return [
    ...(errors === undefined
      ? []
      : [{ ...attention("modern_errors", id, errors, wayOut(row, snapshot)), severity }]),
    ...(mismatches === undefined ? [] : [attention("mismatches", id, mismatches)]),
  ];
}

function ofEvidence(row: RouteStatus, now: number, comparing: Comparing): readonly Attention[] {
  const { id, position, phase, since } = row;
  const found: Attention[] = [];
  const count = compared(row);
  const shed = row.notCompared.shed ?? 0;
  if (shed >= MIN_SHED && shed / (count + shed) >= SHED_SHARE) {
    const share = numberText((shed / (count + shed)) * 100, 1);
    found.push(
      attention(
        "shedding",
        id,
        `${id}: ${share} % of its shadows were shed (${countText(shed)}): a bound was reached`,
      ),
    );
  }
  const idle = comparing.idleMs(row, now);
  if (position.shadow === 0 || phase === "retired") return found;
  const age = since === null ? 0 : now - Date.parse(since);
  if (count === 0 && age >= NO_EVIDENCE_MS) {
    found.push(
      attention(
        "no_evidence",
        id,
        `${id} is shadowed, but nothing was compared for ${durationText(age)}: ${topReason(row)}`,
      ),
    );
  } else if (idle >= STALE_MS) {
    found.push(
      attention(
        "stale_evidence",
        id,
        `${id} is shadowed, but nothing was compared for ${durationText(idle)}`,
      ),
    );
  }
  return found;
}

function ofPlan({ next, allowed, reasons }: MigrationPlan): readonly Attention[] {
  if (next === null) return [];
  const step = `step ${next.number} (${next.name})`;
  if (allowed) return [attention("gate_holds", null, `${step} can be applied`)];
  return [attention("gate_waits", null, `${step} waits: ${reasons.join("; ")}`)];
}

/** Somebody should look: it cannot go on by waiting, or has waited for longer than the step declares. */
function ofAutopilot({ state, by, stuck, overdue, says, waitedMs }: AutopilotStatus): readonly Attention[] {
  if (state === "off" || !(stuck || overdue)) return [];
  const since = overdue ? `, for ${durationText(waitedMs, Math.floor)} already` : "";
  const remedy =
    state === "paused"
      ? "find out why it was taken back, then go on with `fig autopilot resume`, or leave the steps to people with `fig autopilot stop`"
      : undefined;
  return [attention("autopilot", null, `the autopilot of ${by ?? "somebody"}: ${says}${since}`, remedy)];
}

/** What waits, fails or is stale, the gravest first. */
export function attentionOf(
  problems: readonly Problem[],
  snapshot: Snapshot,
  plan: MigrationPlan | undefined,
  comparing: Comparing,
  rates?: Rates,
  pilot?: AutopilotStatus,
): readonly Attention[] {
  const { rows, at, state, config } = snapshot;
  const lately = new Map<string, RouteRates>(rates?.routes.map((row) => [row.id, row]));
  const recentMs = (rates?.seconds ?? 0) * 1000;
  const failing = (row: RouteStatus) => failsClients(row, lately.get(row.id), recentMs, at);
  const gates = new WaitingGates(state, config.migrations, config.gate);
  const all = [
    ...problems.map(({ kind, route, message, remedy, upstream }) => ({
      ...attention(kind, route, message, remedy),
      ...(upstream === undefined ? {} : { upstream }),
    })),
    ...rows.flatMap((row) => [
      ...ofAnswers(row, gates, snapshot, failing(row)),
      // Whether anything was compared lately is not known while the store is away.
      ...(row.unknown === undefined ? ofEvidence(row, at, comparing) : []),
    ]),
    ...(plan === undefined ? [] : ofPlan(plan)),
    ...(pilot === undefined ? [] : ofAutopilot(pilot)),
  ];
  const graver = (a: Attention, b: Attention) =>
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return all.sort((a, b) => graver(a, b) || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
