/** The ledger's entries, as the admin API gives them. */
import { z } from "zod";
import { ENTRY_KINDS, type LedgerEntry } from "../../domain/ledger.ts";
import { at, count, type Same, type ShapeOf } from "./parts.ts";

export const position = z
  .object({ modern: z.number(), shadow: z.number() })
  .meta({ id: "Position", description: "Percent, 0 to 100." });

export const ledgerChange = z
  .object({
    route: z.string(),
    from: position,
    to: position,
    hash: z.string().describe("Of the route's definition where the entry was written."),
    serving: z
      .string()
      .optional()
      .describe("The same without `compare`: what `definitionDrift` goes by. Left out by an older fig."),
    undone: z
      .array(count)
      .optional()
      .describe("On a rollback or a step down: the revisions undone, newest first."),
    formerly: z
      .array(z.string())
      .optional()
      .describe("Ids this route had: the ledger of each goes on here. Left out when it had none."),
  })
  .meta({ id: "LedgerChange" });

export const ledgerEntry = z
  .object({
    revision: count,
    at,
    kind: z.enum(ENTRY_KINDS),
    by: z.string(),
    reason: z.string(),
    migration: z
      .object({ number: count, name: z.string(), hash: z.string() })
      .nullable()
      .describe(
        "The step applied (`migration`, `autopilot`) or undone (`revert`), or the last one archived (`baseline`).",
      ),
    changes: z.array(ledgerChange),
    evidence: z
      .record(z.string(), z.unknown())
      .describe("What was known when it was written: windows, gates, forced."),
  })
  .meta({ id: "LedgerEntry" });

true satisfies Same<LedgerEntry, ShapeOf<typeof ledgerEntry>>;
