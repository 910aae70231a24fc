import { describe, expect, test } from "vitest";
import type { Verdict } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import { answer, type JobChanges, job, jsonMismatches, named } from "./jobs.ts";

const kinds = (legacy: unknown, modern: unknown, options: Partial<CompareOptions> = {}) =>
  named(jsonMismatches(JSON.stringify(legacy), JSON.stringify(modern), options));

describe("patterns", () => {
  const users = (seen: number) => ({ users: { u1: { seen, name: "a" }, u2: { seen: seen + 1, name: "b" } } });

  test(".* stands for every member, [*] for every element, and neither for the other", () => {
    expect(kinds(users(1), users(5), { ignore: ["$.users.*.seen"] })).toEqual([]);
    expect(kinds(users(1), users(5), { ignore: ["$.users[*].seen"] })).toHaveLength(2);
    expect(kinds([{ a: 1 }], [{ a: 2 }], { ignore: ["$.*.a"] })).toEqual(["value $[*].a"]);
    expect(kinds({ a: { b: [1] } }, { a: { b: [2] } }, { ignore: ["$.*.*[*]"] })).toEqual([]);
    const renamed = { users: { u1: { seen: 1, name: "x" } } };
    expect(kinds({ users: { u1: { seen: 2, name: "a" } } }, renamed, { ignore: ["$.users.*.seen"] })).toEqual(
      ["value $.users.u1.name"],
    );
  });

  test("..name stands for that member at any depth, also below one of its name", () => {
    const tree = (n: number) => ({ etag: n, a: [{ etag: n, b: { etag: { etag: n }, c: 1 } }] });
    expect(kinds(tree(1), tree(2), { ignore: ["$..etag"] })).toEqual([]);
    expect(kinds(tree(1), tree(2), { ignore: ["$.a..etag"] })).toEqual(["value $.etag"]);
    expect(kinds({ x: { a: { b: 1 } }, b: 1 }, { x: { a: { b: 2 } }, b: 2 }, { ignore: ["$..a.b"] })).toEqual(
      ["value $.b"],
    );
  });

  test("a wildcard and a name may say different things of one place", () => {
    const options = {
      ignore: ["$.*.at"],
      tolerance: { "$.a.n": 1 },
      arrays: { "$..list": { mode: "unordered" } },
    };
    const legacy = { a: { at: 1, n: 1, list: [1, 2] }, b: { at: 1, n: 1, list: [1, 2] } };
    const modern = { a: { at: 2, n: 2, list: [2, 1] }, b: { at: 2, n: 2, list: [2, 1] } };
    expect(kinds(legacy, modern, options as Partial<CompareOptions>)).toEqual(["value $.b.n"]);
  });

  test("what is redacted at any depth is in no sample", () => {
    const [found] = jsonMismatches('{"a":[{"note":"s3cr3t"}]}', '{"a":{"b":{"note":"s3cr3t"}}}', {
      redact: ["$..note"],
    });
    expect(found?.path).toBe("$.a");
    expect(JSON.stringify(found)).not.toContain("s3cr3t");
  });

  test("patterns that tell very many places apart stay linear in the body", () => {
    const ignore = ["$..a.*.*.*.*.*.*.*.*.*.*.*.*.x", "$..b.*.*.*.*.*.*.*.*.*.*.*.y"];
    const deep = (depth: number, seed: number): unknown =>
      depth === 0 ? { x: seed, y: seed } : { a: deep(depth - 1, seed * 2), b: deep(depth - 1, seed * 2 + 1) };
    const legacy = JSON.stringify(deep(14, 1));
    expect(
      jsonMismatches(legacy, legacy.replaceAll('"y"', '"z"'), { ignore, arrays: {} }).length,
    ).toBeGreaterThan(0);
  });
});

test("elements that are ignored are counted, whatever their order says", () => {
  for (const mode of ["ordered", "unordered", "key"] as const) {
    const arrays: CompareOptions["arrays"] =
      mode === "ordered" ? {} : { "$.items": mode === "key" ? { mode, key: "id" } : { mode } };
    const options = { ignore: ["$.items[*]"], arrays };
    const items = (...ids: number[]) => ({ items: ids.map((id) => ({ id })) });
    expect([mode, kinds(items(1, 2, 3), items(1), options)]).toEqual([mode, ["length $.items"]]);
    expect([mode, kinds(items(1), items(2, 2), options)]).toEqual([mode, ["length $.items"]]);
    expect([mode, kinds(items(1, 2), items(3, 4), options)]).toEqual([mode, []]);
  }
});

