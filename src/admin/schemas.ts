/** What logging in takes and gives; what the use cases take and give is in control/schemas. */
import { z } from "zod";
import type { ShapeOf } from "../control/schemas/parts.ts";
import { author } from "../control/schemas/requests.ts";

const TOKEN = "must be the admin token";
export const loginBody = z
  .strictObject({
    token: z.string(TOKEN).min(1, TOKEN).max(10_000).describe("The adminToken."),
    by: author.optional().describe("Who; said again by `GET /session`."),
  })
  .meta({ id: "LoginRequest" });

export const session = z
  .object({
    readOnly: z.boolean().describe("An adminToken is set, and this caller has not shown it."),
    loginNeeded: z.boolean().describe("An adminToken is set."),
    by: z.string().nullable().describe("The name given at login."),
    name: z.string().nullable().describe("`name` of fig.yaml: which environment this is."),
  })
  .meta({ id: "Session" });
export type Session = ShapeOf<typeof session>;
