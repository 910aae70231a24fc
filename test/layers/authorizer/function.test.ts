import { describe, expect, test } from "vitest";
import type { Invoked } from "../../../src/aws/contract.ts";
import { CHUNKED } from "../../../src/domain/message.ts";
import {
  authorizerWorld,
  policyAnswer,
  REGION_ARN,
  returned,
  settle,
  statement,
} from "../../support/authorizer-world.ts";

const TOKEN = { function: "shop-auth", type: "token" };
const bearer = (token: string) => ({ headers: ["Authorization", `Bearer ${token}`] });

describe("who may pass", () => {
  test("a TOKEN event has the header's value and the ARN, and what comes back goes on with the request", async () => {
    const { world, authorizers, ask } = authorizerWorld(TOKEN);
    authorizers.result = () =>
      policyAnswer(statement("Allow", `${REGION_ARN}/GET/orders/*`), {
        context: { team: "blue", level: 7, beta: true, odd_name: "u\u0308ber" },
        usageIdentifierKey: "key-of-gold",
      });
    const lane = await ask({
      target: "/orders/7?a=1",
      headers: ["Authorization", "Bearer t1", "X-Fig-Context-Team", "red", "X_Fig_Context_Team", "red"],
    });
    expect(authorizers.events).toEqual([
      { type: "TOKEN", authorizationToken: "Bearer t1", methodArn: `${REGION_ARN}/GET/orders/7` },
    ]);
    const { last } = world.legacy;
    const context = last.request.headers.flatMap((text, at, all) =>
      at % 2 === 0 && text.toLowerCase().replaceAll("_", "-").startsWith("x-fig-context-")
        ? [`${text}: ${all[at + 1]}`]
        : [],
    );
    expect(context).toEqual([
      "x-fig-context-team: blue",
      "x-fig-context-level: 7",
      "x-fig-context-beta: true",
      `x-fig-context-odd-name: ${Buffer.from("u\u0308ber").toString("latin1")}`,
      "x-fig-context-principalid: user-7",
    ]);
    last.answer(200, "ok");
    lane.flush();
    expect(lane.status).toBe(200);
    expect(world.records.at(-1)).toMatchObject({
      ...{ policies: { authorizer: "passed" }, subject: "user-7", apiKey: "k1", side: "legacy" },
    });
  });

  test("who says it in two spellings is asked about in none", async () => {
    const { authorizers, ask } = authorizerWorld({ ...TOKEN, identity: ["header:x-session"] });
    const lane = await ask({ headers: ["X-Session", "mine", "X_Session", "another's"] });
    expect(lane.status).toBe(401);
    expect(authorizers.invocations).toEqual([]);
  });

  test("who does not say who they are, or says it twice, gets 401 and nobody is asked", async () => {
    const { world, authorizers, ask } = authorizerWorld({ ...TOKEN, challenge: 'Bearer realm="shop"' });
    for (const headers of [[], ["Authorization", ""], ["Authorization", "a", "authorization", "b"]]) {
      const lane = await ask({ headers });
      expect([lane.status, lane.header("www-authenticate")]).toEqual([401, 'Bearer realm="shop"']);
      lane.flush();
    }
    expect(authorizers.invocations).toEqual([]);
    expect(world.legacy.calls).toEqual([]);
    expect(world.verdicts).toEqual(Array(3).fill("orders authorizer unauthorized"));
    expect(world.refusals).toEqual(Array(3).fill("authorizer_unauthorized"));
  });

  test("a value that does not look right gets 401 and nobody is asked", async () => {
    const { authorizers, ask } = authorizerWorld({ ...TOKEN, validation: "^Bearer [a-z0-9]+$" });
    expect((await ask(bearer("T!"))).status).toBe(401);
    expect((await ask({ headers: ["Authorization", "xBearer abc"] })).status).toBe(401);
    expect(authorizers.invocations).toEqual([]);
    await ask(bearer("abc1"));
    expect(authorizers.invocations).toHaveLength(1);
  });

  test("a function that throws Unauthorized is 401, one that denies is 403", async () => {
    const { authorizers, ask } = authorizerWorld(TOKEN);
    authorizers.result = () => ({ kind: "threw", errorType: "Error", errorMessage: "Unauthorized" });
    const unauthorized = await ask(bearer("a"));
    expect([unauthorized.status, unauthorized.header("www-authenticate")]).toEqual([401, "Bearer"]);
    authorizers.result = () => policyAnswer([statement("Allow"), statement("Deny", "*/GET/*")]);
    expect((await ask(bearer("b"))).status).toBe(403);
    authorizers.result = () => policyAnswer(statement("Allow", "*/POST/*"));
    expect((await ask(bearer("c"))).status).toBe(403);
    expect(authorizers.said).toEqual([]);
  });

  test("isAuthorized is an answer of payload 2.0 alone, and its context may have objects", async () => {
    const simple = returned({ isAuthorized: true, context: { roles: ["a", "b"], deep: { x: null } } });
    const { world, authorizers, ask } = authorizerWorld({ function: "f", payload: "2.0" });
    authorizers.result = () => simple;
    const lane = await ask(bearer("a"));
    expect(world.legacy.last.header("x-fig-context-roles")).toBe('["a","b"]');
    expect(world.legacy.last.header("x-fig-context-deep")).toBe('{"x":null}');
    world.legacy.last.answer(200, "");
    lane.flush();
    authorizers.result = () => returned({ isAuthorized: false });
    expect((await ask(bearer("b"))).status).toBe(403);
    const old = authorizerWorld({ function: "f" });
    old.authorizers.result = () => simple;
    expect((await old.ask(bearer("a"))).status).toBe(500);
  });

  test("a gRPC call gets its refusal as gRPC does", async () => {
    const { ask } = authorizerWorld(TOKEN);
    const lane = await ask({ method: "POST", headers: ["content-type", "application/grpc"] });
    expect([lane.status, lane.header("grpc-status")]).toEqual([200, "16"]);
  });

  test("a WebSocket is asked about before it is opened", async () => {
    const { world, authorizers, ask } = authorizerWorld({ function: "f" });
    authorizers.result = () => policyAnswer(statement("Deny"));
    const upgrade = {
      upgrade: true,
      headers: ["Authorization", "x", "Connection", "upgrade", "Upgrade", "websocket"],
    };
    expect((await ask(upgrade)).status).toBe(403);
    expect(world.legacy.calls).toEqual([]);
    authorizers.result = () => policyAnswer(statement("Allow"));
    await ask({ ...upgrade, headers: ["Authorization", "y", ...upgrade.headers.slice(2)] });
    expect(world.legacy.last.request.upgrade).toBe(true);
    world.legacy.last.listener.onUpgrade(101, "", ["Upgrade", "websocket"]);
  });
});

