import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { CapturedAnswer } from "../../src/compare/contract.ts";
import { equalAnswers } from "../../src/compare/equal-answers.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, type JobChanges, job, named } from "./jobs.ts";

const outcome = (served: CapturedAnswer, whole: CapturedAnswer, changes: JobChanges = {}) => {
  const more = { unconditional: true, ...changes };
  const modern = more.serving === "modern";
  const verdict = verdictOf(modern ? job(whole, served, more) : job(served, whole, more));
  return verdict.outcome === "mismatch" ? named(verdict.mismatches) : (verdict.reason ?? verdict.outcome);
};
const FIELDS = { options: { headers: ["content-type", "cache-control", "etag"] } };

describe("a served 304", () => {
  const notModified = (...headers: string[]) => answer("", "", { status: 304, headers });
  const whole = (...headers: string[]) => answer('{"id":1}', "application/json", { headers });

  test("is not modified beside the whole answer, whatever the validators of the two sides, and never a match", () => {
    expect(outcome(notModified("ETag", '"v1"'), whole("ETag", 'W/"abc"'), FIELDS)).toBe("not_modified");
    expect(outcome(notModified(), notModified())).toBe("not_modified");
    expect(equalAnswers(notModified(), notModified(), [])).toBe(false);
    expect(outcome(notModified(), whole(), { serving: "modern" })).toBe("not_modified");
  });

  test("differs where a field that both carry does, or where there is nothing to have a copy of", () => {
    const max = (age: number) => ["Cache-Control", `max-age=${age}`];
    expect(outcome(notModified(...max(5)), whole(...max(6)), FIELDS)).toEqual(["value header.cache-control"]);
    expect(outcome(notModified(), whole(...max(6)), FIELDS)).toBe("not_modified");
    const missing = answer("{}", "application/json", { status: 404 });
    expect(outcome(notModified(), missing)).toEqual(["value status"]);
    expect(
      verdictOf(job(missing, notModified(), { serving: "modern", unconditional: true })).mismatches,
    ).toEqual([{ path: "status", kind: "value", legacy: "404", modern: "304" }]);
  });
});

test("a 412 answers the client's conditions, which the copy had not", () => {
  expect(outcome(answer("", "", { status: 412 }), answer("{}"))).toBe("not_modified");
});

describe("a served 206", () => {
  const BYTES = Buffer.from([...Array(100).keys()]);
  const part = (range: string, body: Uint8Array = BYTES.subarray(10, 20), type = "image/png") =>
    answer(body, type, { status: 206, headers: ["Content-Range", range] });
  const whole = (body: Uint8Array = BYTES, type = "image/png") => answer(body, type);

  test("matches where its bytes are cut out of the whole", () => {
    expect(outcome(part("bytes 10-19/100"), whole())).toBe("match");
    expect(outcome(part("bytes 10-19/*"), whole())).toBe("match");
    expect(outcome(part("bytes 10-19/100"), whole(), { serving: "modern" })).toBe("match");
  });

  test("differs in its bytes, its length, its fields or its status", () => {
    expect(outcome(part("bytes 11-20/100"), whole())).toEqual(["value body"]);
    expect(outcome(part("bytes 10-19/101"), whole())).toEqual(["length body"]);
    expect(outcome(part("bytes 10-19/*"), whole(BYTES.subarray(0, 15)))).toEqual(["length body"]);
    expect(outcome(part("bytes 10-19/100"), whole(BYTES, "image/gif"))).toEqual([
      "value header.content-type",
    ]);
    expect(outcome(part("bytes 10-19/100"), answer("", "image/png", { status: 404 }))).toContain(
      "value status",
    );
  });

  test("is partial where it cannot be cut out: several ranges, a coding, a text whose form may differ", () => {
    const parts = answer(BYTES, "multipart/byteranges; boundary=x", { status: 206, headers: ["Vary", "a"] });
    expect(outcome(parts, answer(BYTES, "image/png", { headers: ["Vary", "A"] }))).toBe("partial");
    expect(outcome(parts, whole())).toEqual(["missing header.vary"]);
    expect(outcome(part("bytes 10-29/100"), whole())).toBe("partial");
    const coded = answer(gzipSync(BYTES), "image/png", { headers: ["Content-Encoding", "gzip"] });
    expect(outcome(part("bytes 10-19/100"), coded)).toBe("partial");
    const json = Buffer.from(JSON.stringify({ at: 1, n: "x".repeat(90) }));
    const other = Buffer.from(JSON.stringify({ at: 2, n: "x".repeat(90) }));
    expect(
      outcome(
        part(`bytes 0-9/${json.length}`, json.subarray(0, 10), "application/json"),
        whole(other, "application/json"),
      ),
    ).toBe("partial");
    expect(outcome(part("bytes 10-19/100"), answer("", "image/png", { tooLarge: true }))).toBe("too_large");
  });

  test("is compared as ever beside another 206", () => {
    expect(outcome(part("bytes 10-19/100"), part("bytes 10-19/100"))).toBe("match");
    expect(outcome(part("bytes 10-19/100"), part("bytes 10-19/200"))).toEqual(["value header.content-range"]);
    expect(equalAnswers(part("bytes 10-19/100"), part("bytes 10-19/200"), [])).toBe(false);
  });

  test("does not differ in fields that speak of the part, though they are compared", () => {
    const headers = ["accept-ranges", "content-length", "content-range", "x-own"];
    const sent = (...own: string[]) =>
      answer(BYTES.subarray(10, 20), "image/png", {
        status: 206,
        headers: ["Content-Range", "bytes 10-19/100", "Content-Length", "10", ...own],
      });
    const all = answer(BYTES, "image/png", { headers: ["Content-Length", "100", "Accept-Ranges", "bytes"] });
    expect(outcome(sent(), all, { options: { headers } })).toBe("match");
    expect(outcome(sent("X-Own", "1"), all, { options: { headers } })).toEqual(["missing header.x-own"]);
    const empty = answer("", "", { status: 304, headers: ["Content-Length", "0"] });
    expect(outcome(empty, all, { options: { headers } })).toBe("not_modified");
  });
});

test("a 416 tells the length of the whole", () => {
  const served = (total: number) =>
    answer("", "", { status: 416, headers: ["Content-Range", `bytes */${total}`] });
  expect(outcome(served(2), answer("{}"))).toBe("partial");
  expect(outcome(served(3), answer("{}"))).toEqual(["length body"]);
});

test.each([
  [304, []],
  [412, []],
  [416, ["Content-Range", "bytes */2"]],
  [206, ["Content-Range", "bytes 0-0/2"]],
] as const)(
  "a %d that answers no conditions differs from a 200: the copy was asked the same",
  (status, headers) => {
    const served = answer(status === 206 ? "{" : "", "application/json", { status, headers });
    for (const serving of ["legacy", "modern"] as const)
      expect(outcome(served, answer("{}"), { serving, unconditional: false })).toContain("value status");
  },
);
