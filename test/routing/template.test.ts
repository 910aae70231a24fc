import { describe, expect, test } from "vitest";
import { rewriteOf, templateOf } from "../../src/routing/index.ts";

describe("templateOf", () => {
  test("reads literals, captures and the rest, decoding literals", () => {
    expect(templateOf("/a%20b/{id}/é/{rest+}")).toEqual({
      segments: [
        { kind: "literal", text: "a b" },
        { kind: "one", name: "id" },
        { kind: "literal", text: "\u00c3\u00a9" },
        { kind: "rest", name: "rest" },
      ],
      names: ["id", "rest"],
    });
    expect(templateOf("/")).toEqual({ segments: [{ kind: "literal", text: "" }], names: [] });
  });

  test.each([
    ["api", 'path "api" does not begin with /'],
    ["/a?b=1", 'path "/a?b=1" has a query'],
    ["/a#b", 'path "/a#b" has a #, which clients never send'],
    ["/a b", 'path "/a b" has a space or a control character'],
    ["/a\\b", 'path "/a\\b" has a backslash'],
    ["/a//b", 'path "/a//b" has an empty segment (//), which no unambiguous request matches'],
    ["/a/../b", 'path "/a/../b" has a dot segment "..", which no unambiguous request matches'],
    ["/a/%2E/b", 'path "/a/%2E/b" has a dot segment "%2E", which no unambiguous request matches'],
    ["/a/..;x/b", 'path "/a/..;x/b" has a dot segment "..;x", which no unambiguous request matches'],
    ["/a%2Fb", 'path "/a%2Fb" has an encoded slash in "a%2Fb", which no unambiguous request matches'],
    [
      "/a%2541",
      'path "/a%2541" has the doubly encoded segment "a%2541", which no unambiguous request matches',
    ],
    ["/100%", 'path "/100%" has an invalid percent-encoding in "100%"'],
    ["/{x+}/b", 'path "/{x+}/b" has {x+} before its end'],
    ["/{x}/{x}", 'path "/{x}/{x}" has two captures named x'],
    ["/{x}.json", 'path "/{x}.json" has a capture that is only a part of the segment "{x}.json"'],
    ["/{}", 'path "/{}" has a capture {} without a valid name'],
    ["/{a-b}", 'path "/{a-b}" has a capture {a-b} without a valid name'],
    ["/{x", 'path "/{x" has an unpaired brace in "{x"'],
    ["/a".repeat(65), `path "${"/a".repeat(20)}…" has more than 64 segments`],
  ])("refuses %s", (path, problem) => {
    expect(templateOf(path)).toMatchObject({ problem, remedy: expect.stringMatching(/./) });
  });
});

describe("rewriteOf", () => {
  test("gives text as it goes over the wire and the captures' indexes", () => {
    expect(rewriteOf("/v2/{b+}/ü/{a}.json", ["a", "b"])).toEqual(["/v2/", 1, "/%C3%BC/", 0, ".json"]);
    expect(rewriteOf("/a%2Fb//..", [])).toEqual(["/a%2Fb//.."]);
  });

  test.each([
    ["v2", 'path "v2" does not begin with /'],
    ["/v2?x=1", 'path "/v2?x=1" has a query'],
    ["/v2/{c}", 'path "/v2/{c}" inserts {c}, which match.path does not capture'],
    ["/v2/{c", 'path "/v2/{c" has a brace that is not part of a capture'],
    ["/v2/%4", 'path "/v2/%4" has an invalid percent-encoding'],
  ])("refuses %s", (path, problem) => {
    expect(rewriteOf(path, ["a", "b"])).toMatchObject({ problem, remedy: expect.stringMatching(/./) });
  });
});
