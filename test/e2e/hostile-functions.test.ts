import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_KEY,
  type FunctionResult,
  type LambdaFront,
  startLambdaFront,
} from "../support/lambda-front.ts";
import { type FigReady, type ReadyProcess, startFig } from "./fig-process.ts";
import { until } from "./until.ts";

const TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const returned = (value: unknown): FunctionResult => ({
  payload: typeof value === "string" ? value : JSON.stringify(value),
});
const threw = (value: unknown): FunctionResult => ({
  error: typeof value === "string" ? value : JSON.stringify(value),
});

/** What functions return to `/one/…` (payload 1.0) or `/two/…` (2.0), and what a client gets: a status, and the code if it is ours. */
const ANSWERS: Readonly<Record<string, readonly [FunctionResult, status: number, code?: string]>> = {
  "one/escape": [returned({ headers: { a: "\u001b[2J" } }), 502, "upstream_invalid"],
  "two/cookie-line": [returned({ statusCode: 200, cookies: ["a=1\r\nx: y"] }), 502, "upstream_invalid"],
  "one/pseudo": [returned({ headers: { ":status": "200" } }), 502, "upstream_invalid"],
  "one/many-fields": [
    returned({
      headers: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`x-${i}`, "v".repeat(50)])),
    }),
    502,
    "upstream_invalid",
  ],
  "two/status-null": [returned({ statusCode: null }), 502, "upstream_invalid"],
  "two/status-sum": [returned({ statusCode: 200.5 }), 502, "upstream_invalid"],
  "two/status-signed": [returned({ statusCode: "+200" }), 502, "upstream_invalid"],
  "two/status-upgrade": [returned({ statusCode: 101 }), 502, "upstream_invalid"],
  "one/proto": [returned('{"__proto__":{"statusCode":500},"body":"x"}'), 502, "upstream_invalid"],
  "two/deep": [returned("[".repeat(100_000)), 502, "upstream_invalid"],
  "two/whole-deep": [returned("[".repeat(5_000) + "]".repeat(5_000)), 200],
  "one/no-text": [returned("\ufffe\u0000"), 502, "upstream_invalid"],
  "one/none": [returned(""), 502, "upstream_invalid"],
  "two/not-modified": [returned({ statusCode: 304, body: "there is none" }), 304],
  "two/no-content": [returned({ statusCode: 204, body: "there is none" }), 204],
  "two/base64": [returned({ statusCode: 200, body: "%%%not base64%%%", isBase64Encoded: true }), 200],
  "two/says-error": [
    threw({ errorType: "E", errorMessage: `token ${TOKEN} for shop` }),
    502,
    "function_failed",
  ],
  "two/error-no-json": [threw("\u0000\u0001 no JSON"), 502, "function_failed"],
  "two/error-numbers": [threw({ errorType: 7, errorMessage: { a: [] } }), 502, "function_failed"],
  "two/error-long": [
    threw({ errorType: "E".repeat(500_000), errorMessage: "m\r\n".repeat(500_000) }),
    502,
    "function_failed",
  ],
};

let front: LambdaFront;
let door: ReadyProcess<FigReady>;
let release: (() => void) | undefined;
const folder = mkdtempSync(join(tmpdir(), "fig-hostile-functions-"));

beforeAll(async () => {
  front = await startLambdaFront({
    invoke: async ({ event }) => {
      const { rawPath, path } = event as { rawPath?: string; path?: string };
      const at = (rawPath ?? path ?? "").slice(1);
      if (at === "slow/waits")
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      return ANSWERS[at]?.[0] ?? returned({ statusCode: 200, body: "ok" });
    },
  });
  mkdirSync(join(folder, "routes"));
  const at = `endpoint: "${front.url}"`;
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: "memory:"
upstreams:
  one: { lambda: { function: shop, payload: "1.0", ${at} } }
  two: { lambda: { function: shop, payload: "2.0", ${at} } }
  slow: { lambda: { function: shop, ${at}, concurrency: 1 } }
`,
  );
  const route = (id: string) =>
    `  - { id: ${id}, match: { path: "/${id}/{proxy+}" }, modern: ${id}, retired: true }\n`;
  writeFileSync(join(folder, "routes/all.yaml"), `routes:\n${["one", "two", "slow"].map(route).join("")}`);
  door = await startFig(join(folder, "fig.yaml"), {
    AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
    AWS_REGION: "eu-central-1",
  });
});
afterAll(async () => {
  release?.();
  await door.stop();
  await front.close();
  rmSync(folder, { recursive: true });
});

describe("whatever a function returns", () => {
  test.each(Object.entries(ANSWERS))(
    "%s: a whole answer, and the front door goes on",
    async (path, [, status, code]) => {
      const answer = await fetch(`${door.ready.url}/${path}`);
      const text = await answer.text();
      expect(answer.status).toBe(status);
      if (code !== undefined) expect(JSON.parse(text).error.code).toBe(code);
      expect([...answer.headers].join()).not.toContain("\u001b");
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain("for shop");
      expect((await fetch(`${door.ready.url}/two/well`)).status).toBe(200);
    },
  );

  test("no credential of a function's words, and none of AWS's, is in the log", async () => {
    await until(door.output, (said) => said.includes("the function failed: E: [redacted] for shop"));
    for (const secret of [TOKEN, ACCESS_KEY.accessKeyId, ACCESS_KEY.secretAccessKey, "Signature="])
      expect(door.output()).not.toContain(secret);
    expect(door.output()).not.toMatch(/uncaught|unhandled/i);
  });
});

test("a client that leaves while its function runs leaves its place", async () => {
  const asked = httpRequest(`${door.ready.url}/slow/waits`, { method: "POST" });
  asked.on("error", () => {});
  asked.end("x");
  await until(
    () => release,
    (known) => known !== undefined,
  );
  const busy = await fetch(`${door.ready.url}/slow/well`);
  expect([busy.status, ((await busy.json()) as { error: { code: string } }).error.code]).toEqual([
    503,
    "upstream_busy",
  ]);
  asked.socket?.resetAndDestroy();
  await until(
    async () => (await fetch(`${door.ready.url}/slow/well`)).status,
    (status) => status === 200,
  );
});
