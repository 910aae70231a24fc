import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { AWS_ENV, AWS_KEYS, type Front, startKinesis, startSqs } from "../support/aws-services.ts";
import { counterpart } from "../support/counterparts.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A front door whose route `/events/{kind}` is the upstream. */
async function door(upstream: object, policies: object = {}) {
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: { events: upstream as never },
      routes: [
        { id: "events", match: { path: "/events/{kind}" }, modern: "events", retired: true, policies },
      ],
    },
    { quiet: true, env: AWS_ENV },
  );
  closing.push(() => opened.close());
  const { url } = await opened.listen();
  return async (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/events/${path}`, { method: "POST", headers, body });
    const text = await response.text();
    const error = text.startsWith("{") ? JSON.parse(text).error : undefined;
    return { status: response.status, code: error?.code, problem: error?.details?.[0]?.problem };
  };
}

describe("a queue of SQS", () => {
  let queue: Awaited<ReturnType<typeof startSqs>>;
  const at = (name = "jobs") => `${queue.url}/123456789012/${name}`;
  beforeAll(async () => {
    queue = await startSqs();
    closing.push(() => queue.close());
  });
  beforeEach(() => {
    queue.queued.splice(0);
    queue.actions.splice(0);
  });

  test("a text is made of the request and of its body, and a group and an id come out of its JSON", async () => {
    const send = await door({
      sqs: {
        queue: at("jobs.fifo"),
        group: "$request.body.order.customer",
        deduplication: "$request.body.order.id",
        body: "$request.path.kind|$request.query.v|$request.body.lines[1].sku|$request.body.order|$request.body.none|$$",
      },
    });
    const body = '{"order":{"id":123456789012345678901,"customer":"c7"},"lines":[{"sku":"a"},{"sku":"b"}]}';
    expect((await send("paid?v=2", body)).status).toBe(200);
    expect(queue.queued).toEqual([
      {
        body: 'paid|2|b|{"id":123456789012345678901,"customer":"c7"}||$',
        ...{ group: "c7", deduplication: "123456789012345678901" },
      },
    ]);
    expect(queue.refused).toEqual([]);
  });

  test("JSON is escaped, whatever clients send, and what a request lacks is left out", async () => {
    const send = await door({
      sqs: {
        queue: at(),
        json: {
          type: "$request.path.kind",
          source: 'front "door" $$1',
          version: 2,
          text: "<$request.body.note>",
          note: "$request.body.note",
          total: "$request.body.total",
          flag: "$request.body.flag",
          lines: "$request.body.lines",
          none: "$request.body.none",
          list: ["$request.body.none", "$request.body.lines[0]", true, null],
          agent: "$request.header.x-agent",
        },
      },
    });
    const note = 'a "quote", \\ and \n\u2028 ü';
    const sent = { note, total: 1.5, flag: false, lines: [{ a: null }, []] };
    expect((await send("paid", JSON.stringify(sent), { "x-agent": 'x","y":"z' })).status).toBe(200);
    expect(JSON.parse(queue.queued[0]?.body ?? "")).toEqual({
      ...{ type: "paid", source: 'front "door" $1', version: 2, text: `<${note}>` },
      ...{ ...sent, list: [null, { a: null }, true, null], agent: 'x","y":"z' },
    });
  });

  test("attributes have their types; one that comes out empty is left out, and their bytes count", async () => {
    const send = await door({
      sqs: {
        queue: at(),
        attributes: {
          tenant: "$request.header.x-tenant",
          total: { type: "Number", value: "$request.body.total" },
          raw: { type: "Binary", value: "$request.body.raw" },
          "event.kind": "$request.path.kind",
        },
      },
    });
    expect((await send("paid", '{"total":7.50,"raw":"ü"}')).status).toBe(200);
    expect(queue.queued[0]?.attributes).toEqual({
      total: { DataType: "Number", StringValue: "7.5" },
      raw: { DataType: "Binary", BinaryValue: Buffer.from("ü").toString("base64") },
      "event.kind": { DataType: "String", StringValue: "paid" },
    });
    expect(await send("paid", '{"total":"many"}')).toMatchObject({
      ...{ status: 400, code: "message_invalid", problem: "its attribute total is no number" },
    });
    const room = 1024 * 1024 - "event.kindStringpaid".length - "totalNumber7".length;
    const filled = (bytes: number) => `{"total":7,"x":"${"y".repeat(bytes - 18)}"}`;
    expect(filled(100)).toHaveLength(100);
    expect((await send("paid", filled(room))).status).toBe(200);
    expect(await send("paid", filled(room + 1))).toMatchObject({ status: 413, code: "message_too_large" });
  });

  test("what templates cannot say a transformation can: they see the body that it made", async () => {
    const send = await door(
      { sqs: { queue: at(), json: { all: "$request.body.total", first: "$request.body.lines[0]" } } },
      { transform: { modern: { request: { body: '{ "total": $sum(lines), "lines": lines^(>$) }' } } } },
    );
    expect((await send("x", '{"lines":[1,3,2]}', { "content-type": "application/json" })).status).toBe(200);
    expect(queue.queued[0]?.body).toBe('{"all":6,"first":3}');
  });

  test("messages of one batch have their own attributes and bodies", async () => {
    const send = await door({
      sqs: {
        ...{ queue: at(), wait: false, batch: { count: 3, delay: "5s" }, delay: "1m" },
        json: { n: "$request.body.n" },
        attributes: { n: { type: "Number", value: "$request.body.n" } },
      },
    });
    const answers = await Promise.all([1, 2, 3].map((n) => send("x", JSON.stringify({ n, more: "y" }))));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(queue.actions).toEqual(["SendMessageBatch"]);
    for (const { body, attributes, delay } of queue.queued) {
      const { n } = JSON.parse(body);
      expect(delay).toBe(60);
      expect(attributes).toEqual({ n: { DataType: "Number", StringValue: String(n) } });
    }
    expect(queue.queued.map(({ body }) => body).sort()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  test.each<readonly [what: string, body: string | Uint8Array, problem: string | undefined]>([
    ["no JSON", "hello", "its body is not JSON"],
    ["no body", "", "its body is not JSON"],
    ["bytes that are no text", Uint8Array.of(123, 255, 125), "its body is not text in UTF-8"],
    ["JSON without the value", "{}", "its body is null"],
    ["a prototype for a member", '{"__proto__":{"a":1}}', "its body is null"],
    ["an inherited name", "[]", "its body is null"],
  ])("%s", async (_what, body, problem) => {
    const send = await door({ sqs: { queue: at(), json: "$request.body.a" } });
    const answer = await send("x", body);
    if (problem === "its body is null") expect([answer.status, queue.queued[0]?.body]).toEqual([200, "null"]);
    else expect(answer).toMatchObject({ status: 400, code: "message_invalid", problem });
  });

  test("a body that is nested without end, and one that a template multiplies, are refused and end nothing", async () => {
    const send = await door({ sqs: { queue: at(), json: { a: "$request.body.a" } } });
    const depth = 200_000;
    const deep = await send("x", `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    expect(deep).toMatchObject({ status: 400, code: "message_invalid" });
    const many = await door({ sqs: { queue: at(), body: "$request.body".repeat(200) } });
    expect(await many("x", "y".repeat(1_000_000))).toMatchObject({ status: 413, code: "message_too_large" });
    expect((await many("x", "y")).status).toBe(200);
    expect(queue.queued[0]?.body).toBe("y".repeat(200));
    expect((await send("x", '{"a":1}')).status).toBe(200);
  });
});

