import { describe, expect, test } from "vitest";
import { readRedisUrl, shownState, withFiles } from "../../src/domain/state-url.ts";

const DEFAULTS = {
  host: "h",
  port: 6379,
  tls: false,
  username: undefined,
  password: undefined,
  database: 0,
  prefix: "fig:",
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  copy: undefined,
};

describe("a redis state URL", () => {
  test.each([
    ["redis://h", {}],
    ["redis://h:6380/3", { port: 6380, database: 3 }],
    ["redis://h/", {}],
    ["redis://[::1]:6379/0", { host: "::1" }],
    ["redis://:secret@h", { password: "secret" }],
    ["redis://ada:p%40ss%2Fword@h/1", { username: "ada", password: "p@ss/word", database: 1 }],
    // As a variable may hold it.
    [
      "redis://ada:p@ss/w?rd#:100%@h:1/1",
      { username: "ada", password: "p@ss/w?rd#:100%", port: 1, database: 1 },
    ],
    ["redis://h?prefix=shop", { prefix: "shop:" }],
    ["redis://h?prefix=shop:&copy=/var/lib/fig/p.json", { prefix: "shop:", copy: "/var/lib/fig/p.json" }],
    [
      "rediss://h/0?ca=a.pem&cert=b.pem&key=c.pem&servername=redis.example",
      { tls: true, ca: "a.pem", cert: "b.pem", key: "c.pem", servername: "redis.example" },
    ],
  ])("%s", (url, known) => {
    expect(readRedisUrl(url)).toEqual({ ...DEFAULTS, ...known });
  });

  test("what is wrong with one never repeats a part of it", () => {
    for (const url of [
      "redis://",
      "redis://s3cr3t:s3cr3t@",
      "redis://:s3cr3t@h?prefix=",
      "redis://s3cr3t@h?s3cr3t=1",
    ]) {
      const wrong = readRedisUrl(url);
      expect(wrong).toHaveProperty("wrong");
      expect(JSON.stringify(wrong)).not.toContain("s3cr3t");
    }
  });

  test("is shown without user and password, other URLs as they are", () => {
    expect(shownState("rediss://ada:p@ss@h:1/2?prefix=a:")).toBe("rediss://h:1/2?prefix=a:");
    expect(shownState("redis://h:1/2")).toBe("redis://h:1/2");
    expect(shownState("sqlite:.fig/state@home.db")).toBe("sqlite:.fig/state@home.db");
  });

  test("its files, and SQLite's, are those of a folder", () => {
    const inFolder = (path: string) => `/etc/fig/${path}`;
    const url = withFiles("rediss://ada:p?ca=x@h/0?ca=ca.pem&prefix=a:", inFolder);
    expect(readRedisUrl(url)).toMatchObject({ password: "p?ca=x", ca: "/etc/fig/ca.pem", prefix: "a:" });
    expect(withFiles("redis://h/0", inFolder)).toBe("redis://h/0");
    expect(withFiles("sqlite:a.db", inFolder)).toBe("sqlite:/etc/fig/a.db");
    expect(withFiles("memory:", inFolder)).toBe("memory:");
  });
});
