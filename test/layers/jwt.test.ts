import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Identity } from "../../src/domain/identity.ts";
import type { JwtPolicy, TokenRule } from "../../src/domain/policies/jwt.ts";
import { forwardIdentity } from "../../src/layers/forward-identity.ts";
import { jwt } from "../../src/layers/jwt.ts";
import type { Tokens, TokenVerdict } from "../../src/tokens/contract.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import { aTurn, doorLayer } from "../support/layers-under-test.ts";
import { jwtRule } from "../tokens/token-rule.ts";

/** Says of each token what the test told it to, at once or in a later turn. */
class ToldTokens implements Tokens {
  readonly verdicts = new Map<string, TokenVerdict | Promise<TokenVerdict>>();
  readonly asked: string[] = [];
  rules: readonly TokenRule[] = [];
  closed = 0;

  verifier(rules: readonly TokenRule[]) {
    this.rules = rules;
    const say = (token: string) => {
      this.asked.push(token);
      const verdict = this.verdicts.get(token);
      if (verdict === undefined) return { kind: "invalid" as const, fault: "signature" as const };
      if (verdict instanceof Promise || verdict.kind !== "passed") return verdict;
      return { ...verdict, identity: { ...verdict.identity, forwards: rules[0]?.forwards } };
    };
    return {
      verify: say,
      look: (token: string) => say(token) as TokenVerdict,
      close: () => {
        this.closed++;
      },
    };
  }
}

const ada: Identity = { subject: "ada", claims: { sub: "ada", team: "a", email: "ada@shop.test" } };
let tokens: ToldTokens;
let world: ExchangeWorld;

beforeEach(() => {
  tokens = new ToldTokens();
  tokens.verdicts.set("good", { kind: "passed", identity: ada });
});
afterEach(() => {
  expect(world.failures).toEqual([]);
  expect(world.context.clients.active).toBe(0);
});

function open(policy: JwtPolicy, position = { modern: 0, shadow: 0 }, underscoreHeaders?: "pass") {
  const passing = underscoreHeaders === undefined ? {} : { settings: { underscoreHeaders } };
  world = new ExchangeWorld({
    doorLayers: [jwt, forwardIdentity],
    definition: { policies: { jwt: policy } },
    position,
    tokens,
    ...passing,
  });
}

function send(headers: readonly string[], target = "/orders/1") {
  const lane = world.request({ target, headers: ["Host", "shop.test", ...headers] });
  const { status } = lane;
  if (status === 0 && world.legacy.calls.length > 0) world.legacy.last.answer(200, "ok");
  lane.flush();
  return lane;
}

const bearer = (token: string) => ["Authorization", `Bearer ${token}`];
const fieldsAsked = () => {
  const { headers } = world.legacy.last.request;
  const fields: Record<string, string> = {};
  for (let i = 0; i < headers.length; i += 2)
    fields[(headers[i] as string).toLowerCase()] = headers[i + 1] as string;
  return fields;
};

