import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { curlOf } from "../../../src/domain/whole/curl.ts";

let folder = "";
/** A `curl` that prints its arguments, each with a NUL behind it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fig-curl-"));
  writeFileSync(join(folder, "curl"), "#!/bin/sh\nprintf '%s\\0' \"$@\"\n");
  chmodSync(join(folder, "curl"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

function argumentsOf(command: string): readonly string[] {
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  return execFileSync("/bin/sh", ["-c", command], { env, encoding: "utf8" }).split("\0").slice(0, -1);
}

const DOOR = "http://127.0.0.1:8080";
/** Whatever a request can hold: no NUL and no line ends. */
const field = fc.string({
  unit: fc.constantFrom(..."ab'\"\\$`!*?[]{}();&|<>#~=% \t@-é€\u{1f600}"),
  maxLength: 30,
});
const name = fc.constantFrom("x-a", "Cookie", "accept", "user-agent", "X-B");

describe("a request as a curl command", () => {
  test("a shell reads what was meant, whatever the request holds", () => {
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PURGE", "DELETE"),
      target: field.map((text) => `/${text}`),
      headers: fc.array(fc.tuple(name, field), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(request, (asked) => {
        const words = argumentsOf(curlOf(DOOR, asked));
        const given = words.flatMap((word, i) => (words[i - 1] === "-H" ? [word] : []));
        const sent = asked.headers.map(([key, value]) => (value === "" ? `${key};` : `${key}: ${value}`));
        expect(given.slice(0, sent.length)).toEqual(sent);
        expect(words.at(-1)).toBe(`${DOOR}${asked.target}`);
        expect(words.includes("-X") ? words[words.indexOf("-X") + 1] : "GET").toBe(asked.method);
      }),
      { numRuns: 60 },
    );
  });

  test("credentials are a word that means nothing to a shell, fields of the connection are curl's", () => {
    const command = curlOf(DOOR, {
      method: "GET",
      target: "/a?token=[redacted]&b={1,2}",
      headers: [
        ["host", "shop.example.com"],
        ["authorization", "[redacted]"],
        ["Accept-Encoding", "gzip"],
        ["Connection", "keep-alive"],
        ["Content-Length", "12"],
      ],
    });
    expect(argumentsOf(command)).toEqual([
      ...["-g", "--path-as-is", "--compressed"],
      ...[
        "-H",
        "host: shop.example.com",
        "-H",
        "authorization: REDACTED",
        "-H",
        "user-agent:",
        "-H",
        "accept:",
      ],
      `${DOOR}/a?token=REDACTED&b={1,2}`,
    ]);
    expect(command).not.toContain("[redacted]");
  });

  test("HEAD waits for no body, and a socket is a socket", () => {
    const asked = {
      method: "HEAD",
      target: "/",
      headers: [["accept", "*/*"] as const, ["user-agent", "x"] as const],
    };
    expect(argumentsOf(curlOf("unix:/run/it's fig.sock", asked))).toEqual([
      ...["-g", "--path-as-is", "--head", "-H", "accept: */*", "-H", "user-agent: x"],
      ...["--unix-socket", "/run/it's fig.sock", "http://localhost/"],
    ]);
  });
});
