import { expect, test } from "vitest";
import { authorizerWorld } from "../../support/authorizer-world.ts";

const REQUEST = {
  method: "POST",
  target: "/orders/a%2Bb?q=1+2&q=%C3%BC&flag",
  framing: 3,
  headers: [
    "Authorization",
    "Bearer t",
    "X-Two",
    "1",
    "x-Two",
    "2",
    "User-Agent",
    "curl/8",
    "Cookie",
    "a=1; b=2",
  ],
};
const ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop/live/POST/orders/a%2Bb";
const FUNCTION = {
  function: { name: "auth", region: "eu-west-1" },
  arn: { account: "123456789012", api: "shop", stage: "live" },
};

test("the REQUEST event 1.0 is that of API Gateway's REST APIs", async () => {
  const { authorizers, ask } = authorizerWorld(FUNCTION);
  await ask(REQUEST);
  const [event] = authorizers.events;
  expect(event).toEqual({
    type: "REQUEST",
    methodArn: ARN,
    resource: "/orders/{id}",
    path: "/orders/a%2Bb",
    httpMethod: "POST",
    headers: expect.objectContaining({
      ...{ Host: "shop.test", Authorization: "Bearer t", "X-Two": "1", "x-Two": "2", Cookie: "a=1; b=2" },
      "x-forwarded-for": "127.0.0.1",
    }),
    multiValueHeaders: expect.objectContaining({ "X-Two": ["1"], "User-Agent": ["curl/8"] }),
    queryStringParameters: { q: "ü", flag: "" },
    multiValueQueryStringParameters: { q: ["1 2", "ü"], flag: [""] },
    pathParameters: { id: "a%2Bb?q=1+2&q=%C3%BC&flag" },
    stageVariables: {},
    requestContext: {
      path: "/live/orders/a%2Bb",
      accountId: "123456789012",
      resourceId: "orders",
      stage: "live",
      requestId: expect.any(String),
      identity: { sourceIp: "127.0.0.1", userAgent: "curl/8" },
      resourcePath: "/orders/{id}",
      httpMethod: "POST",
      apiId: "shop",
      protocol: "HTTP/1.1",
      domainName: "shop.test",
      requestTime: "01/Jan/1970:00:00:00 +0000",
      requestTimeEpoch: 0,
    },
  });
});

test("the REQUEST event 2.0 is that of API Gateway's HTTP APIs, and leaves out what there is none of", async () => {
  const { authorizers, ask } = authorizerWorld({ ...FUNCTION, payload: "2.0" });
  await ask(REQUEST);
  await ask({ target: "/orders/7", headers: ["Authorization", "Bearer u"] });
  const [event, bare] = authorizers.events;
  expect(event).toEqual({
    version: "2.0",
    type: "REQUEST",
    routeArn: ARN,
    identitySource: ["Bearer t"],
    routeKey: "POST /orders/{id}",
    rawPath: "/orders/a%2Bb",
    rawQueryString: "q=1+2&q=%C3%BC&flag",
    cookies: ["a=1", "b=2"],
    headers: expect.objectContaining({ host: "shop.test", authorization: "Bearer t", "x-two": "1,2" }),
    queryStringParameters: { q: "1 2,ü", flag: "" },
    requestContext: {
      accountId: "123456789012",
      apiId: "shop",
      domainName: "shop.test",
      domainPrefix: "shop",
      http: {
        ...{ method: "POST", path: "/orders/a%2Bb", protocol: "HTTP/1.1" },
        ...{ sourceIp: "127.0.0.1", userAgent: "curl/8" },
      },
      requestId: expect.any(String),
      routeKey: "POST /orders/{id}",
      stage: "live",
      time: "01/Jan/1970:00:00:00 +0000",
      timeEpoch: 0,
    },
    pathParameters: expect.anything(),
  });
  expect(event.headers.cookie).toBeUndefined();
  for (const key of ["cookies", "queryStringParameters", "stageVariables"])
    expect(Object.keys(bare)).not.toContain(key);
});

test("bytes that are no UTF-8, and names of the language's own, are carried as they are", async () => {
  const { authorizers, ask } = authorizerWorld(FUNCTION);
  await ask({
    ...REQUEST,
    headers: ["Authorization", "t", "X-A", "\xff\xfe", "X-B", "\xc3\xbc", "__proto__", "p"],
  });
  const { payload } = authorizers.invocations[0] ?? { payload: "" };
  expect(payload).toContain('"__proto__":"p"');
  expect(JSON.parse(String(payload)).headers).toMatchObject({ "X-A": "\xff\xfe", "X-B": "ü" });
});