describe("a request", () => {
  test("with a good token passes in the same turn, and its side learns who it is from", () => {
    open(jwtRule({ forward: { claims: ["email", "team", "nobody"], token: "keep" } }));
    expect(send(bearer("good")).status).toBe(200);
    expect(fieldsAsked()).toMatchObject({
      authorization: "Bearer good",
      "x-fig-subject": "ada",
      "x-fig-claim-email": "ada@shop.test",
      "x-fig-claim-team": "a",
    });
    expect(fieldsAsked()).not.toHaveProperty("x-fig-claim-nobody");
    expect(world.records.at(-1)).toMatchObject({ policies: { jwt: "passed" }, subject: "ada", status: 200 });
    expect(world.verdicts).toEqual(["orders jwt passed"]);
  });

  test("cannot bring fields of the front door's own", () => {
    open(jwtRule({ required: false, forward: { claims: ["team"], token: "keep" } }));
    const forged = [
      "X-Fig-Subject",
      "root",
      "x-fig-claim-team",
      "admins",
      "X_Fig_Subject",
      "root",
      "x-fig_claim_team",
      "z",
    ];
    send(forged);
    expect(Object.keys(fieldsAsked()).filter((name) => /fig/.test(name))).toEqual([]);
    send([...forged, ...bearer("good")]);
    const { headers } = world.legacy.last.request;
    expect(headers.filter((text) => /root|admins|^z$/.test(text))).toEqual([]);
    expect(fieldsAsked()).toMatchObject({ "x-fig-subject": "ada", "x-fig-claim-team": "a" });
  });

  test("without a token is refused, or passes as nobody's where none is required", () => {
    open(jwtRule({ scopes: ["a", "b"] }));
    const refused = send([]);
    expect(refused.status).toBe(401);
    expect(refused.header("www-authenticate")).toBe('Bearer realm="fig", scope="a b"');
    expect(world.records.at(-1)).toMatchObject({
      policies: { jwt: "missing" },
      error: "token_missing",
      side: "none",
    });
    open(jwtRule({ required: false }));
    expect(send([]).status).toBe(200);
    expect(fieldsAsked()).not.toHaveProperty("x-fig-subject");
    expect(world.records.at(-1)).toMatchObject({ policies: { jwt: "anonymous" }, subject: undefined });
    // A wrong one is no better than none for that.
    expect(send(bearer("bad")).status).toBe(401);
  });

  test("is told that it may not, that it is to come again, or no more than that the token is invalid", () => {
    open(jwtRule({}));
    tokens.verdicts.set("weak", { kind: "forbidden", lack: "scope", scopes: ["orders.read"] });
    tokens.verdicts.set("other", { kind: "forbidden", lack: "claim", scopes: [] });
    tokens.verdicts.set("later", { kind: "unavailable", seconds: 7 });
    const weak = send(bearer("weak"));
    expect([weak.status, weak.header("www-authenticate")]).toEqual([
      403,
      'Bearer realm="fig", error="insufficient_scope", scope="orders.read"',
    ]);
    expect(send(bearer("other")).header("www-authenticate")).toBe(
      'Bearer realm="fig", error="insufficient_scope"',
    );
    const later = send(bearer("later"));
    expect([later.status, later.header("retry-after")]).toEqual([503, "7"]);
    const bad = send(bearer("bad"));
    expect([bad.status, bad.header("www-authenticate")]).toEqual([
      401,
      'Bearer realm="fig", error="invalid_token", error_description="The access token is expired, is not for this service, or is not valid."',
    ]);
    expect(world.refusals).toEqual([
      "token_forbidden",
      "token_forbidden",
      "keys_unavailable",
      "token_invalid",
    ]);
    expect(world.verdicts.map((said) => said.split(" ")[2])).toEqual([
      "scope",
      "claim",
      "unavailable",
      "signature",
    ]);
    expect(world.legacy.calls).toHaveLength(0);
  });

  test("of gRPC gets its status in trailers", () => {
    open(jwtRule({}));
    const lane = send(["Content-Type", "application/grpc", ...bearer("bad")]);
    expect([lane.status, lane.header("grpc-status")]).toEqual([200, "16"]);
    expect(lane.header("www-authenticate")).toContain("invalid_token");
  });

  test("waits where the keys have to be fetched, with its body, and goes on", async () => {
    open(jwtRule({ forward: { claims: [], token: "drop" } }));
    const gates: ((verdict: TokenVerdict) => void)[] = [];
    const held = () => new Promise<TokenVerdict>((resolve) => gates.push(resolve));
    tokens.verdicts.set("one", held());
    tokens.verdicts.set("two", held());
    tokens.verdicts.set("three", held());
    const post = (token: string) =>
      world.request({
        target: "/orders/1",
        method: "POST",
        framing: 2,
        headers: ["Host", "shop.test", ...bearer(token)],
      });
    const [one, two, three] = [post("one"), post("two"), post("three")];
    one.listener.onBody(Buffer.from("hi"));
    one.listener.onBodyEnd(undefined);
    expect(world.legacy.calls).toHaveLength(0);
    gates[0]?.({ kind: "passed", identity: ada });
    gates[1]?.({ kind: "invalid", fault: "key_unknown" });
    await aTurn();
    expect(world.legacy.calls).toHaveLength(1);
    expect(world.legacy.last.body).toBe("hi");
    expect(fieldsAsked()).toMatchObject({ "x-fig-subject": "ada" });
    expect(fieldsAsked()).not.toHaveProperty("authorization");
    world.legacy.last.answer(200, "ok");
    expect([one.status, two.status]).toEqual([200, 401]);
    one.flush();
    two.flush();
    // A client that leaves is asked nothing more.
    three.listener.onAbort("client_left");
    gates[2]?.({ kind: "passed", identity: ada });
    await aTurn();
    expect(world.legacy.calls).toHaveLength(1);
  });

  test("adds to who it is, and takes nothing from what layers above found out", () => {
    world = new ExchangeWorld({
      doorLayers: [
        doorLayer("keys", (below, request, listener) => {
          request.served.identity = { apiKey: { id: "k1", plan: "gold" } };
          return below(request, listener);
        }),
        jwt,
        forwardIdentity,
      ],
      definition: { policies: { jwt: jwtRule({}) } },
      tokens,
    });
    send(bearer("good"));
    expect(world.records.at(-1)).toMatchObject({ apiKey: "k1", subject: "ada" });
  });

  test("that is copied says the same to the side that does not serve", () => {
    open(jwtRule({ forward: { claims: ["team"], token: "keep" } }), { modern: 0, shadow: 100 });
    send(bearer("good"));
    expect(world.modern.last.request.headers.join("\n")).toContain("x-fig-subject\nada\nx-fig-claim-team\na");
  });
});

