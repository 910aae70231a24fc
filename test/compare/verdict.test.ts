import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { CapturedAnswer } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, job, named } from "./jobs.ts";

const failure = (code: string): CapturedAnswer => ({ kind: "failure", code });
const coded = (body: Uint8Array, coding: string, type = "application/json") =>
  answer(body, type, { headers: ["Content-Encoding", coding] });
const outcome = (legacy: CapturedAnswer, modern: CapturedAnswer, more = {}) => {
  const verdict = verdictOf(job(legacy, modern, more));
  return verdict.outcome === "mismatch" ? named(verdict.mismatches) : (verdict.reason ?? verdict.outcome);
};

describe("the order of the rules", () => {
  test("a failed shadow is an error at status, with the code in its place", () => {
    expect(verdictOf(job(answer("1"), failure("upstream_timeout"))).mismatches).toEqual([
      { path: "status", kind: "error", legacy: "200", modern: '"upstream_timeout"' },
    ]);
    expect(
      verdictOf(job(failure("upstream_refused"), answer("1"), { serving: "modern" })).mismatches,
    ).toEqual([{ path: "status", kind: "error", legacy: '"upstream_refused"', modern: "200" }]);
    expect(outcome(answer("1", "", { status: 503 }), failure("upstream_timeout"))).toEqual(["error status"]);
  });

  test("a serving side without an answer says nothing about the other", () => {
    expect(outcome(failure("upstream_refused"), answer("1"))).toBe("serving_error");
    expect(outcome(failure("upstream_refused"), failure("upstream_refused"))).toBe("serving_error");
  });

  test("a serving 5xx is inconclusive unless the other says the same", () => {
    const status = (code: number, body = "x") => answer(body, "text/plain", { status: code });
    expect(outcome(status(500), status(200))).toBe("serving_error");
    expect(outcome(status(500), status(503))).toBe("serving_error");
    expect(outcome(status(503), status(503))).toBe("match");
    expect(outcome(status(503), status(503, "y"))).toEqual(["value body"]);
    expect(outcome(status(200), status(500))).toEqual(["value status"]);
    expect(outcome(status(200), status(500), { serving: "modern" })).toBe("serving_error");
  });

  test("where legacy is known to be broken, modern's better answer is a match, and its failure is compared", () => {
    const status = (code: number, body = "x") => answer(body, "text/plain", { status: code });
    const accept = { options: { legacyErrors: "accept" as const } };
    expect(outcome(status(500), status(200), accept)).toBe("match");
    expect(outcome(status(500), status(404), { ...accept, serving: "modern" })).toBe("match");
    expect(outcome(status(500), status(503), accept)).toEqual(["value status"]);
    expect(outcome(status(500), status(500), accept)).toBe("match");
    expect(outcome(status(200), status(500), accept)).toEqual(["value status"]);
    expect(outcome(status(500), failure("timeout"), accept)).toEqual(["error status"]);
    expect(outcome(status(200), status(500), { ...accept, serving: "modern" })).toBe("serving_error");
  });

  test("bodies are not compared across classes of status, and are within one", () => {
    const status = (code: number, body: string) => answer(body, "application/json", { status: code });
    expect(outcome(status(200, '{"a":1}'), status(404, "{}"))).toEqual(["value status"]);
    expect(outcome(status(200, '{"a":1}'), status(201, "{}"))).toEqual(["value status", "missing $.a"]);
  });

  test("a body past the bound is too large, but a status or header that differs still is a mismatch", () => {
    const large = answer("", "application/json", { tooLarge: true });
    expect(outcome(large, answer("1"))).toBe("too_large");
    expect(outcome(answer("1"), large)).toBe("too_large");
    expect(outcome(large, answer("1", "text/plain"))).toEqual(["value header.content-type"]);
    expect(outcome(large, answer("1", "application/json", { status: 404 }))).toEqual(["value status"]);
  });

  test("answers without a body by right are compared without one", () => {
    expect(outcome(answer(""), answer(""), { method: "HEAD" })).toBe("match");
    const noContent = answer("", "", { status: 204 });
    expect(outcome(noContent, noContent)).toBe("match");
    const coding = { headers: ["Content-Encoding", "sdch"] };
    expect(outcome(answer("", "text/html", coding), answer("", "text/html"), { method: "HEAD" })).toBe(
      "match",
    );
  });
});

