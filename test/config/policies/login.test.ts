import { expect, test } from "vitest";
import { providerSettings } from "../../../src/domain/policies/login.ts";
import { complaints, configOf, oneRoute, UPSTREAMS } from "../folder.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const SESSION = `session: { secrets: [${SECRET}] }`;
const withLogin = (login: string) => oneRoute("", `${UPSTREAMS}default: a\npolicies: { login: ${login} }\n`);

async function policyOf(keys: string) {
  const { policies } = await configOf(withLogin(`{ clientId: shop, ${SESSION}, ${keys} }`));
  if (policies.login === undefined) throw new Error("no policy");
  return policies.login;
}

test("what is meant where nothing is written", async () => {
  const policy = await policyOf("issuer: https://id.test");
  expect(policy).toMatchObject({
    ...{ callback: "/.fig/login/callback", start: "/.fig/login", logout: "/.fig/logout", afterLogout: "/" },
    ...{ required: true, forward: { claims: [] }, parameters: {} },
    session: { cookie: "fig_session", idle: 3_600_000, life: 43_200_000, secrets: [SECRET] },
  });
  expect(providerSettings(policy)).toMatchObject({ kind: "oidc", issuer: "https://id.test", openid: true });
});

test("providers by their names", async () => {
  expect(providerSettings(await policyOf("provider: google"))).toMatchObject({
    ...{ issuer: "https://accounts.google.com", openid: true, scopes: ["openid", "email", "profile"] },
  });
  const pool =
    "provider: cognito, userPool: eu-central-1_AbC, domain: shop.auth.eu-central-1.amazoncognito.com";
  expect(providerSettings(await policyOf(pool))).toMatchObject({
    issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC",
    authorize: "https://shop.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
    logout: "https://shop.auth.eu-central-1.amazoncognito.com/logout",
  });
  expect(providerSettings(await policyOf("provider: x"))).toMatchObject({
    openid: false,
    userinfo: "https://api.x.com/2/users/me",
  });
  expect(providerSettings(await policyOf("provider: facebook, clientSecret: s"))).toMatchObject({
    openid: false,
    userinfo: expect.stringMatching(/^https:\/\/graph\.facebook\.com\/v[\d.]+\/me/),
  });
});

const WRONG: readonly (readonly [keys: string, says: string])[] = [
  ["", "policies.login.issuer: is missing — write the provider's issuer"],
  ["issuer: http://id.test", "the value is no https URL"],
  ["issuer: 'https://u:s3cret@id.test'", "the value is no https URL"],
  ["provider: myspace", '"myspace" is not an allowed word'],
  ["provider: facebook", "policies.login.clientSecret: is missing"],
  ["provider: x, issuer: https://x.test", "stands beside provider: x"],
  ["provider: cognito", "policies.login.userPool: is missing"],
  ["provider: cognito, userPool: abc", "policies.login.region: is missing"],
  ["provider: cognito, userPool: eu-central-1_a, domain: 'a/b'", "policies.login.domain: is no domain"],
  ["provider: google, userPool: x", "is for provider: cognito"],
  ["issuer: https://id.test, callback: '//evil.test/'", '"//evil.test/" is no path'],
  ["issuer: https://id.test, callback: /a/../b", "is no path"],
  ["issuer: https://id.test, callback: /a, start: /a", "callback, start and logout must differ"],
  ["issuer: https://id.test, afterLogout: /.fig/logout", "leads back to the policy's own paths"],
  ["issuer: https://id.test, backchannel: /.fig/logout", "is another path of the policy's own"],
  ["issuer: https://id.test, backchannel: no-path", "is no path"],
  ["issuer: https://id.test, backchannel: /out, afterLogout: /out", "leads back to the policy's own paths"],
  ["provider: x, backchannel: /out", "which has no such logout"],
  ["issuer: https://id.test, parameters: { state: x }", '"state" is no parameter that can be set'],
  ["issuer: https://id.test, forward: { claims: [a-b, a_b] }", "two of them would be one field"],
  [
    "issuer: https://id.test, session: { secrets: [s3cret] }",
    "the value is shorter than 32 bytes — make one with: openssl rand -hex 32",
  ],
  ["issuer: https://id.test, session: { secrets: [] }", "policies.login.session.secrets"],
  [`issuer: https://id.test, session: { secrets: [${SECRET}], idle: 2h, life: 1h }`, "is longer than life"],
  [
    `issuer: https://id.test, session: { secrets: [${SECRET}], cookie: __Host-a }`,
    "is no name for the session's cookie",
  ],
  ["issuer: https://id.test, scope: email", 'unknown key "scope"'],
];
for (const [keys, says] of WRONG)
  test(`${keys} is refused`, async () => {
    const session = keys.includes("session:") ? "" : `, ${SESSION}`;
    const text = await complaints(withLogin(`{ clientId: shop${session}${keys === "" ? "" : `, ${keys}`} }`));
    expect(text).toContain(says);
    expect(text).not.toMatch(/s3cret|0123456789abcdef/);
  });

test("a login whose own paths lead elsewhere would never come back", async () => {
  const login = `{ issuer: https://id.test, clientId: shop, ${SESSION} }`;
  const own = (policy: string) =>
    oneRoute(`    policies: { login: ${policy} }\n`, `${UPSTREAMS}default: a\n`);
  const text = await complaints(own(login));
  expect(text).toContain("policies.login.callback: /.fig/login/callback leads to no route with this login");
  expect(text).toContain("below a path of the route");
  // With nothing to go to by default, fig.yaml's does not come back either.
  const lost = oneRoute("    legacy: a\n", `${UPSTREAMS}policies: { login: ${login} }\n`);
  expect(await complaints(lost)).toContain("leads to no route with this login");
  expect(await complaints(withLogin(login))).toBe("");
});
