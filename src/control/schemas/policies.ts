/** What policies said of requests, as the admin API tells it. */
import { z } from "zod";
import { VERDICT_KINDS } from "../../domain/policy-verdicts.ts";
import { at, count, type ShapeOf } from "./parts.ts";
import { numberText } from "./requests.ts";

const MAX_POLICY_ROUTES = 500;
const ROUTE = "must be a route id of 1 to 500 characters";

export const policiesQuery = z.strictObject({
  route: z.string(ROUTE).min(1, ROUTE).max(500, ROUTE).optional().describe("Only this route."),
  query: z.string().max(500).optional().describe("Part of the route's id, any case."),
  limit: numberText(1, MAX_POLICY_ROUTES, "a number of routes").default(100),
  offset: numberText(0, 1_000_000, "a number of routes").default(0).describe("How many to pass over."),
});
export type PoliciesQuery = ShapeOf<typeof policiesQuery>;

const lately = count
  .nullable()
  .describe("The same of the last `seconds`; null: this front door was not asked before.");

const verdict = z
  .object({
    verdict: z.string().describe("The policy's word."),
    kind: z
      .enum(VERDICT_KINDS)
      .describe(
        "`passed`: the request went on. `answered`: the front door answered it, as it was told to. `refused`: it was turned away, or what it asked for was withheld.",
      ),
    count,
    lately,
  })
  .meta({ id: "PolicyVerdict" });

const policy = z
  .object({
    policy: z.string(),
    inForce: z.boolean().describe("False: the files have it no more, and it said something before."),
    verdicts: z.array(verdict).describe("The most frequent first."),
  })
  .meta({ id: "RoutePolicy" });

const routePolicies = z
  .object({
    route: z.string(),
    policies: z.array(policy).describe("In the order in which a request meets them."),
    refused: count.describe("By all of them."),
    refusedLately: lately,
  })
  .meta({ id: "RoutePolicies" });
export type RoutePolicies = ShapeOf<typeof routePolicies>;

export const policyReport = z
  .object({
    at,
    seconds: z.number().nullable().describe("What `lately` is over, 1 to 2 minutes while it is asked for."),
    total: count.describe("Routes with policies, before limit and offset."),
    routes: z.array(routePolicies).describe("Those that refused most lately first."),
    codes: z
      .array(
        z.object({
          code: z.string(),
          status: z.int().nullable().describe("null: the connection was closed without an answer."),
          count,
          lately,
        }),
      )
      .describe("Answers of the front door's own over all routes, by error code, the most frequent first."),
    limited: z
      .array(
        z.object({
          route: z.string(),
          limit: z.string().describe("As `fig explain` calls it: `10/s, burst 20 by ip`."),
          key: z
            .string()
            .describe(
              "Whom: `ip 192.0.2.7`, `apiKey 5f0c12ab34cd`. Of headers and cookies a digest. Empty: all requests of the route.",
            ),
          count: count.describe(
            "Requests refused, at times too many: only those refused most are told apart.",
          ),
          lately,
        }),
      )
      .describe("Whom limits refused most, at most 50. Without a login: none."),
  })
  .meta({
    id: "PolicyReport",
    description: "Of the front door that was asked, since it started, over all its workers.",
  });
export type PolicyReport = ShapeOf<typeof policyReport>;
