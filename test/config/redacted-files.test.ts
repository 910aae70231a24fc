import { expect, test } from "vitest";
import { filledFrom, withoutCredentials } from "../../src/config/redacted-files.ts";
import { secretVariables } from "../../src/config/secret-places.ts";

const SECRET = "Tq7vLm2Zx9Rb4Kd8Wn3Yp6";
const WORD = "correcthorsebattery";

const HELD: readonly (readonly [place: string, text: string])[] = [
  ["a token that begins like a path", `adminToken: /${SECRET}\n`],
  ["a token that ends like a file", `adminToken: my.${WORD}.key\n`],
  ["a fallback", `adminToken: "\${TOKEN:-${WORD}}"\n`],
  ["a literal ${", `adminToken: "$\${${WORD}}"\n`],
  ["an anchor", `x-any: &t ${WORD}\nadminToken: *t\n`],
  ["a merged mapping", `x-any: &b { adminToken: ${WORD} }\n<<: *b\n`],
  ["an escaped key", `"admin\\u0054oken": ${WORD}\n`],
  ["a server's user", `upstreams: { a: { urls: ["http://user:${WORD}@host:1"] } }\n`],
  ["Redis", `state: redis://:${WORD}@h:6379/0\n`],
  ["Redis, whose password has a slash", `state: "redis://u:${WORD}/x@h:6379/0"\n`],
  [
    "a private key",
    `listen:\n  - tls:\n      key: |\n        -----BEGIN PRIVATE KEY-----\n        ${SECRET}\n`,
  ],
  ["a key bound to an account", `listen:\n  - tls:\n      acme: { eab: { keyId: k, key: /${SECRET}abc } }\n`],
  ["a key of connections", `websockets:\n  c: { connections: { keys: [{ id: AKfoo, secret: ${WORD} }] } }\n`],
  ["samples", `samples: { keys: ["/${SECRET}"] }\n`],
  ["webhooks", `webhooks: [{ url: "https://hooks.example/${WORD}", secret: ${WORD} }]\n`],
  ["identity", `identity: { token: { keys: ["${WORD}"] } }\n`],
  ["a login", `policies: { login: { clientSecret: ${WORD}, session: { secrets: [/${SECRET}] } } }\n`],
  ["a field", `routes: [{ id: a, headers: { request: { set: { Authorization: "Bearer ${WORD}" } } } }]\n`],
  ["tracing", `tracing: { headers: { x-honey: ${WORD} } }\n`],
  ["a URL's parameter", `routes: [{ id: a, policies: { redirect: { to: "https://x/?token=${WORD}" } } }]\n`],
  ["a body", `routes: [{ id: a, policies: { respond: { json: { password: ${WORD} } } } }]\n`],
  ["a comment with a key", `# adminToken: ${SECRET}\nlisten: x\n`],
  ["a comment at a line's end", `a: 1 # password=${WORD}\n`],
  ["a comment with a URL", `# was: http://u:${WORD}@h\nlisten: 1\n`],
  ["a variable by its name", `vars: { adminToken: ${WORD} }\n`],
];

test.each(HELD)("no credential of %s is kept", (_, text) => {
  const { text: kept, lines } = withoutCredentials("fig.yaml", text);
  expect(kept).not.toContain(WORD);
  expect(kept).not.toContain(SECRET);
  expect(lines.length).toBeGreaterThan(0);
});

test.each([
  ["a reference", `adminToken: "\${TOKEN}"\nstate: "redis://fig:\${PASS}@h"\n`],
  [
    "paths",
    `listen: [{ tls: { cert: a.pem, key: ./tls/a.key } }]\nidentity: { token: { keys: [id.pem] } }\n`,
  ],
  ["files of secrets", `webhooks: [{ url: "\${HOOK}", secret: { file: /run/secrets/hook } }]\n`],
  [
    "words about them",
    `# the password: see the wiki\n# tokens come from the issuer\nlimits: { url: 4KiB }\n`,
  ],
  ["captures", `routes: [{ id: a, policies: { redirect: { to: "/login?token={token_of_path}" } } }]\n`],
  ["choices", `policies: { compress: { secrets: same-origin }, jwt: { token: keep } }\n`],
  ["a scalar that looks like a comment", `a: "# not: a comment"\nb: |\n  # session=none\n`],
  ["plain variables", `vars: { orders: "http://127.0.0.1:3001", tenant: acme }\n`],
])("%s stay as they are, byte for byte", (_, text) => {
  expect(withoutCredentials("fig.yaml", text)).toEqual({ text, lines: [] });
});

test("a variable that stands for a credential in another file is one where it is written", () => {
  const base = `vars: { one: ${WORD}, two: ${SECRET}, three: plain }\n`;
  const stage = `extends: base.yaml\nadminToken: "\${vars.one}"\nstate: "redis://fig:\${vars.two}@h"\nname: "\${vars.three}"\n`;
  const names = secretVariables(
    new Map([
      ["base.yaml", base],
      ["fig.yaml", stage],
    ]),
  );
  expect([...names]).toEqual(["one", "two"]);
  const kept = withoutCredentials("base.yaml", base, names).text;
  expect(kept).toContain("three: plain");
  expect(kept).not.toMatch(new RegExp(`${WORD}|${SECRET}`));
  expect(filledFrom("base.yaml", kept, base)).toEqual({ text: base, left: 0 });
});

test("what is there now fills a place, be it a reference; a place that holds no more than its name stays empty", () => {
  const { text: kept } = withoutCredentials("fig.yaml", `adminToken: ${SECRET}\nlisten: 1\n`);
  expect(filledFrom("fig.yaml", kept, `listen: 2\nadminToken: "\${TOKEN}"\n`)).toEqual({
    text: `adminToken: "\${TOKEN}"\nlisten: 1\n`,
    left: 0,
  });
  expect(filledFrom("fig.yaml", kept, kept)).toEqual({ text: kept, left: 1 });
  expect(filledFrom("fig.yaml", kept, undefined).left).toBe(1);
});

test("aliases that repeat themselves end", () => {
  const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]\n`);
  const text = `adminToken: ${WORD}\na0: &a0 secret\n${levels.join("")}loop: &l { in: *l }\n`;
  expect(withoutCredentials("fig.yaml", text).text).not.toContain(WORD);
});
