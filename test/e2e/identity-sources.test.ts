import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { CookieBrowser } from "../support/cookie-browser.ts";
import { freePort } from "../support/free-port.ts";
import { SECRET } from "../support/login-door.ts";
import { OpenIdProvider } from "../support/openid-provider.ts";
import { until } from "./until.ts";

const JWKS = "/.well-known/fig-identity.json";
const ends: (() => unknown)[] = [];
const seen: Record<"old" | "new", IncomingHttpHeaders[]> = { old: [], new: [] };
let url = "";
let adminUrl = "";
let key = "";

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** It tells the token that it got, as no side should. */
const side = (name: "old" | "new") =>
  listening(({ headers }, answer) => {
    seen[name].push(headers);
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ name, got: headers["x-fig-identity"] ?? null }));
  });

/** As much of AWS Lambda as answers one function's question. */
const lambda = () =>
  listening((request, answer) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const { authorizationToken = "", methodArn = "" } = JSON.parse(text || "{}") as Record<string, string>;
      const Effect = authorizationToken === "Ada" ? "Allow" : "Deny";
      const Statement = { Action: "execute-api:Invoke", Effect, Resource: methodArn };
      answer.setHeader("content-type", "application/json");
      answer.end(
        JSON.stringify({
          principalId: "principal-ada",
          policyDocument: { Version: "2012-10-17", Statement },
          context: { team: "blue", level: 7 },
        }),
      );
    });
  });

beforeAll(async () => {
  const port = await freePort();
  const [old, fresh] = [await side("old"), await side("new")];
  const provider = await OpenIdProvider.start({ door: `http://127.0.0.1:${port}` });
  ends.push(() => provider.close());
  const signing = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const route = (id: string, policies: object, path = `/${id}`) => ({
    ...{ id, match: { path }, modern: "new", start: { shadow: 100 }, policies },
    compare: { samples: { values: 5, bodies: true } },
  });
  const login = {
    ...{ issuer: provider.url, clientId: "shop", clientSecret: "shop-secret-of-the-provider" },
    ...{ session: { secrets: [SECRET] }, forward: { claims: ["email"] } },
  };
  const authorizer = {
    function: { name: "shop-auth", region: "eu-central-1", endpoint: await lambda() },
    type: "token",
  };
  const keys = { header: "x-api-key" };
  const door = createFrontDoor(
    {
      ...{ listen: `127.0.0.1:${port}`, admin: "127.0.0.1:0", state: "memory:", default: "old" },
      upstreams: { old, new: fresh },
      identity: { token: { issuer: "https://shop.test", keys: [String(signing)], jwks: JWKS } },
      plans: { gold: {} },
      routes: [
        route("keyed", { apiKeys: keys }),
        route("unnamed", { apiKeys: { ...keys, identity: false } }),
        route("decided", { authorizer }),
        route("both", { apiKeys: keys, authorizer }),
        route("people", { login }, "/.fig/{rest+}"),
        route("anybody", {}),
      ],
    },
    {
      quiet: true,
      env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE0000000", AWS_SECRET_ACCESS_KEY: "secret-of-the-test" },
    },
  );
  ends.push(() => door.close());
  ({ url, adminUrl } = await door.listen());
  const answer = await fetch(new URL("/api/v1/keys", adminUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "a client", plan: "gold", reason: "x", by: "ann" }),
  });
  ({ key } = (await answer.json()) as { readonly key: string });
}, 60_000);
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the two sides of a request were told, verified, but for times and issuer. */
async function told(ask: () => Promise<unknown>): Promise<readonly Record<string, unknown>[]> {
  const before = { old: seen.old.length, new: seen.new.length };
  await ask();
  const shadow = await until(
    () => seen.new[before.new],
    (headers) => headers !== undefined,
  );
  const keys = createRemoteJWKSet(new URL(JWKS, url));
  return Promise.all(
    (
      [
        ["old", seen.old[before.old]],
        ["new", shadow],
      ] as const
    ).map(async ([audience, headers]) => {
      const token = String(headers?.["x-fig-identity"]);
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer: "https://shop.test", audience, typ: "fig-identity+jwt", algorithms: ["EdDSA"] },
        requiredClaims: ["exp", "iat"],
      });
      const { iss: _iss, aud: _aud, iat = 0, exp = 0, ...rest } = payload;
      expect(exp - iat).toBe(60);
      return rest;
    }),
  );
}

