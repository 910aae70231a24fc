import { describe, expect, test } from "vitest";
import { compareHeaders } from "../../src/compare/compare-headers.ts";
import { Findings } from "../../src/compare/findings.ts";
import { CREDENTIAL_SHAPES } from "../support/secrets-corpus.ts";

function compare(legacy: readonly string[], modern: readonly string[], ...names: string[]) {
  const findings = new Findings();
  compareHeaders(legacy, modern, names, findings);
  return findings.list();
}
const one = (name: string, legacy: string, modern: string) =>
  compare([name, legacy], [name, modern], name.toLowerCase()).map(({ kind }) => kind);

test("only the named fields are compared, whatever their case", () => {
  expect(compare(["X-A", "1", "Date", "x"], ["x-a", "1", "date", "y"], "x-a")).toEqual([]);
  expect(compare(["X-A", "1"], ["x-a", "2"], "x-a")).toEqual([
    { path: "header.x-a", kind: "value", legacy: '"1"', modern: '"2"' },
  ]);
});

test("a field one side lacks is missing or extra", () => {
  expect(compare(["Location", "/a"], ["Vary", "x"], "location", "vary")).toEqual([
    { path: "header.location", kind: "missing", legacy: '"/a"', modern: undefined },
    { path: "header.vary", kind: "extra", legacy: undefined, modern: '"x"' },
  ]);
});

test("a field sent in two lines is not the first of them", () => {
  expect(compare(["link", "<a>"], ["link", "<a>", "link", "<b>"], "link")).toHaveLength(1);
  expect(compare(["x-a", "1", "x-a", "2"], ["x-a", "1"], "x-a")).toHaveLength(1);
  expect(compare(["x-a", "1", "x-a", "2"], ["x-a", "2", "x-a", "1"], "x-a")[0]?.kind).toBe("order");
});

test("lists are compared member by member; the order of a set means nothing", () => {
  expect(one("Vary", "Accept, origin", "Origin,accept,Accept")).toEqual([]);
  expect(compare(["vary", "a", "vary", "b"], ["vary", "b, a"], "vary")).toEqual([]);
  expect(one("Vary", "Accept", "Accept, Origin")).toEqual(["value"]);
  expect(
    one("Cache-Control", 'No-Cache="Set-Cookie", max-age=5', 'max-age="5",no-cache="Set-Cookie"'),
  ).toEqual([]);
  expect(one("Cache-Control", "max-age=5", "max-age=6")).toEqual(["value"]);
  expect(one("Allow", "GET, HEAD", "HEAD, GET")).toEqual([]);
  expect(one("Link", "<a,b>; rel=x, <c>", "<c>, <a,b>; rel=x")).toEqual(["order"]);
});

test("fields that are no lists keep their commas and spaces", () => {
  expect(one("Last-Modified", "Sun, 06 Nov 1994", "Sun,06 Nov 1994")).toEqual(["value"]);
  expect(one("X-Name", "a,b", "b,a")).toEqual(["value"]);
  expect(one("X-Name", " a ", "a")).toEqual([]);
});

test("a content type is compared by what it says", () => {
  expect(one("Content-Type", "text/html; charset=UTF-8", 'Text/HTML;Charset="utf-8"')).toEqual([]);
  expect(one("Content-Type", "text/html; charset=utf-8", "text/html")).toEqual(["value"]);
  expect(one("Content-Type", "application/json; charset=latin1", "application/json")).toEqual(["value"]);
  expect(one("Content-Type", "text/x; profile=A", "text/x; profile=a")).toEqual(["value"]);
  expect(one("Content-Type", "multipart/x; boundary=A", "multipart/x; boundary=b")).toEqual([]);
  expect(one("Content-Type", "multipart/x; boundary=A; type=a", "multipart/x; boundary=b")).toEqual([
    "value",
  ]);
});

test("JSON is UTF-8 whether it says so or not", () => {
  expect(one("Content-Type", "application/json; charset=utf-8", "application/json")).toEqual([]);
  expect(one("Content-Type", "application/problem+json;Charset=UTF8", "application/problem+json")).toEqual(
    [],
  );
  expect(one("Content-Type", "application/x-ndjson", 'application/x-ndjson;charset="utf-8"')).toEqual([]);
  expect(one("Content-Type", "text/event-stream", "text/event-stream;charset=UTF-8")).toEqual([]);
  expect(one("Content-Type", "text/event-stream", "text/event-stream;charset=latin1")).toEqual(["value"]);
  expect(
    one("Content-Type", "application/ld+json;profile=a;charset=utf-8", "application/ld+json;profile=b"),
  ).toEqual(["value"]);
});

