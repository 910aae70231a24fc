import type { RouteStatus } from "../../../src/control/contract.ts";
import type { Side } from "../../../src/domain/position.ts";
import type { Asked } from "./open-load.ts";
import type { Behaviour } from "./switched-side.ts";

/** Everything that a storm leaves behind. */
export interface StormBooks {
  readonly took: number;
  readonly rounds: number;
  /** Of the last turn, in which modern is healthy again: its first request. */
  readonly healthyFrom: number;
  readonly asked: readonly Asked[];
  readonly sideOf: (user: string) => Side;
  /** Ids, one for each answer. */
  readonly legacyAnswered: readonly string[];
  readonly legacyShadows: readonly string[];
  /** Ids, and how often each was read. */
  readonly modernRead: ReadonlyMap<string, number>;
  readonly modernShadows: ReadonlyMap<string, number>;
  readonly status: RouteStatus;
  readonly outcomes: number;
  readonly metrics: string;
  /** The front door's streams: its access log is in it. */
  readonly output: string;
  readonly exitCode: number | null;
}

export interface StormSummary {
  readonly seconds: number;
  readonly rounds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly failedSafe: number;
  readonly fellBack: Readonly<Record<Behaviour, number>>;
  readonly posts: {
    readonly fellBack: number;
    /** Modern's failures that are the client's, by status. */
    readonly failed: Readonly<Record<string, number>>;
  };
  readonly modern: { readonly requests: number; readonly errors: number };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly node: string;
  readonly violations: readonly string[];
}

interface Line {
  readonly requestId: string;
  readonly side: string;
  readonly shadowed: boolean;
  readonly fellBack: boolean;
}

/** Lines that speak of requests; the ready line and the log of the front door's own are left out. */
function accessLines(output: string): Line[] {
  return output
    .split("\n")
    .filter((line) => line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line) as Line);
}

