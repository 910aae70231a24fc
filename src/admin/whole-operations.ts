import { z } from "zod";
import { wholesQuery } from "../control/schemas/requests.ts";
import { whole, wholeRow } from "../control/schemas/wholes.ts";
import { type Operation, operation } from "./operation.ts";

/** Whole answers: never without a token or a login, since they hold what clients and sides sent. */
export const WHOLE_OPERATIONS: readonly Operation[] = [
  operation({
    id: "listWholeAnswers",
    method: "get",
    path: "/whole-answers",
    summary:
      "Requests of a route's current evidence window of which both answers are kept whole, newest first.",
    query: wholesQuery,
    response: z.array(wholeRow),
    errors: ["unknown_route", "store_unavailable"],
    handle: async ({ control }, { query }) => ({ body: await control.wholes(query) }),
  }),
  operation({
    id: "getWholeAnswers",
    method: "get",
    path: "/whole-answers/{id}",
    summary: "One of them: the request, both answers, redacted, and the request as a curl command.",
    params: z.strictObject({ id: z.string() }),
    response: whole,
    errors: ["unknown_sample", "store_unavailable"],
    handle: async ({ control }, { params }) => ({ body: await control.whole(params.id) }),
  }),
];
