import { z } from "zod";
import { CREDENTIAL_SOURCES, REGION } from "../domain/aws.ts";
import { PAYLOADS } from "../domain/function-target.ts";
import { choice, flag, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { origin } from "./scalars.ts";

const FUNCTION_LIKE =
  "write a function's name, like shop-authorizer, or its ARN; a version or an alias is its `qualifier`";

export function functionName() {
  return textLeaf("function", FUNCTION_LIKE, (text) =>
    /^(?:arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?[\w-]{1,140}$/.test(text)
      ? text
      : new Wrong("{value} is not a function's name or ARN", FUNCTION_LIKE),
  );
}

export const word = (what: string, form: RegExp, remedy: string) =>
  textLeaf(what, remedy, (text) => (form.test(text) ? text : new Wrong(`{value} is no ${what}`, remedy)));

const qualifier = () =>
  word("qualifier", /^[\w$-]{1,128}$/, "write a version or an alias, like live")
    .optional()
    .describe("A version or an alias. Left out: `$LATEST`.");

/** Where something of AWS's is, and with whose rights it is asked. */
export const awsPlace = (service: string, regionElse: string) => ({
  region: word("Region", REGION, "write it like eu-central-1")
    .optional()
    .describe(`Its Region. Left out: ${regionElse}\`AWS_REGION\` of the environment.`),
  endpoint: origin()
    .optional()
    .describe(
      `Where ${service} is asked: an emulator, or a private endpoint. Left out: \`AWS_ENDPOINT_URL_${service.toUpperCase()}\` or \`AWS_ENDPOINT_URL\` of the environment, or the Region's.`,
    ),
  fips: flag()
    .optional()
    .describe("true: the Region's FIPS endpoint. Left out: as `AWS_USE_FIPS_ENDPOINT` says."),
  credentials: choice(CREDENTIAL_SOURCES)
    .prefault("auto")
    .describe(
      "Where credentials are looked for: `environment` (`AWS_ACCESS_KEY_ID` ...), `file` (`~/.aws/credentials` and `~/.aws/config`: keys, a role by another profile or by web identity, the login that `aws sso login` keeps, which is not renewed, or a `credential_process`), `webIdentity` (a Kubernetes service account), `container` (ECS, EKS), `instance` (EC2, IMDSv2). `auto`: each in this order.",
    ),
  profile: word("profile", /^[^\s[\]]{1,128}$/, "write a profile's name")
    .optional()
    .describe("Of the shared file. Left out: `AWS_PROFILE`, or `default`."),
});

const lambdaPlace = awsPlace("Lambda", "the ARN's, or ");

export const functionObject = z.strictObject({
  name: functionName().describe("Its name, or its ARN."),
  qualifier: qualifier(),
  ...lambdaPlace,
});

/** What stands in events and ARNs for what API Gateway has and a front door has not. */
export function apiNames() {
  return z
    .strictObject({
      account: word("account", /^\d{12}$/, "write twelve digits in quotes")
        .prefault("000000000000")
        .describe("The account."),
      api: word("API's id", /^[\w-]{1,64}$/, "write letters, digits, - and _")
        .prefault("fig")
        .describe("The API."),
      stage: word("stage", /^(?:[\w-]{1,128}|\$default)$/, "write letters, digits, - and _")
        .prefault("prod")
        .describe("The stage."),
    })
    .prefault({});
}

const METHOD_LIKE = "write a method in capitals, like GET, or * for every other";

const methodName = () =>
  textLeaf(
    "method",
    METHOD_LIKE,
    (text) => (/^(?:[A-Z]{1,32}|\*)$/.test(text) ? text : new Wrong("{value} is not a method", METHOD_LIKE)),
    "[A-Z]+|\\*",
  );

const MEDIA_LIKE = "write a media type, like application/pdf or image/*";

const mediaType = () =>
  textLeaf("media type", MEDIA_LIKE, (text) =>
    /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(text)
      ? text.toLowerCase()
      : new Wrong("{value} is not a media type", MEDIA_LIKE),
  );

const oneFunction = () =>
  z.union([
    functionName(),
    z.strictObject({ name: functionName().describe("Its name, or its ARN."), qualifier: qualifier() }),
  ]);

/** An upstream whose requests are events of functions. */
export const lambdaObject = z.strictObject({
  function: z
    .union([functionName(), z.record(methodName(), oneFunction())])
    .describe(
      "The function, by its name or ARN, or one for each method: `{ GET: orders-read, POST: orders-write }`, with `*` for every other method. A method without one gets 502 `function_refused`.",
    ),
  qualifier: qualifier(),
  payload: choice(PAYLOADS)
    .prefault("2.0")
    .describe(
      "The event that functions get, and the answer they give: API Gateway's for REST APIs (`1.0`) or for HTTP APIs (`2.0`).",
    ),
  async: flag()
    .prefault(false)
    .describe("true: clients get 202 once Lambda has the event, and nobody hears what the function says."),
  stream: flag()
    .prefault(false)
    .describe(
      "true: the function streams its answer (`awslambda.streamifyResponse`), and clients get it as it comes: JSON of `statusCode`, `headers`, `multiValueHeaders` and `cookies`, 8 NUL bytes, and the body.",
    ),
  concurrency: numberLeaf("count", { whole: true, min: 1, max: 100_000 })
    .prefault(1000)
    .describe("Invocations under way at once; any more get 503 `upstream_busy`."),
  binary: z
    .array(mediaType())
    .prefault([])
    .describe(
      "Media types, like `image/*`, whose bodies are in base64 whatever their bytes are. A body that is no UTF-8, or that has a Content-Encoding, always is.",
    ),
  api: apiNames().describe(
    "What events say of what API Gateway has and a front door has not. No function is found by it.",
  ),
  variables: z
    .record(
      z.string(),
      textLeaf("text", "write a text", (text) => text),
    )
    .prefault({})
    .describe("`stageVariables` of events."),
  ...lambdaPlace,
});
