import type { WrongFiles } from "./wrong-files.ts";

const upstreams = (...lines: readonly string[]) => ({
  "fig.yaml": `upstreams:\n${lines.map((line) => `  ${line}\n`).join("")}`,
});
const QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs";
const TEMPLATE_LIKE =
  "write text and variables: $requestId, $route, $client, $host, $scheme, $request.header.NAME, $request.query.NAME, $request.path.NAME, $request.body, $request.body.NAME; $$ is a dollar";

export const WRONG_STORAGE_FILES: readonly WrongFiles[] = [
  {
    name: "buckets",
    files: upstreams(
      "a: { s3: { bucket: Bad_Name } }",
      "b: { s3: { bucket: ok-bucket, prefix: ../x, index: a/b, lst: true } }",
      "c: { s3: {} }",
      "d: { s3: { bucket: ok-bucket }, sqs: { queue: x } }",
    ),
    says: [
      `fig.yaml:2:22: upstreams.a.s3.bucket: "Bad_Name" is no bucket — write a bucket's name, like shop-assets`,
      'fig.yaml:3:41: upstreams.b.s3.prefix: "../x" is no folder of keys — write a folder of keys, like static/ or site/v2/, without a first slash',
      `fig.yaml:3:54: upstreams.b.s3.index: "a/b" is not an object's name — write an object's name, like index.html, or false`,
      'fig.yaml:3:59: upstreams.b.s3: unknown key "lst" — did you mean "list"?',
      "fig.yaml:4:12: upstreams.c.s3.bucket: is missing — write a bucket's name, like shop-assets",
      "fig.yaml:5:35: upstreams.d: sqs does not go with the keys beside it — leave one of them out",
    ],
  },
  {
    name: "streams",
    files: upstreams(
      'a: { kinesis: { stream: "a b", partitionKey: "$request.headers.x" } }',
      "b: { kinesis: { stream: orders, batch: { count: 501 } } }",
    ),
    says: [
      `fig.yaml:2:27: upstreams.a.kinesis.stream: "a b" is no stream — write a stream's name, like orders`,
      'fig.yaml:2:48: upstreams.a.kinesis.partitionKey: "$request.headers.x" has a variable that there is not, $request.headers.x — did you mean "$request.header.NAME"?; $$ is a dollar',
      "fig.yaml:3:51: upstreams.b.kinesis.batch.count: 501 is out of range — write a whole number from 1 to 500",
    ],
  },
  {
    name: "a name for a queue's URL",
    files: upstreams("a: { sqs: { queue: jobs } }"),
    says: [
      `fig.yaml:2:22: upstreams.a.sqs.queue: "jobs" is not a queue's URL — write the queue's URL, like https://sqs.eu-central-1.amazonaws.com/123456789012/orders`,
    ],
  },
  {
    name: "queues of the other kind, and TLS for a bucket without it",
    files: upstreams(
      `a: { sqs: { queue: "${QUEUE}.fifo" } }`,
      `b: { sqs: { queue: "${QUEUE}", deduplication: $requestId } }`,
      'c: { s3: { bucket: ok-bucket, endpoint: "http://127.0.0.1:1" }, tls: { verify: false } }',
    ),
    says: [
      "fig.yaml:2:22: upstreams.a.sqs: a FIFO queue needs a group — add group, like $client",
      "fig.yaml:3:97: upstreams.b.sqs: deduplication is for FIFO queues, whose names end in .fifo — leave it out",
      "fig.yaml:4:72: upstreams.c: tls is for https:// URLs, and there is none — write https:// into its endpoint, or leave tls out",
    ],
  },
  {
    name: "templates of messages",
    files: upstreams(
      'a: { kinesis: { stream: s, body: "$request.bdy", explicitHashKey: "1e3" } }',
      'b: { kinesis: { stream: s, json: { x: ["$request.body.lines[*]"] } } }',
      `d: { sqs: { queue: "${QUEUE}", attributes: { AWS.x: y, ok: { type: Number, value: seven } } } }`,
      `e: { sqs: { queue: "${QUEUE}", attributes: { a: "", b: { type: Text, value: x }, c: { vlue: x } } } }`,
      `f: { sqs: { queue: "${QUEUE}", attributes: { ${Array.from({ length: 11 }, (_, i) => `a${i}: x`).join(", ")} } } }`,
    ),
    says: [
      'fig.yaml:2:36: upstreams.a.kinesis.body: "$request.bdy" has a variable that there is not, $request.bdy — did you mean "$request.body"?; $$ is a dollar',
      'fig.yaml:2:69: upstreams.a.kinesis.explicitHashKey: "1e3" is no hash key — write a whole number below 2^128, or leave it out',
      "fig.yaml:3:36: upstreams.b.kinesis.json: it has a variable that there is not, $request.body.lines[ — write a number between the brackets, like $request.body.lines[0].id",
      `fig.yaml:4:96: upstreams.d.sqs.attributes: "AWS.x" is not an attribute's name — write up to 256 letters, digits, _, - and single dots, not beginning with AWS. or Amazon.`,
      'fig.yaml:4:133: upstreams.d.sqs.attributes.ok.value: "seven" is no number — write a number, like 7 or 0.5, or another type',
      `fig.yaml:5:99: upstreams.e.sqs.attributes.a: it is empty — ${TEMPLATE_LIKE}`,
      'fig.yaml:5:114: upstreams.e.sqs.attributes.b.type: "Text" is not an allowed word — write String, Number or Binary',
      `fig.yaml:5:135: upstreams.e.sqs.attributes.c.value: is missing — ${TEMPLATE_LIKE}`,
      'fig.yaml:5:137: upstreams.e.sqs.attributes.c: unknown key "vlue" — did you mean "value"?',
      "fig.yaml:6:94: upstreams.f.sqs.attributes: messages have at most 10 attributes — leave some out, or put them into the body",
    ],
  },
  {
    name: "messages with two bodies, and delays that there are not",
    files: upstreams(
      `a: { sqs: { queue: "${QUEUE}", body: x, json: {} } }`,
      "b: { kinesis: { stream: s, json: [], body: $requestId } }",
      `c: { sqs: { queue: "${QUEUE}.fifo", group: g, delay: 5s } }`,
      `d: { sqs: { queue: "${QUEUE}", delay: 1500ms } }`,
    ),
    says: [
      "fig.yaml:2:88: upstreams.a.sqs: there is a json too — leave one of them out",
      "fig.yaml:3:46: upstreams.b.kinesis: there is a json too — leave one of them out",
      "fig.yaml:4:104: upstreams.c.sqs.delay: a FIFO queue delays all of its messages alike — leave it out, and set the queue's DelaySeconds",
      "fig.yaml:5:89: upstreams.d.sqs.delay: queues count whole seconds — write it like 5s",
    ],
  },
];
