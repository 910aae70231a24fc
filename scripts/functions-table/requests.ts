import type { Expected, RequestRow } from "./row.ts";

type Fields = RequestRow["fields"];

/** A request whose path is told. `path` and `proxy`: as 1.0 has them; 2.0 has what was sent. */
function ofPath(what: string, sent: string, path: string, proxy: string, source = "LS, own"): RequestRow {
  return {
    ...{ what, method: "GET", target: sent, fields: [], body: undefined, source },
    one: {
      ...{ path, pathParameters: { proxy }, resource: "/{proxy+}" },
      ...{ "requestContext.path": `/prod${sent}`, "requestContext.resourcePath": "/{proxy+}" },
    },
    two: {
      ...{ rawPath: sent, "requestContext.http.path": sent, pathParameters: { proxy: sent.slice(1) } },
      routeKey: "ANY /{proxy+}",
    },
  };
}

/** A request whose query is told: of several values 1.0 has the last beside all, 2.0 all with commas. */
function ofQuery(
  what: string,
  sent: string,
  all: Readonly<Record<string, readonly string[]>> | undefined,
  source = "LS, HTTP",
): RequestRow {
  const each = (value: (values: readonly string[]) => unknown) =>
    all && Object.fromEntries(Object.entries(all).map(([name, values]) => [name, value(values)]));
  return {
    ...{ what, method: "GET", target: `/q${sent}`, fields: [], body: undefined, source },
    one: {
      queryStringParameters: each((values) => values.at(-1)) ?? null,
      multiValueQueryStringParameters: all ?? null,
      path: "/q",
    },
    two: {
      queryStringParameters: each((values) => values.join(",")),
      rawQueryString: sent.slice(1),
      rawPath: "/q",
    },
  };
}

function ofFields(
  what: string,
  fields: Fields,
  one: Expected,
  two: Expected,
  source = "LS, HTTP",
): RequestRow {
  return { ...{ what, method: "GET", target: "/h", fields, body: undefined }, one, two, source };
}

function ofMethod(method: string, source = "REST, HTTP"): RequestRow {
  return {
    ...{ what: `the method ${method}`, method, target: "/m", fields: [], body: undefined, source },
    one: { httpMethod: method, "requestContext.httpMethod": method, body: null },
    two: { "requestContext.http.method": method, body: undefined },
  };
}

/** `text`: the body as the event has it. */
function ofBody(
  what: string,
  type: Fields,
  body: string,
  text: string,
  base64: boolean,
  source: string,
): RequestRow {
  const expected = { body: text, isBase64Encoded: base64 };
  return {
    ...{ what, method: "POST", target: "/b", fields: type, body },
    one: expected,
    two: expected,
    source,
  };
}

const typed = (type: string): Fields => [["Content-Type", type]];
const base64 = (bytes: string) => Buffer.from(bytes, "latin1").toString("base64");

