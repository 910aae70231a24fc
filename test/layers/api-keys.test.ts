import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { apiKeyText } from "../../src/domain/api-key.ts";
import type { ApiKeysPolicy } from "../../src/domain/policies/api-keys.ts";
import { apiKeys } from "../../src/layers/api-keys.ts";
import type { KnownApiKey } from "../../src/layers/contract.ts";
import { decide, isDecided } from "../../src/routing/decide.ts";
import { ExchangeWorld, type ExchangeWorldOptions } from "../support/exchange-world.ts";

const MINUTE = 60_000;
const POLICY: ApiKeysPolicy = {
  headers: ["x-api-key"],
  remove: true,
  identity: true,
  staleForMs: 5 * MINUTE,
};
const TEXT = apiKeyText("0123456789ab", "c".repeat(64));
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function known(changes: Partial<KnownApiKey> = {}, text = TEXT) {
  const key: KnownApiKey = {
    ...{ id: "0123456789ab", plan: "gold", state: "active", expiresAt: null },
    ...changes,
  };
  return {
    age: 0,
    used: [] as (readonly [string, boolean])[],
    find: (hash: string) => (hash === sha256(text) ? key : undefined),
    ageMs() {
      return this.age;
    },
  };
}

function worldOf(
  policy: Partial<ApiKeysPolicy> = {},
  keys = known(),
  more: Partial<ExchangeWorldOptions> = {},
): ExchangeWorld {
  return new ExchangeWorld({
    doorLayers: [apiKeys],
    apiKeys: {
      find: keys.find,
      ageMs: () => keys.ageMs(),
      used: (key, passed) => keys.used.push([key.id, passed]),
    },
    ...more,
    definition: { policies: { apiKeys: { ...POLICY, ...policy } }, ...more.definition },
  });
}

function ask(world: ExchangeWorld, headers: readonly string[], target = "/orders/1") {
  const lane = world.request({ target, headers: ["Host", "shop.test", "X-User", "u", ...headers] });
  const asked = world.legacy.calls.length > 0 ? world.legacy.last : undefined;
  const request = lane.status === 0 ? asked?.request : undefined;
  if (lane.status === 0) asked?.answer(200, "ok");
  lane.flush();
  return { lane, request, status: lane.status, code: world.records.at(-1)?.error };
}

const named = (headers: readonly string[] | undefined, name: string) =>
  (headers ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);

test("a request with a key passes, without the key and with who sent it", () => {
  const keys = known();
  const world = worldOf({}, keys);
  const { request, status } = ask(world, [
    "X-Api-Key",
    TEXT,
    "X-Fig-Api-Key-Plan",
    "platinum",
    "X-Other",
    "1",
  ]);
  expect(status).toBe(200);
  expect(named(request?.headers, "x-api-key")).toEqual([]);
  expect(named(request?.headers, "x-fig-api-key-id")).toEqual(["0123456789ab"]);
  expect(named(request?.headers, "x-fig-api-key-plan")).toEqual(["gold"]);
  expect(named(request?.headers, "x-other")).toEqual(["1"]);
  expect(world.records.at(-1)).toMatchObject({
    apiKey: "0123456789ab",
    policies: { apiKeys: "passed" },
    side: "legacy",
  });
  expect(keys.used).toEqual([["0123456789ab", true]]);
});

test("with remove and identity off, the request goes on as it came", () => {
  const world = worldOf({ remove: false, identity: false });
  const { request } = ask(world, ["X-Api-Key", TEXT]);
  expect(named(request?.headers, "x-api-key")).toEqual([TEXT]);
  expect(named(request?.headers, "x-fig-api-key-id")).toEqual([]);
});

test("a key on no plan tells no plan", () => {
  const { request } = ask(worldOf({}, known({ plan: null })), ["X-Api-Key", TEXT]);
  expect(named(request?.headers, "x-fig-api-key-plan")).toEqual([]);
  expect(named(request?.headers, "x-fig-api-key-id")).toHaveLength(1);
});

