import { afterEach, expect, test } from "vitest";
import { HttpAsker } from "../../src/asking/http-asker.ts";
import type { AwsCredentials, Invocation } from "../../src/aws/contract.ts";
import { createInvoke } from "../../src/aws/lambda-invoke.ts";
import {
  ACCESS_KEY,
  type LambdaFront,
  type LambdaFrontOptions,
  startLambdaFront,
} from "../support/lambda-front.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const AUTO = { from: "auto", profile: undefined } as const;

async function world(
  options: Partial<LambdaFrontOptions> = {},
  ours: { credentials?: () => AwsCredentials; now?: () => number; environment?: Record<string, string> } = {},
) {
  const front: LambdaFront = await startLambdaFront({
    invoke: ({ event }) => ({ payload: JSON.stringify({ got: event }) }),
    ...options,
  });
  const asker = new HttpAsker();
  open.push(
    () => front.close(),
    () => asker.close(),
  );
  const refused: AwsCredentials[] = [];
  const given = { ...ACCESS_KEY, sessionToken: undefined, expiresMs: undefined };
  const invoke = createInvoke({
    ask: asker.ask,
    credentialsOf: () => ({
      current: async () => ours.credentials?.() ?? given,
      refused: (credentials) => refused.push(credentials),
    }),
    environment: ours.environment ?? { AWS_REGION: "eu-central-1" },
    now: ours.now ?? Date.now,
  });
  const ask = (changes: Partial<Invocation["function"]> = {}, more: Partial<Invocation> = {}) =>
    invoke({
      function: {
        ...{
          name: "shop-auth",
          qualifier: undefined,
          region: undefined,
          endpoint: front.url,
          credentials: AUTO,
        },
        ...changes,
      },
      payload: JSON.stringify({ a: "ü" }),
      signal: AbortSignal.timeout(20_000),
      maxBytes: 10_000,
      ...more,
    });
  return { front, ask, refused };
}

const textOf = (invoked: Awaited<ReturnType<Awaited<ReturnType<typeof world>>["ask"]>>) =>
  invoked.kind === "returned" ? JSON.parse(Buffer.from(invoked.payload).toString("utf8")) : invoked;

test("a function is invoked by name, by ARN and at a version, with a signature that AWS's check takes", async () => {
  const { front, ask } = await world();
  expect(textOf(await ask())).toEqual({ got: { a: "ü" } });
  await ask({ qualifier: "live" });
  const arn = "arn:aws:lambda:eu-central-1:123456789012:function:shop-auth";
  await ask({ name: arn, qualifier: "$LATEST" });
  expect(front.invocations.map(({ name, qualifier }) => [name, qualifier])).toEqual([
    ["shop-auth", null],
    ["shop-auth", "live"],
    [arn, "%24LATEST"],
  ]);
  expect(front.refused).toEqual([]);
});

test("a wrong secret is refused, and the answer has no credential", async () => {
  const wrong = {
    ...ACCESS_KEY,
    secretAccessKey: "anotherSecretThatNobodyKnows",
    sessionToken: undefined,
    expiresMs: undefined,
  };
  const { front, ask } = await world({}, { credentials: () => wrong });
  const invoked = await ask();
  expect(invoked).toEqual({
    kind: "failed",
    why: "refused",
    status: 403,
    detail: "Lambda answered 403 InvalidSignatureException",
  });
  expect(front.invocations).toEqual([]);
});

test("the Region is the one that is written, the ARN's, or the environment's", async () => {
  const { front, ask } = await world({ region: "us-west-2" }, { environment: {} });
  expect(await ask()).toMatchObject({ kind: "failed", why: "no_credentials" });
  expect(await ask({ region: "us-west-2" })).toMatchObject({ kind: "returned" });
  expect(await ask({ name: "arn:aws:lambda:us-west-2:123456789012:function:x" })).toMatchObject({
    kind: "returned",
  });
  expect(await ask({ region: "eu-west-1" })).toMatchObject({ why: "refused" });
  expect(front.invocations).toHaveLength(2);
});

test("a clock that is off is corrected by the Date of the refusal, once and for all", async () => {
  let theirs = Date.now() + 3_600_000;
  const { front, ask } = await world({ now: () => theirs });
  expect(await ask()).toMatchObject({ kind: "returned" });
  expect(front.refused).toEqual(["InvalidSignatureException"]);
  expect(await ask()).toMatchObject({ kind: "returned" });
  expect(front.refused).toHaveLength(1);
  // It goes back: that is found out too.
  theirs = Date.now();
  expect(await ask()).toMatchObject({ kind: "returned" });
  expect(front.refused).toHaveLength(2);
});

test("credentials that ended are given back, and asked for anew", async () => {
  const old = { ...ACCESS_KEY, sessionToken: "old", expiresMs: undefined };
  const fresh = { ...old, sessionToken: "fresh" };
  let looks = 0;
  const { ask, refused } = await world(
    { credentials: { ...ACCESS_KEY, sessionToken: "fresh" } },
    { credentials: () => (looks++ === 0 ? old : fresh) },
  );
  expect(await ask()).toMatchObject({ kind: "returned" });
  expect(refused).toEqual([old]);
});

test("what throws, is away, or answers nonsense is told apart", async () => {
  const { front, ask } = await world({
    invoke: () => ({ error: JSON.stringify({ errorType: "Error", errorMessage: "Unauthorized" }) }),
  });
  expect(await ask()).toMatchObject({ kind: "threw", errorType: "Error", errorMessage: "Unauthorized" });
  for (const body of ["", "[]", "no json", '{"errorMessage": 7}', "[".repeat(5_000)]) {
    front.misbehave = (_request, response) => {
      response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end(body);
    };
    expect(await ask()).toEqual({ kind: "threw", errorType: "", errorMessage: "" });
  }
  front.misbehave = (_request, response) => {
    response.writeHead(429, { "x-amzn-errortype": "TooManyRequestsException:" }).end("{}");
  };
  expect(await ask()).toMatchObject({
    why: "refused",
    detail: "Lambda answered 429 TooManyRequestsException",
  });
  front.misbehave = (_request, response) => {
    response.end("x".repeat(20_000));
  };
  expect(await ask()).toMatchObject({ why: "too_large" });
  front.misbehave = (_request, response) => response.destroy();
  expect(await ask()).toMatchObject({ why: "broken" });
  const controller = new AbortController();
  front.misbehave = () => controller.abort();
  expect(await ask({}, { signal: controller.signal })).toMatchObject({ why: "ended" });
  await front.close();
  expect(await ask()).toMatchObject({ why: "unreachable" });
});