describe("the token", () => {
  const anywhere = jwtRule({
    from: [
      { kind: "header", name: "authorization" },
      { kind: "header", name: "x-token" },
      { kind: "cookie", name: "sid" },
      { kind: "query", name: "token" },
    ],
  });

  test.each<[string, readonly string[], string, string | undefined]>([
    ["Authorization", bearer("good"), "", "good"],
    ["another field", ["X-Token", "good"], "", "good"],
    ["another field, behind Bearer", ["X-Token", "bearer good"], "", "good"],
    ["a cookie", ["Cookie", "a=1; sid=good; b=2"], "", "good"],
    ["a cookie among several lines", ["Cookie", "a=1", "Cookie", "sid = good"], "", "good"],
    ["the query", [], "?a=1&token=good", "good"],
    ["the query, encoded", [], "?%74oken=go%6fd", "good"],
    ["two places, the same", [...bearer("good"), "Cookie", "sid=good"], "", "good"],
    ["Basic, and the query", ["Authorization", "Basic YTpi"], "?token=good", "good"],
    ["a cookie of a longer name", ["Cookie", "xsid=good; sidx=good"], "", undefined],
    ["an empty cookie", ["Cookie", "sid="], "", undefined],
    ["an empty parameter", [], "?token=", undefined],
    ["a fragment of a path", [], "/token=good", undefined],
  ])("is read from %s", (_name, headers, query, token) => {
    open(anywhere);
    expect(send(headers, `/orders/1${query}`).status).toBe(token === undefined ? 401 : 200);
    expect(tokens.asked).toEqual(token === undefined ? [] : [token]);
  });

  test.each<[string, readonly string[], string]>([
    ["two Authorization fields", [...bearer("good"), ...bearer("good")], ""],
    ["two cookies", ["Cookie", "sid=good; sid=bad"], ""],
    ["two cookies in two lines", ["Cookie", "sid=good", "Cookie", "sid=bad"], ""],
    ["two parameters", [], "?token=good&token=bad"],
    ["another field in two spellings", ["X-Token", "good", "X_Token", "bad"], ""],
    ["a field and a cookie", [...bearer("good"), "Cookie", "sid=bad"], ""],
    ["a field and a parameter", ["X-Token", "good"], "?token=bad"],
  ])("is refused where there are several: %s", (_name, headers, query) => {
    open(anywhere);
    expect(send(headers, `/orders/1${query}`).status).toBe(401);
    expect(tokens.asked).toEqual([]);
    expect(world.records.at(-1)).toMatchObject({ policies: { jwt: "several" }, error: "token_invalid" });
  });

  test("is dropped from where it was read, and nothing else with it", () => {
    open(
      jwtRule({
        from: [
          { kind: "header", name: "authorization" },
          { kind: "cookie", name: "sid" },
        ],
        forward: { claims: [], token: "drop" },
      }),
    );
    send(["Cookie", "a=1; sid=good; b=2", "X-Kept", "1"]);
    expect(fieldsAsked()).toMatchObject({ cookie: "a=1; b=2", "x-kept": "1", "x-fig-subject": "ada" });
    send(["Cookie", "sid=good", "Authorization", "Bearer good"]);
    expect(fieldsAsked()).not.toHaveProperty("cookie");
    expect(fieldsAsked()).not.toHaveProperty("authorization");
  });
});

test("spellings with underscores are no way round, where others of them pass", () => {
  open(jwtRule({ required: false, forward: { claims: ["team"], token: "keep" } }), undefined, "pass");
  send(["X_Fig_Subject", "root", "X-Fig_Claim_Team", "admins", "x_other", "1"]);
  expect(world.legacy.last.request.headers.join("\n")).not.toMatch(/root|admins/);
  expect(fieldsAsked()).toMatchObject({ x_other: "1" });
});

test("the policy lets go of its keys when other files are in force", () => {
  open(jwtRule({}));
  world.reload({ doorLayers: [] });
  expect(tokens.closed).toBe(1);
});
