/** What is asked and said of stored answers (docs/reference/policies.md, cache). */
import { z } from "zod";
import { SIDES } from "../../domain/position.ts";
import { at, count, type ShapeOf } from "./parts.ts";
import { author } from "./requests.ts";

const MAX_TEXT = 2_000;
const text = (what: string) => {
  const message = `must be ${what} of 1 to ${MAX_TEXT} characters`;
  return z.string(message).min(1, message).max(MAX_TEXT, message);
};

export const purgeBody = z
  .strictObject({
    route: text("a route's id").optional().describe("Only answers of this route."),
    path: text("a path")
      .regex(/^\/[^?#\s]*$/, "must begin with / and have no query")
      .optional()
      .describe(
        "Only answers of this path, as clients ask for it, with whatever query; with `*` at its end, of every path that begins so.",
      ),
    tag: text("a tag")
      .optional()
      .describe("Only answers that their side gave this tag, in `Cache-Tag` or `Surrogate-Key`."),
    all: z.literal(true, "must be true").optional().describe("Every stored answer. Alone."),
    by: author.default("api").describe("Who; kept with the purge."),
  })
  .meta({ id: "CachePurgeRequest" });
export type PurgeBody = ShapeOf<typeof purgeBody>;

export const purgeResult = z
  .object({
    number: count.describe("Of this purge, among all purges of this state."),
    at: at.describe("When it was written. Every front door of this state follows within a second."),
    purged: count
      .nullable()
      .describe(
        "Answers that went here; null: this was written to the store, and the front doors purge by themselves.",
      ),
  })
  .meta({ id: "CachePurge" });
export type PurgeResult = ShapeOf<typeof purgeResult>;

const cachedSide = z
  .object({
    route: z.string(),
    side: z.enum(SIDES),
    entries: count.describe("Answers that are stored now."),
    bytes: count.describe("What they take in memory, about."),
    hit: count,
    miss: count,
    stale: count,
    revalidated: count,
    bypass: count,
    collapsed: count.describe("Requests that waited for another's answer and were given it; they are hits."),
    evicted: count.describe("Answers that gave way to others."),
    purged: count.describe("Answers that a purge or an unsafe method took away."),
  })
  .meta({ id: "CachedSide" });

export const cacheReport = z
  .object({
    bytes: count.describe("Bytes held, with those of answers that are under way."),
    limit: count.describe("`limits.cacheMemory`."),
    sides: z.array(cachedSide).describe("Of this front door since it started, by route and side."),
  })
  .meta({ id: "CacheReport" });
export type CacheReport = ShapeOf<typeof cacheReport>;
