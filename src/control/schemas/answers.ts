/** What the use cases give, and the admin API answers: types for the code, schemas for the OpenAPI document. */

import { z } from "zod";
import {
  CASCADE_WAYS,
  COMPARISON_OUTCOMES,
  EARLIER_WRITES,
  MISMATCH_KINDS,
  type MismatchRow,
  type RecentComparison,
} from "../../domain/outcomes.ts";
import { PHASES, type Position, SIDES } from "../../domain/position.ts";
import { certificate } from "./certificates.ts";
import { shownSchemas } from "./counters.ts";
import { gateReport, stepGate } from "./gates.ts";
import { ledgerChange, ledgerEntry, position } from "./ledger.ts";
import { noisyPath } from "./noticed.ts";
import { at, count, each, type Same, type ShapeOf } from "./parts.ts";
import { unknown } from "./unknown.ts";
import { upstream } from "./upstreams.ts";
import { webSocketApi } from "./websockets.ts";

export * from "./gates.ts";
export * from "./noticed.ts";
export * from "./unknown.ts";

const phase = z.enum(PHASES).meta({ id: "Phase" });
const side = z.enum(SIDES);

const quantile = z.number().nullable();
export const sideStatus = z
  .object({ requests: count, errors: count, p50: quantile, p95: quantile, p99: quantile })
  .meta({ id: "SideStatus", description: "Errors are 5xx and broken answers; latencies in ms, null: none." });
export type SideStatus = ShapeOf<typeof sideStatus>;

const shown = z.object(shownSchemas(sideStatus, count));
/** The counters of an evidence window that are shown. */
export type ShownCounts = ShapeOf<typeof shown>;

export const routeStatus = z
  .object({
    id: z.string(),
    cohort: z.string(),
    phase,
    position,
    since: at.nullable().describe("When the evidence window opened; null: never counted."),
    ...shown.shape,
    lastShift: ledgerEntry.pick({ revision: true, at: true, by: true, reason: true, kind: true }).nullable(),
    drifted: z.boolean().describe("It no longer stands where the last migration step left it."),
    definitionDrift: z
      .boolean()
      .describe(
        "The last entry was written for another definition of the route, `compare` aside. A retired route has none.",
      ),
    unknown: unknown.optional(),
  })
  .meta({ id: "RouteStatus" });
export type RouteStatus = ShapeOf<typeof routeStatus>;

const stateId = z
  .string()
  .describe("Of the state store; the CLI acts through a front door of its own state only.");

export const revision = z
  .object({ stateId, revision: count.describe("Of the ledger's newest entry; 0: there is none.") })
  .meta({ id: "Revision" });
export type Revision = ShapeOf<typeof revision>;

export const status = z
  .object({
    stateId,
    revision: count,
    problems: z.array(z.string()),
    problemRoutes: z
      .array(z.string().nullable())
      .optional()
      .describe("Whose each of the problems is, in the same order; null: of no single route."),
    routes: z.array(routeStatus),
    migrations: z.object({ applied: count, pending: count }),
    upstreams: z
      .array(upstream)
      .optional()
      .describe("Those of the front door that was asked. Left out: none was, but the state store."),
    certificates: z
      .array(certificate)
      .optional()
      .describe("The same, of what that front door shows its clients."),
    websockets: z.array(webSocketApi).optional().describe("The same, of its WebSocket APIs."),
    unknown: unknown.optional(),
  })
  .meta({ id: "Status" });
export type Status = ShapeOf<typeof status>;

const movingShare = z.object({
  share: z.number().describe("Percent."),
  low: z.number().describe("Of its 95 % interval. Both ends are the share where every client is known."),
  high: z.number(),
});

const changeEffect = z
  .object({
    route: z.string(),
    cohort: z.string(),
    clients: z.number().describe("Percent of clients that change sides."),
    toward: side.nullable().describe("The side they come to; null: none does."),
    text: z.string().describe("In one sentence."),
    recent: z
      .object({
        text: z.string().describe("In one sentence."),
        seconds: count.describe("How far back it looks."),
        clients: movingShare
          .extend({ of: count, moving: count })
          .nullable()
          .describe("Of about `of` clients, about `moving` change sides; null: no request came."),
        requests: movingShare.extend({ of: count }).nullable().describe("The same of requests."),
      })
      .optional()
      .describe(
        "Who of the recent clients moves, as front doors saw them. Left out: nobody, or no front door tells.",
      ),
  })
  .meta({ id: "ChangeEffect", description: "What a change of position means for a route's clients." });
export type ChangeEffect = ShapeOf<typeof changeEffect>;

