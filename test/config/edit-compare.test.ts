import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { editCompare } from "../../src/config/index.ts";

const FILE = `# All of the shop.
routes:
  - id: books # first
    match: { path: /books }
    modern: new
  - id: orders
    # It was slow once.
    match: { path: "/orders/{id}" }
    modern: new
    compare:
      # Why: see the ticket.
      ignore:
        - $.at # a time
        - $.by
      arrays: { $.tags: unordered } # as they come
      control: 2
`;

const edited = (changes: Record<string, unknown>, id = "orders", file = FILE) =>
  editCompare(file, id, Object.entries(changes));
const compareOf = (text: string, id = "orders") =>
  (parse(text) as { routes: { id: string; compare: unknown }[] }).routes.find((route) => route.id === id)
    ?.compare;

describe("a route's compare in its file", () => {
  test("gets what is new, and every other line stays", () => {
    const text = edited({
      ignore: ["$.at", "$.by", "$.seen"],
      arrays: { "$.tags": "unordered", "$.rows": { key: "id" } },
      tolerance: { "$.price": 0.01 },
    });
    expect(compareOf(text)).toEqual({
      ignore: ["$.seen", "$.at", "$.by"],
      arrays: { "$.tags": "unordered", "$.rows": { key: "id" } },
      tolerance: { "$.price": 0.01 },
      control: 2,
    });
    const lines = new Set(text.split("\n"));
    const kept = FILE.split("\n").filter((line) => !line.includes("arrays:"));
    expect(kept.filter((line) => !lines.has(line))).toEqual([]);
    expect(text).toContain("# as they come");
  });

  test("of a key that is there with another value has the new one", () => {
    expect(compareOf(edited({ control: 5 }))).toMatchObject({ control: 5 });
    const text = edited({ arrays: { "$.tags": { key: "id" } } });
    expect(compareOf(text)).toMatchObject({ arrays: { "$.tags": { key: "id" } } });
  });

  test("loses an element that is no longer wanted, with its line", () => {
    expect(compareOf(edited({ ignore: ["$.by"] }))).toMatchObject({ ignore: ["$.by"] });
  });

  test("is written where there was none, in a block or in one line", () => {
    const text = edited({ nulls: "absent" }, "books");
    expect(compareOf(text, "books")).toEqual({ nulls: "absent" });
    // What is said of the id stays beside it.
    expect(text).toContain('  - id: books # first\n    compare: { nulls: "absent" }\n');
    const short = "routes: [{ id: a, modern: new, compare: { control: 1 } }]\n";
    const both = editCompare(short, "a", [["nulls", "absent"]]);
    expect(compareOf(both, "a")).toEqual({ nulls: "absent", control: 1 });
  });

  test("is left alone where the route is not written out in the file", () => {
    expect(() => edited({ nulls: "absent" }, "nowhere")).toThrow("is not written out in its file");
    const aliased = "x: &c { control: 1 }\nroutes:\n  - id: a\n    compare: *c\n";
    expect(() => editCompare(aliased, "a", [["control", 2]])).toThrow("is not written out");
  });
});
