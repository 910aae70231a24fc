import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { CognitoLocal, mockServer, oidcProvider } from "../support/identity-providers.ts";
import { issuerKey } from "../tokens/issuer.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Jwt = NonNullable<
  NonNullable<Exclude<Parameters<typeof createFrontDoor>[0], string>["policies"]>["jwt"]
>;

async function doorWith(jwt: Jwt) {
  let seen: IncomingHttpHeaders = {};
  const side = createServer(({ headers }, answer) => {
    seen = headers;
    answer.end("ok");
  });
  side.listen(0, "127.0.0.1");
  await once(side, "listening");
  cleanups.push(() => side.close());
  const door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "shop", routes: [] },
      upstreams: { shop: `http://127.0.0.1:${(side.address() as AddressInfo).port}` },
      policies: { jwt },
    },
    { quiet: true },
  );
  cleanups.push(() => door.close());
  const { url, adminUrl } = await door.listen();
  const ask = async (token: string) => {
    seen = {};
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    await answer.text();
    return { status: answer.status, seen };
  };
  const verdicts = async () =>
    Object.fromEntries(
      [
        ...(await (await fetch(new URL("/metrics", adminUrl))).text()).matchAll(
          /^fig_policy_verdicts_total\{.*policy="jwt",verdict="(\w+)"\} (\d+)/gm,
        ),
      ].map(([, verdict, count]) => [verdict, Number(count)]),
    );
  return { ask, verdicts };
}

describe("oauth2-mock-server", () => {
  test("its tokens pass by discovery; a rotation, another algorithm and an expired token are told apart", async () => {
    const mock = await mockServer();
    cleanups.push(() => mock.stop());
    const issuer = mock.issuer.url as string;
    const { ask, verdicts } = await doorWith({ issuer, audience: "shop", algorithms: ["RS256", "ES256"] });
    const token = (kid: string, more: Record<string, unknown> = {}, expiresIn = 600) =>
      mock.issuer.buildToken({
        ...{ kid, expiresIn },
        scopesOrTransform: (_header, payload) => Object.assign(payload, { aud: "shop", sub: "ada" }, more),
      });
    const first = await token("first");
    expect(await ask(first)).toMatchObject({ status: 200, seen: { "x-fig-subject": "ada" } });
    // It rotates: the new key is found, and the old one goes on.
    await mock.issuer.keys.generate("ES256", { kid: "second" });
    expect((await ask(await token("second"))).status).toBe(200);
    expect((await ask(first)).status).toBe(200);
    await mock.issuer.keys.generate("PS256", { kid: "third" });
    expect((await ask(await token("third"))).status).toBe(401);
    expect((await ask(await token("first", {}, -60))).status).toBe(401);
    expect((await ask(await token("first", { aud: "other" }))).status).toBe(401);
    expect((await ask(await token("first", { iss: `${issuer}/` }))).status).toBe(401);
    expect(await verdicts()).toEqual({ passed: 3, algorithm: 1, expired: 1, audience: 1, issuer: 1 });
  });

  test("another one behind the same address is another issuer's keys: what was signed before passes no more", async () => {
    const before = await mockServer();
    const issuer = before.issuer.url as string;
    const claims = {
      scopesOrTransform: (_header: unknown, payload: object) => Object.assign(payload, { aud: "shop" }),
    };
    const old = await before.issuer.buildToken({ kid: "first", ...claims });
    const { ask } = await doorWith({ issuer, audience: "shop" });
    expect((await ask(old)).status).toBe(200);
    await before.stop();
    const after = await mockServer(Number(new URL(issuer).port));
    cleanups.push(() => after.stop());
    after.issuer.url = issuer;
    await after.issuer.keys.generate("RS256", { kid: "new" });
    expect((await ask(await after.issuer.buildToken({ kid: "new", ...claims }))).status).toBe(200);
    // The new server has a key of the same name.
    expect((await ask(old)).status).toBe(401);
  });
});

describe("oidc-provider", () => {
  test.each(["RS256", "PS256", "ES256"] as const)(
    "its access tokens (at+jwt, %s) pass, with the scopes that it granted",
    async (algorithm) => {
      const key = issuerKey(algorithm === "ES256" ? "ES256" : "RS256", "k1");
      const jwk = { ...key.privateKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: algorithm };
      // It signs ID tokens with RS256, and is to have a key for them.
      const other = issuerKey("RS256", "k2").privateKey.export({ format: "jwk" });
      const idTokens = { ...other, kid: "k2", use: "sig", alg: "RS256" };
      const provider = await oidcProvider(algorithm, { keys: [jwk, idTokens] });
      cleanups.push(() => provider.close());
      const { ask, verdicts } = await doorWith({
        ...{
          issuer: provider.url,
          audience: "https://shop.test",
          scopes: ["orders.read"],
          types: ["at+jwt"],
        },
        ...{ algorithms: [algorithm], forward: { claims: ["client_id"] } },
      });
      expect(await ask(await provider.token("orders.read"))).toMatchObject({
        status: 200,
        seen: { "x-fig-claim-client-id": "shop" },
      });
      expect((await ask(await provider.token("orders.write"))).status).toBe(403);
      expect(await verdicts()).toEqual({ passed: 1, scope: 1 });
    },
  );
});

describe("cognito-local", { timeout: 180_000 }, () => {
  test("the preset takes the access tokens of a pool's clients, or their ID tokens, and never the other", async () => {
    const cognito = await CognitoLocal.start();
    cleanups.push(() => cognito.stop());
    const { pool: userPool, client } = cognito;
    const issuer = `${cognito.url}/${userPool}`;
    const { AccessToken, IdToken } = await cognito.tokens();
    const preset = { userPool, clients: [client] };
    const groups = { "cognito:groups": "admins" };
    const access = await doorWith({
      issuer,
      cognito: preset,
      claims: groups,
      forward: { claims: ["cognito:groups"] },
    });
    expect(await access.ask(AccessToken)).toMatchObject({
      status: 200,
      seen: { "x-fig-claim-cognito-groups": "admins" },
    });
    expect((await access.ask(IdToken)).status).toBe(401);
    expect(await access.verdicts()).toEqual({ passed: 1, token_use: 1 });
    const id = await doorWith({ issuer, cognito: { ...preset, use: "id" }, forward: { claims: ["email"] } });
    expect(await id.ask(IdToken)).toMatchObject({
      status: 200,
      seen: { "x-fig-claim-email": "ada@shop.test" },
    });
    expect((await id.ask(AccessToken)).status).toBe(401);
    // Another client of the same pool, and another pool with the same key.
    const { AccessToken: others } = await cognito.tokens(await cognito.newClient());
    expect((await access.ask(others)).status).toBe(401);
    expect(await access.verdicts()).toMatchObject({ audience: 1 });
    const strict = await doorWith({ issuer, cognito: preset, claims: { "cognito:groups": "owners" } });
    expect((await strict.ask(AccessToken)).status).toBe(403);
    await until(strict.verdicts, (said) => said.claim === 1);
  });
});
