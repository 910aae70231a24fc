import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblems, importOpenApi, loadConfig } from "../../../src/config/index.ts";
import { writeMade } from "./made-files.ts";

const OPTIONS = {
  ...({ as: "legacy", other: undefined, basePath: undefined, gateway: false } as const),
  ...{ variables: {}, documentPath: "api.yaml" },
};
const INTEGRATION = "x-amazon-apigateway-integration";
const LAMBDA =
  "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:";
const answers = { responses: { "200": { description: "x" } } };

function document(paths: unknown, more: object = {}) {
  const servers = [{ url: "http://127.0.0.1:1" }];
  return JSON.stringify({ openapi: "3.0.3", info: { title: "T", version: "1" }, servers, paths, ...more });
}

function asked(integration: unknown, more: object = {}, path = "/a") {
  return document({ [path]: { post: { ...answers, [INTEGRATION]: integration } } }, more);
}

const http = { type: "http_proxy", uri: "http://h/" };
const constant = (headers: object) => ({
  type: "mock",
  responses: { default: { statusCode: "200", responseParameters: headers } },
});
const secured = (scheme: object) =>
  document(
    { "/a": { get: { ...answers, security: [{ s: [] }], [INTEGRATION]: http } } },
    { components: { securitySchemes: { s: scheme } } },
  );

/** The config that the files of a document make, with `environment` at hand for what they refer to. */
async function load(source: string, environment: Record<string, string> = {}, variables = {}) {
  const result = importOpenApi("api.json", source, { ...OPTIONS, variables });
  const file = writeMade(result, source);
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok)
    throw new Error(`${formatProblems(loaded.problems)}\n${result.fig}\n${result.routesFile.text}`);
  return { result, config: loaded.config };
}

test.each([
  [
    "a reference that goes in circles",
    document({ "/a": { $ref: "#/paths/~1b" }, "/b": { $ref: "#/paths/~1a" }, "/c": { get: answers } }),
  ],
  [
    "references to files",
    document({ "/a": { $ref: "/etc/passwd" }, "/b": { $ref: "file:///etc/passwd" }, "/c": { get: answers } }),
  ],
  [
    "a title that is a path",
    document({ "/a": { get: answers } }, { info: { title: "../../etc/x", version: "1" } }),
  ],
  ["a path with a line break", document({ "/a\n- id: evil": { get: answers } })],
  [
    "names of prototypes",
    '{"openapi":"3.0.3","info":{"title":"t"},"paths":{"__proto__":{"get":{}},"/a":{"get":{}},"/constructor":{"get":{}}}}',
  ],
  [
    "odd templates",
    document(
      Object.fromEntries(
        [
          "/{a}-{b}",
          "/y/{p+}/z",
          "/t/",
          "/t",
          "/u/{a}",
          "/w/{}",
          "/{",
          "/q?x=1",
          "/f#g",
          "/s p/ü/%zz",
          "//d",
          "/../e",
          "/m/{a}/{a}",
        ].map((path) => [path, { get: answers }]),
      ),
    ),
  ],
  [
    "Swagger's host with more than a host",
    JSON.stringify({
      swagger: "2.0",
      info: { title: "x" },
      host: "u:p@h/../x?y#z",
      basePath: "v1",
      paths: { "/a": { get: answers } },
    }),
  ],
  [
    "a path of the backend that has what the request's has not",
    asked({ type: "http_proxy", uri: "http://h/x/{proxy}" }),
  ],
  ["a path of the backend that is no path", asked({ type: "http_proxy", uri: "http://h/a b/%/ü" })],
  ["a time that is none", asked({ ...http, timeoutInMillis: -5 })],
  ["a time of years", asked({ type: "aws_proxy", uri: `${LAMBDA}f/invocations`, timeoutInMillis: 1e12 })],
  ["a name that is too long", asked({ type: "aws_proxy", uri: `${LAMBDA}${"x".repeat(500)}/invocations` })],
  [
    "media types that are none",
    asked(
      { type: "aws_proxy", uri: `${LAMBDA}f/invocations` },
      { "x-amazon-apigateway-binary-media-types": ["*~1*", "", 5, "a b"] },
    ),
  ],
  [
    "fields that are the front door's own",
    asked(constant({ "method.response.header.Content-Length": "'3'", "method.response.header.ba d": "'x'" })),
  ],
  [
    "a rate that no file takes",
    asked(http, { "x-amazon-apigateway-throttling": { rateLimit: 1e21, burstLimit: 5 } }),
  ],
  [
    "servers of an operation that are none",
    document({
      "/a": { servers: [{ url: "javascript:1" }, 5, null], get: answers },
      "/b": {
        get: { ...answers, servers: [{ url: "https://u:p@h:99999/{x}/../y?z#w", variables: { x: {} } }] },
      },
      "/c": {
        get: {
          ...answers,
          servers: [{ url: "https://u:p@h.example/{x}/é y", variables: { x: { default: "{z}" } } }],
        },
      },
      "/d": { get: { ...answers, servers: { url: "/x" } } },
    }),
  ],
  [
    "parameters that are none",
    document({ "/a/{b}": { parameters: [null, 5, { in: "path", "x-multi-segment": true }], get: answers } }),
  ],
  [
    "a mock whose patterns are none",
    asked({
      type: "mock",
      requestTemplates: { a: '{"statusCode": 404', b: 5 },
      responses: { "(a+)+$": {}, "[": null, "4\\d{9999999}": { statusCode: "x" } },
    }),
  ],
  [
    "a TLS setting that is none",
    asked({
      ...http,
      uri: "https://h/",
      tlsConfig: { serverNameToVerify: "a b\n", insecureSkipVerification: "yes" },
    }),
  ],
  [
    "a way into arrays and prototypes",
    document({
      "/a": { $ref: "#/__proto__/x" },
      "/b": { $ref: "#/tags/0" },
      "/c": { $ref: "#/%zz" },
      "/d": { get: answers },
    }),
  ],
  [
    "an issuer that is none",
    secured({
      type: "oauth2",
      "x-amazon-apigateway-authorizer": {
        type: "jwt",
        jwtConfiguration: { issuer: "javascript:alert(1)", audience: [""] },
      },
    }),
  ],
  [
    "an authorizer that remembers for years",
    secured({
      type: "apiKey",
      name: "Author ization\n",
      in: "header",
      "x-amazon-apigateway-authorizer": {
        type: "token",
        authorizerUri: `${LAMBDA}f/invocations`,
        authorizerResultTtlInSeconds: 1e9,
      },
    }),
  ],
])("%s: the files pass, and the report names what is not in them", async (_, source) => {
  const { result } = await load(source);
  expect(result.routesFile.path).toMatch(/^routes\/[a-z0-9-]+\.yaml$/);
  for (const { id } of result.routes) expect(id).toMatch(/^[\w.-]{1,110}$/);
});

