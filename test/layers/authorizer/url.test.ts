import { describe, expect, test } from "vitest";
import { compileNetworks } from "../../../src/domain/client-address.ts";
import { CHUNKED } from "../../../src/domain/message.ts";
import { authorizerWorld, replied, settle } from "../../support/authorizer-world.ts";

const URL_POLICY = { url: "https://auth.internal/check" };

describe("what the service is told", () => {
  test("the request's own fields, and its method, target, host and scheme", async () => {
    const { authorizers, ask } = authorizerWorld(URL_POLICY, {
      settings: { trusted: compileNetworks(["127.0.0.1/32"]) },
    });
    await ask({
      method: "POST",
      target: "/orders/7?a=%41",
      framing: 10,
      headers: [
        ...["Authorization", "Bearer t", "Cookie", "a=1", "X-A", "1", "x-a", "2", "Content-Length", "10"],
        ...["X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.7", "X-Forwarded-Uri", "/public"],
        ...["Accept-Encoding", "gzip", "TE", "trailers", "X-Forwarded-Method", "GET"],
      ],
    });
    const [question] = authorizers.questions;
    expect(question).toMatchObject({ method: "GET" });
    expect(question?.url.href).toBe("https://auth.internal/check");
    expect({ ...question?.headers }).toEqual({
      authorization: ["Bearer t"],
      cookie: ["a=1"],
      "x-a": ["1", "2"],
      via: ["1.1 fig"],
      "x-request-id": [expect.any(String)],
      "x-forwarded-for": ["203.0.113.7, 127.0.0.1"],
      "accept-encoding": "identity",
      "x-forwarded-method": "POST",
      "x-forwarded-uri": "/orders/7?a=%41",
      "x-forwarded-host": "shop.test",
      "x-forwarded-proto": "https",
    });
  });

  test("chosen fields alone, where they are named", async () => {
    const { authorizers, ask } = authorizerWorld({ ...URL_POLICY, headers: ["cookie"], method: "HEAD" });
    await ask({ headers: ["Authorization", "Bearer t", "Cookie", "a=1", "__proto__", "x"] });
    expect(authorizers.questions[0]?.method).toBe("HEAD");
    expect(Object.keys(authorizers.questions[0]?.headers ?? {}).sort()).toEqual([
      ...["accept-encoding", "cookie", "x-forwarded-for", "x-forwarded-host", "x-forwarded-method"],
      ...["x-forwarded-proto", "x-forwarded-uri", "x-request-id"],
    ]);
  });

  test("who is not known yet is asked about: the service may send them to a login", async () => {
    const { authorizers, ask } = authorizerWorld({ ...URL_POLICY, identity: ["cookie:session"], ttl: "60s" });
    authorizers.answer = () =>
      replied(302, ["Location", "https://login.internal/?rd=x", "Set-Cookie", "state=1"]);
    for (let i = 0; i < 2; i++) {
      const lane = await ask();
      expect([lane.status, lane.header("location"), lane.header("set-cookie")]).toEqual([
        ...[302, "https://login.internal/?rd=x", "state=1"],
      ]);
      expect(lane.header("cache-control")).toBe("no-store");
    }
    expect(authorizers.questions).toHaveLength(2);
  });
});