/** The sum of a metric's series that have all of these labels. */
function metric(text: string, name: string, labels: readonly string[] = []): number {
  return text
    .split("\n")
    .filter((line) => new RegExp(`^${name}[{ ]`).test(line) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

function tally<Value>(values: readonly Value[], of: (value: Value) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[of(value)] = (counts[of(value)] ?? 0) + 1;
  return counts;
}

class Findings {
  readonly violations: string[] = [];

  /** None of these may be there. */
  none(what: string, found: readonly unknown[]): void {
    if (found.length === 0) return;
    const [first] = found;
    this.violations.push(`${what}: ${found.length}, the first ${JSON.stringify(first)}`);
  }

  equal(what: string, found: number, wanted: number): void {
    if (found !== wanted) this.violations.push(`${what}: ${found}, not ${wanted}`);
  }

  /** Without any of these the storm shows nothing. */
  some(what: string, found: number): void {
    if (found === 0) this.violations.push(`${what}: none, so nothing was shown`);
  }
}

/** Holds the books of a storm against each other. */
export function auditStorm(books: StormBooks): StormSummary {
  const { asked, sideOf, status } = books;
  const findings = new Findings();
  const ofModern = asked.filter(({ user }) => sideOf(user) === "modern");
  const fellBack = ofModern.filter(({ from }) => from === "legacy");
  const failedPosts = ofModern.filter(({ method, status: code }) => method === "POST" && code !== 200);
  const failedSafe = asked.filter((one) => one.method !== "POST" && !answeredWell(one));

  findings.none("failed safe requests", failedSafe);
  auditSides(findings, books, fellBack, failedPosts);
  auditCounts(findings, books, { ofModern, fellBack, failedPosts });
  auditOutcomes(findings, books, fellBack);
  for (const behaviour of ["killed", "hung", "resetting", "unavailable"])
    findings.some(
      `safe fallbacks while modern was ${behaviour}`,
      fellBack.filter(({ during, method }) => during === behaviour && method !== "POST").length,
    );
  findings.some("POSTs that fell back", fellBack.filter(({ method }) => method === "POST").length);
  for (const behaviour of ["hung", "resetting", "unavailable"])
    findings.some(
      `POSTs that failed while modern was ${behaviour}`,
      failedPosts.filter(({ during }) => during === behaviour).length,
    );
  const recovered = asked.slice(books.healthyFrom).filter(({ from }) => from === "modern");
  findings.some("answers of modern once it was healthy again", recovered.length);
  findings.equal("exit code of the front door", books.exitCode ?? -1, 0);

  return {
    seconds: Number(books.took.toFixed(2)),
    rounds: books.rounds,
    requests: asked.length,
    requestsPerSecond: Math.round(asked.length / books.took),
    failedSafe: failedSafe.length,
    fellBack: tally(fellBack, ({ during }) => during) as StormSummary["fellBack"],
    posts: {
      fellBack: fellBack.filter(({ method }) => method === "POST").length,
      failed: tally(failedPosts, ({ status: code }) => String(code)),
    },
    modern: { requests: status.modern.requests, errors: status.modern.errors },
    outcomes: { ...status.comparisons, ...status.notCompared },
    node: process.version,
    violations: findings.violations,
  };
}

/** With 200, for this very request, and with its whole body. */
function answeredWell({ method, id, status, answerId, body, error }: Asked): boolean {
  if (error !== undefined || status !== 200 || answerId !== id) return false;
  return method === "HEAD" ? body === "" : (JSON.parse(body) as { id: string }).id === id;
}

/** Who answered what: no request twice, no POST on both sides. */
function auditSides(
  findings: Findings,
  books: StormBooks,
  fellBack: readonly Asked[],
  failedPosts: readonly Asked[],
): void {
  const { asked, sideOf, legacyAnswered, legacyShadows, modernRead, modernShadows } = books;
  const byLegacy = new Set(legacyAnswered);
  const copied = new Set(legacyShadows);
  const posts = asked.filter(({ method }) => method === "POST");
  findings.none(
    "answers of the wrong side",
    asked.filter(({ user, from }) => sideOf(user) === "legacy" && from !== "legacy"),
  );
  findings.equal("requests that legacy answered twice", legacyAnswered.length - byLegacy.size, 0);
  findings.none(
    "requests that legacy answered and the client has another answer for, or the other way round",
    asked.filter(({ id, from }) => byLegacy.has(id) !== (from === "legacy")),
  );
  findings.none(
    "POSTs on both sides",
    posts.filter(({ id }) => byLegacy.has(id) && modernRead.has(id)),
  );
  findings.none(
    "POSTs that modern was sent twice",
    posts.filter(({ id }) => (modernRead.get(id) ?? 0) > 1),
  );
  findings.none(
    "POSTs that were shadowed",
    posts.filter(({ id }) => copied.has(id) || modernShadows.has(id)),
  );
  findings.none(
    "POSTs with 200 and a wrong answer",
    posts.filter((one) => one.status === 200 && !answeredWell(one)),
  );
  findings.none(
    "POSTs that failed otherwise than modern did",
    failedPosts.filter(
      ({ status, from }) => !(status === 503 ? from === "modern" : [502, 504].includes(status)),
    ),
  );
  const fallen = new Set(fellBack.map(({ id }) => id));
  findings.none(
    "requests that fell back and were shadowed",
    legacyShadows.filter((id) => fallen.has(id)),
  );
  findings.none(
    "requests of legacy's clients that modern was sent without the mark of a shadow",
    asked.filter(({ id, user }) => sideOf(user) === "legacy" && modernRead.has(id)),
  );
}

/** Status, metrics and the access log count what clients saw. */
function auditCounts(
  findings: Findings,
  { asked, status, metrics, output }: StormBooks,
  seen: {
    readonly ofModern: readonly Asked[];
    readonly fellBack: readonly Asked[];
    readonly failedPosts: readonly Asked[];
  },
): void {
  const { ofModern, fellBack, failedPosts } = seen;
  const errors = fellBack.length + failedPosts.length;
  const modernSeries = ['route="shop"', 'side="modern"'];
  const legacySeries = ['route="shop"', 'side="legacy"'];
  findings.equal("status: fallbacks", status.fallbacks, fellBack.length);
  findings.equal("status: modern's requests", status.modern.requests, ofModern.length);
  findings.equal("status: modern's errors", status.modern.errors, errors);
  findings.equal("status: legacy's requests", status.legacy.requests, asked.length - ofModern.length);
  findings.equal("status: legacy's errors", status.legacy.errors, 0);
  findings.equal("fig_fallbacks_total", metric(metrics, "fig_fallbacks_total"), fellBack.length);
  findings.equal(
    "fig_requests_total of modern",
    metric(metrics, "fig_requests_total", modernSeries),
    ofModern.length,
  );
  findings.equal(
    "fig_requests_total of modern with 200",
    metric(metrics, "fig_requests_total", [...modernSeries, 'code="200"']),
    ofModern.length - errors,
  );
  findings.equal(
    "fig_requests_total of legacy with 200",
    metric(metrics, "fig_requests_total", [...legacySeries, 'code="200"']),
    asked.length - ofModern.length,
  );
  findings.equal("access log lines dropped", metric(metrics, "fig_log_lines_dropped_total"), 0);
  const lines = accessLines(output);
  const ids = new Set(lines.map(({ requestId }) => requestId));
  findings.equal("access log lines", lines.length, asked.length);
  findings.equal("requests in the access log", ids.size, asked.length);
  const logged = new Set(lines.filter((line) => line.fellBack).map(({ requestId }) => requestId));
  findings.equal("access log lines with fellBack", logged.size, fellBack.length);
  findings.none(
    "requests that fell back and whose line does not say so",
    fellBack.filter(({ id }) => !logged.has(id)),
  );
}

/** Every request has exactly one outcome; one that fell back and was sampled is inconclusive with serving_error. */
function auditOutcomes(
  findings: Findings,
  { asked, status, outcomes, metrics, output }: StormBooks,
  fellBack: readonly Asked[],
): void {
  const { comparisons, notCompared } = status;
  const posts = asked.filter(({ method }) => method === "POST").length;
  const sampled = accessLines(output).filter((line) => line.fellBack && line.shadowed).length;
  const inconclusive = (
    ["too_large", "undecodable", "serving_error", "cut_short", "comparator_error"] as const
  ).reduce((sum, reason) => sum + (notCompared[reason] ?? 0), 0);
  findings.equal("outcomes", outcomes, asked.length);
  findings.equal("unsafe_method", notCompared.unsafe_method ?? 0, posts);
  findings.equal("skipped", notCompared.skipped ?? 0, 0);
  findings.equal("inconclusive, by reasons", comparisons.inconclusive ?? 0, inconclusive);
  findings.equal("serving_error", notCompared.serving_error ?? 0, sampled);
  const safe = fellBack.filter(({ method }) => method !== "POST").length;
  // A request that found no place for a copy was shed before anybody knew that it would fall back.
  if (sampled < safe - (notCompared.shed ?? 0) || sampled > safe)
    findings.violations.push(
      `sampled requests that fell back: ${sampled}, of ${safe} and ${notCompared.shed} shed`,
    );
  findings.equal("reservations refused", metric(metrics, "fig_shadow_reservations_refused_total"), 0);
  findings.some("serving_error", sampled);
  findings.some("matches", comparisons.match ?? 0);
  findings.some("mismatches", comparisons.mismatch ?? 0);
  for (const outcome of ["match", "mismatch", "inconclusive"] as const)
    findings.equal(
      `fig_comparisons_total of ${outcome}`,
      metric(metrics, "fig_comparisons_total", [`outcome="${outcome}"`]),
      comparisons[outcome] ?? 0,
    );
}