describe("bodies", () => {
  test("an empty body against one with content is missing or extra", () => {
    expect(outcome(answer("1"), answer(""))).toEqual(["missing body"]);
    expect(outcome(answer(""), answer("1"))).toEqual(["extra body"]);
    expect(outcome(answer(""), answer(""))).toBe("match");
  });

  test("what says it is JSON and is not differs in type, if the other is", () => {
    const verdict = verdictOf(job(answer('{"secret":"hunter2"}'), answer('{"secret":"hunter2"')));
    expect(verdict.mismatches).toEqual([
      { path: "body", kind: "type", legacy: '"JSON, 20 bytes"', modern: '"not JSON, 19 bytes"' },
    ]);
    expect(outcome(answer("{"), answer("["))).toBe("undecodable");
    expect(outcome(answer("{"), answer("{"))).toBe("match");
    expect(outcome(answer('"\xff"'), answer(Buffer.from([0x22, 0xff, 0x22])))).toEqual(["type body"]);
    expect(outcome(answer("{}"), answer("<p>", "text/html"))).toEqual([
      "value header.content-type",
      "type body",
    ]);
  });

  test("JSON is JSON under any name that says so, and where only one side says so", () => {
    for (const type of ["application/problem+json", "Application/JSON; charset=utf-8", "text/json"]) {
      expect(outcome(answer("[1, 2]", type), answer("[1,2]", type))).toBe("match");
    }
    expect(outcome(answer("[1, 2]"), answer("[1,2]", "text/plain"), { options: { headers: [] } })).toBe(
      "match",
    );
  });

  test("malformed JSON is not quietly read", () => {
    for (const bad of [
      "[1,]",
      "{'a':1}",
      '{"a":1,}',
      "01",
      "1.",
      "nul",
      '"\t"',
      '"\\x"',
      "[1] 2",
      "+1",
      '{"a" 1}',
      "NaN",
    ]) {
      expect(outcome(answer("[1]"), answer(bad)), bad).toEqual(["type body"]);
    }
  });

  test("text differs at body, shown around the first difference", () => {
    const page = (word: string) =>
      `<html>${"x".repeat(500)} The price is ${word} today ${"y".repeat(500)}</html>`;
    const verdict = verdictOf(job(answer(page("12"), "text/html"), answer(page("13"), "text/html")));
    expect(named(verdict.mismatches)).toEqual(["value /html/body/text()"]);
    expect(verdict.mismatches[0]?.legacy).toContain("The price is 12 today");
    expect(verdict.mismatches[0]?.modern).toContain("The price is 13 today");
  });

  test("the same text in two charsets is the same text", () => {
    const options = { options: { headers: [] } };
    const latin1 = answer(Buffer.from("caf\xe9", "latin1"), "text/plain; charset=ISO-8859-1");
    expect(outcome(latin1, answer("café", 'text/plain;charset="UTF-8"'), options)).toBe("match");
    expect(outcome(latin1, answer("cafe", "text/plain"), options)).toEqual(["value body"]);
    expect(outcome(latin1, answer(Buffer.from("caf\xe9", "latin1"), "text/plain"), options)).toBe("match");
    const invalid = (byte: number) => answer(Buffer.from([0x61, byte]), "text/plain");
    expect(outcome(invalid(0xff), invalid(0xfe), options)).toEqual(["value body"]);
  });

  test("everything else is compared by its bytes, and only hashes are shown", () => {
    const verdict = verdictOf(job(answer("abc", "image/png"), answer("abcd", "image/png")));
    expect(verdict.mismatches).toEqual([
      {
        path: "body",
        kind: "value",
        legacy: '"sha256 ba7816bf8f01cfea…, 3 bytes"',
        modern: '"sha256 88d4266fd4e6338d…, 4 bytes"',
      },
    ]);
    expect(outcome(answer("abc", ""), answer("abd", ""))).toEqual(["value body"]);
  });
});

describe("content codings", () => {
  const text = '{"a":[1,2,3]}';
  const other = '{ "a": [1, 2, 3] }';

  test("every coding and the plain body say the same", () => {
    const codings: [string, (text: string) => Uint8Array][] = [
      ["gzip", gzipSync],
      ["X-GZip", gzipSync],
      ["deflate", deflateSync],
      ["deflate", deflateRawSync],
      ["br", brotliCompressSync],
      ["zstd", zstdCompressSync],
      ["identity", (plain) => Buffer.from(plain)],
      ["gzip, br", (plain) => brotliCompressSync(gzipSync(plain))],
    ];
    for (const [name, encode] of codings) {
      expect(outcome(coded(encode(text), name), answer(other)), name).toBe("match");
      expect(outcome(answer("{}"), coded(encode(text), name)), name).toEqual(["extra $.a"]);
    }
  });

  test("several field lines stack as one does", () => {
    const stacked = answer(brotliCompressSync(gzipSync(text)), "application/json", {
      headers: ["content-encoding", "gzip", "Content-Encoding", "br"],
    });
    expect(outcome(stacked, answer(other))).toBe("match");
  });

  test("an unknown coding is a match only byte for byte", () => {
    expect(outcome(coded(Buffer.from("x"), "sdch"), coded(Buffer.from("x"), "sdch"))).toBe("match");
    expect(outcome(coded(Buffer.from("x"), "sdch"), coded(Buffer.from("y"), "sdch"))).toBe("undecodable");
    expect(outcome(coded(Buffer.from(text), "sdch"), answer(text))).toBe("undecodable");
    expect(outcome(coded(gzipSync(text), "gzip,gzip,gzip,gzip,gzip"), answer(text))).toBe("undecodable");
  });

  test("a body that its coding cannot undo differs in type from one that it can", () => {
    const cut = gzipSync(text).subarray(0, 15);
    expect(outcome(answer(text), coded(cut, "gzip"))).toEqual(["type body"]);
    expect(outcome(coded(Buffer.from("no"), "gzip"), coded(Buffer.from("zip"), "gzip"))).toBe("undecodable");
  });

  test("a bomb stops at the bound", () => {
    const zeros = Buffer.alloc(16 << 20);
    for (const [name, bomb] of [
      ["gzip", gzipSync(zeros)],
      ["deflate", deflateSync(zeros)],
      ["br", brotliCompressSync(zeros)],
      ["zstd", zstdCompressSync(zeros)],
    ] as const) {
      const before = process.memoryUsage().arrayBuffers;
      expect(outcome(answer("1"), coded(bomb, name))).toBe("too_large");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    }
  });

  test("a body at the bound is compared, one byte past it is not", () => {
    const bound = { maxBodyBytes: text.length };
    expect(outcome(coded(gzipSync(text), "gzip"), answer(text), bound)).toBe("match");
    expect(outcome(coded(gzipSync(text), "gzip"), answer(text), { maxBodyBytes: text.length - 1 })).toBe(
      "too_large",
    );
  });
});
