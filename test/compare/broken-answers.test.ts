import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { CapturedAnswer } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { type Answer, ask, closers, openUpstream, serveAt } from "../backends/world.ts";
import { answer, job, named } from "./jobs.ts";

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

/** What a side says that sends these bytes and closes, as the front door keeps it. */
async function sent(bytes: string | Buffer): Promise<CapturedAnswer> {
  const server = await serveAt({ host: "127.0.0.1", port: 0 }, (_head, socket) => void socket.end(bytes));
  const { backend } = openUpstream({ urls: [`http://127.0.0.1:${server.port}`] });
  const { code, status, headers, body }: Answer = await ask(backend);
  if (code !== undefined) return { kind: "failure", code };
  return answer(Buffer.from(body, "latin1"), "", { status, headers });
}

const whole = answer("ok and more", "text/plain");

describe("an answer that broke", () => {
  test.each([
    ["shorter than its length", `${HEAD}Content-Length: 11\r\n\r\nok`, "upstream_reset"],
    ["cut off between two chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, "upstream_reset"],
    ["cut off in a chunk", `${HEAD}Transfer-Encoding: chunked\r\n\r\nb\r\nok`, "upstream_reset"],
    [
      "with a chunk that is none",
      `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n`,
      "upstream_invalid",
    ],
    ["cut off in its head", "HTTP/1.1 200 OK\r\nContent-Ty", "upstream_reset"],
    ["that is no HTTP", "hello\r\n\r\n", "upstream_invalid"],
  ])(
    "%s is a mismatch of its own for a shadow, and says nothing where it was served",
    async (_, bytes, code) => {
      const broken = await sent(bytes);
      expect(broken).toEqual({ kind: "failure", code });
      expect(verdictOf(job(whole, broken))).toMatchObject({
        outcome: "mismatch",
        mismatches: [{ path: "status", kind: "error", legacy: "200", modern: JSON.stringify(code) }],
      });
      expect(verdictOf(job(broken, whole))).toMatchObject({
        outcome: "inconclusive",
        reason: "serving_error",
      });
    },
  );

  test("that ends with its connection cannot be told from a short one: its body is compared", async () => {
    const short = await sent(`${HEAD}\r\nok`);
    expect(named(verdictOf(job(whole, short)).mismatches)).toEqual(["value body"]);
  });

  test("whose coding ends too early differs in type from one that can be read", async () => {
    const zipped = gzipSync(Buffer.from("ok and more".repeat(50)));
    const head = `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${zipped.length - 9}\r\n\r\n`;
    const cut = await sent(Buffer.concat([Buffer.from(head), zipped.subarray(0, -9)]));
    expect(verdictOf(job(whole, cut)).mismatches).toMatchObject([
      { path: "body", kind: "type", modern: '"not what its content-encoding says"' },
    ]);
  });

  test("whose JSON ends too early differs in type from one that is JSON", () => {
    const cut = verdictOf(job(answer('{"a":[1,2]}'), answer('{"a":[1,')));
    expect(named(cut.mismatches)).toEqual(["type body"]);
  });
});

describe("redirects", () => {
  const redirect = (location: string, body: string, status = 302) =>
    answer(body, "text/html", { status, headers: ["Location", location] });

  test("are compared by where they lead, and not by the note beside it", () => {
    const note = (to: string) => `<a href="${to}">Moved</a>`;
    expect(
      verdictOf(job(redirect("/a", note("/a")), redirect("/a", "Found. Redirecting to /a"))).outcome,
    ).toBe("match");
    expect(named(verdictOf(job(redirect("/a", note("/a")), redirect("/b", note("/b")))).mismatches)).toEqual([
      "value header.location",
    ]);
  });

  test("of two statuses that are declared equal are, too", () => {
    const options = { status: [[301, 308]] };
    const [one, other] = [redirect("/a", "x", 301), redirect("/a", "y", 308)];
    expect(verdictOf(job(one, other, { options })).outcome).toBe("match");
  });

  test.each([
    ["whose place is not compared", redirect("/a", "x"), redirect("/a", "y"), { headers: [] }],
    [
      "that name no place",
      answer("x", "text/plain", { status: 302 }),
      answer("y", "text/plain", { status: 302 }),
      {},
    ],
    ["that no client follows", redirect("/a", "x", 300), redirect("/a", "y", 300), {}],
  ])("%s have bodies like any", (_, one, other, options) => {
    expect(named(verdictOf(job(one, other, { options })).mismatches)).toEqual([
      expect.stringMatching(/ \/|body/),
    ]);
  });
});