describe("references are resolved against what the client asked for", () => {
  const URL = "http://shop.test/a/b?c";
  const location = (legacy: string, modern: string, url: string | undefined = URL, name = "Location") => {
    const findings = new Findings();
    compareHeaders([name, legacy], [name, modern], [name.toLowerCase()], findings, url);
    return findings.list().map(({ kind }) => kind);
  };

  test("absolute, by path, relative, with a default port or another case of the host: one place", () => {
    for (const same of [
      "/home",
      "//shop.test/home",
      "http://shop.test:80/home",
      "HTTP://Shop.Test/home",
      "../home",
    ]) {
      expect(location("http://shop.test/home", same)).toEqual([]);
    }
    expect(location("https://shop.test/x", "https://shop.test:443/x")).toEqual([]);
    expect(location("/a/b", "b")).toEqual([]);
  });

  test("another scheme, port, host, path or query is another place", () => {
    for (const other of [
      "https://shop.test/home",
      "http://shop.test:8080/home",
      "http://a.test/home",
      "/Home",
      "/home?x",
    ])
      expect(location("http://shop.test/home", other)).toEqual(["value"]);
  });

  test("without the request's URL absolute ones are still compared as URLs", () => {
    expect(location("http://a.test:80/x", "http://a.test/x", undefined)).toEqual([]);
    expect(location("/x", "/y", "")).toEqual(["value"]);
  });

  test("Content-Location, Refresh and Link too", () => {
    expect(location("/home", "http://shop.test/home", URL, "Content-Location")).toEqual([]);
    expect(location("5; url=/home", "5;URL='http://shop.test:80/home'", URL, "Refresh")).toEqual([]);
    expect(location("5; url=/home", "6; url=/home", URL, "Refresh")).toEqual(["value"]);
    expect(location("</n>; rel=next", "<http://shop.test/n>; rel=next", URL, "Link")).toEqual([]);
  });
});

test("dates, dispositions, challenges and directives are compared by what they say", () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  expect(one("Last-Modified", date, "Sunday, 06-Nov-94 08:49:37 GMT")).toEqual([]);
  expect(one("Last-Modified", date, "Sun Nov  6 08:49:37 1994")).toEqual([]);
  expect(one("Expires", date, "Sun, 06 Nov 1994 08:49:38 GMT")).toEqual(["value"]);
  expect(
    one("Content-Disposition", 'Attachment; filename="a"; size=1', "attachment;size=1;filename=a"),
  ).toEqual([]);
  expect(one("Content-Disposition", "attachment; filename=a", "attachment; filename=A")).toEqual(["value"]);
  expect(one("WWW-Authenticate", 'bearer realm="a"', 'Bearer realm="a"')).toEqual([]);
  expect(one("WWW-Authenticate", 'Bearer realm="a"', 'Bearer realm="A"')).toEqual(["value"]);
  expect(
    one("Strict-Transport-Security", "max-age=1; includeSubDomains", "includesubdomains;max-age=1"),
  ).toEqual([]);
});

