import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import { adminSession } from "../../src/cli/admin-request.ts";
import { closedPort, type FakeAdmin, fakeAdmin } from "./fake-admin.ts";
import { statusOf } from "./support.ts";

const SHIFTED = {
  written: true,
  dryRun: false,
  entries: [],
  changes: [],
  gates: [],
  warnings: [],
  effects: [],
  unsafeServed: {},
};

function clientOf(admin: FakeAdmin, token?: string) {
  return createAdminClient({ origin: admin.origin, token });
}

describe("The admin client", () => {
  test("asks each use case at its place of the admin API, ids encoded", async () => {
    const explanation = { route: null, side: null, why: [] };
    const plan = { next: null, changes: [], gates: [], allowed: true, reasons: [] };
    const admin = await fakeAdmin(({ path }) => {
      const bodies: readonly (readonly [RegExp, unknown])[] = [
        [/\/status$/, statusOf([])],
        [/\/revision$/, { stateId: "s", revision: 3 }],
        [/\/plan$/, plan],
        [/\/migrations$/, []],
        [/\/ledger/, []],
        [/\/mismatches/, []],
        [/\/explain$/, explanation],
      ];
      return { status: 200, body: bodies.find(([pattern]) => pattern.test(path))?.[1] ?? SHIFTED };
    });
    const client = clientOf(admin, "s3cret");
    expect(await client.status()).toEqual(statusOf([]));
    expect(await client.revision()).toEqual({ stateId: "s", revision: 3 });
    expect(await client.plan()).toEqual(plan);
    expect(await client.migrations()).toEqual([]);
    expect(await client.history(undefined)).toEqual([]);
    await client.history("a/b c");
    expect(await client.mismatches("x&y")).toEqual([]);
    expect(await client.explain({ method: "GET", url: "/" })).toEqual(explanation);
    const why = { reason: "r", by: "b" };
    expect(await client.shift({ target: { route: "a/b" }, modern: 5, expectedRevision: 3, ...why })).toEqual(
      SHIFTED,
    );
    await client.shift({ target: { cohort: "c d" }, fresh: true, ...why });
    await client.rollback({ route: "a/b", to: 2, ...why });
    await client.rollback({ route: undefined, ...why });
    await client.migrate({ action: "to", to: 3, by: "b" });
    expect(admin.calls.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["GET", "/api/v1/status", ""],
      ["GET", "/api/v1/revision", ""],
      ["GET", "/api/v1/migrations/plan", ""],
      ["GET", "/api/v1/migrations", ""],
      ["GET", "/api/v1/ledger?limit=1000", ""],
      ["GET", "/api/v1/ledger?route=a%2Fb+c&limit=1000", ""],
      ["GET", "/api/v1/mismatches?route=x%26y&limit=500&offset=0", ""],
      ["POST", "/api/v1/explain", { method: "GET", url: "/" }],
      ["POST", "/api/v1/routes/a%2Fb/shift", { modern: 5, expectedRevision: 3, ...why }],
      ["POST", "/api/v1/cohorts/c%20d/shift", { fresh: true, ...why }],
      ["POST", "/api/v1/routes/a%2Fb/rollback", { to: 2, ...why }],
      ["POST", "/api/v1/rollback", why],
      ["POST", "/api/v1/migrations/to", { to: 3, by: "b" }],
    ]);
    expect(new Set(admin.calls.map((call) => call.authorization))).toEqual(new Set(["Bearer s3cret"]));
  });

  test("hands on the front door's own error with its reasons", async () => {
    const error = { code: "conflict", message: "newer", remedy: "again", requestId: "r", details: { a: 1 } };
    const client = clientOf(await fakeAdmin(() => ({ status: 409, body: { error } })));
    await expect(client.migrate({ action: "up", by: "b" })).rejects.toMatchObject({
      code: "conflict",
      message: "newer",
      remedy: "again",
      details: { a: 1 },
    });
  });

  test("a 401 names FIG_ADMIN_TOKEN and never the token", async () => {
    const admin = await fakeAdmin(() => ({
      status: 401,
      body: { error: { code: "unauthorized", message: "no" } },
    }));
    const failure = await clientOf(admin, "s3cret")
      .status()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "admin_token", remedy: "set FIG_ADMIN_TOKEN to its adminToken" });
    expect(JSON.stringify([failure, String(failure)])).not.toContain("s3cret");
  });

  test.each([
    ["a page", { status: 200, body: null, text: "<html>" }],
    ["other JSON", { status: 200, body: { hello: "world" } }],
    ["a list", { status: 200, body: [] }],
    ["an error of something else", { status: 404, body: { message: "nope" } }],
    [
      "the front door's own port, where clients ask,",
      { status: 404, body: { error: { code: "no_route", message: "none" } }, stateId: null },
    ],
  ])("%s is no admin API", async (_name, answer) => {
    const client = clientOf(await fakeAdmin(() => answer));
    await expect(client.status()).rejects.toMatchObject({ code: "not_an_admin" });
  });

  test("an answer that breaks off is none", async () => {
    const server = createServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}")),
    );
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const client = createAdminClient({ origin: `http://127.0.0.1:${port}`, token: undefined });
    await expect(client.status()).rejects.toMatchObject({
      code: "admin_unreachable",
      message: `no front door answers at http://127.0.0.1:${port}: ECONNRESET`,
    });
  });

  test("a front door that takes the connection and says nothing: what is waited for is said, then it is given up", async () => {
    const admin = await fakeAdmin(() => undefined);
    const waits: string[] = [];
    const address = {
      origin: admin.origin,
      token: undefined,
      onWait: (what: string) => void waits.push(what),
      patience: { connect: 3_000, say: 20, knock: 60, answer: 80 },
    };
    const look = "see whether its process is stopped, or starved of CPU";
    await expect(adminSession(address)).rejects.toMatchObject({
      code: "admin_silent",
      message: `the front door at ${admin.origin} took the connection, but gave no answer within 60 ms`,
      remedy: look,
    });
    expect(waits).toEqual([`waiting for the front door at ${admin.origin} to answer, at most 60 ms`]);
    await expect(createAdminClient(address).migrate({ action: "up", by: "b" })).rejects.toMatchObject({
      code: "admin_silent",
      remedy: `${look}; before you run it again, check with \`fig history\` whether it was written`,
    });
    expect(waits.at(-1)).toBe(`waiting for the front door at ${admin.origin} to answer, at most 80 ms`);
  });

  test("nothing there: reading says how to start one, writing says to look first", async () => {
    const client = createAdminClient({ origin: `http://127.0.0.1:${await closedPort()}`, token: undefined });
    await expect(client.status()).rejects.toMatchObject({
      code: "admin_unreachable",
      message: expect.stringMatching(/^no front door answers at http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED$/),
      remedy: "start it with `fig serve`, or name its admin address with --admin",
    });
    await expect(client.migrate({ action: "up", by: "b" })).rejects.toMatchObject({
      remedy: "before you run it again, check with `fig history` whether it was written",
    });
  });
});