describe("what its answer means", () => {
  test("2xx passes with the fields that go on, and nobody else's under their names", async () => {
    const { world, authorizers, ask } = authorizerWorld({
      ...URL_POLICY,
      forward: ["x-user", "x-roles", "x-none"],
    });
    authorizers.answer = () =>
      replied(204, ["X-User", "ada", "X-Roles", "a", "x-roles", "b", "X-Other", "o"]);
    const lane = await ask({
      method: "POST",
      framing: CHUNKED,
      headers: [
        "X-User",
        "root",
        "X_User",
        "root",
        "x-none",
        "root",
        "X-Keep",
        "k",
        "Trailer",
        "X-User, X-Sum",
      ],
    });
    lane.listener.onBodyEnd(["X-User", "root", "X-Sum", "1"]);
    const { last } = world.legacy;
    const sent = last.request.headers.flatMap((name, at, all) =>
      at % 2 === 0 && /^x[-_](?:user|roles|none|keep|other)$/i.test(name) ? [`${name}: ${all[at + 1]}`] : [],
    );
    expect(sent).toEqual(["X-Keep: k", "x-user: ada", "x-roles: a", "x-roles: b"]);
    expect(last.trailers).toEqual(["X-Sum", "1"]);
  });

  test("401 and 403 go to the client with what they need, and nothing else of the service", async () => {
    const { world, authorizers, ask } = authorizerWorld(URL_POLICY);
    authorizers.answer = () =>
      replied(
        401,
        [
          "WWW-Authenticate",
          'Basic realm="x"',
          "Content-Type",
          "text/plain",
          "Server",
          "inner",
          "X-Debug",
          "d",
        ],
        "who are you?",
      );
    const lane = await ask();
    expect([lane.status, lane.body]).toEqual([401, "who are you?"]);
    expect(lane.headers.filter((_, at) => at % 2 === 0)).toEqual([
      ...["www-authenticate", "content-type", "cache-control", "content-length"],
    ]);
    authorizers.answer = () => replied(401);
    expect((await ask()).header("www-authenticate")).toBe("Bearer");
    authorizers.answer = () =>
      replied(403, ["Content-Encoding", "gzip", "Content-Type", "text/html"], "\x1f\x8b");
    const coded = await ask();
    expect(coded.status).toBe(403);
    expect(coded.body).toContain("authorizer_denied");
    expect(coded.header("content-encoding")).toBeUndefined();
    expect(world.refusals).toEqual([
      "authorizer_unauthorized",
      "authorizer_unauthorized",
      "authorizer_denied",
    ]);
    expect(world.verdicts.at(-1)).toBe("orders authorizer answered");
  });

  test("a HEAD has no body, and a gRPC call is refused as gRPC does", async () => {
    const { authorizers, ask } = authorizerWorld(URL_POLICY);
    authorizers.answer = () => replied(403, [], "no");
    const head = await ask({ method: "HEAD" });
    expect([head.status, head.body]).toEqual([403, ""]);
    const call = await ask({ method: "POST", headers: ["content-type", "application/grpc"] });
    expect([call.status, call.header("grpc-status")]).toEqual([200, "7"]);
  });

  for (const status of [100, 304, 302, 400, 404, 407, 429, 500, 502, 503])
    test(`${status} without more lets nobody pass`, async () => {
      const { world, authorizers, ask } = authorizerWorld(URL_POLICY);
      authorizers.answer = () => replied(status, [], "whatever");
      const lane = await ask();
      expect([lane.status, world.refusals]).toEqual([502, ["authorizer_invalid"]]);
      expect(lane.body).not.toContain("whatever");
      expect(authorizers.said).toEqual([`orders: it answered with status ${status}`]);
    });

  test("nobody there, an answer that breaks off, one that is too long: nobody passes", async () => {
    const { world, authorizers, ask } = authorizerWorld(URL_POLICY);
    for (const [why, status] of [
      ["unreachable", 503],
      ["broken", 502],
      ["too_large", 502],
    ] as const) {
      authorizers.answer = () => ({ kind: "failed", why, detail: why });
      expect((await ask()).status).toBe(status);
    }
    expect(world.legacy.calls).toEqual([]);
  });

  test("fields that are too long to go on are no pass", async () => {
    const { world, authorizers, ask } = authorizerWorld({ ...URL_POLICY, forward: ["x-user"] });
    authorizers.answer = () => replied(200, ["x-user", "u".repeat(9_000)]);
    expect((await ask()).status).toBe(502);
    expect(world.legacy.calls).toEqual([]);
  });
});

describe("what is kept", () => {
  test("nothing, unless ttl says so", async () => {
    const { authorizers, ask } = authorizerWorld(URL_POLICY);
    for (let i = 0; i < 3; i++) await ask({ headers: ["Authorization", "a"] });
    expect(authorizers.questions).toHaveLength(3);
  });

  test("a pass is kept for that client, method, host and target alone; a refusal is not", async () => {
    const { authorizers, ask, world } = authorizerWorld({
      ...URL_POLICY,
      identity: ["cookie:s"],
      ttl: "60s",
    });
    const from = (session: string, head: object = {}) =>
      ask({ headers: ["Cookie", `s=${session}`], ...head });
    await from("1");
    await from("1");
    expect(authorizers.questions).toHaveLength(1);
    await from("2");
    await from("1", { method: "DELETE" });
    await from("1", { target: "/orders/1?admin=1" });
    expect(authorizers.questions).toHaveLength(4);
    authorizers.answer = () => replied(403);
    await from("3");
    await from("3");
    expect(authorizers.questions).toHaveLength(6);
    expect(world.legacy.calls).toHaveLength(5);
  });
});

describe("explain", () => {
  const explained = async (policy: object, headers: readonly string[], first = false) => {
    const { world, authorizers, ask } = authorizerWorld(policy);
    if (first) await ask({ headers: [...headers] });
    const asked = authorizers.questions.length + authorizers.invocations.length;
    const before = { ...authorizers.counts.cache };
    const lane = world.request({ headers: ["Host", "shop.test", ...headers] });
    const { decision } = (lane.listener as unknown as { decision: never }) ?? {};
    await settle();
    const others = authorizers.questions.length + authorizers.invocations.length;
    const said = await world.context.settings.chains.explain({
      decision,
      address: "127.0.0.1",
      identity: undefined,
    });
    expect(authorizers.questions.length + authorizers.invocations.length).toBe(others);
    return { said: said[0], asked, before };
  };

  test("says what is missing, what is kept, and that it asks nobody", async () => {
    expect((await explained({ function: "f" }, [])).said).toMatchObject({
      ...{ policy: "authorizer", verdict: "unauthorized", status: 401 },
    });
    expect((await explained({ function: "f", validation: "x+" }, ["Authorization", "y"])).said).toMatchObject(
      {
        ...{ verdict: "unauthorized", detail: "what it says does not look as `validation` wants" },
      },
    );
    expect((await explained({ function: "f" }, ["Authorization", "y"], true)).said).toEqual({
      ...{ policy: "authorizer", verdict: "passed", detail: "by an answer that is kept" },
    });
    expect((await explained(URL_POLICY, [])).said).toEqual({
      policy: "authorizer",
      verdict: "not known",
      detail: "each request is asked about, and this command asks nobody",
    });
  });
});
