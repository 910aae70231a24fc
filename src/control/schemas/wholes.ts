/** Whole answers of differing requests, as the admin API shows them. */
import { z } from "zod";
import { MISMATCH_KINDS } from "../../domain/outcomes.ts";
import { SIDES } from "../../domain/position.ts";
import { DESCRIBED_WHY } from "../../domain/whole/sample.ts";
import { at, count, type ShapeOf } from "./parts.ts";

const field = z.tuple([z.string(), z.string()]);

const wholeBody = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("none") }),
    z.object({
      kind: z.literal("text"),
      form: z.enum(["json", "markup", "text"]),
      text: z.string().describe("Decoded, without credentials and what `redact` names."),
      bytes: count,
    }),
    z.object({
      kind: z.literal("described"),
      why: z.enum(DESCRIBED_WHY),
      type: z.string(),
      bytes: count.nullable().describe("null: it was not kept."),
      sha256: z.string().nullable().describe("The first 16 digits."),
    }),
  ])
  .meta({ id: "WholeBody", description: "A body, or what is known of one that is not kept." });

const wholeAnswer = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("answer"),
      status: count,
      headers: z.array(field),
      body: wholeBody,
    }),
    z.object({ kind: z.literal("failure"), code: z.string() }),
  ])
  .meta({ id: "WholeAnswer" });

const title = z.object({
  requestId: z.string(),
  method: z.string(),
  target: z.string().describe("Path and query, redacted."),
  serving: z.enum(SIDES),
  statuses: z.object({ legacy: count.optional(), modern: count.optional() }),
});

export const wholeRow = z
  .object({
    id: z.string(),
    route: z.string(),
    revision: count,
    at,
    until: at.describe("When it goes."),
    differences: z.array(z.object({ path: z.string(), kind: z.enum(MISMATCH_KINDS) })),
    title: title.nullable().describe("null: none of the present keys (`samples.keys`) opens it."),
  })
  .meta({ id: "WholeAnswerRow", description: "A differing request of which both answers are kept whole." });
export type WholeRow = ShapeOf<typeof wholeRow>;

export const whole = wholeRow
  .extend({
    content: z
      .object({
        headers: z.array(field).describe("The request's."),
        legacy: wholeAnswer,
        modern: wholeAnswer,
      })
      .nullable()
      .describe("null: none of the present keys opens it."),
    curl: z
      .string()
      .nullable()
      .describe(
        "The request as a command of a POSIX shell, credentials as REDACTED; without a body, since none is kept.",
      ),
  })
  .meta({ id: "WholeAnswers", description: "A differing request and what both sides answered." });
export type Whole = ShapeOf<typeof whole>;
