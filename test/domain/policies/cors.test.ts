import { expect, test } from "vitest";
import { originTest } from "../../../src/domain/policies/cors.ts";

test("origins are exact, or one sign stands for hosts or ports", () => {
  const allowed = originTest([
    "https://shop.example",
    "https://*.example.com",
    "http://localhost:*",
    "app://*",
    "null",
  ]);
  for (const origin of [
    "https://shop.example",
    "https://a.example.com",
    "https://a.b-c.example.com",
    "http://localhost",
    "http://localhost:5173",
    "app://anything.at.all:1",
    "app://[::1]",
    "null",
  ])
    expect(allowed(origin), origin).toBe(true);
  for (const origin of [
    "",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example.evil.test",
    "https://example.com",
    "https://.example.com",
    "https://evilexample.com",
    "https://a.example.com.evil.test",
    "https://a.example.com:444",
    "https://evil.test/.example.com",
    "https://evil.test#.example.com",
    "https://evil.test\\.example.com",
    "https://user@a.example.com",
    "https://a.example.com\n",
    "http://localhost:",
    "http://localhost:123456",
    "http://localhost.evil.test:80",
    `https://${"a.".repeat(400)}example.com`,
  ])
    expect(allowed(origin), origin).toBe(false);
  expect(originTest(["*"])("anything")).toBe(true);
});
