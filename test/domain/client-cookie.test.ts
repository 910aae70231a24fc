import { describe, expect, it } from "vitest";
import { clientCookie, makePrivate } from "../../src/domain/client-cookie.ts";

function made(fields: readonly string[], decided = true) {
  const headers = [...fields];
  return { caching: makePrivate(headers, decided), headers };
}

describe("the cookie of the front door's own", () => {
  it("holds a random value, is none of the page's scripts', and Secure on TLS", () => {
    expect(clientCookie("ab", false)).toBe("fig_client=ab; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax");
    expect(clientCookie("ab", true)).toBe(
      "fig_client=ab; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure",
    );
  });
});

describe("an answer that carries it", () => {
  it.each([
    ["private", ["Cache-Control", "max-age=60, Private"]],
    ["never stored", ["cache-control", "no-store"]],
  ])("stays as it is where it is %s", (_what, fields) => {
    expect(made(fields)).toEqual({ caching: "kept", headers: fields });
  });

  it.each([
    ["nothing is said", ["x-a", "1"], ["x-a", "1", "cache-control", "private"]],
    [
      "it may be stored and asked for again",
      ["Cache-Control", "no-cache"],
      ["cache-control", "private, no-cache"],
    ],
    [
      "one field alone is private",
      ["cache-control", 'private="set-cookie, x-b", must-revalidate'],
      ["cache-control", "private, must-revalidate"],
    ],
  ])("becomes private where %s", (_what, fields, headers) => {
    expect(made(fields)).toEqual({ caching: "private", headers });
    expect(made(fields, false)).toEqual({ caching: "private", headers });
  });

  it.each([
    [["Cache-Control", "public, max-age=60"], "private, max-age=60"],
    [["cache-control", "S-Maxage=5", "Cache-Control", "max-age=60"], "private, max-age=60"],
    [["cache-control", "private", "CDN-Cache-Control", "max-age=60"], "private"],
    [["Surrogate-Control", "max-age=60"], "private"],
    [["Vercel-CDN-Cache-Control", "max-age=60"], "private"],
  ])("becomes private where shared caches were meant: %j", (fields, said) => {
    expect(made(fields)).toEqual({ caching: "made_private", headers: ["cache-control", said] });
    // Where the cookie decided nothing, what is meant for everybody stays so.
    expect(made(fields, false)).toEqual({ caching: "left_out", headers: fields });
  });
});
