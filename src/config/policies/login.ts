import { z } from "zod";
import { isLoopback } from "../../domain/host.ts";
import { claimField } from "../../domain/identity-fields.ts";
import { LOGIN_PROVIDERS, type LoginPolicy } from "../../domain/policies/login.ts";
import { isToken } from "../../wire/grammar.ts";
import { choice, flag, textLeaf, Wrong } from "../leaf.ts";
import { ownPath } from "../own-path.ts";
import { duration } from "../scalars.ts";

const DAY_MS = 24 * 3_600_000;
/** A secret of 256 bits, as many characters as `openssl rand -hex 16` gives. */
const MIN_SECRET_BYTES = 32;
const MAX_SECRETS = 5;

function plainText(what: string, like: string) {
  const remedy = `write ${like}`;
  return textLeaf(what, remedy, (value) =>
    value !== "" && value.length <= 512 && !/\p{C}/u.test(value)
      ? value
      : new Wrong(`{value} is no ${what}`, remedy),
  );
}

function url(like: string) {
  const remedy = `write ${like}; plain http is for this machine alone`;
  return textLeaf("URL", remedy, (text) => {
    const parsed = URL.parse(text);
    const safe =
      parsed?.protocol === "https:" ||
      (parsed?.protocol === "http:" && isLoopback(parsed.hostname.replace(/^\[|\]$/g, "")));
    return safe && parsed?.username === "" && parsed.hash === "" && !text.includes("@")
      ? text
      : new Wrong("the value is no https URL", remedy);
  });
}

function secretText(shortest: number, what: string) {
  const remedy = `write \${NAME} for a variable that holds it, or { file: PATH }`;
  return textLeaf(what, remedy, (text) =>
    new TextEncoder().encode(text).length < shortest
      ? new Wrong(
          `the value is shorter than ${shortest} bytes`,
          `make one with: openssl rand -hex ${shortest}`,
        )
      : text,
  );
}

function secretFile() {
  const remedy = "write the path of a file that holds the secret";
  return z.strictObject({
    file: textLeaf("path", remedy, (text) =>
      text === "" || text.includes("\0") ? new Wrong("the value is no path", remedy) : text,
    ).describe(
      "A file that holds it and nothing else, relative to fig.yaml. It is read anew when files are.",
    ),
  });
}

export const secret = (shortest: number, what: string) => z.union([secretText(shortest, what), secretFile()]);

/** What something is sealed with: the first seals, each opens. */
export const sealSecrets = () => z.array(secret(MIN_SECRET_BYTES, "secret")).max(MAX_SECRETS);

/** What the policy says itself in an authorization request. */
const OWN_PARAMETERS =
  /^(?:client_id|redirect_uri|response_type|response_mode|state|nonce|code_challenge|code_challenge_method|scope|request|request_uri)$/;

const parameterName = () => {
  const remedy = "leave it out, or write another, such as prompt";
  return textLeaf("parameter", remedy, (text) =>
    /^[\w.-]{1,64}$/.test(text) && !OWN_PARAMETERS.test(text)
      ? text
      : new Wrong("{value} is no parameter that can be set", remedy),
  );
};

/** It stands in Set-Cookie, and others are made of it. */
const cookieName = () => {
  const remedy = "write a cookie's name without a prefix, like fig_session";
  return textLeaf("cookie", remedy, (text) =>
    isToken(text) && text.length <= 64 && !/^__/.test(text) && text !== "fig_client"
      ? text
      : new Wrong("{value} is no name for the session's cookie", remedy),
  );
};

const scope = () => {
  const remedy = "write a scope such as email";
  return textLeaf("scope", remedy, (value) =>
    /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(value) ? value : new Wrong("{value} is no scope", remedy),
  );
};

const endpoint = () => url("the https URL of the endpoint");

