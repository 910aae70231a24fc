import { z } from "zod";
import { type HashSource, RETRY_CAUSES, type RetryCause, UPSTREAM_PROTOCOLS } from "../domain/upstream.ts";
import { lambdaObject } from "./aws-schema.ts";
import { choice, flag, leaf, numberLeaf, textLeaf, Wrong } from "./leaf.ts";
import { duration, origin, percent, readSource, wait } from "./scalars.ts";
import { kinesisObject, s3Object, sqsObject } from "./storage-schema.ts";

const count = (min: number, max?: number) => numberLeaf("count", { whole: true, min, max });

const HASH_LIKE = "write cookie:NAME, header:NAME or ip";

function hashSource() {
  return textLeaf(
    "hash source",
    HASH_LIKE,
    (text): HashSource | Wrong => {
      const source = readSource(text);
      return source === undefined || source.kind === "client"
        ? new Wrong("{value} is nothing to hash", HASH_LIKE)
        : source;
    },
    "ip|(cookie|header):[^\\s]+",
  );
}

function checkedPath() {
  const remedy = "write a path, like /healthz";
  return textLeaf(
    "path",
    remedy,
    (text) => (/^\/[\x21-\x7e]*$/.test(text) ? text : new Wrong("{value} is not a path to ask for", remedy)),
    "/.*",
  );
}

function retryCause() {
  const remedy = `write ${RETRY_CAUSES.slice(0, -1).join(", ")} or ${RETRY_CAUSES.at(-1)}`;
  return leaf({ title: "cause of a retry", enum: [...RETRY_CAUSES] }, (value): RetryCause | Wrong => {
    const cause = RETRY_CAUSES.find((one) => one === value || String(one) === value);
    return cause ?? new Wrong("{value} is no cause of a retry", remedy);
  });
}

function file(what: string) {
  const remedy = `write the path of ${what}`;
  return textLeaf("path", remedy, (text) =>
    text === "" || text.includes("\0") ? new Wrong("{value} is not a path", remedy) : text,
  );
}

function serverName() {
  const remedy = "write a name, like orders.internal";
  return textLeaf("name", remedy, (text) =>
    /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/.test(text)
      ? text
      : new Wrong("{value} is not a server's name", remedy),
  );
}

