import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FigError } from "../../src/domain/errors.ts";
import { createAccessLog } from "../../src/observe/access-log.ts";
import type { AccessRecord } from "../../src/observe/contract.ts";
import { createLog } from "../../src/observe/log.ts";
import { requestOf } from "../support/logged-request.ts";

/** Of this test alone. */
const SECRET = "0123456789abcdef0123456789abcdef";
const NOW = Date.parse("2026-11-22T10:00:00.000Z");
const RECORD: AccessRecord = {
  requestId: "r-1",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  method: "GET",
  target: "/orders?token=hunter2&page=2",
  host: "shop.example.com",
  remoteAddress: "192.0.2.1",
  route: "orders.read",
  side: "modern",
  phase: "splitting",
  upstream: "orders",
  status: 200,
  requestBytes: 0,
  responseBytes: 330,
  micros: 1234.5,
  error: undefined,
  detail: undefined,
  tries: undefined,
  shadowed: true,
  fellBack: false,
};

const REQUEST = requestOf({});

let folder = "";
let fd = 0;
const lines = () => readFileSync(join(folder, "log"), "utf8").split("\n").slice(0, -1);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fig-access-"));
  fd = openSync(join(folder, "log"), "a");
});
afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test("a line is one JSON object with the record's fields, its credentials hidden", async () => {
  const log = createAccessLog({ samplePercent: 100, now: () => NOW, to: fd, secret: SECRET });
  log.write(RECORD, REQUEST);
  await log.close();
  const { micros: _, error: __, ...rest } = RECORD;
  expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: "info",
      time: "2026-11-22T10:00:00.000Z",
      msg: "request",
      ...rest,
      target: "/orders?token=[redacted]&page=2",
      durationMs: 1.235,
    },
  ]);
});

test("no field that a client chooses shows a credential", async () => {
  const log = createAccessLog({ samplePercent: 100, now: () => NOW, to: fd, secret: SECRET });
  const requestId = "eyJhbGciOiJIUzI1NiJ9.HSECRET.HSECRET";
  log.write({ ...RECORD, requestId, host: "u:HSECRET@a", target: "u:HSECRET@a:443" }, REQUEST);
  await log.close();
  expect(lines()[0]).not.toContain("HSECRET");
  expect(JSON.parse(lines()[0] as string)).toMatchObject({
    requestId: "[redacted]",
    host: "[redacted]@a",
    target: "[redacted]@a:443",
  });
});

test("a target full of control characters stays on one line", async () => {
  const log = createAccessLog({ samplePercent: 100, now: () => NOW, to: fd, secret: SECRET });
  log.write({ ...RECORD, target: '/a\n{"level":"fake"}\r\u2028\u0000' }, REQUEST);
  await log.close();
  expect(lines()).toHaveLength(1);
  expect(JSON.parse(lines()[0] as string).target).toBe('/a\n{"level":"fake"}\r\u2028\u0000');
});

test("errors are always logged, at any sample", () => {
  const log = createAccessLog({ samplePercent: 0, now: () => NOW, to: fd, secret: SECRET });
  expect(log.wants(200, undefined)).toBe(false);
  expect(log.wants(404, undefined)).toBe(false);
  expect(log.wants(404, "not_found")).toBe(true);
  expect(log.wants(500, undefined)).toBe(true);
  expect(log.wants(0, undefined)).toBe(true);
});

test("the sample is near its percentage, all or none at the ends, and follows from no id that a client chose", () => {
  const at = (samplePercent: number) =>
    createAccessLog({ samplePercent, now: () => NOW, to: fd, secret: SECRET });
  const [ten, all, none] = [at(10), at(100), at(0)];
  let sampled = 0;
  for (let i = 0; i < 10_000; i++) {
    if (ten.wants(200, undefined)) sampled++;
    expect(all.wants(200, undefined)).toBe(true);
    expect(none.wants(200, undefined)).toBe(false);
  }
  expect(sampled).toBeGreaterThan(800);
  expect(sampled).toBeLessThan(1_200);
});

test("the operational log hides credentials, and keeps an error's code and remedy", async () => {
  const log = createLog({ now: () => NOW, fd });
  const cause = new Error("connect http://u:hunter2@h/?key=hunter2");
  const err = new FigError("store_unavailable", "The store is away.", { remedy: "Wait.", cause });
  log.warn({ err, url: "http://u:hunter2@h/", password: "hunter2" }, "GET /x?token=hunter2 failed");
  log.info({}, "up");
  await log.close();
  const text = lines().join("\n");
  expect(text).not.toContain("hunter2");
  expect(JSON.parse(lines()[0] as string)).toMatchObject({
    level: "warn",
    time: "2026-11-22T10:00:00.000Z",
    msg: "GET /x?token=[redacted] failed",
    err: { code: "store_unavailable", message: "The store is away.", remedy: "Wait." },
  });
  expect(JSON.parse(lines()[1] as string)).toMatchObject({ level: "info", msg: "up" });
});

test("a level leaves out what is below it", async () => {
  const log = createLog({ now: () => NOW, fd, level: "error" });
  log.info({}, "no");
  log.warn({}, "no");
  log.error({}, "yes");
  await log.close();
  expect(lines().map((line) => JSON.parse(line).msg)).toEqual(["yes"]);
});