export const localRollback = z
  .object({
    file: z
      .string()
      .nullable()
      .describe(
        "Where it is written; null: the disk takes nothing, so a restart of this front door forgets it.",
      ),
    id: z.string().describe("In `evidence.local.id` of the ledger entry that it becomes."),
    at: z.string(),
    by: z.string(),
    reason: z.string(),
    routes: z
      .record(z.string(), z.number())
      .describe("The most that modern of each route may be here, in percent."),
  })
  .meta({ id: "LocalRollback" });
export type LocalRollbackAnswer = ShapeOf<typeof localRollback>;

export const shiftResult = z
  .object({
    written: z.boolean().describe("False: the position it already has, or a dry run."),
    dryRun: z.boolean(),
    entries: z.array(ledgerEntry),
    changes: z.array(ledgerChange),
    effects: z.array(changeEffect).describe("Of each change, in the same order."),
    gates: z.array(gateReport),
    stepGates: z
      .array(stepGate)
      .optional()
      .describe(
        "Of a shift by hand: what the gates of pending steps say of what it raises. Left out: none waits for that.",
      ),
    warnings: z.array(z.string()),
    unsafeServed: z
      .record(z.string(), count)
      .describe("Rollback and a step down: unsafe requests modern served since what is undone, by route."),
  })
  .meta({
    id: "ShiftResult",
    description: "What a shift, rollback or migration step did, or (`dryRun`) would do.",
  });
export type ShiftResult = ShapeOf<typeof shiftResult>;

export const migrationStatus = z
  .object({
    number: count,
    name: z.string(),
    description: z.string(),
    state: z
      .enum(["applied", "pending", "archived"])
      .describe(
        "`archived`: part of the baseline that `squash` made; it is not undone, and its file may leave.",
      ),
    revision: count.nullable().describe("At which it was applied."),
    at: at.nullable(),
    by: z.string().nullable(),
    drifted: z
      .array(z.string())
      .describe("Routes that no longer stand where this step, the last applied to them, left them."),
    edited: z.boolean().describe("The file was edited after it was applied."),
    late: z.boolean().describe("It is pending although a step with a higher number was applied before it."),
    changes: z.record(z.string(), position.partial()),
    unknown: unknown.optional(),
  })
  .meta({ id: "MigrationStatus" });
export type MigrationStatus = ShapeOf<typeof migrationStatus>;

export const migrationPlan = z
  .object({
    next: migrationStatus.nullable(),
    changes: z.array(ledgerChange),
    effects: z.array(changeEffect),
    gates: z.array(gateReport),
    allowed: z.boolean(),
    reasons: z.array(z.string()),
    unseen: z
      .array(z.string())
      .optional()
      .describe(
        "Of each route whose modern would rise: methods of which nothing was compared. Left out: none.",
      ),
    unknown: unknown.optional(),
  })
  .meta({ id: "MigrationPlan" });
export type MigrationPlan = ShapeOf<typeof migrationPlan>;

const value = z
  .string()
  .optional()
  .describe("JSON text, redacted and cut to 256 bytes; left out: missing there.");

const statuses = each(SIDES, count)
  .partial()
  .optional()
  .describe("What each side answered, if that was a mismatch; a side that failed has none.");

const mismatchRow = z.object({
  path: z.string().describe("`status`, `header.<name>`, `body`, or a JSONPath with indexes as `[*]`."),
  kind: z.enum(MISMATCH_KINDS),
  count,
  firstSeen: at,
  lastSeen: at,
  samples: z
    .array(
      z.object({
        legacy: value,
        modern: value,
        at,
        requestId: z.string(),
        method: z.string().optional(),
        target: z
          .string()
          .optional()
          .describe("Path and query as the client sent them, credentials redacted, cut to 256 characters."),
        statuses,
      }),
    )
    .describe("Spread over the time in which this was seen, and over different values."),
  cascade: z
    .array(
      z.object({
        path: z.string(),
        kind: z.enum(MISMATCH_KINDS),
        by: z
          .enum(CASCADE_WAYS)
          .describe(
            "`element`: only one side's list has it. `rename`: the member under another name. `wrap`: a member one level deeper. `value`: a text that holds the value that differs.",
          ),
        count: count.describe("Comparisons in which it was there."),
        places: count.describe("In so many places of those answers together."),
        legacy: value,
        modern: value,
      }),
    )
    .optional()
    .describe(
      "What differs for the same cause, and is no difference of its own. The values are of the first comparison.",
    ),
  afterWrites: each(EARLIER_WRITES, count)
    .optional()
    .describe(
      "Of these, how many came after a write of the same sticky key that differed, or that one side never got; left out: none that this front door remembers.",
    ),
  operations: z
    .record(z.string(), count)
    .optional()
    .describe(
      "How often it was seen with each operation of GraphQL, or method of JSON-RPC; of a batch with each of its operations. Left out: with none.",
    ),
});

