import { z } from "zod";
import type { IdentitySource } from "../../domain/policies/authorizer.ts";
import { compileWholePattern } from "../../domain/text-pattern/whole.ts";
import { isToken } from "../../wire/grammar.ts";
import { apiNames, functionName, functionObject } from "../aws-schema.ts";
import { editedName, fieldValue } from "../header-edit.ts";
import { choice, numberLeaf, textLeaf, Wrong } from "../leaf.ts";
import { duration, headerName, wait } from "../scalars.ts";

const HOUR_MS = 3_600_000;

const URL_LIKE = "write an http:// or https:// URL, like https://auth.internal/check";

function askedUrl() {
  return textLeaf(
    "URL",
    URL_LIKE,
    (text) => {
      const url = URL.parse(text);
      if (text.includes("@")) return new Wrong("the URL contains credentials", URL_LIKE);
      if (url === null || !/^https?:$/.test(url.protocol) || url.hash !== "")
        return new Wrong("{value} is not an http:// or https:// URL", URL_LIKE);
      return url.href;
    },
    "https?://[^\\s@]+",
  );
}

const SOURCE_LIKE = "write header:NAME, query:NAME, cookie:NAME or claim:NAME";

function identitySource() {
  return textLeaf(
    "identity source",
    SOURCE_LIKE,
    (text): IdentitySource | Wrong => {
      const [, kind, name = ""] = /^(header|query|cookie|claim):(.+)$/s.exec(text) ?? [];
      if (kind === "query" || kind === "claim") return { kind, name };
      if ((kind !== "header" && kind !== "cookie") || !isToken(name))
        return new Wrong("{value} is no identity source", SOURCE_LIKE);
      return { kind, name: kind === "header" ? name.toLowerCase() : name };
    },
    "(header|query|cookie|claim):.+",
  );
}

function pattern() {
  const remedy = "write a pattern for the whole value, like Bearer [-\\w.~+/]+=*";
  return textLeaf("pattern", remedy, (text) => {
    const compiled = compileWholePattern(text);
    return "problem" in compiled ? new Wrong(compiled.problem, compiled.remedy) : text;
  });
}

const count = (min: number, max: number) => numberLeaf("count", { whole: true, min, max });

export const authorizerSchema = z.strictObject({
  url: askedUrl()
    .optional()
    .describe(
      "A service that is asked over HTTP, as nginx's auth_request and Traefik's ForwardAuth do: 2xx lets a request pass; 401, 403 and redirects go to the client; all else is a failure.",
    ),
  method: choice(["GET", "HEAD", "POST"]).prefault("GET").describe("How `url` is asked. No body is sent."),
  headers: z
    .array(headerName())
    .optional()
    .describe(
      "Fields of the request that `url` is sent, beside `x-forwarded-method`, `-uri`, `-host`, `-proto` and `-for`. Left out: all.",
    ),
  forward: z
    .array(editedName())
    .prefault([])
    .describe(
      "Fields of the answer of `url` that go on to the side. Those that a client sent under these names never do.",
    ),
  function: z
    .union([functionName(), functionObject])
    .optional()
    .describe("A function of AWS Lambda, by API Gateway's rules: its name or ARN, or more of it."),
  type: choice(["token", "request"])
    .prefault("request")
    .describe(
      "The event that the function gets: API Gateway's TOKEN, with one header's value, or REQUEST, with the head of the request.",
    ),
  payload: choice(["1.0", "2.0"])
    .prefault("1.0")
    .describe(
      "The form of REQUEST. `1.0` is answered by a policy document; `2.0` also by `isAuthorized`, and `context` may have objects.",
    ),
  arn: apiNames().describe(
    "What stands in `methodArn` and in events for what API Gateway has: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`.",
  ),
  identity: z
    .array(identitySource())
    .optional()
    .describe(
      "Who asks: `header:NAME`, `query:NAME`, `cookie:NAME`, `claim:NAME` (of a token that `jwt` verified). A function is not called for a request without one of them: 401. What was answered is kept under their values. Left out: `[header:authorization]`, of `url` none.",
    ),
  validation: pattern()
    .optional()
    .describe(
      "What the one identity source must look like, from its first to its last character. Other requests get 401 with no call.",
    ),
  challenge: fieldValue()
    .prefault("Bearer")
    .describe("`WWW-Authenticate` of a 401 that the front door gives itself."),
  ttl: duration({ maxMs: HOUR_MS })
    .optional()
    .describe(
      "How long an answer is kept, `0` to `1h`. Left out: `300s` of a function; of `url` 0: each request is asked about.",
    ),
  timeout: wait().prefault("10s").describe("Until the answer is whole; 504 after it."),
  maxConcurrent: count(1, 10_000)
    .prefault(100)
    .describe("Questions asked at once; further ones wait in a line."),
  maxWaiting: count(0, 100_000)
    .prefault(1000)
    .describe("Questions in that line; for further ones it is 503."),
});
