/** The upstreams of one front door, as the admin API shows them. */
import { z } from "zod";
import {
  MEMBER_CONDITIONS,
  TRY_RESULTS,
  UPSTREAM_LIMITS,
  type UpstreamState,
} from "../../domain/upstream-state.ts";
import { certificate } from "./certificates.ts";
import { count, each, type Same, type ShapeOf } from "./parts.ts";

const member = z
  .object({
    url: z.string(),
    address: z.string().describe("`10.0.0.7:8080`, `[::1]:8080` or `unix:/run/app.sock`."),
    condition: z
      .enum(MEMBER_CONDITIONS)
      .describe(
        "`up`; `down`, its health checks fail; `ejected`, requests to it failed; `trial`, one request is to tell whether it is back; `standby`, of a family of addresses that cannot be reached while the other can.",
      ),
    weight: z.number(),
    requests: count.describe("Under way."),
    idle: count.describe("Connections that carry no request."),
    ejections: count.describe("Since it is a member."),
  })
  .meta({ id: "UpstreamMember", description: "One address of one URL of an upstream." });

export const upstream = z
  .object({
    name: z.string(),
    members: z.array(member),
    failOpen: z.boolean().describe("None is up, and requests go to all of them all the same."),
    unresolved: z
      .array(z.object({ name: z.string(), error: z.string() }))
      .describe("Names whose last lookup failed, with the system's code; they keep their last addresses."),
    waiting: count.describe("Requests that wait for a connection, or for a name."),
    tries: each(TRY_RESULTS, count).describe("Requests sent, each try by itself, by how it ended."),
    retries: count,
    ejections: count,
    checksPassed: count,
    checksFailed: count,
    limited: each(UPSTREAM_LIMITS, count).describe(
      "Times that a bound was reached; `addresses`: left out now.",
    ),
    certificate: certificate.optional().describe("The client certificate that it is shown now."),
  })
  .meta({
    id: "Upstream",
    description: "As the front door that was asked has it. Counters are since it made the upstream.",
  });

true satisfies Same<ShapeOf<typeof upstream>, UpstreamState>;