const PATHS: readonly RequestRow[] = [
  ofPath("a path", "/a", "/a", "a", "LS, HTTP"),
  ofPath("a path of several segments", "/a/b/c", "/a/b/c", "a/b/c", "LS, HTTP"),
  ofPath("a slash at the end: kept in the path, not in the greedy parameter", "/a/b/", "/a/b/", "a/b", "LS"),
  ofPath("two slashes inside", "/a//b", "/a//b", "a//b", "LS"),
  ofPath("two slashes inside and one at the end", "/a//b/", "/a//b/", "a//b", "LS"),
  ofPath("%2B stays encoded", "/a%2Bb", "/a%2Bb", "a%2Bb"),
  ofPath("%20 stays encoded", "/a%20b", "/a%20b", "a%20b"),
  ofPath("%2F stays encoded, and in one segment", "/a%2Fb", "/a%2Fb", "a%2Fb"),
  ofPath("letters beyond ASCII stay encoded", "/%C3%BC", "/%C3%BC", "%C3%BC"),
  ofPath("small hexadecimal digits", "/a%2bb", "/a%2bb", "a%2bb"),
  ofPath("what is encoded twice", "/a%252Fb", "/a%252Fb", "a%252Fb"),
  ofPath("an encoded question mark is of the path", "/a%3Fb", "/a%3Fb", "a%3Fb"),
  ofPath("a plus", "/a+b", "/a+b", "a+b"),
  ofPath("characters that need no encoding", "/~u/a-b_c.d", "/~u/a-b_c.d", "~u/a-b_c.d"),
  ofPath("delimiters within a segment", "/a;v=1,2@b:c!$&'()*", "/a;v=1,2@b:c!$&'()*", "a;v=1,2@b:c!$&'()*"),
  {
    ...{ what: "a parameter of one segment", method: "GET", target: "/pets/7", fields: [], body: undefined },
    one: { resource: "/pets/{id}", pathParameters: { id: "7" }, "requestContext.resourcePath": "/pets/{id}" },
    two: { routeKey: "GET /pets/{id}", pathParameters: { id: "7" }, rawPath: "/pets/7" },
    source: "REST, HTTP",
  },
  {
    ...{
      what: "an escape in a parameter",
      method: "GET",
      target: "/pets/a%2Bb",
      fields: [],
      body: undefined,
    },
    one: { pathParameters: { id: "a%2Bb" }, path: "/pets/a%2Bb" },
    two: { pathParameters: { id: "a%2Bb" }, rawPath: "/pets/a%2Bb" },
    source: "LS, own",
  },
];

const QUERIES: readonly RequestRow[] = [
  ofQuery("no query", "", undefined),
  ofQuery("a question mark alone", "?", undefined),
  ofQuery("a value", "?x=1", { x: ["1"] }),
  ofQuery("several names", "?x=1&y=2", { x: ["1"], y: ["2"] }),
  ofQuery("a name twice", "?x=1&x=2", { x: ["1", "2"] }),
  ofQuery("a name twice, with others between", "?x=1&y=3&x=2", { x: ["1", "2"], y: ["3"] }),
  ofQuery("an empty value", "?x=", { x: [""] }),
  ofQuery("a name without a value", "?x", { x: [""] }),
  ofQuery("an empty value and another", "?x=&x=1", { x: ["", "1"] }),
  ofQuery("a plus is a space", "?x=a+b", { x: ["a b"] }),
  ofQuery("%20 is a space", "?x=a%20b", { x: ["a b"] }),
  ofQuery("%2B is a plus", "?x=a%2Bb", { x: ["a+b"] }),
  ofQuery("an encoded ampersand and an encoded equals sign", "?x=a%26b%3Dc", { x: ["a&b=c"] }),
  ofQuery("equals signs in a value", "?x=a=b", { x: ["a=b"] }),
  ofQuery("an encoded name", "?a%5B%5D=1", { "a[]": ["1"] }),
  ofQuery("names are told apart by case", "?x=1&X=2", { x: ["1"], X: ["2"] }),
  ofQuery("letters beyond ASCII", "?x=%C3%BC", { x: ["ü"] }),
  ofQuery("a comma in a value", "?x=1,2", { x: ["1,2"] }),
  ofQuery("ampersands with nothing between", "?&x=1&&", { x: ["1"] }, "own"),
  ofQuery("what does not decode stays", "?x=%zz", { x: ["%zz"] }, "own"),
];