describe("maps", () => {
  const map = (name: (i: number) => string, n: number, size = 600) =>
    Object.fromEntries(Array.from({ length: size }, (_, i) => [name(i), { price: i * n }]));

  test("an object of many members is one path, whatever its names", () => {
    expect(kinds({ by: map((i) => `sku-${i}`, 1) }, { by: map((i) => `sku-${i}`, 2) })).toEqual([
      "value $.by.*.price",
    ]);
    expect(
      kinds(
        map((i) => `a${i}`, 1, 50),
        map((i) => `a${i}`, 2, 50),
      ),
    ).toHaveLength(49);
  });

  test("names that begin with digits make a map, one among others does not", () => {
    expect(kinds({ 17: { a: 1 }, 18: { a: 1 } }, { 17: { a: 2 }, 18: { a: 3 } })).toEqual(["value $.*.a"]);
    expect(kinds({ 17: 1, 18: 1 }, { 17: 1, 19: 1 })).toEqual(["missing $.*", "extra $.*"]);
    expect(kinds({ "2fa": true, id: 1 }, { "2fa": false, id: 2 })).toEqual(["value $.2fa", "value $.id"]);
  });

  test("the folded path is a pattern that hides what it names; rules by name still hold in a map", () => {
    const [legacy, modern] = [map((i) => `k${i}`, 1), map((i) => `k${i}`, 2)];
    expect(kinds(legacy, modern, { ignore: ["$.*.price"] })).toEqual([]);
    expect(kinds({ 1: 1, 2: 2 }, { 1: 9, 2: 9 }, { ignore: ["$.1"] })).toEqual(["value $.*"]);
  });

  test("a credential's name in a map still hides its value", () => {
    const [found] = jsonMismatches(
      '{"1":1,"2":2,"3":3,"token":"s3cr3t"}',
      '{"1":1,"2":2,"3":3,"token":"0ther"}',
    );
    expect(found).toEqual({
      path: "$.*",
      kind: "value",
      legacy: '"[redacted]"',
      modern: '"[redacted]"',
      forms: ["redacted text", "redacted text"],
    });
  });
});

