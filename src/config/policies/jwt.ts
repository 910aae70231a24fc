import { z } from "zod";
import { REGION } from "../../domain/aws.ts";
import { claimField } from "../../domain/identity-fields.ts";
import { type JwtRule, regionOf, TOKEN_ALGORITHMS, type TokenPlace } from "../../domain/policies/jwt.ts";
import { isToken } from "../../wire/grammar.ts";
import { choice, flag, leaf, REFERENCE, textLeaf, Wrong } from "../leaf.ts";
import { duration } from "../scalars.ts";

/** A token that is much too old is not one that just crossed its end. */
const MAX_SKEW_MS = 300_000;
/** Keys that nobody could look at for a day may be stolen ones. */
const MAX_STALE_MS = 24 * 3_600_000;

function webUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb && url.username === "" && url.password === "" && url.hash === "" ? url : undefined;
}

function issuer() {
  const remedy = "write the https URL that stands in its tokens as `iss`, to the letter";
  return textLeaf("URL", remedy, (text) => {
    const url = webUrl(text);
    return url === undefined || url.search !== ""
      ? new Wrong("the value is no URL of an issuer", remedy)
      : text;
  });
}

function jwks() {
  const remedy = "write the URL of a JWKS, or the path of a file that holds one";
  return textLeaf("URL or path", remedy, (text) => {
    const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(text);
    const wrong = isUrl ? webUrl(text) === undefined : text === "" || text.includes("\0");
    return wrong ? new Wrong("the value is neither an http URL without a password nor a path", remedy) : text;
  });
}

/** A text of printable characters, as `name` calls it. */
function text(name: string, like: string) {
  const remedy = `write ${like}`;
  return textLeaf(name, remedy, (value) =>
    value !== "" && value.length <= 512 && !/\p{C}/u.test(value)
      ? value
      : new Wrong(`{value} is no ${name}`, remedy),
  );
}

/** One, or several. */
function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.union([item.transform((one) => [one]), z.array(item).min(1)]);
}

/** It stands in WWW-Authenticate between quotes (RFC 6749 §3.3). */
function scope() {
  const remedy = "write a scope such as orders.read, without spaces and quotes";
  return textLeaf("scope", remedy, (value) =>
    /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(value) ? value : new Wrong("{value} is no scope", remedy),
  );
}

/** A value that a claim may have. */
function claimValue() {
  return leaf(
    {
      title: "text, number, or true or false",
      anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }, REFERENCE],
    },
    (value) =>
      typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)
        ? (value as string | number | boolean)
        : new Wrong("{value} is no value of a claim", "write a text, a number, true or false"),
  );
}

function algorithm() {
  const remedy = `write one of ${TOKEN_ALGORITHMS.join(", ")}`;
  return leaf({ title: "algorithm", anyOf: [{ enum: TOKEN_ALGORITHMS }, REFERENCE] }, (value) => {
    const known = TOKEN_ALGORITHMS.find((one) => one === value);
    if (known !== undefined) return known;
    if (typeof value === "string" && /^hs\d+$/i.test(value))
      return new Wrong("{value} signs with a secret that whoever verifies could forge tokens with", remedy);
    return new Wrong("{value} is no algorithm that is taken", remedy);
  });
}