const HEADERS: readonly RequestRow[] = [
  ofFields(
    "the case of a name: as sent in 1.0, lower in 2.0",
    [["X-CamelCase", "Value"]],
    { "headers.X-CamelCase": "Value", "multiValueHeaders.X-CamelCase": ["Value"] },
    { "headers.x-camelcase": "Value", multiValueHeaders: undefined },
  ),
  ofFields(
    "a field twice: the last and all in 1.0, with commas in 2.0",
    [
      ["X-A", "1"],
      ["X-A", "2"],
    ],
    { "headers.X-A": "2", "multiValueHeaders.X-A": ["1", "2"] },
    { "headers.x-a": "1,2" },
  ),
  ofFields("an empty value", [["X-A", ""]], { "headers.X-A": "" }, { "headers.x-a": "" }),
  ofFields("commas in a value", [["X-A", "1, 2"]], { "headers.X-A": "1, 2" }, { "headers.x-a": "1, 2" }),
  ofFields(
    "cookies: a field in 1.0, a list in 2.0",
    [["Cookie", "a=1; b=2"]],
    { "headers.Cookie": "a=1; b=2", cookies: undefined },
    { cookies: ["a=1", "b=2"], "headers.cookie": undefined },
  ),
  ofFields(
    "a cookie's value with an equals sign",
    [["Cookie", "a=b=c"]],
    { "headers.Cookie": "a=b=c" },
    { cookies: ["a=b=c"] },
  ),
  ofFields("no cookies", [], { "headers.Cookie": undefined }, { cookies: undefined }),
  ofFields(
    "who asks, and from where",
    [["User-Agent", "curl/8"]],
    { "requestContext.identity.userAgent": "curl/8", "requestContext.identity.sourceIp": "127.0.0.1" },
    { "requestContext.http.userAgent": "curl/8", "requestContext.http.sourceIp": "127.0.0.1" },
    "REST, HTTP",
  ),
  ofFields(
    "nobody is known who signed",
    [],
    { "requestContext.identity.user": null, "requestContext.identity.accountId": null },
    { "requestContext.authorizer": undefined, "requestContext.authentication": undefined },
    "REST, HTTP",
  ),
  ofFields(
    "credentials of the client's own go on",
    [["Authorization", "Bearer abc"]],
    { "headers.Authorization": "Bearer abc" },
    { "headers.authorization": "Bearer abc" },
  ),
  ofFields(
    "every key that an event has",
    [],
    {
      $keys: [
        ...["body", "headers", "httpMethod", "isBase64Encoded", "multiValueHeaders"],
        ...["multiValueQueryStringParameters", "path", "pathParameters", "queryStringParameters"],
        ...["requestContext", "resource", "stageVariables"],
      ],
      version: undefined,
      stageVariables: null,
    },
    {
      $keys: [
        ...["headers", "isBase64Encoded", "pathParameters", "rawPath", "rawQueryString", "requestContext"],
        ...["routeKey", "version"],
      ],
      version: "2.0",
      "requestContext.$keys": [
        ...["accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage"],
        ...["time", "timeEpoch"],
      ],
    },
    "REST, HTTP",
  ),
];

const BODIES: readonly RequestRow[] = [
  ofBody("JSON", typed("application/json"), '{"a":1}', '{"a":1}', false, "REST, HTTP"),
  ofBody("text beyond ASCII", typed("text/plain; charset=utf-8"), "\xc3\xbc", "ü", false, "REST"),
  ofBody("a form", typed("application/x-www-form-urlencoded"), "a=1&b=%2B", "a=1&b=%2B", false, "REST, own"),
  ofBody("text without a type", [], "hello", "hello", false, "REST, own"),
  ofBody(
    "bytes of an image",
    typed("image/png"),
    "\x89PNG\r\n\x1a\n\0\xff",
    base64("\x89PNG\r\n\x1a\n\0\xff"),
    true,
    "own",
  ),
  ofBody("text that is no UTF-8", typed("text/plain"), "\xff\xfe", base64("\xff\xfe"), true, "own"),
  ofBody(
    "a body that is coded",
    [...typed("application/json"), ["Content-Encoding", "gzip"]],
    "\x1f\x8b\x08\0",
    base64("\x1f\x8b\x08\0"),
    true,
    "own",
  ),
  ofBody("line breaks and quotes", typed("text/plain"), 'a\r\nb"\\', 'a\r\nb"\\', false, "REST"),
  {
    ...{ what: "a body of no bytes", method: "POST", target: "/b", fields: [], body: "" },
    one: { body: null, isBase64Encoded: false },
    two: { body: undefined, isBase64Encoded: false },
    source: "LS, HTTP",
  },
];

const METHODS: readonly RequestRow[] = [
  ...["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => ofMethod(method)),
  ofMethod("PROPFIND", "own"),
];

export const REQUESTS: readonly RequestRow[] = [...PATHS, ...QUERIES, ...HEADERS, ...BODIES, ...METHODS];