describe("rules beside paths", () => {
  const verdict = (legacy: ReturnType<typeof answer>, modern: typeof legacy, changes: JobChanges): Verdict =>
    verdictOf(job(legacy, modern, changes));
  const outcome = (
    legacy: ReturnType<typeof answer>,
    modern: typeof legacy,
    options: Partial<CompareOptions>,
  ) => {
    const { outcome: said, mismatches } = verdict(legacy, modern, { options });
    return said === "match" ? [] : named(mismatches);
  };

  test("statuses of one group are equal, in either direction, and the rest is compared", () => {
    const status = [[404, 410]];
    const [gone, missing] = [
      answer('{"a":1}', undefined, { status: 410 }),
      answer('{"a":1}', undefined, { status: 404 }),
    ];
    expect(outcome(missing, gone, {})).toEqual(["value status"]);
    expect(outcome(missing, gone, { status })).toEqual([]);
    expect(outcome(gone, missing, { status })).toEqual([]);
    expect(outcome(missing, answer('{"a":2}', undefined, { status: 410 }), { status })).toEqual([
      "value $.a",
    ]);
    expect(outcome(missing, answer('{"a":1}', undefined, { status: 400 }), { status })).toEqual([
      "value status",
    ]);
    const found = answer('{"a":2}');
    expect(outcome(missing, found, { status: [[404, 200]] })).toEqual(["value $.a"]);
    expect(outcome(missing, found, {})).toEqual(["value status"]);
    const [failed, away] = [answer("x", "", { status: 500 }), answer("x", "", { status: 503 })];
    expect(verdict(failed, away, {}).reason).toBe("serving_error");
    expect(verdict(failed, away, { options: { status: [[500, 503]] } }).outcome).toBe("match");
  });

  test("a member that is null may be one that is not there, at any depth and in any array", () => {
    const nulls = "absent" as const;
    expect(kinds({ a: null, b: { c: null } }, { b: {} })).toEqual(["missing $.a", "missing $.b.c"]);
    expect(kinds({ a: null, b: { c: null } }, { b: {} }, { nulls })).toEqual([]);
    expect(kinds([{ a: 1, b: null }, { a: 2 }], [{ a: 2, c: null }, { a: 1 }], { nulls })).toEqual([
      "order $",
    ]);
    expect(kinds({ a: null }, { a: 0 }, { nulls })).toEqual(["type $.a"]);
    expect(kinds([null, 1], [1], { nulls })).toEqual(["length $"]);
    expect(
      kinds({ l: [{ n: 1, x: null }] }, { l: [{ n: 1.1 }] }, { nulls, tolerance: { "$.l[*].n": 1 } }),
    ).toEqual([]);
  });

  test("text is compared once what the rules name is replaced", () => {
    const page = (nonce: string, rest = "") =>
      answer(`<script nonce="${nonce}">1</script>${rest}`, "text/html");
    const text = [{ replace: 'nonce="[^"]*"', with: "" }];
    expect(outcome(page("a"), page("bb"), {})).toEqual(["value /script/@nonce"]);
    expect(outcome(page("a"), page("bb"), { text })).toEqual([]);
    expect(outcome(page("a", "<p>x"), page("bb", "<p>y"), { text })).toEqual(["value /p/text()"]);
    const xml = (at: string) => answer(`<a><at>${at}</at></a>`, "application/xml");
    expect(
      outcome(xml("12:00:01"), xml("12:00:09"), { text: [{ replace: "\\d\\d:\\d\\d:\\d\\d", with: "T" }] }),
    ).toEqual([]);
  });

  test("a rule that takes away a credential's name does not lay the credential bare", () => {
    const page = (rest: string) => answer(`<p>password=h0rse-battery ${rest}</p>`, "text/html");
    const text = [{ replace: "password=", with: "" }];
    const { mismatches } = verdict(page("a"), page("b"), { options: { text } });
    expect(named(mismatches)).toEqual(["value /p/text()"]);
    expect(JSON.stringify(mismatches)).not.toContain("h0rse");
  });

  test("JSON that does not say so is compared as JSON, where both sides send it", () => {
    const html = (body: string) => answer(body, "text/html");
    expect(outcome(html('{"a":1,"b":2}'), html('{ "b": 2, "a": 1 }'), {})).toEqual([]);
    expect(outcome(html('{"a":1}'), html('\ufeff{"a":2}'), {})).toEqual(["value $.a"]);
    expect(outcome(answer('{"a":1}', ""), answer('{"a":2}', ""), { headers: [] })).toEqual(["value $.a"]);
    expect(outcome(html("[1]"), html("<p>"), {})).toEqual(["value body"]);
    expect(outcome(html("{ body }"), html("{ other }"), {})).toEqual(["value body"]);
    expect(outcome(answer("[1]", "image/png"), answer("[ 1]", "image/png"), {})).toEqual(["value body"]);
  });

  test.each([
    ["text/plain", '{"mail":"h0rse","a":1', '{"mail":"h0rse","a":2}'],
    ["text/plain", '{"mail":"h0rse","a":1}', "gone"],
    ["text/html", '\ufeff [{"mail": "h0rse"}, 1,]', '\ufeff [{"mail": "h0rse"}, 2,]'],
    ["text/javascript", 'back({"mail" : "h0rse"},1)', 'back({"mail" : "h0rse"},2)'],
    ["text/javascript", ')]}\'\n["h0rse",1]', ')]}\'\n["h0rse",2]'],
  ])("what a route redacts is in no sample of JSON that is read as %s: %s", (type, legacy, modern) => {
    const said = (redact: string[]) =>
      verdict(answer(legacy, type), answer(modern, type), { options: { redact } }).mismatches;
    expect(named(said(["$..mail"]))).toEqual(["value body"]);
    expect(JSON.stringify(said(["$..mail"]))).not.toContain("h0rse");
    expect(said(["$..mail"])[0]?.legacy).toContain("bytes");
    expect(JSON.stringify(said([]))).toContain("h0rse");
  });

  test("what a route redacts is in no sample of a script or an event either", () => {
    const said = (type: string, legacy: string, modern: string) =>
      verdict(answer(legacy, type), answer(modern, type), { options: { redact: ["$..mail"] } }).mismatches;
    const script = (more: string) => `<p><script>a = {'mail': 'h0rse'}${more}</script>`;
    const events = (mail: string) => `data: {"mail":"${mail}","a":1}`;
    for (const found of [
      said("text/html", "<p>", script("")),
      said("text/html", script(""), script(";")),
      said("text/event-stream", events("h0rse"), events("h0rse2")),
    ]) {
      expect(found.length).toBeGreaterThan(0);
      expect(JSON.stringify(found)).not.toContain("h0rse");
    }
  });

  test("text that is no JSON is shown where the route redacts, too", () => {
    const page = (rest: string) => answer(`<p style="a: b">${rest}`, "text/html");
    const { mismatches } = verdict(page("x"), page("y"), { options: { redact: ["$.mail"] } });
    expect(mismatches[0]?.legacy).toContain("x");
  });

  test("JSON lines are compared as an array of their values", () => {
    const lines = (body: string, type = "application/x-ndjson") => answer(body, type);
    expect(
      outcome(lines('{"a":1,"t":1}\n{"a":2,"t":1}\n'), lines('{"t":2,"a":1}\r\n{"t":2,"a":2}'), {}),
    ).toEqual(["value $[*].t"]);
    expect(outcome(lines('{"a":1,"t":1}\n'), lines('{"a":1,"t":2}\n'), { ignore: ["$[*].t"] })).toEqual([]);
    expect(outcome(lines('{"a":1}\n'), lines('{"a":1}\n{"a":2}\n'), {})).toEqual(["length $"]);
    expect(outcome(lines('{"a":1}\n{"a"'), lines('{"a":1}\n{"a":2}'), {})).toEqual(["type body"]);
    const sequence = (body: string) => lines(body, "application/json-seq");
    expect(
      outcome(sequence('\u001e{"a":1}\n\u001e{"a":2}\n'), sequence('\u001e{ "a":1}\n\u001e{"a":3}\n'), {}),
    ).toEqual(["value $[*].a"]);
    expect(
      outcome(lines('{"a":1}\n{"a":2}', "text/plain"), lines('{"a": 1}\n{"a":3}', "text/plain"), {}),
    ).toEqual(["value $[*].a"]);
  });

  test("a verdict says which rules met something and which hide most of an answer", () => {
    const options: Partial<CompareOptions> = {
      ignore: ["$.data", "$.nothing", { path: "$.at", reason: "a clock" }],
      redact: ["$..mail"],
      tolerance: { "$.data.n": 1 },
    };
    const body = (at: number) =>
      answer(JSON.stringify({ at, id: 1, data: { n: at, a: 1, b: 2, mail: "x" } }));
    const said = verdict(body(1), body(2), { options });
    expect(said).toMatchObject({
      outcome: "match",
      rules: {
        read: "json",
        met: ["ignore $.data", "ignore $.at", "redact $..mail", "tolerance $.data.n"],
        hiding: ["ignore $.data"],
      },
    });
    const page = (n: string) => answer(`<p>${n}`, "text/html");
    const text = [{ replace: "\\d+", with: "" }];
    expect(verdict(page("1"), page("2"), { options: { text } }).rules).toEqual({
      read: "text",
      met: ["text \\d+"],
      hiding: [],
    });
    expect(verdict(page("a"), page("a "), { options: { text } }).rules?.met).toEqual([]);
    const much = [
      { replace: "[a-z]+", with: "xxxxx" },
      { replace: ">\\d", with: "" },
    ];
    const rules = verdict(page("1 some words"), page("2 other words"), { options: { text: much } }).rules;
    expect(rules?.met).toEqual(["text [a-z]+", "text >\\d"]);
    expect(rules?.hiding).toEqual(["text [a-z]+"]);
  });
});
