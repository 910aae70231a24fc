import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../../src/domain/iam/evaluate.ts";
import type { RequestFacts } from "../../../src/domain/iam/facts.ts";
import { globOf, MAX_GLOB_STEPS, matchesGlob } from "../../../src/domain/iam/glob.ts";
import { MAX_STATEMENTS, PolicyProblem, readPolicy } from "../../../src/domain/iam/policy-document.ts";

const ARN = "arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/orders/7";
const ASKED: RequestFacts = {
  arn: ARN,
  sourceIp: "203.0.113.7",
  userAgent: "curl/8.5",
  referer: undefined,
  secure: true,
  nowMs: Date.UTC(2026, 10, 29, 12),
};

const allow = (changes: object = {}) => ({
  Effect: "Allow",
  Action: "execute-api:Invoke",
  Resource: "*",
  ...changes,
});
const deny = (changes: object = {}) => ({ ...allow(changes), Effect: "Deny" });
const decided = (statements: unknown, facts: Partial<RequestFacts> = {}) =>
  evaluatePolicy(readPolicy({ Version: "2012-10-17", Statement: statements }), { ...ASKED, ...facts });

describe("patterns", () => {
  const piece = fc.constantFrom("a", "b", "/", ":", ".", "*", "?", "**");

  test("a pattern stands for what a regular expression of the same meaning does", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
        fc.string({ unit: fc.constantFrom("a", "b", "/", ":", "."), maxLength: 14 }),
        (pattern, text) => {
          const meaning = pattern.replace(/[./:]/g, "\\$&").replace(/\*+/g, "[^]*").replaceAll("?", "[^]");
          const steps = { left: MAX_GLOB_STEPS };
          expect(matchesGlob(globOf(pattern), text, steps)).toBe(new RegExp(`^${meaning}$`).test(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a pattern stands for the texts that it was made from", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.constantFrom("*", "?", "")), { maxLength: 6 }),
        (parts) => {
          const escaped = (text: string) => text.replace(/[$*?]/g, (char) => `\${${char}}`);
          const pattern = parts.map(([text, wild]) => escaped(text) + wild).join("");
          const filled = parts
            .map(([text, wild]) => text + (wild === "?" ? "x" : wild === "*" ? "any*?$" : ""))
            .join("");
          expect(matchesGlob(globOf(pattern), filled, { left: MAX_GLOB_STEPS })).toBe(true);
        },
      ),
    );
  });

  test("a pattern that would take long is given up, and nothing is allowed by it", () => {
    const slow = `*${"a".repeat(600)}b`;
    const began = performance.now();
    const statements = Array.from({ length: 500 }, () => allow({ Resource: slow }));
    expect(decided(statements, { arn: "a".repeat(1600) })).toBe("undecided");
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("statements", () => {
  const cases: readonly (readonly [what: string, statements: unknown, decision: string])[] = [
    ["one that allows", allow(), "allowed"],
    ["a list of one", [allow()], "allowed"],
    ["a Deny after an Allow", [allow(), deny()], "denied"],
    ["a Deny before an Allow", [deny(), allow()], "denied"],
    [
      "a Deny of something else",
      [allow(), deny({ Resource: "arn:aws:execute-api:*:*:*/POST/*" })],
      "allowed",
    ],
    ["another action", allow({ Action: "s3:GetObject" }), "unallowed"],
    ["any action", allow({ Action: "*" }), "allowed"],
    ["an action in other letters", allow({ Action: "EXECUTE-API:invoke" }), "allowed"],
    ["an action with a star", allow({ Action: ["s3:*", "execute-api:Inv*"] }), "allowed"],
    ["every action but this", allow({ Action: undefined, NotAction: "execute-api:Invoke" }), "unallowed"],
    ["every action but another", allow({ Action: undefined, NotAction: ["s3:*"] }), "allowed"],
    ["the very resource", allow({ Resource: ARN }), "allowed"],
    ["a resource in other letters", allow({ Resource: ARN.replace("orders", "Orders") }), "unallowed"],
    [
      "resources with stars",
      allow({ Resource: ["x", "arn:aws:execute-api:*:*:api/*/GET/orders/?"] }),
      "allowed",
    ],
    ["every resource but this", allow({ Resource: undefined, NotResource: ARN }), "unallowed"],
    ["every resource but another", allow({ Resource: undefined, NotResource: "x*" }), "allowed"],
    ["denied but for another", [allow(), deny({ Resource: undefined, NotResource: "x" })], "denied"],
    ["a variable that is not known", allow({ Resource: `arn:*/\${aws:username}` }), "unallowed"],
    ["a Deny with such a variable", [allow(), deny({ Resource: `\${aws:username}` })], "denied"],
    ["all but such a variable", allow({ Resource: undefined, NotResource: `\${aws:username}` }), "unallowed"],
  ];
  for (const [what, statements, decision] of cases)
    test(what, () => {
      expect(decided(statements)).toBe(decision);
    });

  test("a Deny that applies wins wherever it stands, and no Allow more takes anything away", () => {
    const resource = fc.constantFrom(
      "*",
      ARN,
      "arn:*/GET/*",
      "arn:*/POST/*",
      "x",
      "arn:aws:*orders/?",
      "arn:*/8",
    );
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Resource: resource,
      not: fc.boolean(),
    });
    const written = ({ Effect, Resource, not }: { Effect: string; Resource: string; not: boolean }) => ({
      Effect,
      Action: "execute-api:Invoke",
      ...(not ? { NotResource: Resource } : { Resource }),
    });
    const speaks = ({ Resource, not }: { Resource: string; not: boolean }) =>
      new RegExp(`^${Resource.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(ARN) !== not;
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (list) => {
        const applying = list.filter(speaks);
        const wanted = applying.some(({ Effect }) => Effect === "Deny")
          ? "denied"
          : applying.length > 0
            ? "allowed"
            : "unallowed";
        expect(decided(list.map(written))).toBe(wanted);
        expect(decided(list.map(written).reverse())).toBe(wanted);
        expect(decided([...list.map(written), deny()])).toBe("denied");
      }),
      { numRuns: 500 },
    );
  });
});

describe("conditions", () => {
  const when = (operator: string, key: string, value: unknown) => ({
    Condition: { [operator]: { [key]: value } },
  });
  /** What an Allow and a Deny with the condition come to: one that holds, one that does not, one that cannot be told. */
  const HOLDS = ["allowed", "denied"];
  const NOT = ["unallowed", "allowed"];
  const UNTOLD = ["unallowed", "denied"];
  const cases: readonly (readonly [string, string, unknown, string[], Partial<RequestFacts>?])[] = [
    ["IpAddress", "aws:SourceIp", "203.0.113.0/24", HOLDS],
    ["IpAddress", "AWS:sourceip", ["10.0.0.0/8", "203.0.113.7"], HOLDS],
    ["IpAddress", "aws:SourceIp", "10.0.0.0/8", NOT],
    ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", HOLDS],
    ["NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"], NOT],
    ["IpAddress", "aws:SourceIp", "2001:db8::/32", HOLDS, { sourceIp: "2001:db8::1" }],
    ["IpAddress", "aws:SourceIp", "0.0.0.0/0", UNTOLD, { sourceIp: "" }],
    ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", UNTOLD, { sourceIp: "" }],
    ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", UNTOLD, { sourceIp: "unix:" }],
    ["IpAddress", "aws:SourceIp", "10.0.0.0/33", UNTOLD],
    ["StringEquals", "aws:UserAgent", "curl/8.5", HOLDS],
    ["StringEquals", "aws:UserAgent", "curl/*", NOT],
    ["StringLike", "aws:UserAgent", "curl/*", HOLDS],
    ["StringNotLike", "aws:UserAgent", ["wget*", "curl/*"], NOT],
    ["StringNotEquals", "aws:UserAgent", ["a", "b"], HOLDS],
    ["StringEqualsIgnoreCase", "aws:UserAgent", "CURL/8.5", HOLDS],
    ["StringNotEqualsIgnoreCase", "aws:UserAgent", "CURL/8.5", NOT],
    ["StringLike", "aws:UserAgent", `\${aws:username}`, UNTOLD],
    ["StringEquals", "aws:Referer", "x", NOT],
    ["StringEqualsIfExists", "aws:Referer", "x", HOLDS],
    ["StringNotEquals", "aws:Referer", "x", HOLDS],
    ["ForAnyValue:StringEquals", "aws:Referer", "x", NOT],
    ["ForAnyValue:StringNotEquals", "aws:Referer", "x", NOT],
    ["ForAllValues:StringEquals", "aws:Referer", "x", HOLDS],
    ["ForAnyValue:StringLike", "aws:UserAgent", ["curl*"], HOLDS],
    ["Null", "aws:Referer", "true", HOLDS],
    ["Null", "aws:Referer", false, NOT],
    ["Null", "aws:UserAgent", "true", NOT],
    ["Bool", "aws:SecureTransport", "true", HOLDS],
    ["Bool", "aws:SecureTransport", true, HOLDS],
    ["Bool", "aws:SecureTransport", "false", NOT],
    ["Bool", "aws:SecureTransport", "yes", UNTOLD],
    ["DateGreaterThan", "aws:CurrentTime", "2026-11-29T11:59:59Z", HOLDS],
    ["DateLessThan", "aws:CurrentTime", "2026-11-29T11:59:59Z", NOT],
    ["DateLessThanEquals", "aws:CurrentTime", "2026-11-29T12:00:00Z", HOLDS],
    ["DateNotEquals", "aws:CurrentTime", "2026-11-29T12:00:00Z", NOT],
    ["DateLessThan", "aws:EpochTime", "1900000000", HOLDS],
    ["DateLessThan", "aws:CurrentTime", "tomorrow", UNTOLD],
    ["NumericLessThan", "aws:EpochTime", 1_900_000_000, HOLDS],
    ["NumericGreaterThanEquals", "aws:EpochTime", "1900000000", NOT],
    ["NumericEquals", "aws:EpochTime", "soon", UNTOLD],
    ["StringEquals", "aws:PrincipalTag/team", "a", UNTOLD],
    ["StringNotEquals", "aws:SourceVpc", "vpc-1", UNTOLD],
    ["StringEqualsIfExists", "aws:SourceVpc", "vpc-1", UNTOLD],
    ["Null", "aws:SourceVpc", "true", UNTOLD],
    ["BinaryEquals", "aws:UserAgent", "eA==", UNTOLD],
    ["StringEqualz", "aws:UserAgent", "curl/8.5", UNTOLD],
    ["ForSomeValue:StringEquals", "aws:UserAgent", "curl/8.5", UNTOLD],
    ["__proto__", "aws:UserAgent", "x", UNTOLD],
  ];
  for (const [operator, key, value, [ifAllow, ifDeny], facts] of cases)
    test(`${operator} ${key} ${JSON.stringify(value)}${facts === undefined ? "" : ` of ${JSON.stringify(facts)}`}`, () => {
      const condition = JSON.parse(
        JSON.stringify(when(operator, key, value)).replace('"__proto__"', '"\\u005f_proto__"'),
      );
      expect(decided(allow(condition), facts)).toBe(ifAllow);
      expect(decided([allow(), deny(condition)], facts)).toBe(ifDeny);
    });

  test("all of several hold, or none is as if", () => {
    const both = (ip: string, agent: string) => ({
      Condition: { IpAddress: { "aws:SourceIp": ip }, StringLike: { "aws:UserAgent": agent } },
    });
    expect(decided(allow(both("203.0.113.0/24", "curl*")))).toBe("allowed");
    expect(decided(allow(both("10.0.0.0/8", "curl*")))).toBe("unallowed");
    expect(decided(allow(both("203.0.113.0/24", "wget*")))).toBe("unallowed");
    // What cannot be told does not make a Deny of what is not spoken of.
    const untold = {
      Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" }, Odd: { "aws:UserAgent": "x" } },
    };
    expect(decided([allow(), deny(untold)])).toBe("allowed");
  });
});

describe("documents that are none", () => {
  const nested = (depth: number): unknown => (depth === 0 ? "x" : [nested(depth - 1)]);
  const cases: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["null", null],
    ["a text", "allow"],
    ["a list", []],
    ["no statement", { Version: "2012-10-17" }],
    ["an empty list", { Statement: [] }],
    ["another version", { Version: "2013-01-01", Statement: allow() }],
    ["a key too many", { Statement: allow(), Extra: 1 }],
    ["a statement that is a text", { Statement: ["x"] }],
    ["no Effect", { Statement: allow({ Effect: undefined }) }],
    ["another Effect", { Statement: allow({ Effect: "allow" }) }],
    ["a Principal", { Statement: allow({ Principal: "*" }) }],
    ["no Action", { Statement: allow({ Action: undefined }) }],
    ["Action and NotAction", { Statement: allow({ NotAction: "x" }) }],
    ["no Resource", { Statement: allow({ Resource: undefined }) }],
    ["Resource and NotResource", { Statement: allow({ NotResource: "x" }) }],
    ["a number as Resource", { Statement: allow({ Resource: 7 }) }],
    ["an empty Resource list", { Statement: allow({ Resource: [] }) }],
    ["a nested Resource", { Statement: allow({ Resource: nested(2000) }) }],
    ["a Condition that is a list", { Statement: allow({ Condition: [] }) }],
    ["an operator that is a text", { Statement: allow({ Condition: { Bool: "x" } }) }],
    ["a condition's value that is an object", { Statement: allow({ Condition: { Bool: { k: {} } } }) }],
    ["too many statements", { Statement: Array.from({ length: MAX_STATEMENTS + 1 }, () => allow()) }],
    ["too many patterns", { Statement: allow({ Resource: Array.from({ length: 10_001 }, () => "x") }) }],
  ];
  for (const [what, document] of cases)
    test(what, () => {
      expect(() => readPolicy(document)).toThrow(PolicyProblem);
    });

  test("whatever JSON says, it is read or refused, and never allows by accident", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          const policy = readPolicy(value);
          expect(evaluatePolicy(policy, ASKED)).not.toBe("allowed");
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyProblem);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
