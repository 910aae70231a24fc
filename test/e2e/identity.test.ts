import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/index.ts";
import { createFrontDoor } from "../../src/index.ts";
import { issuerKey, part, signature } from "../tokens/issuer.ts";
import { startFig } from "./in-process.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }) as string;
const ed25519 = () => pem(generateKeyPairSync("ed25519").privateKey);
const p256 = () => pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);

/** Who gives clients their tokens. */
async function issuer() {
  const key = issuerKey("ES256", "k1", { alg: "ES256" });
  const server = createServer((_, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ keys: [key.jwk] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (claims: object) => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const body = part({ iss: url, aud: "shop", exp, ...claims });
    const signed = `${part({ alg: "ES256", kid: "k1" })}.${body}`;
    return `${signed}.${signature("ES256", key.privateKey, signed).toString("base64url")}`;
  };
  return { url, token };
}

async function side(answers: (headers: IncomingHttpHeaders) => string = () => "{}") {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, answer) => {
    seen.push(headers);
    answer.setHeader("content-type", "application/json");
    answer.end(answers(headers));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const JWKS = "/.well-known/fig-identity.json";

async function doorWith(
  lane: "auto" | "node",
  keys: readonly string[],
  sides: Record<"old" | "new", string>,
) {
  const { url: iss, token } = await issuer();
  const door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "old", lane },
      underscoreHeaders: "pass",
      upstreams: sides,
      identity: { token: { issuer: "https://shop.test", keys: [...keys], jwks: JWKS } },
      policies: {
        jwt: {
          issuer: iss,
          jwks: `${iss}/keys`,
          audience: "shop",
          forward: { claims: ["role"] },
          required: false,
        },
      },
      routes: [{ id: "orders", match: { path: "/orders" }, modern: "new", start: { shadow: 100 } }],
    },
    { quiet: true },
  );
  cleanups.push(() => door.close());
  const { url, adminUrl } = await door.listen();
  return { url, adminUrl, token };
}

