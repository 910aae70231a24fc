import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathBack } from "../../src/routing/path-back.ts";
import { definitionOf } from "./live-route.ts";

function backOf(match: string, side: string) {
  const back = pathBack(
    definitionOf("r", { path: match }, { modern: { upstream: "modern", path: side } }),
    "modern",
  );
  if (back === undefined) throw new Error("no way back");
  return back;
}

describe("the way back of a side's path", () => {
  it.each([
    ["/r/{x}", "/v2/r/{x}", "/v2/r/7", "/r/7"],
    ["/r/{x}", "/v2/r/{x}", "/v2/r/7/", "/r/7/"],
    ["/r/{x}", "/v2/r/{x}", "/v2/r/7/items/3", "/r/7/items/3"],
    ["/r/{x}", "/v2/r/{x}", "/v2/r/", "/r/"],
    ["/r/{x}", "/v2/r/{x}", "/v2/r", "/r"],
    ["/r/{x}", "/v2/r/{x}", "/v3/r/7", undefined],
    ["/r/{x}", "/v2/r/{x}", "/login", undefined],
    ["/list", "/v2/list", "/v2/list/9", "/list/9"],
    ["/list", "/v2/list", "/v2/listing", undefined],
    ["/app", "/", "/login", undefined],
    ["/app/{p+}", "/{p+}", "/login/now", "/app/login/now"],
    ["/files/{p+}", "/store/{p+}/raw", "/store/a/b/raw", "/files/a/b"],
    ["/o/{id}/{part}", "/v2/{part}-of-{id}", "/v2/lines-of-7", "/o/7/lines"],
    ["/o/{id}/{part}", "/v2/o/{id}", "/v2/o/9", "/o/9/asked-part"],
    ["/r/{x}", "/v2/r/{x}", "/v2/r/a%2Fb", "/r/a%2Fb"],
  ])("%s served at %s: %s is %s", (match, side, path, known) => {
    expect(backOf(match, side).path(path, ["asked-id", "asked-part"])).toBe(known);
  });

  it.each([
    ["/r/{x}", "/v2/r/{x}", "/v2/r", "/r"],
    ["/r/{x}", "/v2/r/{x}", "/v2", "/"],
    ["/r/{x}", "/v2/r/{x}", "/v2/", "/"],
    ["/r/{x}", "/v2/r/{x}", "/", undefined],
    ["/r/{x}", "/v2/r/{x}", "/admin", undefined],
    ["/shop/r/{x}", "/a/b/r/{x}", "/a", "/shop"],
  ])("%s served at %s: a cookie for %s is for %s", (match, side, path, known) => {
    expect(backOf(match, side).cookiePath(path, [])).toBe(known);
  });

  it("is there only for a side that has a path", () => {
    expect(pathBack(definitionOf("r", { path: "/r/{x}" }), "modern")).toBeUndefined();
  });

  it("undoes what the side's path did, whatever was captured", () => {
    const segment = fc.stringMatching(/^[a-z0-9%~.-]{1,8}$/).filter((text) => !/^\.+$/.test(text));
    fc.assert(
      fc.property(segment, segment, (x, y) => {
        const back = backOf("/a/{x}/{y}", "/v2/{x}/things/{y}");
        expect(back.path(`/v2/${x}/things/${y}`, [])).toBe(`/a/${x}/${y}`);
      }),
    );
  });
});