describe("answers that are none fail closed", () => {
  const doc = (document: unknown) => ({ principalId: "u", policyDocument: document });
  const allowed = { Version: "2012-10-17", Statement: statement("Allow") };
  const HOSTILE: readonly (readonly [what: string, answer: unknown])[] = [
    ["nothing", ""],
    ["null", null],
    ["a number", 7],
    ["a text", '"Allow"'],
    ["true", true],
    ["a list", [doc(allowed)]],
    ["no JSON", "{'principalId': 'x'}"],
    ["not UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString("latin1")],
    ["deep JSON", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    [
      "deep context",
      `{"principalId":"u","policyDocument":${JSON.stringify(allowed)},"context":{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`,
    ],
    ["no principalId", { policyDocument: allowed }],
    ["a principalId that is a number", { principalId: 7, policyDocument: allowed }],
    ["an empty principalId", { principalId: "", policyDocument: allowed }],
    ["a principalId with a line's end", { principalId: "u\r\nx-admin: 1", policyDocument: allowed }],
    ["no policy", { principalId: "u" }],
    ["a policy as text", doc(JSON.stringify(allowed))],
    ["10,000 statements", doc({ Statement: Array.from({ length: 10_000 }, () => statement("Allow")) })],
    ["isAuthorized as text", { isAuthorized: "true" }],
    ["isAuthorized in a 1.0 answer", { isAuthorized: true, principalId: "u" }],
    ["a context that is a list", { ...doc(allowed), context: ["a"] }],
    ["an object in a 1.0 context", { ...doc(allowed), context: { a: {} } }],
    ["null in a context", { ...doc(allowed), context: { a: null } }],
    ["a line's end in a context", { ...doc(allowed), context: { a: "b\r\nset-cookie: x" } }],
    ["a zero byte in a context", { ...doc(allowed), context: { a: "b\0" } }],
    ["a colon in a context's name", { ...doc(allowed), context: { "a: b\r\nc": "d" } }],
    ["an empty name in a context", { ...doc(allowed), context: { "": "d" } }],
    ["two names for one field", { ...doc(allowed), context: { a_b: "1", "A-b": "2" } }],
    ["a context for the principal's field", { ...doc(allowed), context: { PrincipalId: "root" } }],
    ["a huge context", { ...doc(allowed), context: { a: "x".repeat(9_000) } }],
    ["constructor as a policy", doc({ constructor: 1, Statement: statement("Allow") })],
    [
      "a slow pattern",
      doc({ Statement: Array.from({ length: 900 }, () => statement("Allow", `*${"?".repeat(200)}b`)) }),
    ],
  ];
  for (const [what, answer] of HOSTILE)
    test(what, async () => {
      const { world, authorizers, ask } = authorizerWorld(TOKEN);
      authorizers.result = () => returned(answer);
      const lane = await ask({ ...bearer("a"), target: `/orders/${"c".repeat(1_400)}` });
      expect(lane.status).toBe(500);
      expect(lane.body).toContain("authorizer_failed");
      expect(world.legacy.calls).toEqual([]);
      expect(lane.headers.join()).not.toContain("set-cookie");
    });

  const FAILED: readonly (readonly [Invoked, number, string])[] = [
    [{ kind: "threw", errorType: "TypeError", errorMessage: "x is secret" }, 500, "authorizer_failed"],
    [{ kind: "threw", errorType: "a\nb", errorMessage: "unauthorized" }, 500, "authorizer_failed"],
    [{ kind: "failed", why: "unreachable", detail: "ECONNREFUSED" }, 503, "authorizer_unavailable"],
    [{ kind: "failed", why: "no_credentials", detail: "none" }, 503, "authorizer_unavailable"],
    [{ kind: "failed", why: "refused", detail: "Lambda answered 403" }, 503, "authorizer_unavailable"],
    [{ kind: "failed", why: "too_large", detail: "answer is long" }, 500, "authorizer_failed"],
  ];
  for (const [invoked, status, code] of FAILED)
    test(`${JSON.stringify(invoked)} is ${code}, said once, and not kept`, async () => {
      const { world, authorizers, ask } = authorizerWorld(TOKEN);
      authorizers.result = () => invoked;
      const lane = await ask(bearer("a"));
      expect([lane.status, world.refusals]).toEqual([status, [code]]);
      const later = lane.headers[lane.headers.indexOf("retry-after") + 1];
      expect(lane.headers.includes("retry-after") ? later : undefined).toBe(status === 503 ? "5" : undefined);
      expect(authorizers.said).toHaveLength(1);
      expect(authorizers.said.join()).not.toMatch(/secret|Bearer/);
      authorizers.result = () => policyAnswer(statement("Allow"));
      await ask(bearer("a"));
      expect(world.legacy.calls).toHaveLength(1);
    });

  test("what breaks in our own code breaks its request alone", async () => {
    const { world, authorizers, ask } = authorizerWorld(TOKEN);
    authorizers.result = () => {
      throw new Error("a bug");
    };
    expect((await ask(bearer("a"))).status).toBe(500);
    expect(world.failures).toHaveLength(1);
    expect(authorizers.counts).toMatchObject({ underWay: 0, calls: { failed: 1 } });
  });
});

describe("what is kept", () => {
  test("one answer serves a client for its time, and the policy is asked about each request anew", async () => {
    const { world, authorizers } = authorizerWorld({ ...TOKEN, ttl: "60s" });
    authorizers.result = () => policyAnswer(statement("Allow", ["*/GET/orders/*", "*/PUT/orders/7"]));
    const status = async (method: string, target: string) => {
      const calls = world.legacy.calls.length;
      const lane = world.request({
        method,
        target,
        headers: ["Host", "shop.test", "Authorization", "Bearer a"],
      });
      const atOnce = lane.status !== 0 || world.legacy.calls.length > calls;
      await settle();
      if (world.legacy.calls.length > calls) world.legacy.last.answer(200, "");
      lane.flush();
      return [lane.status, atOnce];
    };
    expect(await status("GET", "/orders/1")).toEqual([200, false]);
    expect(await status("GET", "/orders/2")).toEqual([200, true]);
    expect(await status("PUT", "/orders/7")).toEqual([200, true]);
    expect(await status("PUT", "/orders/8")).toEqual([403, true]);
    expect(authorizers.invocations).toHaveLength(1);
    authorizers.nowMs = 60_001;
    expect(await status("GET", "/orders/1")).toEqual([200, false]);
    expect(authorizers.invocations).toHaveLength(2);
    expect(authorizers.counts.cache).toEqual({ asked: 2, kept: 3 });
  });

  test("another value of any identity source is another client", async () => {
    const { authorizers, ask } = authorizerWorld({
      function: "f",
      identity: ["header:x-a", "query:q", "cookie:c"],
    });
    authorizers.result = () => policyAnswer(statement("Deny"));
    const from = (a: string, q: string, c: string) =>
      ask({ target: `/orders/1?q=${q}`, headers: ["X-A", a, "Cookie", `z=1; c=${c}`] });
    for (const [a, q, c] of [
      ["1", "2", "3"],
      ["1", "2", "3"],
      ["12", "", "3"],
      ["1", "23", "3"],
      ["1", "2", "33"],
    ] as const)
      await from(a, q, c);
    // The one with an empty source is not asked about.
    expect(authorizers.invocations).toHaveLength(3);
    await ask({ target: "/orders/1?q=2&q=4", headers: ["X-A", "1", "Cookie", "c=3"] });
    expect(authorizers.invocations).toHaveLength(4);
  });

  test("with ttl 0 each request is asked about, and none shares an answer", async () => {
    const { authorizers, ask } = authorizerWorld({ ...TOKEN, ttl: 0 });
    await Promise.all([ask(bearer("a")), ask(bearer("a")), ask(bearer("a"))]);
    expect(authorizers.invocations).toHaveLength(3);
  });

  test("a hundred requests of one client ask once, and of a hundred clients a hundred times", async () => {
    const { world, authorizers, ask } = authorizerWorld(TOKEN);
    const released = Promise.withResolvers<void>();
    authorizers.result = async () => {
      await released.promise;
      return policyAnswer(statement("Allow"));
    };
    const lanes = Array.from({ length: 100 }, () => ask(bearer("same")));
    await settle();
    expect(authorizers.counts).toMatchObject({ underWay: 1, cache: { asked: 1, shared: 99 } });
    released.resolve();
    await Promise.all(lanes);
    await settle();
    expect(world.legacy.calls).toHaveLength(100);
    await Promise.all(Array.from({ length: 100 }, (_, i) => ask(bearer(`other${i}`))));
    expect(authorizers.invocations).toHaveLength(101);
  });
});

describe("bounds", () => {
  const held = (policy: object) => {
    const it = authorizerWorld({ ...TOKEN, ...policy });
    const releases: ((invoked: Invoked) => void)[] = [];
    const signals: AbortSignal[] = [];
    it.authorizers.result = ({ signal }) => {
      signals.push(signal);
      return new Promise((resolve) => releases.push(resolve));
    };
    return { ...it, releases, signals };
  };

  test("so many are asked at once, so many wait, and further ones get 503 at once", async () => {
    const { world, authorizers, ask, releases } = held({ maxConcurrent: 2, maxWaiting: 3 });
    const lanes = [];
    for (let i = 0; i < 7; i++) lanes.push(await ask(bearer(`t${i}`)));
    expect(authorizers.counts).toMatchObject({
      underWay: 2,
      waiting: 3,
      limits: { concurrent: 3, waiting: 2 },
    });
    expect(lanes.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 503, 503]);
    expect(lanes.at(-1)?.header("retry-after")).toBe("1");
    for (let i = 0; i < 5; i++) {
      releases[i]?.(policyAnswer(statement("Allow")));
      await settle();
    }
    expect(world.legacy.calls).toHaveLength(5);
    expect(authorizers.counts).toMatchObject({ underWay: 0, waiting: 0, calls: { answered: 5 } });
  });

  test("one that hangs holds nobody past its time, and is given up", async () => {
    const { world, authorizers, ask, signals } = held({ timeout: "3s", maxConcurrent: 1 });
    const [first, second] = [await ask(bearer("a")), await ask(bearer("b"))];
    world.deadlines.sweep(2_999);
    expect([first.status, second.status]).toEqual([0, 0]);
    world.deadlines.sweep(3_000);
    await settle();
    // The one in the line has waited as long.
    expect([first.status, second.status]).toEqual([504, 504]);
    expect(first.body).toContain("authorizer_timeout");
    expect(signals[0]?.aborted).toBe(true);
    expect(authorizers.counts).toMatchObject({ underWay: 0, waiting: 0, calls: { timeout: 2 } });
    expect(authorizers.invocations).toHaveLength(1);
  });

  test("a client that leaves ends its question, but not one that others wait for", async () => {
    const { authorizers, ask, signals, releases, world } = held({});
    const [one, two] = [await ask(bearer("a")), await ask(bearer("a"))];
    one.listener.onAbort("client_left");
    await settle();
    expect(signals[0]?.aborted).toBe(false);
    two.listener.onAbort("client_left");
    await settle();
    expect(signals[0]?.aborted).toBe(true);
    expect(authorizers.counts).toMatchObject({ underWay: 0, calls: { left: 1 } });
    releases[0]?.(policyAnswer(statement("Allow")));
    await settle();
    expect(world.legacy.calls).toEqual([]);
    expect(world.failures).toEqual([]);
  });

  test("the body is not read while somebody is asked, and passes whole afterwards", async () => {
    const { ask, releases, world } = held({});
    const lane = await ask({ method: "POST", framing: CHUNKED, ...bearer("a") });
    lane.listener.onBody(Buffer.from("abc"));
    expect(lane.flowing).toBe(false);
    releases[0]?.(policyAnswer(statement("Allow")));
    await settle();
    lane.listener.onBody(Buffer.from("def"));
    lane.listener.onBodyEnd(undefined);
    expect(world.legacy.last.body).toBe("abcdef");
    expect(world.legacy.last.ended).toBe(true);
  });

  test("a target too long for an ARN gets 414", async () => {
    const { authorizers, ask } = authorizerWorld(TOKEN);
    expect((await ask({ ...bearer("a"), target: `/orders/${"x".repeat(1_600)}` })).status).toBe(414);
    expect(authorizers.invocations).toEqual([]);
  });
});

describe("paths that can be read in two ways", () => {
  const CASES: readonly (readonly [target: string, status: number])[] = [
    ["/orders/public/a", 200],
    ["/orders/public/a%20b", 200],
    ["/orders/%70ublic/a", 200],
    ["/orders/public/../admin", 403],
    ["/orders/public/%2e%2e/admin", 403],
    ["/orders/public/..%2fadmin", 403],
    ["/orders/public/..%252fadmin", 403],
    ["/orders/public/..\\admin", 403],
    ["/orders/public/..;x/admin", 403],
    ["/orders//public/../admin", 403],
    ["/orders/admin", 403],
    ["/orders/%61dmin", 403],
  ];
  for (const [target, wanted] of CASES)
    test(`${target} is ${wanted} where /orders/public/* is allowed`, async () => {
      const { world, authorizers, ask } = authorizerWorld(TOKEN);
      authorizers.result = () => policyAnswer(statement("Allow", "*/GET/orders/public/*"));
      const lane = await ask({ ...bearer("a"), target });
      if (world.legacy.calls.length > 0) world.legacy.last.answer(200, "");
      expect(lane.status).toBe(wanted);
    });

  test("an encoded slash is a letter where the route says so", async () => {
    for (const encodedSlash of ["keep", undefined] as const) {
      const { world, authorizers, ask } = authorizerWorld(TOKEN, {
        definition: {
          match: {
            path: "/orders/{id}",
            methods: undefined,
            host: undefined,
            headers: {},
            query: {},
            encodedSlash,
          },
        },
      });
      authorizers.result = () => policyAnswer(statement("Allow", "*/GET/orders/a%2Fb"));
      await ask({ ...bearer("a"), target: "/orders/a%2Fb" });
      expect(world.legacy.calls).toHaveLength(encodedSlash === "keep" ? 1 : 0);
    }
  });

  test("a Deny of one reading is one of the request", async () => {
    const { authorizers, ask } = authorizerWorld(TOKEN);
    authorizers.result = () => policyAnswer([statement("Allow"), statement("Deny", "*/GET/orders/admin*")]);
    for (const target of ["/orders/%61dmin", "/orders/x/../admin", "/orders/x/%2e%2e%2fadmin/1"])
      expect((await ask({ ...bearer("a"), target })).status).toBe(403);
  });
});
