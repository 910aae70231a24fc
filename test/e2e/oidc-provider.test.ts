import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { differencesIn, installExample, walkExample } from "./support/example-walk.ts";

beforeAll(() => installExample("oidc-provider", "provider-modern"), 240_000);

const README = fileURLToPath(new URL("../../examples/oidc-provider/README.md", import.meta.url));

/** What is different in the product, and only that: each is asked of both versions by the walk. */
const FIXED = [
  "$.dpop_signing_alg_values_supported extra",
  "$.token_endpoint_auth_signing_alg_values_suppor… length",
  "header.set-cookie[_session.sig] value",
  "header.set-cookie[_session] value",
  "header.www-authenticate value",
];
const ACCEPTED = [
  "$.error value",
  "$.request_parameter_supported missing",
  "header.set-cookie[_session.legacy.sig] missing",
  "header.set-cookie[_session.legacy] missing",
  "status value",
];

test("oidc-provider 8 to 9: pages, cookies, sessions, tokens; without a rule written by hand what remains is true", async () => {
  const walked = await walkExample("oidc-provider", "README.md");
  const found = (time: number) => differencesIn(walked.answerTo("fig diff --summary", time));
  // At first redirects, codes, tokens in forms and cookies whose paths hold an id cannot be told from differences.
  expect(found(0)).toEqual(
    expect.arrayContaining(["header.location value", "/html/body/div/form/input/@value value"]),
  );
  for (const route of ["discovery", "authorize", "device", "logout", "userinfo"]) {
    expect(walked.answerTo(`fig diff ${route} --suggest --apply`)).toMatch(
      /^control: 5\n(?:.*\n)*written into /m,
    );
  }
  // Legacy was asked twice: what remains is modern's.
  expect(found(1)).toEqual([...FIXED, ...ACCEPTED].sort());
  expect(walked.answerTo("fig diff userinfo --suggest --apply", 1)).toMatch(
    /^status: modern's own; no rule should hide it$/m,
  );
  const refused = walked.answerTo("fig migrate up", 1);
  expect(refused).toMatch(/gate_refused: .*discovery .*authorize .*device .*logout .*userinfo /);
  expect(refused).toMatch(/^ {2}gate of (?:keys|pages|introspection): holds$/m);
  expect(refused).toContain("(exit code 3)");
  // Half is put right, the rest accepted with reasons.
  expect(found(2)).toEqual(ACCEPTED);
  expect(walked.answerTo("fig diff --summary", 3)).toMatch(/^no mismatch in \d+ comparisons$/m);

  const readme = readFileSync(README, "utf8");
  const rows = [...walked.stdout.matchAll(/^\| (\w+ \| \S+) \| .* \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [row] of rows) expect(readme).toContain(row);
  const visits = [...walked.stdout.matchAll(/^# 12 people: \d+ requests, .* (\d+) wrong$/gm)];
  expect(visits.map(([, wrong]) => wrong)).toEqual(["0", "0", "0", "0", "0", "0"]);
  expect(walked.stdout.trimEnd().split("\n").at(-1)).toBe("# nobody met anything wrong");
}, 300_000);