test("aliases that lead into themselves, or multiply, are an error with a place", () => {
  const bomb = Array.from(
    { length: 12 },
    (_, n) => `a${n + 1}: &a${n + 1} [*a${n},*a${n},*a${n},*a${n},*a${n}]\n`,
  );
  for (const more of [
    `a0: &a0 [x]\n${bomb.join("")}paths: { /a: { get: {} } }`,
    "paths: &p { /a: { get: { x: *p } } }",
  ])
    expect(() => importOpenApi("api.yaml", `openapi: 3.0.3\n${more}\n`, OPTIONS)).toThrow(
      /^api\.yaml:1: its aliases/,
    );
});

test("nothing of a document is filled in from the environment", async () => {
  const source = asked(constant({ "method.response.header.X-A": `'\${ADMIN_TOKEN}'` }));
  const { config, result } = await load(source, { ADMIN_TOKEN: "s3cret-of-this-host" });
  expect(JSON.stringify(config.routes)).not.toContain("s3cret-of-this-host");
  expect(config.routes[0]?.policies?.respond?.headers).toEqual({ "x-a": `\${ADMIN_TOKEN}` });
  expect(result.routesFile.text).toContain(`$\${ADMIN_TOKEN}`);
});

test("a password of a backend's URL is in no file, name or note", async () => {
  const { result } = await load(asked({ type: "http_proxy", uri: "http://u:hunter2pw@orders.internal/x" }));
  expect(JSON.stringify(result)).not.toContain("hunter2pw");
  expect(result.upstreams).toEqual(["orders-internal"]);
});

test("a stage variable's value that makes no upstream makes no route", async () => {
  const source = asked({ type: "http_proxy", uri: `http://\${stageVariables.host}/x` });
  const { result } = await load(source, {}, { host: "a\nb: c" });
  expect(result.routes).toEqual([]);
  expect((await load(source, {}, { host: "orders:80" })).result.routes).toHaveLength(1);
});

const template = (text: string) => ({ requestTemplates: { "application/json": text } });
const REST = "arn:aws:apigateway:eu-central-1:";