const CHALLENGE = 'ApiKey realm="api", header="x-api-key"';
const HUGE = `fig_0123456789ab_${"c".repeat(100_000)}`;
test.each<[string, readonly string[], number, string, Partial<KnownApiKey>?]>([
  ["none", [], 401, "api_key_missing"],
  ["an empty one", ["X-Api-Key", ""], 401, "api_key_missing"],
  ["blanks", ["X-Api-Key", "   "], 401, "api_key_missing"],
  ["one by Connection", ["X-Api-Key", TEXT, "Connection", "x-api-key"], 401, "api_key_missing"],
  ["one in another field", ["X-Key", TEXT], 401, "api_key_missing"],
  ["one with an underscore", ["X_Api_Key", TEXT], 401, "api_key_missing"],
  ["another", ["X-Api-Key", `${TEXT}0`], 401, "api_key_unknown"],
  ["its beginning", ["X-Api-Key", TEXT.slice(0, -1)], 401, "api_key_unknown"],
  ["it in capitals", ["X-Api-Key", TEXT.toUpperCase()], 401, "api_key_unknown"],
  ["its hash", ["X-Api-Key", sha256(TEXT)], 401, "api_key_unknown"],
  ["its id", ["X-Api-Key", "0123456789ab"], 401, "api_key_unknown"],
  ["a list with it", ["X-Api-Key", `${TEXT}, ${TEXT}`], 401, "api_key_unknown"],
  ["a scheme before it", ["X-Api-Key", `Bearer ${TEXT}`], 401, "api_key_unknown"],
  ["a huge one", ["X-Api-Key", HUGE], 401, "api_key_unknown"],
  ["bytes of UTF-8", ["X-Api-Key", "\u00f0\u009f\u0094\u0091"], 401, "api_key_unknown"],
  ["the word __proto__", ["X-Api-Key", "__proto__"], 401, "api_key_unknown"],
  ["it twice", ["X-Api-Key", TEXT, "x-api-key", TEXT], 400, "api_key_repeated"],
  ["it and another", ["X-Api-Key", "other", "x-api-key", TEXT], 400, "api_key_repeated"],
  ["a revoked one", ["X-Api-Key", TEXT], 401, "api_key_revoked", { state: "revoked" }],
  ["a disabled one", ["X-Api-Key", TEXT], 401, "api_key_disabled", { state: "disabled" }],
  ["an expired one", ["X-Api-Key", TEXT], 401, "api_key_expired", { expiresAt: 0 }],
  ["one of another plan", ["X-Api-Key", TEXT], 403, "api_key_plan", { plan: "silver" }],
  ["one of no plan", ["X-Api-Key", TEXT], 403, "api_key_plan", { plan: null }],
])("refused: %s", (_what, headers, status, code, key) => {
  const keys = known(key);
  const world = worldOf({ plans: ["gold", "platinum"] }, keys);
  const { lane, ...answer } = ask(world, headers);
  expect(answer).toMatchObject({ status, code, request: undefined });
  expect(lane.header("www-authenticate")).toBe(status === 401 ? CHALLENGE : undefined);
  expect(`${lane.body}${lane.headers}`).not.toContain(TEXT.slice(0, 30));
  expect(world.legacy.calls).toHaveLength(0);
  expect(world.records.at(-1)).toMatchObject({ side: "none", error: code });
  expect(keys.used).toEqual(key === undefined ? [] : [["0123456789ab", false]]);
});

test("a key may come in one of several fields, and after a scheme in Authorization", () => {
  const policy = { headers: ["x-api-key", "authorization"] };
  for (const headers of [
    ["X-Api-Key", TEXT],
    ["Authorization", `Bearer ${TEXT}`],
    ["authorization", `apikey  ${TEXT}`],
  ]) {
    const { status, request } = ask(worldOf(policy), headers);
    expect(status).toBe(200);
    expect(named(request?.headers, headers[0]?.toLowerCase() as string)).toEqual([]);
  }
  expect(ask(worldOf(policy), ["Authorization", `Basic ${TEXT}`]).code).toBe("api_key_missing");
  expect(ask(worldOf(policy), ["Authorization", TEXT]).code).toBe("api_key_missing");
  expect(ask(worldOf(policy), ["Authorization", `Bearer ${TEXT}`, "X-Api-Key", TEXT]).code).toBe(
    "api_key_repeated",
  );
  const unknown = ask(worldOf(policy), ["Authorization", "Bearer other"]).lane;
  expect(unknown.headers.join()).toContain('Bearer realm="api", error="invalid_token"');
});

