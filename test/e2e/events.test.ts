import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { AWS_ENV, AWS_KEYS, type Front, startKinesis, startSqs } from "../support/aws-services.ts";
import { counterpart } from "../support/counterparts.ts";
import { until } from "./until.ts";

interface Sdk {
  readonly KinesisClient: new (options: object) => Client;
  readonly GetShardIteratorCommand: new (input: object) => unknown;
  readonly GetRecordsCommand: new (input: object) => unknown;
  readonly NodeHttpHandler: new () => unknown;
}
interface Client {
  send(command: unknown): Promise<Record<string, unknown>>;
  destroy(): void;
}
interface Stored {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
  readonly SequenceNumber: string;
}

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let legacy: string;
beforeAll(async () => {
  const server = createServer((incoming, response) =>
    incoming.resume().on("end", () => response.end("legacy")),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  legacy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

/** A front door whose route `/events/{kind}` is the upstream. */
async function door(upstream: object, env: Record<string, string> = AWS_ENV, route: object = {}) {
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: { events: upstream as never, ...("legacy" in route ? { monolith: legacy } : {}) },
      routes: [
        { id: "events", match: { path: "/events/{kind}" }, modern: "events", retired: true, ...route },
      ],
    },
    { quiet: true, env },
  );
  closing.push(() => opened.close());
  const { url, adminUrl } = await opened.listen();
  const send = async (
    kind: string,
    body: string | Uint8Array | undefined,
    headers: Record<string, string> = {},
    method = "POST",
  ) => {
    const response = await fetch(`${url}/events/${kind}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const said = /^[{[]/.test(text) ? JSON.parse(text) : undefined;
    return { status: response.status, said, code: said?.error?.code, headers: response.headers };
  };
  return { opened, adminUrl, send };
}

describe("a stream of Kinesis", () => {
  let kinesis: Front;
  let client: Client;
  let sdk: Sdk;
  beforeAll(async () => {
    kinesis = await startKinesis("orders:1,batches:1");
    sdk = counterpart("@aws-sdk/client-kinesis") as Sdk;
    const { NodeHttpHandler } = counterpart("@smithy/node-http-handler") as Sdk;
    client = new sdk.KinesisClient({
      ...{
        region: "eu-central-1",
        endpoint: kinesis.url,
        credentials: AWS_KEYS,
        requestHandler: new NodeHttpHandler(),
      },
    });
    closing.push(
      () => kinesis.close(),
      () => client.destroy(),
    );
  }, 90_000);
  beforeEach(() => {
    kinesis.misbehave = undefined;
    kinesis.actions.splice(0);
    kinesis.refused.splice(0);
  });

  async function stored(StreamName: string): Promise<readonly Stored[]> {
    const { ShardIterator } = await client.send(
      new sdk.GetShardIteratorCommand({
        StreamName,
        ShardId: "shardId-000000000000",
        ShardIteratorType: "TRIM_HORIZON",
      }),
    );
    const { Records } = await client.send(new sdk.GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
    return Records as Stored[];
  }

  test("a body is a record under the key that the template makes, and its client gets the id", async () => {
    const { send } = await door({
      kinesis: {
        stream: "orders",
        endpoint: kinesis.url,
        partitionKey: "$request.path.kind:$request.header.X-Customer",
      },
    });
    const binary = Uint8Array.of(0, 255, 10, 13);
    const first = await send("created", '{"id":1}', { "x-customer": "c7" });
    expect([first.status, Object.keys(first.said)]).toEqual([200, ["ShardId", "SequenceNumber"]]);
    await send("paid", binary, { "x-customer": "c8" }, "PUT");
    expect((await send("empty", undefined, { "x-customer": "c9" })).status).toBe(200);
    const records = await stored("orders");
    expect(records.map(({ Data, PartitionKey }) => [PartitionKey, [...Data]])).toEqual([
      ["created:c7", [...Buffer.from('{"id":1}')]],
      ["paid:c8", [...binary]],
      ["empty:c9", []],
    ]);
    expect(records[0]?.SequenceNumber).toBe(first.said.SequenceNumber);
    expect(kinesis.refused).toEqual([]);
  });

  test("without waiting for ids records go together: 202 means that the stream has them", async () => {
    const { send } = await door({
      kinesis: {
        stream: "batches",
        endpoint: kinesis.url,
        wait: false,
        partitionKey: "$client",
        batch: { count: 40, delay: "1s" },
      },
    });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => send("x", `record ${i}`)));
    expect(answers.every(({ status, said }) => status === 202 && said === undefined)).toBe(true);
    const calls = kinesis.actions.filter((action) => action === "PutRecords").length;
    expect([calls >= 3, calls <= 20]).toEqual([true, true]);
    const records = (await stored("batches")).map(({ Data }) => Buffer.from(Data).toString());
    expect(new Set(records).size).toBe(100);
    expect(records).toHaveLength(100);
  });

  test("what the stream does not take of a batch is sent again, and nobody hears 202 before it is there", async () => {
    const { send, opened } = await door({
      kinesis: { stream: "batches", endpoint: kinesis.url, wait: false, batch: { count: 4, delay: "5s" } },
    });
    const seen: string[][] = [];
    kinesis.misbehave = async (incoming, response) => {
      const { Records } = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
      const texts = Records.map(({ Data }: { Data: string }) => Buffer.from(Data, "base64").toString());
      seen.push(texts);
      const refused = seen.length < 3 ? ["b", "c"] : seen.length < 9 ? ["c"] : [];
      response.end(
        JSON.stringify({
          FailedRecordCount: 0,
          Records: texts.map((text: string) =>
            refused.includes(text)
              ? { ErrorCode: "ProvisionedThroughputExceededException" }
              : { SequenceNumber: "1", ShardId: "s" },
          ),
        }),
      );
    };
    const answers = await Promise.all(["a", "b", "c", "d"].map((text) => send("x", text)));
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [202, undefined],
      [202, undefined],
      [429, "message_throttled"],
      [202, undefined],
    ]);
    expect(answers[2]?.headers.get("retry-after")).toBe("1");
    expect(seen.map((texts) => [...texts].sort().join(""))).toEqual(["abcd", "bc", "bc", "c"]);
    const { upstreams } = (await opened.status()) as unknown as {
      upstreams: { name: string; retries: number }[];
    };
    expect(upstreams.find(({ name }) => name === "events")?.retries).toBe(5);
  });

  test("a front door that drains sends what waits for its batch at once, and its clients hear of it", async () => {
    const { send, opened } = await door({
      kinesis: { stream: "batches", endpoint: kinesis.url, wait: false, batch: { delay: "10s" } },
    });
    const answers = Promise.all(["last 1", "last 2"].map((text) => send("x", text)));
    const requests = async () =>
      (await opened.status()).upstreams as unknown as { members: { requests: number }[] }[];
    await until(requests, (upstreams) => upstreams[0]?.members[0]?.requests === 2);
    const began = performance.now();
    await opened.close();
    expect((await answers).map(({ status }) => status)).toEqual([202, 202]);
    expect(performance.now() - began).toBeLessThan(9_000);
    const records = (await stored("batches")).map(({ Data }) => Buffer.from(Data).toString());
    expect(records).toEqual(expect.arrayContaining(["last 1", "last 2"]));
  });

  test("errors have codes and say why in the state: throttled, too large, no stream, a wrong secret, no key, reads", async () => {
    const target = { stream: "orders", endpoint: kinesis.url, partitionKey: "$request.header.x-key" };
    const { send } = await door({ kinesis: target });
    const key = { "x-key": "k" };
    expect(await send("x", "y")).toMatchObject({ status: 400, code: "message_invalid" });
    expect(await send("x", "y", { "x-key": "k".repeat(257) })).toMatchObject({ code: "message_invalid" });
    expect(await send("x", "z".repeat(1024 * 1024), key)).toMatchObject({
      status: 413,
      code: "message_too_large",
    });
    expect((await send("x", "z".repeat(1024 * 1024 - 1), key)).status).toBe(200);
    const read = await send("x", undefined, key, "GET");
    expect([read.status, read.code, read.headers.get("allow")]).toEqual([
      405,
      "message_method",
      "POST, PUT, PATCH, DELETE",
    ]);
    kinesis.misbehave = (_incoming, response) => {
      response.writeHead(400).end(JSON.stringify({ __type: "ProvisionedThroughputExceededException" }));
    };
    const throttled = await send("x", "y", key);
    expect([throttled.status, throttled.code, throttled.headers.get("retry-after")]).toEqual([
      429,
      "message_throttled",
      "1",
    ]);
    kinesis.misbehave = undefined;
    const gone = await door({ kinesis: { ...target, stream: "nobody" } });
    expect(await gone.send("x", "y", key)).toMatchObject({ status: 502, code: "message_refused" });
    expect(JSON.stringify((await gone.opened.status()).problems)).toContain(
      "Kinesis answered 400 ResourceNotFoundException",
    );
    const wrong = await door({ kinesis: target }, { ...AWS_ENV, AWS_SECRET_ACCESS_KEY: "another-secret" });
    expect(await wrong.send("x", "y", key)).toMatchObject({ status: 502, code: "message_refused" });
    const problems = JSON.stringify((await wrong.opened.status()).problems);
    expect(problems).toContain("InvalidSignatureException");
    expect(problems).not.toContain("another-secret");
    expect(kinesis.refused).toEqual(["InvalidSignatureException"]);
  });

  test("shadows of reads send no record, and of writes only where the route says so", async () => {
    const { send } = await door({ kinesis: { stream: "orders", endpoint: kinesis.url } }, AWS_ENV, {
      ...{ legacy: "monolith", retired: false, start: { shadow: 100 }, shadow: { writes: "sandboxed" } },
    });
    await send("read", undefined, {}, "GET");
    await send("written", "y");
    await until(
      async () => kinesis.actions.length,
      (count) => count > 0,
    );
    expect(kinesis.actions).toEqual(["PutRecord"]);
    const never = await door({ kinesis: { stream: "orders", endpoint: kinesis.url } }, AWS_ENV, {
      ...{ legacy: "monolith", retired: false, start: { shadow: 100 } },
    });
    kinesis.actions.splice(0);
    for (let i = 0; i < 5; i++) await never.send("written", "y");
    await never.opened.close();
    expect(kinesis.actions).toEqual([]);
  });
});

describe("a queue of SQS", () => {
  let queue: Awaited<ReturnType<typeof startSqs>>;
  const at = (name = "jobs") => `${queue.url}/123456789012/${name}`;
  beforeAll(async () => {
    queue = await startSqs();
    closing.push(() => queue.close());
  });
  beforeEach(() => {
    queue.misbehave = undefined;
    queue.queued.splice(0);
    queue.actions.splice(0);
  });

  test("a body is a message, with its group and by what it is known", async () => {
    const { send } = await door({
      sqs: {
        queue: at("jobs.fifo"),
        group: "g-$request.query.g$request.path.kind",
        deduplication: "$requestId",
      },
    });
    const taken = await send("mail", "hallo ü", { "x-request-id": "once-1" });
    expect([taken.status, taken.said]).toEqual([200, { MessageId: "id-1" }]);
    expect(queue.queued).toEqual([{ body: "hallo ü", group: "g-mail", deduplication: "once-1" }]);
    expect(await send("mail", undefined)).toMatchObject({ status: 400, code: "message_invalid" });
    expect(await send("mail", Uint8Array.of(255, 1))).toMatchObject({ status: 400, code: "message_invalid" });
    expect(await send("a%20b", "x")).toMatchObject({ status: 200 });
    expect(queue.refused).toEqual([]);
  });

  test("messages go together by ten, in base64 where that was said", async () => {
    const { send } = await door({ sqs: { queue: at(), wait: false, base64: true, batch: { delay: "1s" } } });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send("x", Uint8Array.of(255, i))));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(queue.actions).toEqual(["SendMessageBatch", "SendMessageBatch"]);
    const bodies = queue.queued.map(({ body }) => Buffer.from(body, "base64")[1]);
    expect([...bodies].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test.each([
    [400, "com.amazonaws.sqs#QueueDoesNotExist", "no", 502, "message_refused"],
    [400, "com.amazonaws.sqs#RequestThrottled", "slow", 429, "message_throttled"],
    [
      400,
      "InvalidParameterValueException",
      "Reason: Message must be shorter than 1024 bytes.",
      413,
      "message_too_large",
    ],
    [500, "InternalFailure", "", 502, "message_refused"],
  ])("%i %s (%s) is %i %s", async (status, name, message, ours, code) => {
    const { send } = await door({ sqs: { queue: at() } });
    queue.misbehave = (incoming, response) => {
      incoming
        .resume()
        .on("end", () => response.writeHead(status).end(JSON.stringify({ __type: name, message })));
    };
    expect(await send("x", "y")).toMatchObject({ status: ours, code });
  });

  test("of a batch each message has its own end, and a queue that is away is no loss: nobody heard 202", async () => {
    const { send } = await door({ sqs: { queue: at(), wait: false, batch: { count: 2, delay: "5s" } } });
    queue.misbehave = async (incoming, response) => {
      const { Entries } = JSON.parse(Buffer.concat(await incoming.toArray()).toString());
      const bad = Entries.find(({ MessageBody }: { MessageBody: string }) => MessageBody === "bad");
      const good = Entries.filter((entry: unknown) => entry !== bad);
      response.end(
        JSON.stringify({
          Successful: good.map(({ Id }: { Id: string }) => ({ Id, MessageId: "m" })),
          Failed: bad ? [{ Id: bad.Id, Code: "InvalidMessageContents", SenderFault: true }] : [],
        }),
      );
    };
    const answers = await Promise.all([send("x", "good"), send("x", "bad")]);
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [202, undefined],
      [502, "message_refused"],
    ]);
    queue.misbehave = (incoming) => incoming.socket.destroy();
    const lost = await Promise.all([send("x", "1"), send("x", "2")]);
    expect(lost.map(({ status }) => status)).toEqual([502, 502]);
  });
});
