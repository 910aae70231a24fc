/** The certificates of one front door, as the admin API shows them. */
import { z } from "zod";
import type { CertificateState } from "../../domain/certificate-state.ts";
import type { Same, ShapeOf } from "./parts.ts";

export const certificate = z
  .object({
    name: z.string().describe("Its first name, or its file: as in metrics and problems."),
    names: z.array(z.string()).describe("Names that it is for, lower-case."),
    fingerprint: z.string().describe("SHA-256 of the certificate, lower-case hex."),
    endsAt: z.string().describe("ISO 8601."),
    upstream: z
      .string()
      .optional()
      .describe("The upstream that it is shown to. Left out: clients are shown it."),
  })
  .meta({
    id: "Certificate",
    description: "In force now. Of several with one name, the one that ends first.",
  });

true satisfies Same<ShapeOf<typeof certificate>, CertificateState>;
