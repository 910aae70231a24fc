/** The keys that verify who a front door says its clients are (docs/reference/policies.md, What sides learn). */
import { z } from "zod";
import type { PublicIdentityKey } from "../../domain/identity-token.ts";
import type { ShapeOf } from "./parts.ts";

export const identityKeys = z
  .object({
    keys: z
      .array(
        z.object({
          kty: z.string(),
          crv: z.string(),
          x: z.string(),
          y: z.string().optional(),
          kid: z.string().describe("The key's thumbprint (RFC 7638)."),
          alg: z.enum(["ES256", "EdDSA"]),
          use: z.literal("sig"),
        }) satisfies z.ZodType<PublicIdentityKey>,
      )
      .describe("The first signs now. Empty: `identity` is not in the files."),
  })
  .meta({ id: "IdentityKeys", description: "A JSON Web Key Set (RFC 7517)." });
export type IdentityKeySet = ShapeOf<typeof identityKeys>;
