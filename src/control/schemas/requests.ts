/** What callers of the admin API may send: each schema checks requests, and is the one in the OpenAPI document. */
import { z } from "zod";
import { ENTRY_KINDS } from "../../domain/ledger.ts";
import { COMPARISON_OUTCOMES, MISMATCH_KINDS } from "../../domain/outcomes.ts";
import { isPercent, PHASES } from "../../domain/position.ts";
import type { ShapeOf } from "./parts.ts";

const PERCENT = "must be a number from 0 to 100 with at most two decimals";
const percent = z.number(PERCENT).min(0, PERCENT).max(100, PERCENT).refine(isPercent, PERCENT);

export const MAX_REASON = 2_000;
const REASON = `must say why, in 1 to ${MAX_REASON} characters`;
const reason = z
  .string(REASON)
  .trim()
  .min(1, REASON)
  .max(MAX_REASON, REASON)
  .describe("Why; kept in the ledger.");

export const MAX_BY = 200;
const BY = `must be a name of 1 to ${MAX_BY} characters`;
export const author = z.string(BY).trim().min(1, BY).max(MAX_BY, BY);
const by = author.default("api").describe("Who; kept in the ledger.");

const REVISION = "must be a ledger revision: a whole number, 0 or more";
const revision = z.int(REVISION).min(0, REVISION);

const flag = z.boolean("must be true or false").optional();
const dryRun = flag.describe("Say what would be done, and do nothing.");
const force = flag.describe("Go on although a gate does not hold or a route has drifted.");
const expectedRevision = revision
  .optional()
  .describe("The revision the caller decided on; 409 `conflict` if the route has a newer entry.");

const ROUTE = "must be a route id of 1 to 500 characters";
const route = z.string(ROUTE).min(1, ROUTE).max(500, ROUTE);

/** A whole number in a query, as text. */
export function numberText(min: number, max: number, what: string) {
  const message = `must be ${what}: a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .pipe(z.int(message).min(min, message).max(max, message));
}

function oneOf<Name extends string>(names: readonly Name[]) {
  return z.enum(names, `must be one of ${names.join(", ")}`).optional();
}

export const routeParams = z.strictObject({ id: route.describe("Route id, percent-encoded.") });
export const cohortParams = z.strictObject({ name: z.string().min(1).describe("Cohort, percent-encoded.") });

export const shiftBody = z
  .strictObject({
    modern: percent.optional().describe("Percent of clients that modern serves; left out: as it is."),
    shadow: percent.optional().describe("Percent of requests shadowed; left out: as it is."),
    reason,
    by,
    expectedRevision,
    force,
    dryRun,
    fresh: flag.describe("Open a new evidence window, even at the position it already has."),
  })
  .meta({ id: "ShiftRequest" });
export type ShiftBody = ShapeOf<typeof shiftBody>;

export const rollbackBody = z
  .strictObject({
    to: revision
      .optional()
      .describe("Restore what held after this revision; left out: undo the newest shift."),
    reason,
    by,
    expectedRevision,
    dryRun,
  })
  .meta({ id: "RollbackRequest" });
export type RollbackBody = ShapeOf<typeof rollbackBody>;

export const resumeBody = z
  .strictObject({ reason, by, expectedRevision, dryRun })
  .meta({ id: "ResumeRequest" });
export type ResumeBody = ShapeOf<typeof resumeBody>;

export const localRollbackBody = z
  .strictObject({
    routes: z.array(route).min(1).optional().describe("Route ids; left out: every route that can move."),
    reason,
    by,
  })
  .meta({ id: "LocalRollbackRequest" });
export type LocalRollbackBody = ShapeOf<typeof localRollbackBody>;

const step = {
  reason: reason.optional(),
  by,
  expectedRevision: expectedRevision.describe(
    "The revision the caller decided on; 409 `conflict` if a route of the steps has a newer entry.",
  ),
  force,
  dryRun,
};

const STEP_NUMBER = "must be a step's number";
export const stepBody = z
  .strictObject({
    expectedStep: z
      .int(STEP_NUMBER)
      .min(1, STEP_NUMBER)
      .optional()
      .describe("The step the caller means; 409 `conflict` if another one is next, or last."),
    ...step,
  })
  .meta({ id: "StepRequest" });
export type StepBody = ShapeOf<typeof stepBody>;

const STEP = "must be a step's number, or 0 for before the first";
export const stepToBody = z
  .strictObject({
    to: z.int(STEP).min(0, STEP).describe("The step to stand after; 0: before the first."),
    ...step,
  })
  .meta({ id: "StepToRequest" });
export type StepToBody = ShapeOf<typeof stepToBody>;

const URL_TEXT = "must be an absolute URL or a path, of 1 to 16384 characters";
const IP = "must be an IP address";
export const explainBody = z
  .strictObject({
    method: z.string("must be an HTTP method").regex(/^[!#$%&'*+.^_`|~\w-]{1,64}$/, "must be an HTTP method"),
    url: z
      .string(URL_TEXT)
      .min(1, URL_TEXT)
      .max(32_768, URL_TEXT)
      .describe(
        "A path with its query, which is the target as it is sent; or an http URL, which is sent as clients do: its host in Host (where no Host header is given), without user, password and fragment.",
      ),
    headers: z
      .record(
        z.string(),
        z.union([z.string(), z.array(z.string())], "must be a text, or a list of texts"),
        "must be an object of header names and values",
      )
      .optional()
      .describe("By name: a value, or a list for a header that is sent several times."),
    ip: z.string(IP).min(1, IP).max(64, IP).optional(),
    body: z
      .string("must be a text")
      .max(262_144, "must be of at most 262144 characters")
      .optional()
      .describe(
        "The body, where a route goes by operation. Without a Content-Type header it is JSON. Nothing of it is kept.",
      ),
    operation: z
      .string("must be a text")
      .min(1, "must be the name of an operation")
      .max(256, "must be of at most 256 characters")
      .optional()
      .describe("The operation that it asks for, in place of a body that says so."),
  })
  .meta({ id: "ExplainRequest" });