async function metric(adminUrl: string, series: string): Promise<number> {
  const text = await (await fetch(new URL("/metrics", adminUrl))).text();
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

async function ask(url: string, headers: Record<string, string | string[]>): Promise<number> {
  const asking = request(url, { headers, agent: false }).end();
  const [answer] = await once(asking, "response");
  await answer.toArray();
  return answer.statusCode;
}

describe.each(["auto", "node"] as const)("in the lane %s", (lane) => {
  test.each([
    ["EdDSA", ed25519],
    ["ES256", p256],
  ])("each side verifies who the client is, by %s, and its shadow too", async (alg, made) => {
    const [old, fresh] = [await side(), await side()];
    const { url, adminUrl, token } = await doorWith(lane, [made()], { old: old.url, new: fresh.url });
    const bearer = { authorization: `Bearer ${token({ sub: "ada", role: "cook", more: "kept back" })}` };
    expect(await ask(`${url}/orders`, bearer)).toBe(200);
    await until(
      () => fresh.seen.length,
      (count) => count === 1,
    );
    const keys = createRemoteJWKSet(new URL(JWKS, url));
    const verified = async (headers: IncomingHttpHeaders | undefined, audience: string) =>
      jwtVerify(String(headers?.["x-fig-identity"]), keys, {
        ...{ issuer: "https://shop.test", audience, typ: "fig-identity+jwt", algorithms: [alg] },
        ...{ requiredClaims: ["exp", "iat"], maxTokenAge: 60 },
      });
    for (const [seen, audience] of [
      [old.seen[0], "old"],
      [fresh.seen[0], "new"],
    ] as const) {
      const { payload } = await verified(seen, audience);
      const { exp = 0, iat = 0 } = payload;
      expect(payload).toMatchObject({ sub: "ada", claims: { role: "cook" } });
      expect(JSON.stringify(payload)).not.toContain("kept back");
      expect(exp - iat).toBe(60);
      expect(seen).toMatchObject({ "x-fig-subject": "ada", "x-fig-claim-role": "cook" });
    }
    await expect(verified(old.seen[0], "new")).rejects.toThrow("aud");
    // One identity costs one signature for each upstream while it is fresh.
    for (let more = 0; more < 5; more++) await ask(`${url}/orders`, bearer);
    await until(
      () => fresh.seen.length,
      (count) => count === 6,
    );
    expect(new Set(old.seen.map((headers) => headers["x-fig-identity"])).size).toBe(1);
    expect(await metric(adminUrl, 'fig_identity_tokens_total{result="signed"}')).toBe(2);
    expect(await metric(adminUrl, 'fig_identity_tokens_total{result="reused"}')).toBe(10);
    const admin = await (await fetch(new URL("/api/v1/identity/keys", adminUrl))).json();
    const published = await (await fetch(new URL(JWKS, url))).text();
    expect(admin).toEqual(JSON.parse(published));
    expect(published).not.toContain('"d"');
    const { payload } = await jwtVerify(
      String(old.seen[0]?.["x-fig-identity"]),
      createLocalJWKSet(admin as Parameters<typeof createLocalJWKSet>[0]),
    );
    expect(payload.sub).toBe("ada");
  });

  test("no client can send one, and nobody has none", async () => {
    const old = await side();
    const { url } = await doorWith(lane, [ed25519()], { old: old.url, new: old.url });
    const forged = { "x-fig-identity": "a.b.c", X_Fig_Identity: "a.b.c", "x-fig_identity": "a.b.c" };
    expect(await ask(`${url}/other`, forged)).toBe(200);
    expect(Object.keys(old.seen[0] ?? {}).filter((name) => name.includes("identity"))).toEqual([]);
  });

  test("what a side says of it is in no sample, event or log", async () => {
    const echo = (headers: IncomingHttpHeaders) =>
      JSON.stringify({ got: headers["x-fig-identity"] ?? "", at: [headers["x-fig-identity"]] });
    const [old, fresh] = [await side(echo), await side(echo)];
    const { url, adminUrl, token } = await doorWith(lane, [ed25519()], { old: old.url, new: fresh.url });
    await ask(`${url}/orders`, { authorization: `Bearer ${token({ sub: "ada" })}` });
    const rows = await until(
      async () => (await fetch(new URL("/api/v1/mismatches?route=orders", adminUrl))).text(),
      (text) => text.includes('"samples"'),
    );
    const seen = [old, fresh].map((one) => String(one.seen[0]?.["x-fig-identity"]));
    for (const [, body = "", signed = ""] of seen.map((each) => each.split("."))) {
      expect(rows).not.toContain(body);
      expect(rows).not.toContain(signed);
    }
  });
});

test("keys are read again when their files change: what the old one signed still verifies", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-identity-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  for (const name of ["routes", "migrations"]) mkdirSync(join(folder, name));
  const keep = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o600);
  };
  const [first, second] = [ed25519(), p256()];
  keep("one.pem", first);
  keep("two.pem", second);
  const old = await side();
  const { url: iss, token } = await issuer();
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\ndefault: old\nworkers: 2
upstreams: { old: "${old.url}" }
identity: { token: { issuer: shop, keys: [one.pem, two.pem], jwks: ${JWKS} } }
policies: { jwt: { issuer: "${iss}", jwks: "${iss}/keys", audience: shop } }\n`,
  );
  const fig = await startFig(join(folder, "fig.yaml"));
  cleanups.push(() => fig.stop());
  const keys = createRemoteJWKSet(new URL(JWKS, fig.ready.url));
  const authorization = `Bearer ${token({ sub: "ada" })}`;
  const algorithm = async () => {
    expect(await ask(fig.ready.url, { authorization })).toBe(200);
    const sent = String(old.seen.at(-1)?.["x-fig-identity"]);
    return (await jwtVerify(sent, keys, { issuer: "shop", audience: "old" })).protectedHeader.alg;
  };
  expect(await algorithm()).toBe("EdDSA");
  const before = String(old.seen.at(-1)?.["x-fig-identity"]);
  keep("one.pem", second);
  keep("two.pem", first);
  await until(algorithm, (alg) => alg === "ES256");
  expect((await jwtVerify(before, keys)).payload.sub).toBe("ada");
});

test.each([
  ["an RSA key", pem(issuerKey("RS256", "k").privateKey), "neither Ed25519 nor P-256"],
  ["no key", "-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----\n", "no whole private key"],
])("%s does not pass", (_name, key, says) => {
  const read = parseConfig({ routes: [], identity: { token: { issuer: "shop", keys: [key] } } });
  expect(read.ok ? [] : read.problems.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
});
