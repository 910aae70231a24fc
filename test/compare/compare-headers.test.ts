import { expect, test } from "vitest";
import { compareHeaders } from "../../src/compare/compare-headers.ts";
import { Findings } from "../../src/compare/findings.ts";

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
  expect(one("Content-Type", "application/json; charset=utf-8", "application/json")).toEqual(["value"]);
  expect(one("Content-Type", "multipart/x; boundary=A", "multipart/x; boundary=a")).toEqual(["value"]);
});

test("credentials differ without being shown", () => {
  for (const name of ["Set-Cookie", "Authorization", "X-Auth-Token", "Proxy-Authenticate", "X-Api-Key"]) {
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
