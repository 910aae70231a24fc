import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import request from "supertest";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closeAdmins, startAdmin } from "./admin-fixture.ts";

const HTML = "<!doctype html><title>fig</title><script src=/assets/a-123.js></script>";
const JS = `console.log("${"fig ".repeat(100)}")`;
let dashboard = "";

beforeAll(() => {
  dashboard = mkdtempSync(join(tmpdir(), "fig-pages-"));
  mkdirSync(join(dashboard, "assets"));
  writeFileSync(join(dashboard, "index.html"), HTML);
  writeFileSync(join(dashboard, "secret.txt"), "not a page");
  writeFileSync(join(dashboard, "assets/a-123.js"), JS);
  writeFileSync(join(dashboard, "assets/a-123.js.br"), brotliCompressSync(JS));
  writeFileSync(join(dashboard, "assets/a-123.js.gz"), gzipSync(JS));
});
afterAll(() => rmSync(dashboard, { recursive: true }));
afterEach(closeAdmins);

test("the page comes with a policy that allows its own files and nothing else", async () => {
  const { url } = await startAdmin({ dashboard });
  const { text, headers, status } = await request(url).get("/");
  expect([status, text]).toEqual([200, HTML]);
  expect(headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
  });
  const policy = String(headers["content-security-policy"]);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});

test("files whose names change with them are kept for ever, compressed as the client can read it", async () => {
  const { url } = await startAdmin({ dashboard });
  const ask = (coding: string) => request(url).get("/assets/a-123.js").set("accept-encoding", coding);
  for (const [accepts, coding] of [
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["identity", undefined],
  ] as const) {
    const { headers } = await ask(accepts).buffer(true);
    expect([accepts, headers["content-encoding"]]).toEqual([accepts, coding]);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers.vary).toBe("accept-encoding");
  }
  expect((await ask("gzip")).text).toBe(JS);
  const { headers } = await ask("identity");
  const again = await ask("identity").set("if-none-match", String(headers.etag));
  expect([again.status, again.text]).toEqual([304, ""]);
  const head = await request(url).head("/assets/a-123.js").set("accept-encoding", "identity");
  expect([head.status, head.headers["content-length"]]).toEqual([200, String(JS.length)]);
});

test("the page may be read before login and by a link from elsewhere; what is no page is not there", async () => {
  const { url } = await startAdmin({ dashboard, adminToken: "t" });
  const linked = await request(url)
    .get("/")
    .set({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" });
  expect(linked.status).toBe(200);
  const outside = [
    "/secret.txt",
    "/assets/../secret.txt",
    "/assets/%2e%2e/secret.txt",
    "/index.html.br",
    "/assets/",
  ];
  for (const path of outside) {
    const { status } = await request(url).get(path).set("authorization", "Bearer t");
    expect([path, status]).toEqual([path, 404]);
  }
  expect((await request(url).post("/").send({})).status).toBe(405);
});

test("without a built dashboard the API is there, and the root says what to do", async () => {
  const { url } = await startAdmin({ dashboard: join(dashboard, "missing") });
  const { status, body } = await request(url).get("/");
  expect([status, body.error.code]).toEqual([404, "not_found"]);
  expect(body.error.remedy).toContain("npm run build");
  expect((await request(url).get("/api/v1/overview")).status).toBe(200);
});
