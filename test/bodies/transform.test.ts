import { describe, expect, test } from "vitest";
import { transform } from "../../src/bodies/transform.ts";

async function made(expression: string, body: string): Promise<string> {
  const bound = { request: { method: "POST", headers: { authorization: "Bearer secret" } } };
  const result = await transform({
    kind: "transform",
    ...{ expression, body: Buffer.from(body), coding: "", bound, maxBytes: 1024, text: false },
  });
  return result.ok ? Buffer.from(result.body ?? []).toString() : `${result.why}: ${result.message}`;
}

const ID = "12345678901234567890";

describe("numbers that a double cannot hold stay as they are", () => {
  test.each([
    ['$ ~> |$|{ "z": 1 }|', `{"id":${ID},"list":[{"id":${ID}}],"z":1}`],
    ['$ ~> |list|{ "n": id }, ["id"]|', `{"id":${ID},"list":[{"n":${ID}}]}`],
    ["$clone($).list", `[{"id":${ID}}]`],
    ['id & "x"', `"${ID}x"`],
    ['$merge([list, { "m": id }])', `{"id":${ID},"m":${ID}}`],
    ["$reverse(list.id)", `[${ID}]`],
    ["id = list[0].id", "true"],
  ])("%s", async (expression, result) => {
    expect(await made(expression, `{"id":${ID},"list":[{"id":${ID}}]}`)).toBe(result);
  });
});

test("a name is what was sent, whatever came before", async () => {
  expect(await made("$", String.raw`{"before":1,"ro\\u":1}`)).toBe(String.raw`{"before":1,"ro\\u":1}`);
  expect(await made("$", String.raw`{"before":1,"ro\u006ce":2}`)).toBe('{"before":1,"role":2}');
  expect(await made("$", String.raw`{"before":${ID},"ro\u006ce":2,"x\"":${ID}}`)).toBe(
    String.raw`{"before":${ID},"role":2,"x\"":${ID}}`,
  );
});

test("names that objects have change no other object", async () => {
  const body =
    '{"items":[{"name":"__proto__","v":{"polluted":1}},{"name":"constructor","v":2}],"__proto__":{"a":1}}';
  for (const expression of ["items{name: v}", "$merge(items.{name: v})", '$ ~> |$|{ "b": 1 }|', "$clone($)"])
    expect(await made(expression, body)).toContain('"__proto__"');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("a");
});

test("what goes wrong repeats nothing of the body or of credentials", async () => {
  for (const expression of [
    "$error($request.headers.authorization)",
    "secret + 1",
    "$number(secret)",
    "$eval(secret)",
  ])
    expect(await made(expression, '{"secret":"Bearer secret"}')).not.toMatch(/secret/);
  expect(await made("secret", '{"secret": Bearer')).toBe("not_json: the body is not JSON");
});
