/** Sets of files that were in force, as the admin API gives them. */
import { z } from "zod";
import type { TableImage } from "../../domain/table-image.ts";
import { at, count, type Same, type ShapeOf } from "./parts.ts";

const names = z.array(z.string());

export const filesRow = z
  .object({
    revision: count.describe(
      "Of the ledger, with which they came in force; of the first set, the one before.",
    ),
    at,
    by: z.string(),
    id: z.string().describe("Of paths and texts: equal sets have equal ids."),
    main: z.string().describe("The path of fig.yaml among them."),
    files: count.describe("How many there are."),
    bytes: count,
    kept: z.boolean().describe("false: they are known by this row alone."),
    inForce: z.boolean().describe("true: the newest set, and on a front door those that it has in force."),
    added: names.describe("Routes, upstreams, settings and files that the set before had not, the first 50."),
    removed: names,
    changed: names,
    more: count.describe("Changes that are not named, because there are too many."),
    redacted: names.describe("Where a credential stood in a file: it is not kept."),
    again: count.nullable().describe("The revision whose files these are again."),
  })
  .meta({ id: "FilesSet", description: "A set of files that came in force." });
export type FilesRow = ShapeOf<typeof filesRow>;

export const filesAt = filesRow
  .extend({ packed: z.string().describe("JSON of `main`, `files` (path and text) and more, gzip, base64.") })
  .meta({ id: "FilesSetPacked", description: "The same with the files themselves." });
export type FilesAt = ShapeOf<typeof filesAt>;

export const filesReloadBody = z.strictObject({
  by: z.string().trim().min(1).max(200).optional(),
  reason: z.string().trim().min(1).max(2000).optional(),
});
export type FilesReloadBody = z.input<typeof filesReloadBody>;

export const filesReloaded = z
  .object({
    id: z.string().nullable().describe("Of the files in force now; null: they were given as a value."),
    revision: count.describe("The newest in force."),
    problems: names.describe("Why the files on disk are not in force; empty: they are."),
  })
  .meta({ id: "FilesReloaded" });
export type FilesReloaded = ShapeOf<typeof filesReloaded>;

const sideImage = z.object({
  upstream: z.string(),
  path: z.string().nullable(),
  server: z.string().describe("A hash of what the upstream is."),
});

const routeImage = z
  .object({
    id: z.string(),
    match: z.object({
      path: z.string(),
      methods: names.nullable(),
      host: z.string().nullable(),
      headers: z.record(z.string(), z.string()).describe("What may be a credential as its hash."),
      query: z.record(z.string(), z.string()),
      caseSensitive: z.boolean(),
      trailingSlash: z.enum(["exact", "any"]),
      encodedSlash: z.enum(["reject", "keep"]),
      operations: names.nullable().optional().describe("null: whatever is asked for."),
    }),
    legacy: sideImage.nullable(),
    modern: sideImage,
    cohort: z.string(),
    sticky: names,
    retired: z.boolean(),
    formerly: names,
    message: z
      .object({ api: z.string(), key: z.string() })
      .nullable()
      .optional()
      .describe("Of which WebSocket API, and by which route key; null: of none."),
    modernPercent: z.number(),
    shifted: z
      .boolean()
      .optional()
      .describe("false: it stands at its start, of which the ledger says nothing."),
    shadow: z
      .object({ percent: z.number(), of: z.string().describe("Which requests may have a copy.") })
      .optional(),
    policies: names,
  })
  .meta({ id: "RouteImage", description: "A route as far as it says who answers a client." });

const tableImage = z.object({
  routes: z.array(routeImage),
  fallback: routeImage.nullable(),
  left: z
    .array(z.object({ id: z.string(), modern: z.number(), shadow: z.number() }))
    .optional()
    .describe(
      "Where routes stand that only the ledger knows, and those that are retired: one that comes back stands there again.",
    ),
});
true satisfies Same<TableImage, ShapeOf<typeof tableImage>>;

export const filesTable = z
  .object({
    revision: count,
    table: tableImage,
    recent: z
      .array(z.object({ route: z.string(), seconds: count, requests: count, clients: count }))
      .describe("Requests and clients of the last ten to twenty minutes on this front door, about."),
  })
  .meta({ id: "FilesTable", description: "The routing table in force, and who came lately." });
export type FilesTable = ShapeOf<typeof filesTable>;