const upstreamObject = z.strictObject({
  urls: z
    .array(
      z.union([
        origin(),
        z.strictObject({
          url: origin().describe("Where it listens."),
          weight: count(1, 1000)
            .prefault(1)
            .describe("Its share of the requests, against the weights of the others."),
        }),
      ]),
    )
    .min(1)
    .describe(
      "Where it listens: `http://host:port`, `https://host:port` or `unix:/path`. Only origins, without a path. A name stands for all its addresses, and each has the weight of its URL.",
    ),
  host: choice(["client", "upstream"])
    .prefault("client")
    .describe("Which Host it sees, also in shadows: the one that the client sent, or its own."),
  timeout: wait().optional().describe("Until the head of its answer. Replaces `timeouts.response`."),
  protocol: choice(UPSTREAM_PROTOCOLS)
    .prefault("http1")
    .describe(
      "What is spoken. `http2`: over `https://` by ALPN, and over `http://` and `unix:` at once (h2c); gRPC needs it. `auto`: HTTP/2 where an `https://` server takes it (ALPN), else HTTP/1.1.",
    ),
  balance: z
    .union([
      choice(["roundRobin", "leastRequests"]),
      z.strictObject({
        hash: z
          .array(hashSource())
          .min(1)
          .describe("Sources of the key: `cookie:NAME`, `header:NAME`, `ip`. The first that a request has."),
      }),
    ])
    .prefault("roundRobin")
    .describe(
      "Which address gets a request. `roundRobin`: each in turn. `leastRequests`: of two drawn at random the one with fewer requests under way. `{ hash: [...] }`: requests with the same key go to the same address; one that comes or goes moves only its own keys.",
    ),
  slowStart: duration()
    .prefault("0s")
    .describe(
      "How long an address that is new or came back takes to get its whole share. It begins with a tenth. 0: at once.",
    ),
  health: z
    .strictObject({
      path: checkedPath().describe(
        "What is asked for, with GET. An answer from 200 to 399 passes. `/grpc.health.v1.Health/Check` is asked as a gRPC call, and passes if the server says that it is serving.",
      ),
      interval: duration({ positive: true })
        .prefault("5s")
        .describe("Between two checks of one address, varied by a tenth."),
      timeout: wait().prefault("2s").describe("Until the whole head of the answer."),
      up: count(1, 100).prefault(2).describe("Passes in a row until an address is up again."),
      down: count(1, 100).prefault(3).describe("Failures in a row until an address is down."),
    })
    .optional()
    .describe(
      "Checks of each address by requests of the front door's own. An address that is down gets no requests, unless all are down. Left out: none.",
    ),
  ejection: z
    .strictObject({
      failures: count(1, 1000)
        .prefault(5)
        .describe("Failures in a row: no connection, or no byte of an answer on a new one."),
      for: wait()
        .prefault("5s")
        .describe(
          "How long an address is left out the first time. Doubled each further time, up to 60s. Then one request tells whether it is back.",
        ),
      max: percent().prefault(50).describe("Percent of the addresses that may be left out, rounded up."),
    })
    .prefault({})
    .describe("When an address to which requests fail is left out."),
  retries: z
    .strictObject({
      attempts: count(1, 10).prefault(1).describe("Tries beyond the first."),
      on: z
        .array(retryCause())
        .min(1)
        .prefault(["connect", "reset", "unavailable", 502, 503, 504])
        .describe(
          "What is tried again: `connect` (no connection), `reset` (broken off before an answer), `timeout` (no answer in time), `unavailable` (gRPC's UNAVAILABLE without a message), answers with 502, 503 or 504.",
        ),
      budget: percent().prefault(20).describe("Retries, in percent of the requests of the last 5 to 10 s."),
    })
    .optional()
    .describe(
      "Requests that may be sent twice (GET, HEAD, PUT, DELETE, OPTIONS, TRACE, all of a route with `shadow.safe`, and the gRPC calls that it names) are tried again, at once at another address or after a short pause, as long as the client has no byte of an answer. Left out: only an address that takes no connection is passed over for the next.",
    ),
  connections: z
    .strictObject({
      idle: wait()
        .prefault("4s")
        .describe(
          "How long a connection is kept that carries no request. Less than the server keeps it, or a request meets a connection that is just being closed. A shorter time in the server's Keep-Alive holds.",
        ),
      maxAge: duration().prefault("5m").describe("How long a connection is used. 0: as long as it stands."),
      max: count(0)
        .prefault(0)
        .describe(
          "Connections open at once, those that carry no request and tunnels too. Further requests wait, for `timeouts.connect` at most; then they get 503. 0: no limit.",
        ),
      queue: count(1, 1_000_000).prefault(1024).describe("Requests that wait at `max`; any more get 503."),
      refresh: duration({ positive: true })
        .prefault("30s")
        .describe(
          "How often the names in `urls` are looked up. They also are when none of their addresses takes a connection. A name that stops resolving keeps its last addresses.",
        ),
    })
    .prefault({})
    .describe("How its connections are kept."),
  tls: z
    .strictObject({
      ca: file("a file of certificates (PEM)")
        .optional()
        .describe("Authorities that are believed in place of the well-known ones."),
      cert: file("a certificate (PEM)")
        .optional()
        .describe("The front door's own certificate, with its chain."),
      key: file("a key (PEM)").optional().describe("The key of `cert`."),
      servername: serverName()
        .optional()
        .describe("The name that is asked for (SNI) and has to be in the certificate. Left out: the URL's."),
      verify: flag()
        .prefault(true)
        .describe(
          "false: any certificate is taken. Whoever is on the way can then read and change everything.",
        ),
    })
    .optional()
    .describe(
      "How `https://` URLs are met. Files are relative to this one, and read again within 5s when they change.",
    ),
});

const functionUpstream = z.strictObject({
  lambda: lambdaObject.describe(
    "Functions of AWS Lambda in place of servers: each request is an event, as API Gateway makes it.",
  ),
  timeout: wait().optional().describe("Until a function has answered. Replaces `timeouts.response`."),
});

const bucketUpstream = z.strictObject({
  s3: s3Object.describe(
    "A bucket of S3 in place of servers: a request's path names an object. Ranges, conditions and bodies pass as they come.",
  ),
  timeout: wait().optional().describe("Until the head of an answer. Replaces `timeouts.response`."),
  connections: upstreamObject.shape.connections,
  retries: upstreamObject.shape.retries,
  tls: upstreamObject.shape.tls,
});

const taken = "Until a message was taken, with all tries. Replaces `timeouts.response`.";

const streamUpstream = z.strictObject({
  kinesis: kinesisObject.describe(
    "A stream of Kinesis in place of servers: the body of each request is a record.",
  ),
  timeout: wait().optional().describe(taken),
});

const queueUpstream = z.strictObject({
  sqs: sqsObject.describe("A queue of SQS in place of servers: the body of each request is a message."),
  timeout: wait().optional().describe(taken),
});

export const upstreamSchema = z.union([
  origin(),
  upstreamObject,
  functionUpstream,
  bucketUpstream,
  streamUpstream,
  queueUpstream,
]);