export type ExplainRequest = ShapeOf<typeof explainBody>;

const oneRoute = route.optional().describe("Only this route.");

const time = (words: string) =>
  numberText(0, 8_640_000_000_000_000, "a time in ms since the epoch").optional().describe(words);
const from = time("From this time on, ms since the epoch.");
const to = time("Up to this time, ms since the epoch; left out: now.");
export const timeRange = z.strictObject({ from, to });
export type TimeRange = ShapeOf<typeof timeRange>;

export const MAX_LEDGER_PAGE = 1_000;
export const ledgerQuery = z.strictObject({
  route: oneRoute,
  after: numberText(0, Number.MAX_SAFE_INTEGER, "a revision")
    .optional()
    .describe("Only entries after this revision."),
  before: numberText(0, Number.MAX_SAFE_INTEGER, "a revision")
    .optional()
    .describe("Only entries before this revision."),
  from,
  to,
  kind: oneOf(ENTRY_KINDS).describe("Only of this kind."),
  by: z.string().max(200).optional().describe("Only entries by exactly this name."),
  query: z.string().max(500).optional().describe("Part of a route's id or of the reason, any case."),
  order: z
    .enum(["oldest", "newest"], "must be oldest or newest")
    .default("oldest")
    .describe("Which come first."),
  limit: numberText(1, MAX_LEDGER_PAGE, "a number of entries")
    .default(MAX_LEDGER_PAGE)
    .describe("At most this many; a Link header with rel=next names the rest."),
  evidence: z
    .stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive", error: "must be true or false" })
    .default(true)
    .describe("`false`: entries come with `evidence: {}`, as they do to who has not logged in."),
});
export type LedgerQuery = ShapeOf<typeof ledgerQuery>;

export const ROUTES_A_PAGE = 50;
const MAX_ROUTES_PAGE = 500;
const SORTS = [
  "worst",
  "id",
  "phase",
  "modern",
  "shadow",
  "requests",
  "rate",
  "recentP95",
  "recentErrors",
  "errorRate",
  "p95",
  "mismatchRate",
  "lastShift",
] as const;
export const routesQuery = z.strictObject({
  query: z.string().max(500).optional().describe("Part of the id or the cohort, any case."),
  phase: z.enum(PHASES, "must be a phase").optional().describe("Only routes in this phase."),
  attention: z.enum(["true"], "must be true").optional().describe("Only routes that need attention."),
  upstream: z.string().max(500).optional().describe("Only routes with a side there."),
  group: z
    .enum(["cohort"], "must be cohort")
    .optional()
    .describe("Routes of a cohort stand together, where the first of them would stand."),
  sort: oneOf(SORTS),
  order: z.enum(["asc", "desc"], "must be asc or desc").optional(),
  limit: numberText(1, MAX_ROUTES_PAGE, "a number of routes").optional().describe("Of a page; left out: 50."),
  offset: numberText(0, 1_000_000, "a number of routes").optional().describe("How many to pass over."),
});

export const seriesQuery = z.strictObject({
  route: route.optional().describe("Route id; left out: `(all)`, every request together."),
  from: time("From this time on, ms since the epoch; left out: 3 hours before `to`."),
  to,
  step: z
    .enum(["auto", "minute", "hour"], "must be auto, minute or hour")
    .default("auto")
    .describe("`auto`: minutes for the last two days, else hours, put together to at most 360 points."),
});
export type SeriesQuery = ShapeOf<typeof seriesQuery>;

const MISMATCHES_A_PAGE = 100;
export const MAX_MISMATCHES_PAGE = 500;
export const mismatchesQuery = z.strictObject({
  route: oneRoute,
  kind: oneOf(MISMATCH_KINDS).describe("Only of this kind."),
  query: z.string().max(500).optional().describe("Part of the path or of the route's id, any case."),
  path: z.string().max(2_000).optional().describe("Only at exactly this path."),
  limit: numberText(1, MAX_MISMATCHES_PAGE, "a number of rows")
    .default(MISMATCHES_A_PAGE)
    .describe(
      "At most this many; `x-total-count` says how many there are, a Link header with rel=next names the rest.",
    ),
  offset: numberText(0, 1_000_000, "a number of rows").default(0).describe("How many to pass over."),
});

export const wholesQuery = z.strictObject({
  route: z.string().describe("The route."),
  path: z.string().max(2_000).optional().describe("Only those that differ at exactly this path."),
  kind: oneOf(MISMATCH_KINDS).describe("Only those that differ so."),
});
export type WholesQuery = ShapeOf<typeof wholesQuery>;

export const groupsQuery = mismatchesQuery.omit({ route: true, path: true });

export const noticedQuery = z.strictObject({ route: oneRoute });

export const comparisonsQuery = z.strictObject({
  route: oneRoute,
  outcome: oneOf(COMPARISON_OUTCOMES).describe("Only this outcome."),
});
export type ComparisonsQuery = ShapeOf<typeof comparisonsQuery>;