export const loginSchema = z
  .strictObject({
    provider: choice(LOGIN_PROVIDERS)
      .optional()
      .describe("A provider by name. Left out: an OpenID provider, by its `issuer`."),
    issuer: url("the provider's issuer, like https://id.example.com")
      .optional()
      .describe("The provider's issuer; its metadata are at `issuer`/.well-known/openid-configuration."),
    clientId: plainText("client id", "the client id that the provider gave you").describe(
      "The client id that the provider gave you.",
    ),
    clientSecret: secret(1, "secret")
      .optional()
      .describe(
        "The client's secret: best from the environment, or `{ file: PATH }`. Left out: a public client, with PKCE alone.",
      ),
    scopes: z
      .array(scope())
      .min(1)
      .optional()
      .describe(
        "What is asked for. Left out: `openid email profile`; of facebook `public_profile email`; of x `users.read tweet.read offline.access`. `offline_access` gives sessions a refresh token with most providers.",
      ),
    parameters: z
      .record(parameterName(), plainText("text", "the parameter's value"))
      .prefault({})
      .describe(
        "More of the request for a login, such as `prompt: select_account` or Google's `access_type: offline`.",
      ),
    endpoints: z
      .strictObject({
        authorize: endpoint().optional().describe("Where people are sent to log in."),
        token: endpoint().optional().describe("Where codes and refresh tokens are given in."),
        userinfo: endpoint().optional().describe("Where it says who somebody is."),
        logout: endpoint().optional().describe("Where people are sent to log out."),
      })
      .prefault({})
      .describe("Addresses in place of the provider's own: of a stand-in, or of metadata that lack them."),
    region: plainText("region", "a region such as eu-central-1")
      .optional()
      .describe("Of cognito. Left out: the pool's id begins with it."),
    userPool: plainText("user pool", "the id of a user pool, such as eu-central-1_AbCdEfGhI")
      .optional()
      .describe("Of cognito: the pool's id."),
    domain: plainText("domain", "the pool's domain, such as shop.auth.eu-central-1.amazoncognito.com")
      .optional()
      .describe("Of cognito: the domain of the pool's login pages, which its logout needs."),
    callback: ownPath("/.fig/login/callback")
      .prefault("/.fig/login/callback")
      .describe(
        "Where the provider sends people back to: register `https://HOST` and this path with it. The policy answers it.",
      ),
    start: ownPath("/.fig/login/callback")
      .prefault("/.fig/login")
      .describe("Where a login begins, with `?return=PATH`. The policy answers it."),
    logout: ownPath("/.fig/login/callback")
      .prefault("/.fig/logout")
      .describe("Where a session ends. The policy answers it."),
    backchannel: ownPath("/.fig/login/callback")
      .optional()
      .describe(
        "Where the provider says that a session ended there (OpenID Connect Back-Channel Logout 1.0), like /.fig/backchannel-logout: register `https://HOST` and this path with it as `backchannel_logout_uri`. The policy answers it. Left out: it is not told.",
      ),
    afterLogout: ownPath("/.fig/login/callback")
      .prefault("/")
      .describe("Where people come to after it: register `https://HOST` and this path with the provider."),
    session: z
      .strictObject({
        cookie: cookieName()
          .prefault("fig_session")
          .describe("The cookie's name. Over TLS it is `__Host-` and this name."),
        secrets: sealSecrets()
          .min(1)
          .describe(
            "What sessions are sealed with: 32 or more random bytes, from the environment or `{ file: PATH }`. The first seals, each opens: put a new one before the old, and take the old away after `life`.",
          ),
        idle: duration({ positive: true, maxMs: 30 * DAY_MS })
          .prefault("1h")
          .describe("A session ends so long after its last request."),
        life: duration({ positive: true, maxMs: 90 * DAY_MS })
          .prefault("12h")
          .describe("A session ends so long after its login, whatever happens."),
      })
      .describe("How long people stay logged in, and what keeps it."),
    forward: z
      .strictObject({
        claims: z
          .array(plainText("claim", "a claim's name"))
          .prefault([])
          .describe("Claims that the side gets, each in `x-fig-claim-NAME`."),
      })
      .prefault({})
      .describe(
        "What the side is told of who is logged in, beside `x-fig-subject`. Clients cannot send these.",
      ),
    required: flag().prefault(true).describe("false: requests without a session pass as nobody's."),
  })
  .check(({ value, issues }) => {
    const tell = (path: string[], message: string, remedy: string) =>
      issues.push({ code: "custom", path, message, params: { remedy }, input: value });
    const { provider, issuer, userPool, region, domain, clientSecret } = value;
    if (provider === undefined && issuer === undefined)
      tell(
        ["issuer"],
        "is missing",
        "write the provider's issuer, or provider: google, facebook, x or cognito",
      );
    if ((provider === "facebook" || provider === "x") && issuer !== undefined)
      tell(["issuer"], `stands beside provider: ${provider}, which has none`, "leave it out");
    if (provider === "facebook" && clientSecret === undefined)
      tell(["clientSecret"], "is missing", "Facebook asks for proof of it: write the app's secret");
    if (provider === "cognito") {
      if (issuer === undefined && userPool === undefined)
        tell(["userPool"], "is missing", "write the pool's id");
      if (
        issuer === undefined &&
        region === undefined &&
        !/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}_/.test(userPool ?? "_")
      )
        tell(["region"], "is missing", "write region: eu-central-1, or the pool's whole id");
      if (domain !== undefined && !isDomain(domain))
        tell(["domain"], "is no domain", "write it like shop.auth.eu-central-1.amazoncognito.com");
    } else if (userPool !== undefined || region !== undefined || domain !== undefined) {
      const key = userPool !== undefined ? "userPool" : region !== undefined ? "region" : "domain";
      tell([key], "is for provider: cognito", "leave it out, or write provider: cognito");
    }
    const paths = [value.callback, value.start, value.logout];
    if (new Set(paths).size < paths.length)
      tell(["callback"], "callback, start and logout must differ", "give each a path of its own");
    if (value.backchannel !== undefined) {
      if (paths.includes(value.backchannel))
        tell(["backchannel"], "is another path of the policy's own", "give it a path of its own");
      if (provider === "facebook" || provider === "x")
        tell(
          ["backchannel"],
          `stands beside provider: ${provider}, which has no such logout`,
          "leave it out",
        );
      paths.push(value.backchannel);
    }
    if (paths.includes(value.afterLogout))
      tell(["afterLogout"], "leads back to the policy's own paths", "write another path, such as /");
    if (value.session.idle > value.session.life)
      tell(["session", "idle"], "is longer than life", "make it at most as long as session.life");
    const fields = value.forward.claims.map(claimField);
    const twice = fields.find((field, index) => fields.indexOf(field) < index);
    if (twice !== undefined || fields.includes(claimField("")))
      tell(["forward", "claims"], "two of them would be one field, or one is none", "leave one of them out");
  }) satisfies z.ZodType<LoginPolicy>;

function isDomain(text: string): boolean {
  if (!/^https?:/.test(text)) return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(text);
  const parsed = URL.parse(text);
  if (parsed === null || parsed.pathname !== "/" || text.endsWith("/")) return false;
  return parsed.protocol === "https:" || isLoopback(parsed.hostname.replace(/^\[|\]$/g, ""));
}
