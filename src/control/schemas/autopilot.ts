/** What the autopilot is told, and what it says. */
import { z } from "zod";
import { WAITS } from "../../domain/autopilot.ts";
import { unknown } from "./answers.ts";
import { gateReport } from "./gates.ts";
import { at, count, type ShapeOf } from "./parts.ts";
import { author, MAX_REASON } from "./requests.ts";

const REASON = `must say why, in 1 to ${MAX_REASON} characters`;
const reason = z.string(REASON).trim().min(1, REASON).max(MAX_REASON, REASON);
const by = author.default("api").describe("Who; kept with it, and in the evidence of what it moves.");

const STEP = "must be a step's number";
export const autopilotStartBody = z
  .strictObject({
    to: z
      .int(STEP)
      .min(1, STEP)
      .optional()
      .describe("The last step that it applies; left out: all there are."),
    reason: reason.describe("Why."),
    by,
  })
  .meta({ id: "AutopilotStartRequest" });
export type AutopilotStartBody = ShapeOf<typeof autopilotStartBody>;

export const autopilotBody = z
  .strictObject({ reason: reason.optional().describe("Why."), by })
  .meta({ id: "AutopilotRequest" });
export type AutopilotBody = ShapeOf<typeof autopilotBody>;

export const autopilotStatus = z
  .object({
    state: z
      .enum(["off", "running", "paused"])
      .describe("`paused` by a person, or since a route was taken back while it ran."),
    by: z.string().nullable().describe("Who told it so; null: nobody ever did."),
    reason: z.string(),
    at: at.nullable(),
    to: count.nullable().describe("The last step that it applies; null: all there are."),
    step: z
      .object({ number: count, name: z.string(), description: z.string() })
      .nullable()
      .describe("The step that is next."),
    waitsFor: z
      .enum(WAITS)
      .nullable()
      .describe(
        "`order`: to be started or resumed; `store`: the state store; `steps`: another step; `person`: somebody who looks; `refused`: drift, an edited file and the like; `gate`: the step's gate; `guard`: a guard that is near; `traffic`: requests; `wait`: the declared wait; `hours`: the declared hours and days. null: it is about to move.",
      ),
    says: z.string().describe("In one sentence."),
    expectedAt: at
      .nullable()
      .describe("When it expects to move, at the pace so far; null: that cannot be said."),
    stuck: z.boolean().describe("Waiting alone does not help."),
    overdue: z.boolean().describe("It waits for longer than `patience` says."),
    waitedMs: count.describe("Since the move before it, or since it was started."),
    times: z
      .object({
        text: z.string().nullable().describe("Days and hours; null: always."),
        waitMs: count,
        patienceMs: count,
      })
      .describe("What the step declares, with the defaults of fig.yaml."),
    gates: z.array(gateReport).describe("Of each route that the step raises."),
    unknown: unknown.optional(),
  })
  .meta({ id: "Autopilot" });
export type AutopilotStatus = ShapeOf<typeof autopilotStatus>;
