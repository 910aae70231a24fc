import { z } from "zod";
import type { Policies, PolicyName } from "../../domain/policies.ts";
import { headerChanges } from "../header-edit.ts";
import { leaf, Wrong } from "../leaf.ts";
import { apiKeysSchema } from "./api-keys.ts";
import { authorizerSchema } from "./authorizer.ts";
import { bodySchema } from "./body.ts";
import { cacheSchema } from "./cache.ts";
import { compressSchema } from "./compress.ts";
import { corsSchema } from "./cors.ts";
import { jwtSchema } from "./jwt.ts";
import { limitSchema } from "./limit.ts";
import { loginSchema } from "./login.ts";
import { networksSchema } from "./networks.ts";
import { redirectSchema } from "./redirect.ts";
import { respondSchema } from "./respond.ts";
import { transformSchema } from "./transform.ts";
import { validateSchema } from "./validate.ts";

/** Every policy's keys. A new policy is one file and one line here, in src/domain/policies.ts and in src/layers/order.ts. */
const SCHEMAS = {
  cors: corsSchema.describe(
    "Which other origins' pages may read answers; preflights are answered here. The sides' own fields go.",
  ),
  networks: networksSchema.describe("Who may ask, by address; 403 for all others."),
  redirect: redirectSchema.describe("Sends every request elsewhere."),
  respond: respondSchema.describe("Answers every request itself: maintenance, an endpoint that is gone."),
  apiKeys: apiKeysSchema.describe("Only clients with an API key; 401 for all others."),
  jwt: jwtSchema.describe("Who may ask, by a signed token (JWT): one issuer, or a list of them."),
  login: loginSchema.describe(
    "Who may ask, by a session: people log in at an OpenID provider, Google, Facebook, X or Amazon Cognito.",
  ),
  authorizer: authorizerSchema.describe(
    "Asks a service over HTTP, or a function of AWS Lambda, whether a request may pass.",
  ),
  body: bodySchema.describe("What requests' bodies may be: 413, 415 and 400 for others."),
  limit: limitSchema.describe(
    "How many requests pass: a rate, quotas, requests under way; 429 for those beyond. A list for several limits.",
  ),
  validate: validateSchema.describe("Holds requests, and answers, against an OpenAPI document."),
  compress: compressSchema.describe("Answers are compressed for clients that take it."),
  cache: cacheSchema.describe("Keeps answers and gives them again: a shared cache (RFC 9111)."),
  transform: transformSchema.describe("Makes what one side takes and gives what the other does."),
  headers: headerChanges.describe("Fields that are removed and set on every route, before a route's own."),
} satisfies { readonly [Name in PolicyName]: z.ZodType<NonNullable<Policies[Name]>> };

type Shape<Wrapped extends "own" | "common"> = {
  readonly [Name in PolicyName]: z.ZodOptional<
    Wrapped extends "own"
      ? z.ZodUnion<[(typeof SCHEMAS)[Name], ReturnType<typeof off>]>
      : (typeof SCHEMAS)[Name]
  >;
};

const off = () =>
  leaf({ title: "false", const: false }, (value): false | Wrong =>
    value === false
      ? false
      : new Wrong("{value} is neither false nor a mapping", "write the policy's keys, or false"),
  );

/** Of every route. */
export const policiesSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [name, schema.optional()]),
  ) as Shape<"common">,
);

/** Of one route: in place of those of the same name that every route has. */
export const routePoliciesSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      name,
      z
        .union([schema, off()])
        .optional()
        .describe(`As \`policies.${name}\` of fig.yaml; false: this route does without.`),
    ]),
  ) as Shape<"own">,
);
