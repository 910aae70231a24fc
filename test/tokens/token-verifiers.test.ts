import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identityFields } from "../../src/domain/identity-fields.ts";
import type { JwtRule } from "../../src/domain/policies/jwt.ts";
import type { TokenVerdict } from "../../src/tokens/contract.ts";
import { TokenVerifiers } from "../../src/tokens/token-verifiers.ts";
import { until } from "../e2e/until.ts";
import { goodClaims, Issuer, issuerKey, NOW_S, part, token } from "./issuer.ts";
import { MovingClock } from "./moving-clock.ts";
import { ruleOf } from "./token-rule.ts";

const first = issuerKey("RS256", "first");
const second = issuerKey("ES256", "second");
const cleanups: (() => unknown)[] = [];
let clock: MovingClock;
let issuer: Issuer;
let tokens: TokenVerifiers;

beforeEach(async () => {
  clock = new MovingClock();
  issuer = await Issuer.start([first.jwk]);
  cleanups.push(() => issuer.kill());
  tokens = new TokenVerifiers(clock, "");
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function verifier(keys: Partial<JwtRule> = {}) {
  const made = tokens.verifier([ruleOf({ issuer: issuer.url, jwks: issuer.jwks, ...keys })]);
  cleanups.push(() => made.close());
  return made;
}

const by = (key: typeof first, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  token(
    { alg: key.jwk.kty === "EC" ? "ES256" : "RS256", kid: key.kid, ...header },
    goodClaims(issuer.url, claims),
    key.privateKey,
  );
const kindOf = async (verdict: TokenVerdict | Promise<TokenVerdict>) => {
  const said = await verdict;
  return said.kind === "invalid" ? said.fault : said.kind;
};
const fetches = () =>
  Object.fromEntries(
    Object.entries(tokens.figures().keyFetches).map(([name, count]) => [name.split("\t")[1], count]),
  );
/** Something that must not be the same for two requests. */
let serial = 0;
const fresh = () => ({ jti: String(serial++) });

test("of two issuers each has its own claims told to the side", async () => {
  const rules = [
    ruleOf({
      ...{ issuer: "https://staff.test", jwks: issuer.jwks },
      forward: { claims: ["role"], token: "keep" },
    }),
    ruleOf({ issuer: issuer.url, jwks: issuer.jwks, forward: { claims: ["email"], token: "keep" } }),
  ];
  const own = tokens.verifier(rules);
  cleanups.push(() => own.close());
  await until(fetches, ({ ok }) => ok === 1);
  const said = await own.verify(by(first, { role: "admin", email: "eve@partner.test" }));
  const identity = said.kind === "passed" ? said.identity : {};
  expect(identityFields(identity)).toEqual([
    ...["x-fig-subject", "ada"],
    ...["x-fig-claim-email", "eve@partner.test"],
  ]);
});

describe("keys", () => {
  test("are fetched before a token comes; then a token is verified at once", async () => {
    const own = verifier();
    await until(fetches, ({ ok }) => ok === 1);
    const verdict = own.verify(by(first));
    expect(verdict).not.toBeInstanceOf(Promise);
    expect(verdict).toMatchObject({ kind: "passed", identity: { subject: "ada", claims: { aud: "shop" } } });
    expect(own.verify(by(first, fresh()))).toMatchObject({ kind: "passed" });
    expect(issuer.asked).toEqual(["/keys"]);
  });

  test("a token that comes sooner waits for them, with others, for one fetch", async () => {
    const own = verifier();
    const verdicts = Array.from({ length: 50 }, () => own.verify(by(first, fresh())));
    expect(verdicts.every((verdict) => verdict instanceof Promise)).toBe(true);
    expect(new Set(await Promise.all(verdicts.map(kindOf)))).toEqual(new Set(["passed"]));
    expect(issuer.asked).toEqual(["/keys"]);
  });

  test("are found by discovery", async () => {
    const own = verifier({ jwks: undefined });
    expect(await kindOf(own.verify(by(first)))).toBe("passed");
    expect(issuer.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  test("are found by the metadata of OAuth where OpenID's are not there", async () => {
    issuer.behaves = ({ url = "" }, answer) => {
      const found: Record<string, object> = {
        "/.well-known/oauth-authorization-server/pool": {
          issuer: `${issuer.url}/pool`,
          jwks_uri: issuer.jwks,
        },
        "/keys": { keys: [first.jwk] },
      };
      answer.writeHead(url in found ? 200 : 404).end(JSON.stringify(found[url]));
    };
    const own = verifier({ issuer: `${issuer.url}/pool`, jwks: undefined });
    expect(await kindOf(own.verify(by(first, { iss: `${issuer.url}/pool` })))).toBe("passed");
    expect(issuer.asked[0]).toBe("/pool/.well-known/openid-configuration");
  });

  test.each([
    ["another issuer's", () => ({ issuer: "http://evil.test", jwks_uri: issuer.jwks }), "issuer"],
    ["our issuer's with a slash", () => ({ issuer: `${issuer.url}/`, jwks_uri: issuer.jwks }), "issuer"],
    ["without jwks_uri", () => ({ issuer: issuer.url }), "invalid"],
    ["with a file for jwks_uri", () => ({ issuer: issuer.url, jwks_uri: "file:///etc/passwd" }), "invalid"],
    [
      "with a password in jwks_uri",
      () => ({ issuer: issuer.url, jwks_uri: "http://a:b@127.0.0.1/" }),
      "invalid",
    ],
    ["null", () => null, "invalid"],
  ])("metadata %s lead nowhere", async (_name, document, result) => {
    issuer.behaves = (_request, answer) => answer.end(JSON.stringify(document()));
    const own = verifier({ jwks: undefined });
    expect(await kindOf(own.verify(by(first)))).toBe("unavailable");
    expect(fetches()).toMatchObject({ [result]: 1 });
    expect(issuer.asked).not.toContain("/keys");
    expect(tokens.problems().join()).toContain("are not here");
  });

  test.each<[string, Issuer["behaves"], string]>([
    ["hangs", () => {}, "timeout"],
    ["begins and hangs", (_request, answer) => answer.write('{"keys":['), "timeout"],
    ["is huge", (_request, answer) => answer.end(`{"keys":[],"pad":"${"x".repeat(200_000)}"}`), "too_large"],
    [
      "never ends",
      (_request, answer) => {
        const more = setInterval(() => answer.write("x".repeat(20_000)), 1);
        answer.on("close", () => clearInterval(more));
      },
      "too_large",
    ],
    ["is HTML", (_request, answer) => answer.end("<!doctype html><p>Log in"), "invalid"],
    ["is empty", (_request, answer) => answer.end(""), "invalid"],
    ["is null", (_request, answer) => answer.end("null"), "invalid"],
    ["is a list", (_request, answer) => answer.end(JSON.stringify([first.jwk])), "invalid"],
    ["has no keys", (_request, answer) => answer.end('{"keys":[]}'), "invalid"],
    [
      "has keys that are none",
      (_request, answer) => answer.end('{"keys":[null,1,"a",[],{},{"kty":"RSA"}]}'),
      "invalid",
    ],
    [
      "is cut off",
      (_request, answer) => {
        answer.writeHead(200, { "content-length": 5000 }).write('{"keys":[');
        setImmediate(() => answer.destroy());
      },
      "unreachable",
    ],
    [
      "answers 500",
      (_request, answer) => answer.writeHead(500).end(JSON.stringify({ keys: [first.jwk] })),
      "status",
    ],
    ["answers 204", (_request, answer) => answer.writeHead(204).end(), "status"],
    [
      "redirects",
      ({ url }, answer) =>
        url === "/keys"
          ? answer.writeHead(302, { location: "/elsewhere" }).end()
          : answer.end(JSON.stringify({ keys: [first.jwk] })),
      "redirect",
    ],
    ["speaks no HTTP", (request) => request.socket.end("SSH-2.0-x\r\n"), "unreachable"],
  ])("an issuer that %s lets nobody in", async (_name, behaves, result) => {
    issuer.behaves = behaves;
    const own = verifier();
    const began = performance.now();
    expect(await own.verify(by(first))).toMatchObject({ kind: "unavailable", seconds: expect.any(Number) });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(fetches()[result]).toBeGreaterThanOrEqual(1);
    expect(issuer.asked).not.toContain("/elsewhere");
    expect(tokens.problems()).toHaveLength(1);
    expect(Object.values(tokens.figures().keysStale)).toEqual([1]);
    // It comes to its senses, and nobody has to restart anything.
    issuer.behaves = undefined;
    await until(
      () => kindOf(own.verify(by(first, fresh()))),
      (kind) => kind === "passed",
    );
    expect(tokens.problems()).toEqual([]);
  });

  test("an issuer that nobody reaches lets nobody in", async () => {
    await issuer.kill();
    const own = verifier();
    expect(await kindOf(own.verify(by(first)))).toBe("unavailable");
    expect(fetches()).toMatchObject({ unreachable: 1 });
  });

  test("some that cannot be used leave the others in use, and are said", async () => {
    const small = issuerKey("small", "small");
    const leaked = issuerKey("RS256", "leaked");
    issuer.keys = [
      first.jwk,
      small.jwk,
      { ...leaked.privateKey.export({ format: "jwk" }), kid: "leaked" },
      { ...second.jwk, use: "enc" },
      { ...second.jwk, kid: "ops", use: undefined, key_ops: ["encrypt"] },
      { kty: "oct", k: "c2VjcmV0", kid: "secret", alg: "HS256" },
      { kty: "EC", crv: "P-256", x: second.jwk.y, y: second.jwk.x, kid: "off-the-curve" },
      { ...first.jwk, kid: 7 },
    ];
    const own = verifier();
    expect(await kindOf(own.verify(by(first)))).toBe("passed");
    expect(await kindOf(own.verify(by(small)))).toBe("key_unknown");
    expect(await kindOf(own.verify(by(leaked)))).toBe("key_unknown");
    expect(await kindOf(own.verify(by(second)))).toBe("key_unknown");
    expect(tokens.problems()).toEqual([
      expect.stringMatching(/the key small has 1024 bits; the key leaked is a private .*; and 4 more$/),
    ]);
  });

  test("two of one name are both tried", async () => {
    const twin = issuerKey("RS256", "first");
    issuer.keys = [twin.jwk, first.jwk, { ...second.jwk, kid: "first" }];
    const own = verifier();
    expect(await kindOf(own.verify(by(first)))).toBe("passed");
    expect(await kindOf(own.verify(by(twin)))).toBe("passed");
    const third = issuerKey("RS256", "first");
    expect(await kindOf(own.verify(by(third)))).toBe("signature");
  });
});

describe("rotation", () => {
  test("a token of a new key is verified after one fetch, and one of a key that went no more", async () => {
    const own = verifier();
    const old = by(first);
    expect(await kindOf(own.verify(old))).toBe("passed");
    issuer.keys = [second.jwk];
    // In flight: what is remembered counts until the keys are read again.
    expect(await kindOf(own.verify(old))).toBe("passed");
    const verdicts = Array.from({ length: 20 }, () => kindOf(own.verify(by(second, fresh()))));
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set(["passed"]));
    expect(issuer.asked).toEqual(["/keys", "/keys"]);
    expect(await kindOf(own.verify(old))).toBe("key_unknown");
  });

  test("a key that stays keeps what was verified with it", async () => {
    const own = verifier();
    const old = by(first);
    expect(await kindOf(own.verify(old))).toBe("passed");
    issuer.keys = [second.jwk, first.jwk];
    expect(await kindOf(own.verify(by(second)))).toBe("passed");
    const { hit = 0 } = tokens.figures().tokenCache;
    expect(await kindOf(own.verify(old))).toBe("passed");
    expect(tokens.figures().tokenCache.hit).toBe(hit + 1);
  });

  test("a flood of made-up names makes a few fetches, and known keys go on at once", async () => {
    const own = verifier();
    const known = by(first);
    expect(await kindOf(own.verify(known))).toBe("passed");
    const began = clock.micros();
    const payload = part(goodClaims(issuer.url));
    for (let round = 0; round < 20; round++) {
      const made = Array.from(
        { length: 500 },
        (_, i) => `${part({ alg: "RS256", kid: `${round}-${i}` })}.${payload}.AAAA`,
      );
      const verdicts = made.map((one) => own.verify(one));
      expect(own.verify(known)).toMatchObject({ kind: "passed" });
      for (const verdict of verdicts) expect(await kindOf(verdict)).toBe("key_unknown");
    }
    const seconds = (clock.micros() - began) / 1e6;
    expect(issuer.asked.length).toBeLessThanOrEqual(1 + 5 + Math.ceil(seconds / 10));
    expect(fetches().cooled).toBeGreaterThan(1000);
    // Later a new key is found again.
    clock.aheadMs += 10_000;
    issuer.keys = [second.jwk];
    expect(await kindOf(own.verify(by(second)))).toBe("passed");
  });

  test("more than a thousand wait for no fetch", async () => {
    issuer.behaves = () => {};
    const own = verifier();
    const one = by(first);
    const verdicts = Array.from({ length: 1_200 }, () => own.verify(one));
    expect(verdicts.filter((verdict) => verdict instanceof Promise)).toHaveLength(1_000);
    expect(new Set(await Promise.all(verdicts.map(kindOf)))).toEqual(new Set(["unavailable"]));
    expect(fetches().crowded).toBe(200);
  });
});

describe("an issuer that is away", () => {
  test("known keys are honoured for staleFor, unknown ones get 503", async () => {
    const own = verifier({ staleForMs: 60_000 });
    const known = by(first, { exp: NOW_S() + 86_400 });
    expect(await kindOf(own.verify(known))).toBe("passed");
    await issuer.kill();
    // The keys' time is over, and nobody can read them again.
    clock.aheadMs += 601_000;
    expect(await kindOf(own.verify(by(second, { exp: NOW_S() + 86_400 })))).toBe("unavailable");
    expect(await kindOf(own.verify(known))).toBe("passed");
    expect(await kindOf(own.verify(by(first, { ...fresh(), exp: NOW_S() + 86_400 })))).toBe("passed");
    expect(tokens.problems().join()).toMatch(/out of date; they count no longer than staleFor/);
    clock.aheadMs += 60_000;
    // What is remembered is no better than its key.
    expect(await kindOf(own.verify(known))).toBe("unavailable");
    expect(await kindOf(own.verify(by(first, { ...fresh(), exp: NOW_S() + 86_400 })))).toBe("unavailable");
    await issuer.revive();
    await until(
      () => kindOf(own.verify(known)),
      (kind) => kind === "passed",
    );
  });

  test("with staleFor 0 nothing is honoured beyond its time", async () => {
    const own = verifier({ staleForMs: 0 });
    const known = by(first, { exp: NOW_S() + 86_400 });
    expect(await kindOf(own.verify(known))).toBe("passed");
    await issuer.kill();
    clock.aheadMs += 601_000;
    expect(await kindOf(own.verify(known))).toBe("unavailable");
  });

  test.each([
    ["max-age=5", 60_000],
    ["no-store", 60_000],
    ["public, max-age=120", 120_000],
    ["max-age=99999999", 3_600_000],
    ["private", 600_000],
  ])("what Cache-Control %s says of its keys is kept within bounds", async (said, ageMs) => {
    issuer.headers = { "cache-control": said };
    const own = verifier({ staleForMs: 0 });
    const known = by(first, { exp: NOW_S() + 86_400 });
    expect(await kindOf(own.verify(known))).toBe("passed");
    await issuer.kill();
    clock.aheadMs += ageMs - 5_000;
    expect(await kindOf(own.verify(known))).toBe("passed");
    clock.aheadMs += 5_001;
    expect(await kindOf(own.verify(known))).toBe("unavailable");
  });
});

describe("what is remembered", () => {
  test("is never older than exp, though the skew lets the token pass a little longer", async () => {
    const own = verifier();
    const ends = by(first, { exp: NOW_S() + 100 });
    expect(await kindOf(own.verify(ends))).toBe("passed");
    clock.aheadMs = 99_000;
    const { miss = 0 } = tokens.figures().tokenCache;
    expect(await kindOf(own.verify(ends))).toBe("passed");
    expect(tokens.figures().tokenCache.miss).toBe(miss);
    clock.aheadMs = 101_500;
    expect(await kindOf(own.verify(ends))).toBe("passed");
    expect(await kindOf(own.verify(ends))).toBe("passed");
    expect(tokens.figures().tokenCache.miss).toBe(miss + 2);
    clock.aheadMs = 106_500;
    expect(await kindOf(own.verify(ends))).toBe("expired");
  });

  test("is what one policy said: another's is its own", async () => {
    const one = verifier();
    const other = verifier({ audience: ["other"] });
    const strict = verifier({ scopes: ["admin"] });
    const sent = by(first);
    expect(await kindOf(one.verify(sent))).toBe("passed");
    expect(await kindOf(other.verify(sent))).toBe("audience");
    for (const _time of [1, 2]) expect(await kindOf(strict.verify(sent))).toBe("forbidden");
    expect(issuer.asked).toEqual(["/keys"]);
  });

  test("is bounded in bytes, and the token used longest ago goes", async () => {
    const own = verifier();
    await until(fetches, ({ ok }) => ok === 1);
    const pad = "x".repeat(8_000);
    for (let i = 0; i < 600; i++) void own.verify(by(first, { ...fresh(), pad }));
    const { tokenCacheBytes, tokenCache } = tokens.figures();
    expect(tokenCacheBytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(tokenCacheBytes).toBeGreaterThan(15 * 1024 * 1024);
    expect(tokenCache.evicted).toBeGreaterThan(100);
  });

  test("has no token in it that is refused", async () => {
    const own = verifier();
    await until(fetches, ({ ok }) => ok === 1);
    for (let i = 0; i < 100; i++) void own.verify(`${by(first, fresh())}A`);
    expect(tokens.figures().tokenCacheBytes).toBe(0);
  });
});

test("keys are let go of with the last policy that uses them, and a policy that comes again before finds them", async () => {
  const own = verifier();
  expect(await kindOf(own.verify(by(first)))).toBe("passed");
  const again = verifier();
  own.close();
  own.close();
  expect(again.verify(by(first, fresh()))).toMatchObject({ kind: "passed" });
  again.close();
  expect(tokens.figures()).toMatchObject({ keysStale: {}, keyFetches: {} });
  expect(Object.keys(tokens.figures().keyFetches)).toEqual([]);
  const later = verifier();
  expect(await kindOf(later.verify(by(first)))).toBe("passed");
  expect(issuer.asked).toEqual(["/keys", "/keys"]);
});

test("several issuers: the one that the token names says", async () => {
  const other = await Issuer.start([second.jwk]);
  cleanups.push(() => other.kill());
  const both = tokens.verifier([
    ruleOf({ issuer: issuer.url, jwks: issuer.jwks }),
    ruleOf({ issuer: other.url, jwks: other.jwks, audience: ["other"] }),
    ruleOf({ issuer: other.url, jwks: other.jwks, audience: ["third"] }),
  ]);
  cleanups.push(() => both.close());
  const from = (iss: string, aud: string, key: typeof first, alg: string) =>
    kindOf(both.verify(token({ alg, kid: key.kid }, goodClaims(iss, { aud }), key.privateKey)));
  expect(await from(issuer.url, "shop", first, "RS256")).toBe("passed");
  expect(await from(other.url, "other", second, "ES256")).toBe("passed");
  expect(await from(other.url, "third", second, "ES256")).toBe("passed");
  expect(await from(other.url, "shop", second, "ES256")).toBe("audience");
  // One issuer's key signs for no other.
  expect(await from(issuer.url, "shop", second, "ES256")).toBe("key_unknown");
  expect(await from(other.url, "other", first, "RS256")).toBe("key_unknown");
});

test("keys of a file are read again when it is another, and honoured for staleFor when it is gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-keys-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "keys.json");
  writeFileSync(file, JSON.stringify({ keys: [first.jwk] }));
  tokens = new TokenVerifiers(clock, folder);
  const own = verifier({ jwks: "keys.json", staleForMs: 60_000 });
  expect(await kindOf(own.verify(by(first)))).toBe("passed");
  writeFileSync(`${file}.new`, JSON.stringify({ keys: [second.jwk] }));
  renameSync(`${file}.new`, file);
  expect(await kindOf(own.verify(by(second)))).toBe("passed");
  expect(await kindOf(own.verify(by(first)))).toBe("key_unknown");
  rmSync(file);
  clock.aheadMs += 30_000;
  expect(await kindOf(own.verify(by(second, fresh())))).toBe("passed");
  await until(
    () => tokens.problems(),
    (all) => /keys.json cannot be read \(ENOENT\)/.test(all.join()),
  );
  clock.aheadMs += 60_000;
  expect(await kindOf(own.verify(by(second, fresh())))).toBe("unavailable");
});
