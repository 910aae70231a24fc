import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type LogFormat,
  logNames,
  logTemplate,
  NAMED_FORMATS,
  textFormat,
} from "../../src/domain/log-format.ts";
import { LOG_NAMES } from "../../src/domain/log-names.ts";
import { createAccessLog } from "../../src/observe/access-log.ts";
import { clfTime } from "../../src/observe/clf-time.ts";
import type { AccessRecord, LoggedRequest } from "../../src/observe/contract.ts";
import { lineOf } from "../../src/observe/log-line.ts";
import { requestOf } from "../support/logged-request.ts";
import { jwtRule } from "../tokens/token-rule.ts";

const NOW = Date.parse("2026-11-22T10:00:05.250Z");
const RECORD: AccessRecord = {
  requestId: "r-1",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  method: "GET",
  target: "/orders/7?token=hunter2&page=2",
  host: "shop.example.com:8080",
  remoteAddress: "192.0.2.1",
  route: "orders.read",
  side: "modern",
  phase: "splitting",
  upstream: "orders",
  status: 200,
  requestBytes: 12,
  responseBytes: 330,
  micros: 1_250_499,
  error: undefined,
  detail: undefined,
  tries: undefined,
  policies: { networks: "passed", cache: "hit" },
  apiKey: "k-1",
  subject: "ann",
  shadowed: true,
  fellBack: false,
};
const REQUEST = requestOf({
  template: "/orders/{id}",
  answerMicros: 1_000_000,
  headers: [
    "User-Agent",
    "curl/8",
    "Referer",
    "https://a.test/?access_token=hunter2",
    "X-Team",
    "blue",
    "x-team",
    "red",
    "Authorization",
    "Bearer hunter2",
    "Cookie",
    "a=hunter2",
    "X-Api-Key",
    "hunter2",
  ],
  identity: {
    claims: { team: "blue", level: 3, password: "hunter2", roles: ["a"] },
    context: { tier: "gold" },
  },
});

function formatOf(text: string): Exclude<LogFormat, { kind: "fields" }> {
  const found = textFormat(text);
  if ("unknown" in found) throw new Error(`unknown ${found.unknown}`);
  return found.format;
}

const line = (text: string, record: Partial<AccessRecord> = {}, request: LoggedRequest = REQUEST) =>
  lineOf(formatOf(text))({ record: { ...RECORD, ...record }, request, nowMs: NOW, environment: "prod" });

