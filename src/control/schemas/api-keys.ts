/** API keys as the admin API takes and gives them. */
import { z } from "zod";
import { API_KEY_ACTS, API_KEY_STATES, PLAN_NAME } from "../../domain/api-key.ts";
import { at, count, type ShapeOf } from "./parts.ts";
import { author, MAX_REASON, numberText } from "./requests.ts";

const ID = "must be a key's id: 12 hex digits, as `fig keys list` shows it";
const id = z.string(ID).regex(/^[0-9a-f]{12}$/, ID);
export const apiKeyParams = z.strictObject({ id: id.describe("The key's id.") });

function text(most: number, least: 0 | 1) {
  const message = `must be a text of ${least} to ${most} characters without control characters`;
  return z
    .string(message)
    .trim()
    .min(least, message)
    .max(most, message)
    .regex(/^\P{Cc}*$/u, message);
}

const PLAN = "must be the name of a plan: letters, digits and . _ -, at most 63";
const plan = z.string(PLAN).regex(PLAN_NAME, PLAN);
const WHEN = "must be a time in ISO 8601, like 2026-12-31T00:00:00Z";
const expiresAt = z.iso.datetime({ offset: true, message: WHEN });
const by = author.default("api").describe("Who; kept with the key.");
const whyNot = text(MAX_REASON, 0).default("").describe("Why; kept with the key.");
const reason = text(MAX_REASON, 1).describe("Why; kept with the key.");
const fields = {
  name: text(200, 1).describe("What people call it."),
  owner: text(200, 0).describe("Whose it is."),
  description: text(2000, 0),
  plan: plan.nullable().describe("The plan it is on; null: none."),
  expiresAt: expiresAt.nullable().describe("From then on it is refused; null: never."),
};

export const addApiKeyBody = z
  .strictObject({
    name: fields.name,
    owner: fields.owner.default(""),
    description: fields.description.default(""),
    plan: fields.plan.default(null),
    expiresAt: fields.expiresAt.default(null),
    reason: whyNot,
    by,
  })
  .meta({ id: "AddApiKeyRequest" });
export type AddApiKeyBody = ShapeOf<typeof addApiKeyBody>;

export const changeApiKeyBody = z
  .strictObject({
    name: fields.name.optional(),
    owner: fields.owner.optional(),
    description: fields.description.optional(),
    plan: fields.plan.optional(),
    expiresAt: fields.expiresAt.optional(),
    enabled: z.boolean("must be true or false").optional().describe("False: refused until it is true again."),
    reason: whyNot,
    by,
  })
  .meta({ id: "ChangeApiKeyRequest", description: "What is left out stays as it is." });
export type ChangeApiKeyBody = ShapeOf<typeof changeApiKeyBody>;

export const endApiKeyBody = z.strictObject({ reason, by }).meta({ id: "EndApiKeyRequest" });
export type EndApiKeyBody = ShapeOf<typeof endApiKeyBody>;

export const MAX_IMPORTED = 100;
const HASH = "must be the SHA-256 of the key's text, as 64 lower-case hex digits";
const IMPORTED = `must be a list of 1 to ${MAX_IMPORTED} keys`;
export const importApiKeysBody = z
  .strictObject({
    keys: z
      .array(
        z.strictObject({
          name: fields.name,
          description: fields.description.default(""),
          owner: fields.owner.default(""),
          plan: fields.plan.default(null),
          enabled: z.boolean("must be true or false").default(true),
          hash: z
            .string(HASH)
            .regex(/^[0-9a-f]{64}$/, HASH)
            .describe("SHA-256 of the key's text, in hex."),
          last: text(8, 0).default("").describe("The last characters of its text."),
        }),
        IMPORTED,
      )
      .min(1, IMPORTED)
      .max(MAX_IMPORTED, IMPORTED),
    reason: whyNot,
    by,
  })
  .meta({ id: "ImportApiKeysRequest" });
export type ImportApiKeysBody = ShapeOf<typeof importApiKeysBody>;

export const MAX_API_KEYS_PAGE = 5_000;
export const apiKeysQuery = z.strictObject({
  query: z.string().max(200).optional().describe("Part of the id, name, owner or description, any case."),
  state: z.enum(API_KEY_STATES, `must be one of ${API_KEY_STATES.join(", ")}`).optional(),
  plan: z.string().max(63).optional().describe("Only keys on this plan."),
  limit: numberText(1, MAX_API_KEYS_PAGE, "a number of keys").default(100),
  offset: numberText(0, 1_000_000, "a number of keys").default(0),
});
export type ApiKeysQuery = ShapeOf<typeof apiKeysQuery>;

const use = z.object({ passed: count, refused: count, lastAt: at.nullable() }).meta({
  id: "ApiKeyUse",
  description: "Requests with this key that this front door let pass and refused since it started.",
});

export const apiKeyRow = z
  .object({
    id: z.string(),
    name: z.string(),
    owner: z.string(),
    description: z.string(),
    plan: z.string().nullable(),
    state: z.enum(API_KEY_STATES),
    last: z.string().describe("The last characters of its text."),
    createdAt: at,
    createdBy: z.string(),
    expiresAt: at.nullable(),
    acts: z
      .array(z.object({ at, act: z.enum(API_KEY_ACTS), by: z.string(), reason: z.string() }))
      .describe("What was done to it, oldest first: how it began, and the newest of what followed."),
    use: use.nullable().describe("Null: nobody serves here."),
  })
  .meta({ id: "ApiKey" });
export type ApiKeyRow = ShapeOf<typeof apiKeyRow>;

export const addedApiKey = z
  .object({
    key: z.string().describe("Its text: it is shown this once and kept nowhere."),
    apiKey: apiKeyRow,
  })
  .meta({ id: "AddedApiKey" });
export type AddedApiKey = ShapeOf<typeof addedApiKey>;

export const importedApiKeys = z
  .object({ imported: z.array(apiKeyRow), known: count.describe("Keys that were there already.") })
  .meta({ id: "ImportedApiKeys" });
export type ImportedApiKeys = ShapeOf<typeof importedApiKeys>;

export const removedApiKey = z.object({ id: z.string() }).meta({ id: "RemovedApiKey" });