const mismatchReport = z.object({
  route: z.string(),
  ...mismatchRow.shape,
  comparisons: count.describe("`match` and `mismatch` in the evidence window."),
  control: noisyPath
    .pick({ state: true, evidence: true, modern: true, legacy: true, own: true })
    .optional()
    .describe("What controls say of its path. Left out: nothing."),
  unknown: unknown.optional(),
});
export type MismatchReport = ShapeOf<typeof mismatchReport>;

const ignoreAdvice = z.object({
  key: z.enum(["ignore", "headers", "arrays", "tolerance", "status", "nulls", "text"]),
  yaml: z.string().describe("One line."),
  file: z.string(),
  line: count,
});
export type IgnoreAdvice = ShapeOf<typeof ignoreAdvice>;

const lately = z
  .object({ ms: z.number().describe("How long ago counting began."), count, comparisons: count })
  .nullable()
  .describe(
    "What was counted in about the last quarter of an hour; null: this front door was not asked for it for a minute yet.",
  );

export const difference = mismatchReport
  .extend({
    lately: lately.optional(),
    withheld: z.boolean().describe("There may be samples, which are not shown before login."),
    ignore: z
      .array(ignoreAdvice)
      .describe(
        "What to put into the route's `compare`, in the place of its `key`, so that this counts no more; `file` and `line` are the route's. What hides the least comes first, `ignore` last. Empty: nothing can.",
      ),
  })
  .meta({ id: "Difference" });
export type Difference = ShapeOf<typeof difference>;

export const differenceGroup = z
  .object({
    ...mismatchRow.omit({ samples: true, cascade: true, afterWrites: true, operations: true }).shape,
    routes: z.array(z.string()).describe("The most frequent first."),
    comparisons: count.describe("`match` and `mismatch` in the evidence windows of those routes."),
    lately,
  })
  .meta({ id: "DifferenceGroup", description: "The same path and kind over all routes." });
export type DifferenceGroup = ShapeOf<typeof differenceGroup>;

export const recentComparison = z
  .object({
    at,
    route: z.string(),
    requestId: z.string(),
    method: z.string(),
    path: z.string().describe("Without the query, which may hold a credential."),
    serving: side,
    outcome: z.enum(COMPARISON_OUTCOMES),
    reason: z.string().optional(),
    mismatches: z.array(mismatchRow.pick({ path: true, kind: true })),
    statuses,
  })
  .meta({ id: "RecentComparison" });

export const explanation = z
  .object({
    refusal: z
      .object({ code: z.string(), status: count, message: z.string() })
      .nullable()
      .describe("The answer of the front door's own; null: a side answers."),
    route: z.string().nullable().describe("null: the request was refused before a route was found."),
    side: side.nullable().describe("null: refused."),
    upstream: z.string().nullable(),
    target: z
      .string()
      .nullable()
      .describe("What the upstream would see; what reads like a credential is hidden."),
    pinned: side
      .nullable()
      .describe("The side that took a write of the client's just before (pinAfterWrite); null: none did."),
    keySource: z.string().nullable().describe("The sticky source used, `cookie:device`; null: no key."),
    hash: count.nullable(),
    bucket: z
      .number()
      .nullable()
      .describe("Percent point the key falls on, 0 to 100; modern above it serves the client."),
    position: position.nullable(),
    phase: phase.nullable(),
    policies: z
      .array(
        z.object({
          policy: z.string(),
          verdict: z
            .string()
            .describe("`passed`, `refused`, `answered` and the like; `not_asked`: no front door was asked."),
          detail: z.string(),
          status: count.optional().describe("The policy answers the request itself, with this status."),
        }),
      )
      .describe("What the route's policies say of it, in their order, up to the one that answers it."),
    shadow: z.string().describe("Whether a shadow of it could be sent, and if not why."),
    why: z.array(z.string()).describe("One sentence a step."),
  })
  .meta({ id: "Explanation" });
export type Explanation = ShapeOf<typeof explanation>;

export const errorBody = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      requestId: z.string(),
      remedy: z.string().optional(),
      details: z.unknown().optional(),
    }),
  })
  .meta({ id: "Error" });
export type ErrorBody = ShapeOf<typeof errorBody>;

/** What the domain has types for: they and their schemas stay the same, or this does not compile. */
true satisfies Same<Position, ShapeOf<typeof position>>;
true satisfies Same<MismatchRow, ShapeOf<typeof mismatchRow>>;
true satisfies Same<RecentComparison, ShapeOf<typeof recentComparison>>;
