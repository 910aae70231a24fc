import { expect, test } from "vitest";
import type { RouteMatch } from "../../src/domain/route.ts";
import { findTies } from "../../src/routing/index.ts";
import { definitionOf } from "./live-route.ts";

type Match = Partial<RouteMatch> & { readonly path: string };
const cases: readonly [does: boolean, why: string, a: Match, b: Match][] = [
  [true, "the same path", { path: "/a" }, { path: "/a" }],
  [true, "captures with other names", { path: "/a/{x}" }, { path: "/a/{y}" }],
  [true, "literals in another encoding", { path: "/caf%C3%A9" }, { path: "/café" }],
  [false, "a capture and the rest", { path: "/a/{x}" }, { path: "/a/{x+}" }],
  [false, "a trailing slash", { path: "/a" }, { path: "/a/" }],
  [
    true,
    "paths whose case does not count",
    { path: "/a", caseSensitive: false },
    { path: "/A", caseSensitive: false },
  ],
  [false, "case that counts in one", { path: "/a", caseSensitive: false }, { path: "/a" }],
  [false, "a slash that one may have", { path: "/a", trailingSlash: "any" }, { path: "/a/" }],
  [true, "one path, a slash that one may have", { path: "/a", trailingSlash: "any" }, { path: "/a" }],
  [false, "a host on one", { path: "/a", host: "h" }, { path: "/a" }],
  [false, "two hosts", { path: "/a", host: "h" }, { path: "/a", host: "i" }],
  [true, "the same host", { path: "/a", host: "h" }, { path: "/a", host: "h" }],
  [false, "methods on one", { path: "/a", methods: ["GET"] }, { path: "/a" }],
  [false, "methods that do not overlap", { path: "/a", methods: ["GET"] }, { path: "/a", methods: ["PUT"] }],
  [true, "methods that overlap", { path: "/a", methods: ["GET", "PUT"] }, { path: "/a", methods: ["PUT"] }],
  [false, "more conditions on one", { path: "/a", headers: { x: "1" } }, { path: "/a" }],
  [false, "one header, two values", { path: "/a", headers: { x: "1" } }, { path: "/a", headers: { x: "2" } }],
  [
    true,
    "two headers that may both come",
    { path: "/a", headers: { x: "1" } },
    { path: "/a", headers: { y: "1" } },
  ],
  [true, "a header and a parameter", { path: "/a", headers: { x: "1" } }, { path: "/a", query: { x: "2" } }],
  [false, "one parameter, two values", { path: "/a", query: { x: "1" } }, { path: "/a", query: { x: "2" } }],
  [
    false,
    "one of two conditions excluding",
    { path: "/a", headers: { x: "1" }, query: { q: "1" } },
    { path: "/a", headers: { y: "1" }, query: { q: "2" } },
  ],
];

test.each(cases)("tie %s: %s", (does, _why, a, b) => {
  const first = definitionOf("first", a);
  const second = definitionOf("second", b);
  expect(findTies([first, second])).toEqual(does ? [[first, second]] : []);
});

test("every tying pair is found, and paths that are no templates are left out", () => {
  const routes = ["1", "2", "3"].map((id) => definitionOf(id, { path: "/same" }));
  const pairs = findTies([
    ...routes,
    definitionOf("bad", { path: "no" }),
    definitionOf("bad2", { path: "no" }),
  ]);
  expect(pairs.map((pair) => pair.map(({ id }) => id))).toEqual([
    ["1", "2"],
    ["1", "3"],
    ["2", "3"],
  ]);
});