describe("a line in a format", () => {
  test("is nginx's combined one", () => {
    const time = clfTime(NOW);
    expect(line(NAMED_FORMATS.combined as string)).toBe(
      `198.51.100.7 - ann [${time}] "GET /orders/7?token=[redacted]&page=2 HTTP/1.1" 200 330 "https://a.test/?access_token=[redacted]" "curl/8"`,
    );
    const bare = { subject: undefined, status: 0, responseBytes: 0 };
    expect(line(NAMED_FORMATS.clf as string, bare)).toBe(
      `198.51.100.7 - - [${time}] "GET /orders/7?token=[redacted]&page=2 HTTP/1.1" 499 0`,
    );
    expect(
      line("$request_time $upstream_response_time $upstream_addr $upstream_cache_status $http_x_team $msec"),
    ).toBe("1.250 1.000 orders HIT blue, red 1795341605.25");
  });

  test("is API Gateway's", () => {
    const format =
      '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "time":"$context.requestTimeEpoch", "key":"$context.routeKey", "status":"$context.status", "latency":"$context.responseLatency", "integration":"$context.integrationLatency", "sub":"$context.authorizer.claims.team", "p":"$context.authorizer.principalId", "stage":"$context.stage", "api":"$context.apiId", "ua": "$context.identity.userAgent", "tier":"$context.authorizer.tier", "domain":"$context.domainName" }';
    expect(JSON.parse(line(format))).toEqual({
      requestId: "r-1",
      ip: "198.51.100.7",
      time: "1795341604000",
      key: "GET /orders/{id}",
      status: "200",
      latency: "1250.499",
      integration: "1000",
      sub: "blue",
      p: "ann",
      stage: "prod",
      api: "-",
      ua: "curl/8",
      tier: "gold",
      domain: "shop.example.com:8080",
    });
    const refused = { side: "none" as const, status: 429, error: "network_denied" };
    expect(
      line("$context.error.responseType $context.error.message $context.integrationLatency.", refused),
    ).toBe("THROTTLED Requests from this address are not answered here. -.");
  });

  test("has policies, tries, side and cache", () => {
    const tries = [
      { upstream: "orders", address: "10.0.0.1:80", result: "refused" },
      { upstream: "orders", address: "10.0.0.2:80", result: "answered" },
    ];
    expect(line("$route $side $fig.cache $fig.policies $fig.policies.networks $fig.tries", { tries })).toBe(
      "orders.read modern hit networks=passed,cache=hit passed 10.0.0.1:80=refused,10.0.0.2:80=answered",
    );
    expect(line("$upstream_addr", { tries })).toBe("10.0.0.1:80, 10.0.0.2:80");
  });

  test("is an object whose members keep their kinds", () => {
    const members = {
      status: "$status",
      seconds: "$request_time",
      none: "$http_none",
      both: "$status/$http_none",
      policies: "$fig.policies",
      shadowed: "$fig.shadowed",
      level: "$context.authorizer.claims.level",
      price: "$$5",
    };
    const format: LogFormat = {
      kind: "object",
      members: Object.entries(members).map(([name, text]) => {
        const found = logTemplate(text);
        if ("unknown" in found) throw new Error(found.unknown);
        return [name, found.template] as const;
      }),
    };
    expect(
      JSON.parse(lineOf(format)({ record: RECORD, request: REQUEST, nowMs: NOW, environment: undefined })),
    ).toEqual({
      status: 200,
      seconds: 1.25,
      none: null,
      both: "200/-",
      policies: { networks: "passed", cache: "hit" },
      shadowed: true,
      level: 3,
      price: "$5",
    });
  });

  test("shows no credential, whatever is named", () => {
    const families = [
      "$http_authorization",
      "$http_cookie",
      "$http_x_api_key",
      "$http_referer",
      "$context.authorizer.claims.password",
      "$context.identity.apiKey",
    ];
    const all = [...LOG_NAMES.keys()].map((name) => `$${name}`);
    const text = line([...families, ...all].join("|"), { host: "u:hunter2@a", requestId: "token=hunter2" });
    expect(text).not.toContain("hunter2");
    expect(line("$http_authorization $http_proxy_authorization")).toBe("[redacted] -");
    // A route's policy says that it is one, whatever its name.
    const policies = {
      apiKeys: { headers: ["x-partner"], remove: true, identity: true, staleForMs: 0 },
      jwt: jwtRule({ from: [{ kind: "header", name: "x-who" }] }),
    };
    const sent = ["X-Partner", "hunter2", "X-Who", "hunter2", "X-Team", "red"];
    const asked = requestOf({ headers: sent, template: "/a", policies });
    expect(line("$http_x_partner $http_x_who $http_x_team", {}, asked)).toBe("[redacted] [redacted] red");
    const object = lineOf({
      kind: "object",
      members: [...families, ...all].map((name) => [name, (logTemplate(name) as { template: [] }).template]),
    });
    expect(object({ record: RECORD, request: REQUEST, nowMs: NOW, environment: undefined })).not.toContain(
      "hunter2",
    );
  });

  test("is one line, whatever a client sends", () => {
    const hostile = requestOf({ headers: ["User-Agent", 'a"b\\c\u0000\r\n\u001b[31m\u00e9\u2028x'] });
    expect(line("$http_user_agent", {}, hostile)).toBe("a\\x22b\\x5Cc\\x00\\x0D\\x0A\\x1B[31m\\xE9 x");
    const json = line('{"ua":"$http_user_agent"}', {}, hostile);
    expect(json).not.toContain("\n");
    expect(JSON.parse(json)).toEqual({ ua: 'a"b\\c\u0000\r\n\u001b[31m\u00e9\u2028x' });
  });
});

test("every name that is listed is known, and others are not", () => {
  for (const name of LOG_NAMES.keys()) expect(logTemplate(`$${name}`), name).toHaveProperty("template");
  for (const name of ["nothing", "context", "context.stat", "fig.x", "constructor", "http_"])
    expect(logTemplate(`$${name} `), name).toEqual({ unknown: name });
  expect(logTemplate("$context.authorizer.principalId:$context.authorizer.claims.cognito:groups-")).toEqual({
    template: [{ value: "subject" }, ":", { value: "claim", name: "cognito:groups" }, "-"],
  });
  expect(logNames()).toContain("$http_NAME");
  expect(logTemplate("$status.log")).toEqual({ template: [{ value: "status" }, ".log"] });
  expect(logTemplate("cost $5 $")).toEqual({ template: ["cost $5 $"] });
});

test("the reference page is what its script writes", async () => {
  const script = fileURLToPath(new URL("../../scripts/write-reference-log.mjs", import.meta.url));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

test("the time of a log has its zone", () => {
  expect(clfTime(NOW)).toMatch(/^2[12]\/Nov\/2026:\d\d:\d\d:05 [+-]\d{4}$/);
});

test("a header that is cut is counted, once a line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fig-log-line-"));
  const to = join(folder, "log");
  const log = createAccessLog({
    samplePercent: 100,
    secret: "0123456789abcdef0123456789abcdef",
    now: () => NOW,
    to,
    format: formatOf("$http_user_agent $http_x"),
  });
  log.write(RECORD, requestOf({ headers: ["User-Agent", "u".repeat(600), "X", "x".repeat(600)] }));
  log.write({ ...RECORD, target: `/${"x".repeat(3000)}` }, REQUEST);
  log.write(RECORD, REQUEST);
  await log.close();
  expect(log.cut).toBe(2);
  expect(readFileSync(to, "utf8").split("\n")[0]).toBe(`${"u".repeat(512)}… ${"x".repeat(512)}…`);
  rmSync(folder, { recursive: true });
});
