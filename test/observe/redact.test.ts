import fc from "fast-check";
import { expect, test } from "vitest";
import { redactHost, redactId, redactLine, redactTarget } from "../../src/observe/redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s5ig-_na";

test.each([
  ["/orders?token=abc&page=2", "/orders?token=[redacted]&page=2"],
  ["/o?page=2&access_token=abc", "/o?page=2&access_token=[redacted]"],
  ["/o?Api-Key=abc&apiKey=d", "/o?Api-Key=[redacted]&apiKey=[redacted]"],
  ["/o?user%5Bpassword%5D=abc", "/o?user%5Bpassword%5D=[redacted]"],
  ["/o?t%6Fken=abc", "/o?t%6Fken=[redacted]"],
  ["/o?X-Amz-Signature=1&X-Amz-Credential=2", "/o?X-Amz-Signature=[redacted]&X-Amz-Credential=[redacted]"],
  ["/cb?code=abc&state=xyz", "/cb?code=[redacted]&state=[redacted]"],
  ["/o?token=a=b=c", "/o?token=[redacted]"],
  ["/o?token=a;b&c=d", "/o?token=[redacted]&c=d"],
  ["/o?a=1;token=x;b=2&c=3", "/o?a=1;token=[redacted]&c=3"],
  ["/o?a=1?token=x", "/o?a=1?token=[redacted]"],
  ["/o?token=abc#token=x", "/o?token=[redacted]#token=[redacted]"],
  ["/o;jsessionid=ABC/x?y=1", "/o;jsessionid=[redacted]/x?y=1"],
  ["http://user:pw@host/x", "http://[redacted]@host/x"],
  ["//user:pw@host/x", "//[redacted]@host/x"],
  ["user:pw@host:443", "[redacted]@host:443"],
  ["http:///user:pw@host/a@b", "http:///[redacted]@host/a@b"],
  ["ftp:user:p@w@host", "[redacted]@host"],
  ["/cb#access_token=a/b&x=1", "/cb#access_token=[redacted]&x=1"],
  ["/cb#a=1?token=x", "/cb#a=1?token=[redacted]"],
  [`/reset/${JWT}`, "/reset/[redacted]"],
  [`/o?next=${JWT}`, "/o?next=[redacted]"],
])("%s is logged as %s", (target, logged) => {
  expect(redactTarget(target)).toBe(logged);
});

test.each([
  ["u:HSECRET@a", "[redacted]@a"],
  ["u@a:80", "[redacted]@a:80"],
  ["http://u:p/w@w@a/x", "[redacted]@a/x"],
  ["token=abc", "token=[redacted]"],
  ["a/b?token=x/y&c=1", "a/b?token=[redacted]&c=1"],
  [`${JWT}.example.com`, "[redacted]"],
  ["Bearer abcdef", "Bearer [redacted]"],
])("a Host of %s is logged as %s", (host, logged) => {
  expect(redactHost(host)).toBe(logged);
});

test.each(["shop.example.com", "token:8080", "[::1]:80", "", "auth", "a=1"])("a Host of %s stays", (host) => {
  expect(redactHost(host)).toBe(host);
});

test.each([
  [JWT, "[redacted]"],
  ["token=abc", "token=[redacted]"],
  ["http://u:p@a", "http://[redacted]@a"],
  ["Root=1-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a994272793"],
  ["urn:uuid:6f@host", "urn:uuid:6f@host"],
])("a request id of %s is logged as %s", (id, logged) => {
  expect(redactId(id)).toBe(logged);
});

test.each([
  "/",
  "*",
  "/a@b/c",
  "/o?author=tolkien&zipcode=12345&keyword=x&address.state=ny&tokens",
  "/o?",
  "/o?=&&a=%ZZ&%",
  "/a;v=1/b;c",
])("%s holds no credential and stays byte for byte", (target) => {
  expect(redactTarget(target)).toBe(target);
});

test("a value under a credential's name never shows, whatever stands around it", () => {
  const other = fc.stringMatching(/^[a-z0-9;=&?/%.#]{0,12}$/);
  const name = fc.constantFrom("token", "api_key", "Password", "sig", "client-secret", "PHPSESSIONID");
  fc.assert(
    fc.property(other, name, other, (before, credential, after) => {
      const target = `/p?${before}&${credential}=QQSECRETQQ&${after}`;
      expect(redactTarget(target)).not.toContain("QQSECRETQQ");
      const line = redactLine(JSON.stringify({ target, message: `failed for ${target}` }));
      expect(line).not.toContain("QQSECRETQQ");
    }),
  );
});

test("a log line keeps its form and loses its credentials", () => {
  const line = JSON.stringify({
    url: "redis://admin:hunter2@db/0",
    adminToken: "hunter2",
    headers: { authorization: "Basic aHVudGVyMg==", cookie: "sid=hunter2" },
    code: "store_unavailable",
    key: "cookie:device",
    message: 'cannot reach "http://h/x?a=1&password=hunter2\\x" with Bearer hunter2hunter2',
  });
  expect(JSON.parse(redactLine(line))).toEqual({
    url: "redis://[redacted]@db/0",
    adminToken: "[redacted]",
    headers: { authorization: "[redacted]", cookie: "[redacted]" },
    code: "store_unavailable",
    key: "cookie:device",
    message: 'cannot reach "http://h/x?a=1&password=[redacted]" with Bearer [redacted]',
  });
});

test("a line of which something is left out is counted, and no other", () => {
  const cuts = { lines: 0 };
  redactLine(JSON.stringify({ msg: "a", list: [1, 2] }), cuts);
  expect(cuts.lines).toBe(0);
  redactLine(JSON.stringify({ msg: "x".repeat(70_000) }), cuts);
  expect(cuts.lines).toBe(1);
  redactLine(JSON.stringify({ list: Array.from({ length: 101 }, () => 1) }), cuts);
  expect(cuts.lines).toBe(2);
  redactLine("y".repeat(70_000), cuts);
  expect(cuts.lines).toBe(3);
});
