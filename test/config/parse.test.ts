import { describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "../../src/config/index.ts";
import { configOf, oneRoute } from "./folder.ts";

describe("parseConfig", () => {
  const value = {
    state: "sqlite:state.db",
    default: "a",
    upstreams: { a: "http://127.0.0.1:1", b: { urls: ["http://127.0.0.1:2"] } },
    routes: [{ id: "one", match: { path: "/one/{id}" }, modern: "b" }],
    migrations: [{ number: 1, name: "first", changes: { one: { modern: 5 } } }],
  };

  test("takes fig.yaml's keys with routes and migrations inline, and hashes as files do", async () => {
    const result = parseConfig(value, { folder: "/srv" });
    if (!result.ok) throw new Error(formatProblems(result.problems));
    expect(result.config).toMatchObject({
      file: undefined,
      state: "sqlite:/srv/state.db",
      defaultUpstream: "a",
    });
    expect(result.config.migrations[0]).toMatchObject({
      number: 1,
      name: "first",
      changes: { one: { modern: 5 } },
    });
    expect(result.config.routes[0]?.hash).toBe((await configOf(oneRoute(""))).routes[0]?.hash);
  });

  test("an empty object is a front door with every default", () => {
    expect(parseConfig({})).toMatchObject({ ok: true, config: { routes: [], migrations: [] } });
  });

  test.each([
    ["no object", 5, ["config: must be a mapping, not 5 — write lines of key: value under it"]],
    ["an unknown key", { lisen: 1 }, ['config.lisen: unknown key "lisen" — did you mean "listen"?']],
    [
      "a folder",
      { routes: "routes" },
      [
        "config.routes: routes: must be a list, because no file is read — give it inline, or let loadConfig read fig.yaml",
      ],
    ],
    [
      "a wrong route and a wrong migration",
      {
        ...value,
        routes: [{ id: "one", match: { path: "one" }, modern: "c" }],
        migrations: [
          { number: 0, name: "x y", changes: { two: { modern: 5 } } },
          { number: 2, name: "b", changs: {} },
        ],
      },
      [
        'config.routes[0].match.path: route one: match.path: path "one" does not begin with / — write it like /api/orders/{id} or /files/{rest+}',
        'config.routes[0].modern: route one: modern: there is no upstream "c" — upstreams here: a, b',
        "config.migrations[0].number: number: 0 is out of range — write a whole number from 1 to 9999",
        'config.migrations[0].name: name: "x y" is not a name — write letters, digits and . _ -, like orders-10-percent',
        "config.migrations[1].changes: changes: is missing — write lines of key: value under it",
        'config.migrations[1].changs: unknown key "changs" — did you mean "changes"?',
      ],
    ],
    [
      "__proto__",
      JSON.parse('{"limits":{"__proto__":{"body":1}}}'),
      ["config.limits: __proto__ cannot be a key — leave it out"],
    ],
  ])("tells what is wrong with %s by its path", (_name, given, says) => {
    const result = parseConfig(given);
    const said = result.ok ? [] : formatProblems(result.problems).split("\n");
    expect([...said].sort()).toEqual([...says].sort());
  });

  test("an object that holds itself is refused", () => {
    const circle: Record<string, unknown> = {};
    circle.limits = circle;
    const result = parseConfig(circle);
    expect(result.ok || formatProblems(result.problems)).toContain("nested more than 100 deep");
  });
});