function place() {
  const remedy = "write header:authorization, cookie:NAME or query:NAME";
  return textLeaf("place of a token", remedy, (value): TokenPlace | Wrong => {
    const [, kind, name = ""] = /^(header|cookie|query):(.+)$/s.exec(value) ?? [];
    if (kind === "header" && isToken(name)) return { kind, name: name.toLowerCase() };
    if (kind === "cookie" && isToken(name)) return { kind, name };
    if (kind === "query" && !/[\s&=#]/.test(name)) return { kind, name };
    return new Wrong("{value} is no place of a token", remedy);
  });
}

/** For everybody. */
function anybody() {
  return leaf({ title: "false", const: false }, (value): false | Wrong =>
    value === false ? false : new Wrong("{value} is no audience", "write a text, a list of texts, or false"),
  );
}

const HEADER: TokenPlace = { kind: "header", name: "authorization" };

const cognito = z.strictObject({
  region: text("region", "a region such as eu-central-1")
    .optional()
    .describe("Left out: the pool's id begins with it."),
  userPool: text("user pool", "the id of a user pool, such as eu-central-1_AbCdEfGhI").describe(
    "The id of the pool.",
  ),
  clients: z
    .array(text("client", "the id of an app client"))
    .min(1)
    .describe("The app clients whose tokens pass: `aud` of an ID token, `client_id` of an access token."),
  use: choice(["id", "access"])
    .prefault("access")
    .describe("Which of Cognito's tokens pass: `token_use` must be this."),
});

const rule = z
  .strictObject({
    issuer: issuer()
      .optional()
      .describe("`iss` of its tokens, to the letter. Left out: that of the pool in `cognito`."),
    jwks: jwks()
      .optional()
      .describe(
        "Its public keys (JWKS): a URL, or a file, relative to fig.yaml. Left out: found by discovery at `issuer`/.well-known/openid-configuration.",
      ),
    audience: z
      .union([oneOrMore(text("audience", "what stands in the tokens as `aud`")), anybody()])
      .optional()
      .describe(
        "`aud` must name one of these; a token without `aud` is held against its `client_id`. false: tokens for anybody pass. Must be there, unless `cognito` is.",
      ),
    scopes: z
      .array(scope())
      .min(1)
      .optional()
      .describe("A token must have one of these in `scope` or `scp`; 403 for others."),
    claims: z
      .record(text("claim", "a claim's name"), oneOrMore(claimValue()))
      .optional()
      .describe("Each claim must be one of its values, or a list that has one of them; 403 for others."),
    algorithms: z
      .array(algorithm())
      .min(1)
      .optional()
      .describe("Left out: all of them; with `cognito`, RS256."),
    types: z
      .array(text("type", "a token's `typ`, such as at+jwt"))
      .min(1)
      .optional()
      .describe(
        "`typ` must be one of these; `application/` before it does not matter. Left out: JWT, at+jwt, or none at all.",
      ),
    from: z
      .array(place())
      .min(1)
      .optional()
      .describe("Where the token may be. Left out: `header:authorization`, behind `Bearer`."),
    clockSkew: duration({ maxMs: MAX_SKEW_MS })
      .prefault("5s")
      .describe("So far the issuer's clock may be from this one's."),
    staleFor: duration({ maxMs: MAX_STALE_MS })
      .prefault("5m")
      .describe("So long keys are believed that are out of date and cannot be read again."),
    required: flag()
      .prefault(true)
      .describe("false: a request without a token passes as nobody's; one with a wrong token does not."),
    forward: z
      .strictObject({
        claims: z
          .array(text("claim", "a claim's name"))
          .prefault([])
          .describe("Claims that the side gets, each in `x-fig-claim-NAME`."),
        token: choice(["keep", "drop"])
          .prefault("keep")
          .describe("Whether the side gets the token as the client sent it."),
      })
      .prefault({})
      .describe(
        "What of a verified identity the side gets beside `x-fig-subject`. Clients cannot send these.",
      ),
    cognito: cognito
      .optional()
      .describe("A user pool of Amazon Cognito: issuer, keys, algorithm and audience follow from it."),
  })
  .check(({ value, issues }) => {
    const tell = (path: string[], message: string, remedy: string) =>
      issues.push({ code: "custom", path, message, params: { remedy }, input: value });
    if (value.cognito === undefined) {
      if (value.issuer === undefined) tell(["issuer"], "is missing", "write the issuer's URL, or cognito");
      if (value.audience === undefined)
        tell(["audience"], "is missing", "write for whom the tokens are, or false for anybody");
    } else {
      if (value.audience !== undefined)
        tell(["audience"], "stands beside cognito, whose clients are the audience", "leave it out");
      if (value.issuer === undefined && !REGION.test(regionOf(value.cognito)))
        tell(["cognito"], "has no region", "write region: eu-central-1, or the pool's whole id");
    }
    const fields = value.forward.claims.map(claimField);
    const twice = fields.find((field, index) => fields.indexOf(field) < index);
    if (fields.includes(claimField("")))
      tell(
        ["forward", "claims"],
        `${claimField("")} is no field for a claim`,
        "leave out a claim without a letter or digit",
      );
    else if (twice !== undefined)
      tell(["forward", "claims"], `two of them would be ${twice}`, "leave one of them out");
    if (value.forward.token === "drop" && value.from?.some(({ kind }) => kind === "query"))
      tell(
        ["forward", "token"],
        "drop takes no token out of a query",
        "leave query: out of from, or write keep",
      );
  })
  .transform((written): JwtRule => {
    const { clockSkew, staleFor, scopes = [], claims = {}, from = [HEADER], types, ...others } = written;
    return {
      ...others,
      ...{ scopes, claims, from },
      types: types?.map((type) => type.toLowerCase().replace(/^application\//, "")),
      clockSkewMs: clockSkew,
      staleForMs: staleFor,
    };
  });

export const jwtSchema = z.union([rule, z.array(rule).min(1)]);