test.each([
  [
    "PutRecord of a REST API, with a key of the path",
    {
      type: "aws",
      uri: `${REST}kinesis:action/PutRecord`,
      ...template(
        `{ "StreamName": "orders", "Data": "$util.base64Encode($input.body)", "PartitionKey": "$input.params('id')" }`,
      ),
    },
    { kinesis: { stream: "orders", partitionKey: "$request.path.id", region: "eu-central-1" } },
  ],
  [
    "PutRecord of an HTTP API, with a key of a field",
    {
      type: "aws_proxy",
      integrationSubtype: "Kinesis-PutRecord",
      requestParameters: {
        StreamName: "orders",
        Data: "$request.body",
        PartitionKey: "$request.header.x-tenant",
      },
    },
    { kinesis: { stream: "orders", partitionKey: "$request.header.x-tenant" } },
  ],
  [
    "PutRecord with a key that cannot be said",
    {
      type: "aws",
      uri: `${REST}kinesis:action/PutRecord`,
      ...template(`{ "StreamName": "orders", "PartitionKey": "$util.urlEncode($input.body)" }`),
    },
    { kinesis: { stream: "orders", region: "eu-central-1" } },
  ],
  [
    "PutRecord with a key of the body",
    {
      type: "aws",
      uri: `${REST}kinesis:action/PutRecord`,
      ...template(`{ "StreamName": "orders", "PartitionKey": "$input.path('$.lines[0].id')" }`),
    },
    { kinesis: { stream: "orders", partitionKey: "$request.body.lines[0].id", region: "eu-central-1" } },
  ],
  [
    "PutRecord of an HTTP API, all of it of the body",
    {
      type: "aws_proxy",
      integrationSubtype: "Kinesis-PutRecord",
      requestParameters: {
        ...{ StreamName: "orders", Data: "$request.body.event", PartitionKey: "$request.body.id" },
        ExplicitHashKey: "$request.body.hash",
      },
    },
    {
      kinesis: {
        ...{ stream: "orders", partitionKey: "$request.body.id", explicitHashKey: "$request.body.hash" },
        body: "$request.body.event",
      },
    },
  ],
  [
    "SendMessage of a REST API",
    {
      type: "aws",
      uri: `${REST}sqs:path/123456789012/orders`,
      ...template("Action=SendMessage&MessageBody=$input.body"),
    },
    { sqs: { queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/orders", region: "eu-central-1" } },
  ],
  [
    "SendMessage of a REST API, with a part of the body, a group and attributes",
    {
      type: "aws",
      uri: `${REST}sqs:path/123456789012/orders.fifo`,
      ...template(
        "Action=SendMessage&MessageGroupId=$input.path('$.customer')&MessageDeduplicationId=$context.requestId&MessageBody=$util.urlEncode($input.json('$.order'))&MessageAttribute.1.Name=kind&MessageAttribute.1.Value.StringValue=order&MessageAttribute.1.Value.DataType=String",
      ),
    },
    {
      sqs: {
        queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo",
        ...{ group: "$request.body.customer", deduplication: "$requestId", body: "$request.body.order" },
        ...{ attributes: { kind: "order" }, region: "eu-central-1" },
      },
    },
  ],
  [
    "SendMessage of a REST API, with what cannot be said",
    {
      type: "aws",
      uri: `${REST}sqs:path/123456789012/orders`,
      ...template(
        'Action=SendMessage&MessageBody={"id":"$input.path(\'$.id\')"}&MessageAttribute.1.Name=x&MessageAttribute.1.Value.BinaryValue=eA==',
      ),
    },
    { sqs: { queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/orders", region: "eu-central-1" } },
  ],
  [
    "PutRecord of a REST API, with a part of the body",
    {
      type: "aws",
      uri: `${REST}kinesis:action/PutRecord`,
      ...template(
        `{ "StreamName": "orders", "Data": "$util.base64Encode($input.json('$.event'))", "PartitionKey": "$input.path('$.id')" }`,
      ),
    },
    {
      kinesis: {
        ...{ stream: "orders", partitionKey: "$request.body.id", body: "$request.body.event" },
        region: "eu-central-1",
      },
    },
  ],
  [
    "SendMessage of an HTTP API",
    {
      type: "aws_proxy",
      integrationSubtype: "SQS-SendMessage",
      requestParameters: {
        QueueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/o",
        MessageBody: "$request.body",
        MessageGroupId: "$request.path.id",
      },
    },
    { sqs: { queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/o", group: "$request.path.id" } },
  ],
  [
    "SendMessage of an HTTP API, with a body and attributes",
    {
      type: "aws_proxy",
      integrationSubtype: "SQS-SendMessage",
      requestParameters: {
        QueueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/o",
        MessageBody: "$request.body.order",
        DelaySeconds: 5,
        MessageAttributes: JSON.stringify({
          kind: { DataType: "String", StringValue: "order" },
          total: { DataType: "Number", StringValue: `\${request.body.total}` },
        }),
      },
    },
    {
      sqs: {
        queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/o",
        ...{ delay: "5s", body: "$request.body.order" },
        attributes: { kind: "order", total: { type: "Number", value: "$request.body.total" } },
      },
    },
  ],
])("%s is an upstream", async (_, integration, upstream) => {
  const { result } = await load(asked(integration, {}, "/e/{id}"));
  expect(result.routes).toHaveLength(1);
  expect(Object.values(parse(result.fig).upstreams)).toEqual([upstream]);
});

test.each([
  "kinesis:action/PutRecords",
  "kinesis:action/PutRecord",
  "sqs:action/SendMessage",
  "sqs:path/1/x/y",
])("%s, which no upstream stands for, is named and no route", (uri) => {
  const result = importOpenApi("api.json", asked({ type: "aws", uri: `${REST}${uri}` }), OPTIONS);
  expect(result.routes).toEqual([]);
  expect(result.notes.map(({ message }) => message).join()).toContain(
    `the service integration ${uri} is no upstream`,
  );
});
