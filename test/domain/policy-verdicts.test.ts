import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { POLICY_ORDER } from "../../src/domain/policies.ts";
import { verdictKind } from "../../src/domain/policy-verdicts.ts";

const PAGE = readFileSync(new URL("../../docs/reference/policies.md", import.meta.url), "utf8");

/** `policy` and `verdict` of the table of the reference page, `SIDE_` once for each side. */
function documented(): readonly (readonly [string, string])[] {
  const rows = [...PAGE.matchAll(/^\| `(\w+)`\s*\| ([^|]*)\|/gm)];
  return rows
    .filter(([, policy]) => (POLICY_ORDER as readonly string[]).includes(policy as string))
    .flatMap(([, policy = "", words = ""]) =>
      [...words.matchAll(/`(\w+)`/g)].flatMap(([, word = ""]) =>
        word.startsWith("SIDE_")
          ? ["legacy", "modern"].map((side) => [policy, word.replace("SIDE", side)] as const)
          : [[policy, word] as const],
      ),
    );
}

test("every verdict of the reference page is known to pass, answer or refuse", () => {
  const words = documented();
  expect(new Set(words.map(([policy]) => policy))).toEqual(new Set(POLICY_ORDER));
  expect(words.filter(([policy, word]) => verdictKind(policy, word) === undefined)).toEqual([]);
});

test("a word may mean something else of one policy", () => {
  expect(verdictKind("respond", "answered")).toBe("answered");
  expect(verdictKind("authorizer", "answered")).toBe("refused");
  expect(verdictKind("jwt", "made_up")).toBeUndefined();
});
