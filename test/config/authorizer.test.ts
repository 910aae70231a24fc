import { expect, test } from "vitest";
import { functionOf, identityOf, ttlOf } from "../../src/domain/policies/authorizer.ts";
import { complaints, configOf, oneRoute } from "./folder.ts";

const route = (policy: string) => oneRoute(`    policies: { authorizer: ${policy} }\n`);

async function policyOf(written: string) {
  const { routes } = await configOf(route(written));
  const policy = routes[0]?.policies?.authorizer;
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

test("a function by its name, and what is meant where nothing is written", async () => {
  const policy = await policyOf("{ function: shop-auth }");
  expect(policy).toMatchObject({
    ...{ function: "shop-auth", type: "request", payload: "1.0", challenge: "Bearer", timeout: 10_000 },
    ...{ maxConcurrent: 100, maxWaiting: 1000, arn: { account: "000000000000", api: "fig", stage: "prod" } },
  });
  expect(identityOf(policy)).toEqual([{ kind: "header", name: "authorization" }]);
  expect(ttlOf(policy)).toBe(300_000);
  expect(functionOf(policy)).toEqual({
    ...{ name: "shop-auth", qualifier: undefined, region: undefined, endpoint: undefined },
    credentials: { from: "auto", profile: undefined },
  });
  const asked = await policyOf("{ url: 'https://auth.internal/check' }");
  expect([identityOf(asked), ttlOf(asked)]).toEqual([[], 0]);
});

test("more of a function", async () => {
  const policy = await policyOf(
    "{ function: { name: 'arn:aws:lambda:eu-central-1:123456789012:function:auth', qualifier: live, endpoint: 'http://127.0.0.1:9001', credentials: file, profile: shop }, type: token, identity: ['header:X-Token'], ttl: 0 }",
  );
  expect(functionOf(policy)).toEqual({
    name: "arn:aws:lambda:eu-central-1:123456789012:function:auth",
    ...{ qualifier: "live", region: undefined, endpoint: "http://127.0.0.1:9001" },
    credentials: { from: "file", profile: "shop" },
  });
  expect(identityOf(policy)).toEqual([{ kind: "header", name: "x-token" }]);
});

const WRONG: readonly (readonly [written: string, says: readonly string[]])[] = [
  ["{}", ["policies.authorizer: nobody is asked — write `url` or `function`"]],
  ["{ url: 'http://a', function: b }", ["two are asked — write `url` or `function`, not both"]],
  ["{ url: 'ftp://a' }", ['"ftp://a" is not an http:// or https:// URL']],
  ["{ url: 'https://u:s3cret@a/' }", ["the URL contains credentials"]],
  ["{ function: 'a b' }", ["function"]],
  ["{ function: b, forward: [x-a] }", ["authorizer.forward: a function's event has every field"]],
  ["{ function: b, type: token, identity: ['query:a'] }", ["a TOKEN event has the value of one header"]],
  ["{ function: b, type: token, payload: '2.0' }", ["a TOKEN event has one form"]],
  [
    "{ function: b, identity: [] }",
    ["one client's answer would be kept for all — name `identity`, or write ttl: 0"],
  ],
  ["{ url: 'http://a', ttl: 5s }", ["one client's answer would be kept for all"]],
  ["{ url: 'http://a', validation: x }", ["it is not told what it is for"]],
  ["{ function: b, validation: '(a)\\1' }", ["back references are not supported"]],
  ["{ function: b, ttl: 2h }", ['"2h" is longer than 1h']],
  ["{ function: b, identity: ['body:x'] }", ['"body:x" is no identity source']],
  ["{ url: 'http://a', forward: [x-fig-context-a] }", ["is the front door's own to write"]],
  ["{ function: b, maxConcurrent: 0 }", ["0 is out of range"]],
  ["{ functions: b }", ['unknown key "functions" — did you mean "function"?']],
];
for (const [written, says] of WRONG)
  test(`${written} is refused`, async () => {
    const text = await complaints(route(written));
    for (const part of says) expect(text).toContain(part);
    expect(text).not.toContain("s3cret");
  });
