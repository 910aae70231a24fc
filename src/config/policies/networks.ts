import { z } from "zod";
import { network } from "../scalars.ts";

export const networksSchema = z.strictObject({
  allow: z
    .array(network())
    .min(1)
    .optional()
    .describe("The networks that may ask. Left out: all that `deny` does not name."),
  deny: z.array(network()).prefault([]).describe("The networks that may not ask, though `allow` names them."),
});