test("a key in the query is taken out of it, for the other side and for legacy in modern's place too", () => {
  const policy = { query: "api_key" };
  const target = `/orders/1?a=%20b&api%5Fkey=${TEXT}&c`;
  const shadowed = worldOf(policy, known(), { position: { modern: 0, shadow: 100 } });
  const { request } = ask(shadowed, [], target);
  expect(request?.target).toBe("/orders/1?a=%20b&c");
  expect(shadowed.modern.last.request.target).toBe("/v2/orders/1?a=%20b&c");
  expect(named(shadowed.modern.last.request.headers, "x-fig-api-key-id")).toHaveLength(1);
  expect(ask(worldOf(policy), [], `/orders/1?api_key=${TEXT}`).request?.target).toBe("/orders/1");
  expect(ask(worldOf(policy), [], `/orders/1?api_key=${TEXT}&api_key=${TEXT}`).code).toBe("api_key_repeated");
  expect(ask(worldOf(policy), ["x-api-key", TEXT], `/orders/1?api_key=${TEXT}`).code).toBe(
    "api_key_repeated",
  );
  expect(ask(worldOf(policy), [], "/orders/1?api_key=&api_key").code).toBe("api_key_missing");
  expect(ask(worldOf(policy), [], `/orders/1?API_KEY=${TEXT}`).code).toBe("api_key_missing");
  expect(ask(worldOf(policy), [], "/orders/1?api_key=%zz").code).toBe("api_key_unknown");
  expect(ask(worldOf({}), [], `/orders/1?api_key=${TEXT}`).code).toBe("api_key_missing");
});

test("while the store does not answer, known keys pass for staleFor and others cannot be told", () => {
  const keys = known();
  const world = worldOf({ staleForMs: MINUTE }, keys);
  const answers = (age: number) => {
    keys.age = age;
    const mine = ask(world, ["X-Api-Key", TEXT]);
    const other = ask(world, ["X-Api-Key", "another"]);
    return [mine.status, world.verdicts.at(-2), other.status, other.lane.header("retry-after")];
  };
  expect(answers(2900)).toEqual([200, "orders apiKeys passed", 401, undefined]);
  expect(answers(3100)).toEqual([200, "orders apiKeys passed_stale", 503, "5"]);
  expect(answers(MINUTE)).toEqual([200, "orders apiKeys passed_stale", 503, "5"]);
  expect(answers(MINUTE + 1)).toEqual([503, "orders apiKeys unavailable", 503, "5"]);
  expect(answers(Number.POSITIVE_INFINITY)).toEqual([503, "orders apiKeys unavailable", 503, "5"]);
  expect(world.records.at(-1)).toMatchObject({ error: "api_keys_unavailable" });
  keys.age = Number.POSITIVE_INFINITY;
  expect(ask(world, []).code).toBe("api_key_missing");
  const short = worldOf({ staleForMs: 0 }, keys);
  keys.age = 3001;
  expect(ask(short, ["X-Api-Key", TEXT]).status).toBe(503);
});

test("what is revoked, expired or of another plan stays refused while the store does not answer", () => {
  for (const key of [{ state: "revoked" }, { state: "disabled" }, { expiresAt: 0 }, { plan: "x" }] as const) {
    const keys = known(key);
    keys.age = MINUTE;
    expect(ask(worldOf({ plans: ["gold"] }, keys), ["X-Api-Key", TEXT]).status).toBeGreaterThan(400);
    expect(ask(worldOf({ plans: ["gold"] }, keys), ["X-Api-Key", TEXT]).status).toBeLessThan(404);
  }
});

test("explain says which key and plan it is, never the key, and counts nothing", async () => {
  const keys = known();
  const world = worldOf({ plans: ["gold"] }, keys);
  const explained = async (headers: readonly string[]) => {
    const head = { ...world.request({ headers: ["Host", "shop.test", ...headers] }).head };
    const decision = decide(
      world.context.table.current,
      world.context.settings,
      head,
      world.context.clock.hex,
      world.context.pins,
    );
    if (!isDecided(decision)) throw new Error("refused");
    const asked = { decision, address: "10.0.0.1", identity: undefined };
    const verdicts = await world.context.settings.chains.explain(asked);
    return { verdicts, identity: asked.identity as unknown };
  };
  keys.used.length = 0;
  const mine = await explained(["X-Api-Key", TEXT]);
  const before = keys.used.length;
  expect(mine).toEqual({
    verdicts: [{ policy: "apiKeys", verdict: "passed", detail: "key 0123456789ab, plan gold" }],
    identity: { apiKey: { id: "0123456789ab", plan: "gold" } },
  });
  expect(JSON.stringify(mine)).not.toContain("cccc");
  expect((await explained([])).verdicts).toEqual([
    { policy: "apiKeys", verdict: "missing", detail: "This needs an API key.", status: 401 },
  ]);
  keys.age = 5000;
  expect((await explained(["X-Api-Key", TEXT])).verdicts[0]?.detail).toContain("does not answer");
  expect(keys.used.length - before).toBe(1);
});
