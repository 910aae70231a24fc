import { z } from "zod";
import { PLAN_NAME } from "../../domain/api-key.ts";
import { isCredentialParameter } from "../../domain/credentials.ts";
import { editedName } from "../header-edit.ts";
import { flag, textLeaf, Wrong } from "../leaf.ts";
import { duration } from "../scalars.ts";

const QUERY_LIKE =
  "write a name that says it is a credential, so that no log shows it: api_key, key or token";

const parameter = () =>
  textLeaf("parameter", QUERY_LIKE, (text) =>
    /^[\w.-]{1,64}$/.test(text) && isCredentialParameter(text)
      ? text
      : new Wrong("{value} is not known as the name of a credential", QUERY_LIKE),
  );

const PLAN_LIKE = "name a plan: letters, digits and . _ -, like gold";

const plan = () =>
  textLeaf("plan", PLAN_LIKE, (text) =>
    PLAN_NAME.test(text) ? text : new Wrong("{value} is not the name of a plan", PLAN_LIKE),
  );

export const apiKeysSchema = z
  .strictObject({
    header: z
      .union([editedName().transform((name) => [name]), z.array(editedName()).min(1)])
      .prefault("x-api-key")
      .describe(
        "The field that a key comes in, or a list of such fields. Of `authorization`, what follows `Bearer` or `ApiKey`.",
      ),
    query: parameter()
      .optional()
      .describe(
        "The query parameter that a key may come in besides. URLs are kept in many places: a field is safer.",
      ),
    plans: z.array(plan()).min(1).optional().describe("Keys on these plans alone. Left out: every key."),
    remove: flag().prefault(true).describe("Sides do not get the key."),
    identity: flag()
      .prefault(true)
      .describe("Sides get `x-fig-api-key-id` and `x-fig-api-key-plan`, which no client can send."),
    staleFor: duration({ maxMs: 3_600_000 })
      .prefault("5m")
      .describe("How long keys that are known pass while the state store does not answer; at most 1h."),
  })
  .transform(({ header, staleFor, ...rest }) => ({ ...rest, headers: header, staleForMs: staleFor }));
