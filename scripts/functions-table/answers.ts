import type { AnswerRow } from "./row.ts";

const JSON_TYPE = ["content-type", "application/json"];

type Payload = AnswerRow["payload"];
type Answer = readonly [status: number, fields: readonly string[], body: string];

const given = (
  what: string,
  payload: Payload,
  returned: unknown,
  [status, fields, body]: Answer,
  source: string,
): AnswerRow => ({ what, payload, returned: JSON.stringify(returned), status, fields, body, source });

/** It is no answer: 502. */
const none = (what: string, payload: Payload, returned: unknown, source: string): AnswerRow => ({
  ...{ what, payload, status: 502, fields: [], body: "", source },
  returned: what === "no JSON" ? String(returned) : JSON.stringify(returned),
});

export const ANSWERS: readonly AnswerRow[] = [
  given("a body", "1.0", { statusCode: 200, body: "hi" }, [200, JSON_TYPE, "hi"], "REST, LS"),
  given("a status as a text", "1.0", { statusCode: "201", body: "" }, [201, JSON_TYPE, ""], "LS"),
  given("no status", "1.0", { headers: { "X-A": "1" } }, [200, ["X-A", "1", ...JSON_TYPE], ""], "LS"),
  given("nothing in it", "1.0", {}, [200, JSON_TYPE, ""], "LS"),
  given(
    "its own type",
    "1.0",
    { headers: { "Content-Type": "text/html" }, body: "<p>" },
    [200, ["Content-Type", "text/html"], "<p>"],
    "REST",
  ),
  given(
    "null in place of parts",
    "1.0",
    { statusCode: 200, headers: null, multiValueHeaders: null, body: null },
    [200, JSON_TYPE, ""],
    "LS",
  ),
  given(
    "lists of values",
    "1.0",
    { multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] } },
    [200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", ...JSON_TYPE], ""],
    "REST",
  ),
  given(
    "a name in both, cased otherwise: all of it, under the name that came first",
    "1.0",
    { multiValueHeaders: { "X-A": ["1", "2"] }, headers: { "x-a": "3" } },
    [200, ["X-A", "1", "X-A", "2", "X-A", "3", ...JSON_TYPE], ""],
    "LS",
  ),
  given(
    "true and numbers as values",
    "1.0",
    { headers: { "x-b": true, "x-n": 7 } },
    [200, ["x-b", "true", "x-n", "7", ...JSON_TYPE], ""],
    "LS",
  ),
  given("a value of null", "1.0", { headers: { "x-a": null } }, [200, JSON_TYPE, ""], "own"),
  given(
    "base64",
    "1.0",
    { body: "/9j/", isBase64Encoded: true, headers: { "content-type": "image/jpeg" } },
    [200, ["content-type", "image/jpeg"], "\xff\xd8\xff"],
    "REST, own",
  ),
  given("base64 that is not said to be", "1.0", { body: "/9j/" }, [200, JSON_TYPE, "/9j/"], "REST"),
  given("text beyond ASCII", "1.0", { body: "ü" }, [200, JSON_TYPE, "\xc3\xbc"], "REST"),
  given(
    "fields of one connection",
    "1.0",
    { headers: { Connection: "close", "Transfer-Encoding": "chunked", "content-length": "9" }, body: "x" },
    [200, JSON_TYPE, "x"],
    "own",
  ),
  given(
    "an error of the function's own",
    "1.0",
    { statusCode: 404, body: '{"message":"no"}' },
    [404, JSON_TYPE, '{"message":"no"}'],
    "REST",
  ),
  given(
    "a status and cookies",
    "2.0",
    { statusCode: 302, headers: { location: "/b" }, cookies: ["a=1", "b=2"] },
    [302, ["location", "/b", "set-cookie", "a=1", "set-cookie", "b=2", ...JSON_TYPE], ""],
    "HTTP",
  ),
  given("an object without a status", "2.0", { id: 7 }, [200, JSON_TYPE, '{"id":7}'], "HTTP"),
  given("a list", "2.0", [1, 2], [200, JSON_TYPE, "[1,2]"], "HTTP, own"),
  given("a text", "2.0", "hello", [200, JSON_TYPE, "hello"], "HTTP"),
  given("null", "2.0", null, [200, JSON_TYPE, "null"], "own"),
  given("a number", "2.0", 42, [200, JSON_TYPE, "42"], "own"),
  given(
    "keys of its own beside a status",
    "2.0",
    { statusCode: 200, body: "x", more: 1 },
    [200, JSON_TYPE, "x"],
    "own",
  ),
  given(
    "base64",
    "2.0",
    { statusCode: 200, body: "AAEC", isBase64Encoded: true },
    [200, JSON_TYPE, "\0\x01\x02"],
    "HTTP",
  ),
  none("no JSON", "1.0", "oops", "LS"),
  none("a text", "1.0", "hi", "LS"),
  none("null", "1.0", null, "LS"),
  none("a list", "1.0", [], "LS"),
  none("a key that answers do not have", "1.0", { statusCode: 200, data: 1 }, "LS"),
  none("an object as body", "1.0", { statusCode: 200, body: { id: 7 } }, "LS"),
  none("a status that is none", "1.0", { statusCode: 99 }, "own"),
  none("a status as a word", "1.0", { statusCode: "ok" }, "LS"),
  none("one value where a list has to be", "1.0", { multiValueHeaders: { a: "1" } }, "LS"),
  none("an object as value", "1.0", { headers: { a: {} } }, "LS"),
  none("a line break in a value", "1.0", { headers: { a: "1\r\nb: 2" } }, "own"),
  none("a status that is none", "2.0", { statusCode: "x" }, "own"),
  none("cookies that are no list", "2.0", { statusCode: 200, cookies: "a=1" }, "own"),
];