const get = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(new URL(path, url), { headers });
  expect(answer.status).toBe(200);
  return answer.text();
};
const twice = (claims: object) => [claims, claims];

describe("both sides are told in a token of their own who a client is", () => {
  test("by an API key: its id and plan, and never the key", async () => {
    const claims = await told(() => get("/keyed", { "x-api-key": key }));
    const id = expect.stringMatching(/^\w+$/);
    expect(claims).toEqual(twice({ api_key: { id, plan: "gold" } }));
    expect(JSON.stringify(claims)).not.toContain(key);
    expect(seen.old.at(-1)?.["x-api-key"]).toBeUndefined();
  });

  test("by what an authorizer says: its principal and its context", async () => {
    const context = expect.objectContaining({ team: "blue", level: 7 });
    expect(await told(() => get("/decided", { authorization: "Ada" }))).toEqual(
      twice({ sub: "principal-ada", context }),
    );
    expect(await told(() => get("/both", { authorization: "Ada", "x-api-key": key }))).toEqual(
      twice({ sub: "principal-ada", context, api_key: { id: expect.any(String), plan: "gold" } }),
    );
    const before = seen.old.length;
    const refused = await fetch(new URL("/decided", url), { headers: { authorization: "Eve" } });
    expect([refused.status, seen.old.length]).toEqual([403, before]);
  });

  test("by a session: whose it is, and the claims that go on", async () => {
    const browser = new CookieBrowser();
    await browser.logIn(await browser.open(`${url}/.fig/home`), "ada");
    const claims = await told(() => browser.once(`${url}/.fig/home`));
    expect(claims).toEqual(twice({ sub: "ada", claims: { email: "ada@shop.test" } }));
    expect(seen.old.at(-1)?.cookie ?? "").not.toContain("fig_session");
  });

  test("nobody has none, and where sides are not told of a key theirs says nothing of it", async () => {
    const headers = { "x-fig-identity": "a.b.c", "x-api-key": key };
    const before = seen.new.length;
    await get("/anybody", headers);
    await until(
      () => seen.new.length,
      (count) => count > before,
    );
    for (const name of ["old", "new"] as const) expect(seen[name].at(-1)?.["x-fig-identity"]).toBeUndefined();
    expect(await told(() => get("/unnamed", headers))).toEqual(twice({}));
  });

  test("what sides say of their tokens is in no sample, whole answer or metric", async () => {
    const read = async (path: string) => (await fetch(new URL(path, adminUrl))).text();
    for (const route of ["keyed", "decided", "people"]) {
      const rows = await until(
        () => read(`/api/v1/mismatches?route=${route}`),
        (text) => text.includes('"samples"'),
      );
      const list = await read(`/api/v1/whole-answers?route=${route}`);
      const wholes = await Promise.all(
        (JSON.parse(list) as { id: string }[]).map(({ id }) => read(`/api/v1/whole-answers/${id}`)),
      );
      const all = [rows, list, ...wholes, await read("/metrics"), await read("/api/v1/status")].join("\n");
      const tokens = [...seen.old, ...seen.new].flatMap((headers) => headers["x-fig-identity"] ?? []);
      expect(tokens.length).toBeGreaterThan(6);
      for (const part of tokens.flatMap((token) => String(token).split(".").slice(1)))
        expect(all).not.toContain(part);
      expect(all).not.toContain(key);
    }
  });
});
