import { expect, test } from "vitest";
import { authority, isLoopback, reachable } from "../../src/domain/host.ts";

test.each([
  "localhost",
  "LocalHost",
  "127.0.0.1",
  "127.1.2.3",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
  "::1%lo",
])("%s is reached from this machine alone", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each([
  "0.0.0.0",
  "::",
  "128.0.0.1",
  "127.0.0.256",
  "127.0.0.1.example",
  "127.1",
  "::2",
  "::ffff:10.0.0.1",
  "[::1]",
  "localhost.example",
  "x.localhost",
  "",
])("%s may be reached from others", (host) => {
  expect(isLoopback(host)).toBe(false);
});

test("an authority has brackets where a URL wants them", () => {
  expect([authority("::1", 80), authority("127.0.0.1", 80), authority("shop", 8080)]).toEqual([
    "[::1]:80",
    "127.0.0.1:80",
    "shop:8080",
  ]);
});

test("what listens everywhere is reached on loopback", () => {
  expect(["0.0.0.0", "::", "10.0.0.1", "shop"].map(reachable)).toEqual([
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "shop",
  ]);
});
