import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { jwtRules, tokenRule } from "../../../src/domain/policies/jwt.ts";

function parsed(jwt: unknown) {
  return parseConfig({ upstreams: { a: "http://127.0.0.1:1" }, default: "a", policies: { jwt } });
}

const said = (jwt: unknown) => {
  const result = parsed(jwt);
  return result.ok ? [] : result.problems.map(({ message, remedy }) => `${message} — ${remedy}`);
};
const rulesOf = (jwt: unknown) => {
  const result = parsed(jwt);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return jwtRules(result.config.policies.jwt ?? []).map(tokenRule);
};

const issuer = "https://id.test";
const good = { issuer, audience: "shop" };

test("an issuer and an audience are enough", () => {
  expect(rulesOf(good)).toEqual([
    {
      issuer,
      keys: { kind: "discovery", at: issuer },
      audiences: ["shop"],
      tokenUse: undefined,
      scopes: [],
      claims: {},
      algorithms: [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
      ],
      types: ["", "jwt", "at+jwt"],
      from: [{ kind: "header", name: "authorization" }],
      clockSkewMs: 5_000,
      staleForMs: 300_000,
      forwards: [],
    },
  ]);
});

test("a pool of Cognito stands for issuer, keys, algorithm and audience", () => {
  const cognito = { userPool: "eu-central-1_AbC", clients: ["web", "app"] };
  const pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC";
  expect(rulesOf({ cognito })).toMatchObject([
    {
      issuer: pool,
      keys: { kind: "url", at: `${pool}/.well-known/jwks.json` },
      algorithms: ["RS256"],
      audiences: ["web", "app"],
      tokenUse: "access",
    },
  ]);
  expect(rulesOf({ cognito: { ...cognito, userPool: "cn-north-1_x", use: "id" } })).toMatchObject([
    { issuer: "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x", tokenUse: "id" },
  ]);
  // An emulator has an address of its own.
  expect(
    rulesOf({ issuer: "http://localhost:9229/local_x", cognito: { ...cognito, userPool: "local_x" } }),
  ).toMatchObject([
    { keys: { at: "http://localhost:9229/local_x/.well-known/jwks.json" }, audiences: ["web", "app"] },
  ]);
});

test("several issuers are a list, and texts stand for lists of one", () => {
  const rules = rulesOf([
    { ...good, jwks: "keys.json", claims: { team: "a", admin: true, level: [1, 2] } },
    {
      ...good,
      issuer: "https://other.test",
      audience: false,
      types: ["application/AT+JWT"],
      from: ["cookie:sid", "header:X-Token", "query:t"],
    },
  ]);
  expect(rules).toMatchObject([
    { keys: { kind: "file", at: "keys.json" }, claims: { team: ["a"], admin: [true], level: [1, 2] } },
    {
      audiences: undefined,
      types: ["at+jwt"],
      from: [
        { kind: "cookie", name: "sid" },
        { kind: "header", name: "x-token" },
        { kind: "query", name: "t" },
      ],
    },
  ]);
});

test.each<[string, unknown, readonly string[]]>([
  [
    "nothing",
    {},
    [
      "policies.jwt.issuer: is missing — write the issuer's URL, or cognito",
      "policies.jwt.audience: is missing — write for whom the tokens are, or false for anybody",
    ],
  ],
  ["an empty list", [], ["policies.jwt: must not be empty — write at least one, or leave the key out"]],
  [
    "an issuer that is no URL",
    { ...good, issuer: "id.test" },
    [
      "policies.jwt.issuer: the value is no URL of an issuer — write the https URL that stands in its tokens as `iss`, to the letter",
    ],
  ],
  [
    "a password in a URL",
    { ...good, jwks: "https://a:b@id.test/keys" },
    [
      "policies.jwt.jwks: the value is neither an http URL without a password nor a path — write the URL of a JWKS, or the path of a file that holds one",
    ],
  ],
  [
    "keys by another protocol",
    { ...good, jwks: "ftp://id.test/keys" },
    [
      "policies.jwt.jwks: the value is neither an http URL without a password nor a path — write the URL of a JWKS, or the path of a file that holds one",
    ],
  ],
  [
    "none",
    { ...good, algorithms: ["none"] },
    [
      'policies.jwt.algorithms[0]: "none" is no algorithm that is taken — write one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519',
    ],
  ],
  [
    "HS256",
    { ...good, algorithms: ["RS256", "HS256"] },
    [
      'policies.jwt.algorithms[1]: "HS256" signs with a secret that whoever verifies could forge tokens with — write one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519',
    ],
  ],
  [
    "no algorithm at all",
    { ...good, algorithms: [] },
    ["policies.jwt.algorithms: must not be empty — write at least one, or leave the key out"],
  ],
  [
    "a scope that would end its quotes",
    { ...good, scopes: ['a"b'] },
    [
      'policies.jwt.scopes[0]: "a\\"b" is no scope — write a scope such as orders.read, without spaces and quotes',
    ],
  ],
  [
    "an audience that is true",
    { ...good, audience: true },
    ["policies.jwt.audience: true is not a text — write what stands in the tokens as `aud`"],
  ],
  [
    "a place that is none",
    { ...good, from: ["body:token"] },
    [
      'policies.jwt.from[0]: "body:token" is no place of a token — write header:authorization, cookie:NAME or query:NAME',
    ],
  ],
  [
    "a skew of an hour",
    { ...good, clockSkew: "1h" },
    ['policies.jwt.clockSkew: "1h" is longer than 5m — write at most 5m'],
  ],
  [
    "keys that are stale for a week",
    { ...good, staleFor: "168h" },
    ['policies.jwt.staleFor: "168h" is longer than 24h — write at most 24h'],
  ],
  [
    "a pool without a region",
    { cognito: { userPool: "pool", clients: ["a"] } },
    ["policies.jwt.cognito: has no region — write region: eu-central-1, or the pool's whole id"],
  ],
  [
    "an audience beside a pool",
    { audience: "a", cognito: { userPool: "eu-west-1_a", clients: ["a"] } },
    ["policies.jwt.audience: stands beside cognito, whose clients are the audience — leave it out"],
  ],
  [
    "two claims in one field",
    { ...good, forward: { claims: ["team:a", "team-a"] } },
    ["policies.jwt.forward.claims: two of them would be x-fig-claim-team-a — leave one of them out"],
  ],
  [
    "a claim whose name leaves nothing",
    { ...good, forward: { claims: ["::"] } },
    [
      "policies.jwt.forward.claims: x-fig-claim- is no field for a claim — leave out a claim without a letter or digit",
    ],
  ],
  [
    "a token that is to leave a query",
    { ...good, from: ["query:t"], forward: { token: "drop" } },
    [
      "policies.jwt.forward.token: drop takes no token out of a query — leave query: out of from, or write keep",
    ],
  ],
  [
    "a key of another name",
    { ...good, audiences: ["a"] },
    ['policies.jwt: unknown key "audiences" — did you mean "audience"?'],
  ],
])("%s does not pass", (_name, jwt, problems) => {
  expect(said(jwt)).toEqual(problems);
});