describe("a stream of Kinesis", () => {
  let kinesis: Front;
  beforeAll(async () => {
    kinesis = await startKinesis("shards:2");
    closing.push(() => kinesis.close());
  }, 90_000);

  test("its records' bodies, keys and hash keys come out of the request's JSON", async () => {
    const sdk = counterpart("@aws-sdk/client-kinesis") as {
      KinesisClient: new (
        options: object,
      ) => {
        send(command: unknown): Promise<Record<string, unknown>>;
        destroy(): void;
      };
      GetShardIteratorCommand: new (input: object) => unknown;
      GetRecordsCommand: new (input: object) => unknown;
    };
    const { NodeHttpHandler } = counterpart("@smithy/node-http-handler") as {
      NodeHttpHandler: new () => unknown;
    };
    const client = new sdk.KinesisClient({
      ...{ region: "eu-central-1", endpoint: kinesis.url, credentials: AWS_KEYS },
      requestHandler: new NodeHttpHandler(),
    });
    closing.push(() => client.destroy());
    const stored = async (shard: number) => {
      const { ShardIterator } = await client.send(
        new sdk.GetShardIteratorCommand({
          ...{ StreamName: "shards", ShardId: `shardId-00000000000${shard}` },
          ShardIteratorType: "TRIM_HORIZON",
        }),
      );
      const { Records } = await client.send(new sdk.GetRecordsCommand({ ShardIterator, Limit: 100 }));
      return (Records as { Data: Uint8Array; PartitionKey: string }[]).map(({ Data, PartitionKey }) => [
        PartitionKey,
        Buffer.from(Data).toString(),
      ]);
    };
    for (const wait of [true, false]) {
      const send = await door({
        kinesis: {
          ...{ stream: "shards", endpoint: kinesis.url, wait, partitionKey: "$request.body.customer" },
          explicitHashKey: "$request.header.x-hash",
          json: { kind: "$request.path.kind", id: "$request.body.id", wait },
        },
      });
      const status = wait ? 200 : 202;
      const last = String(2n ** 128n - 1n);
      expect((await send("a", '{"customer":"c1","id":1}', { "x-hash": "0" })).status).toBe(status);
      expect((await send("b", '{"customer":"c1","id":2}', { "x-hash": last })).status).toBe(status);
      expect(await send("b", '{"customer":"c1"}', { "x-hash": "many" })).toMatchObject({
        ...{ status: 400, problem: "its explicit hash key is no whole number of 128 bits" },
      });
      expect(await send("b", "{}", { "x-hash": "0" })).toMatchObject({
        ...{ status: 400, problem: "its partition key is empty" },
      });
    }
    // One key, two shards: it is the hash key that chose.
    expect(await stored(0)).toEqual([
      ["c1", '{"kind":"a","id":1,"wait":true}'],
      ["c1", '{"kind":"a","id":1,"wait":false}'],
    ]);
    expect(await stored(1)).toEqual([
      ["c1", '{"kind":"b","id":2,"wait":true}'],
      ["c1", '{"kind":"b","id":2,"wait":false}'],
    ]);
    expect(kinesis.refused).toEqual([]);
  });
});