describe("cookies are compared by name and attributes, never by value", () => {
  const DATE = "Sat, 28 Nov 2026 12:00:00 GMT";
  const cookies = (legacy: readonly string[], modern: readonly string[]) => {
    const headers = (lines: readonly string[]) => [
      "Date",
      DATE,
      ...lines.flatMap((line) => ["Set-Cookie", line]),
    ];
    return compare(headers(legacy), headers(modern), "set-cookie");
  };

  test("other values, another order of lines and attributes, another way to say them", () => {
    const legacy = ["sid=1; Path=/; HttpOnly; SameSite=Lax; Domain=.Shop.test", "lang=de"];
    expect(cookies(legacy, ["lang=en", "sid=2;domain=shop.test; samesite=lax; httponly; path=/"])).toEqual(
      [],
    );
    expect(cookies(["a=1; Max-Age=3600"], ["a=2; Expires=Sat, 28 Nov 2026 13:00:01 GMT"])).toEqual([]);
    expect(cookies(["a=; Max-Age=0"], ["a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])).toEqual([]);
  });

  test("a credential that stands where a cookie's name is one is in no path and no value", () => {
    for (const [kind, made] of CREDENTIAL_SHAPES) {
      const found = cookies([`${made("0123456789ab")}=1`, "a=1"], ["a=1"]);
      expect(JSON.stringify(found), kind).not.toContain("0123456789ab");
    }
  });

  test("each cookie has its own path: a renamed one is missing under one name and extra under the other", () => {
    expect(
      cookies(["sid=s3cr3t; Path=/a", "lang=de"], ["session=s3cr3t; Path=/a", "lang=de; Secure"]),
    ).toEqual([
      { path: "header.set-cookie[sid]", kind: "missing", legacy: '"sid; path=/a"', modern: undefined },
      { path: "header.set-cookie[lang]", kind: "value", legacy: '"lang"', modern: '"lang; secure"' },
      { path: "header.set-cookie[session]", kind: "extra", legacy: undefined, modern: '"session; path=/a"' },
    ]);
  });

  test("a lost attribute and another lifetime differ, and show no value", () => {
    const differs = (legacy: string, modern: string) => {
      const [found] = cookies([legacy], [modern]);
      return [found?.kind, found?.legacy, found?.modern];
    };
    expect(differs("sid=s3cr3t; Path=/; HttpOnly", "sid=s3cr3t; Path=/")).toEqual([
      "value",
      '"sid; httponly; path=/"',
      '"sid; path=/"',
    ]);
    expect(differs("sid=s3cr3t; Secure", "sid=s3cr3t")).toEqual(["value", '"sid; secure"', '"sid"']);
    expect(differs("sid=1; Max-Age=60", "sid=1")).toEqual(["value", '"sid; max-age=60"', '"sid"']);
    expect(differs("sid=1; Max-Age=0", "sid=1")).toEqual(["value", '"sid; removed"', '"sid"']);
    expect(differs("sid=1; Max-Age=3600", "sid=1; Max-Age=7200")[0]).toBe("value");
  });

  test("a line of very many attributes is compared to its end, and read in no time", () => {
    const many = (last: string) => [`sid=1${"; a=b".repeat(20_000)}; ${last}`];
    const began = performance.now();
    for (let round = 0; round < 20; round++) expect(cookies(many("x"), many("y"))).toHaveLength(1);
    // A part for each of them, in a map, takes 60 times as long.
    expect(performance.now() - began).toBeLessThan(1000);
    expect(cookies(many("x"), many("x"))).toEqual([]);
    expect(cookies(many("x"), [])[0]?.legacy?.length).toBeLessThan(300);
  });

  test("of several cookies only those that differ are shown; one side's alone are missing or extra", () => {
    const [found] = cookies(["a=1", "b=2", "a=3"], ["b=9", "a=9"]);
    expect([found?.legacy, found?.modern]).toEqual(['"a"', undefined]);
    expect(cookies(["a=1"], [])).toEqual([
      { path: "header.set-cookie[a]", kind: "missing", legacy: '"a"', modern: undefined },
    ]);
  });
});

test("credentials differ without being shown", () => {
  for (const name of ["Authorization", "X-Auth-Token", "Proxy-Authenticate", "X-Api-Key"]) {
    expect(compare([name, "s3cr3t"], [name, "other"], name.toLowerCase())).toEqual([
      { path: `header.${name.toLowerCase()}`, kind: "value", legacy: '"[redacted]"', modern: '"[redacted]"' },
    ]);
  }
  const [challenge] = compare(
    ["www-authenticate", 'Bearer realm="api"'],
    ["www-authenticate", "Negotiate oYG2MIGzoAMK"],
    "www-authenticate",
  );
  expect(challenge?.legacy).toBe('"Bearer realm=\\"api\\""');
  expect(challenge?.modern).toBe('"Negotiate [redacted]"');
});

test("a redirect is shown without the credentials in its query", () => {
  const [location] = compare(
    ["location", "https://me:pw@shop.example/cb?code=abc123&page=2#access_token=xyz789&x=1"],
    ["location", "/cb?reset%5Ftoken=abc123&page=2"],
    "location",
  );
  expect(location?.legacy).toBe(
    '"https://[redacted]@shop.example/cb?code=[redacted]&page=2#access_token=[redacted]&x=1"',
  );
  expect(location?.modern).toBe('"/cb?reset%5Ftoken=[redacted]&page=2"');
});
