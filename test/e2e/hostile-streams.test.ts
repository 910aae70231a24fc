import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";

const ENV = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "none", AWS_REGION: "us-east-1" };

type Json = Record<string, unknown>;

/** What the service has, whatever it says of it. */
const there: string[] = [];
let answer: (said: Json, response: ServerResponse, incoming: IncomingMessage) => void;
const listener: RequestListener = async (incoming, response) => {
  const said = JSON.parse((await incoming.toArray()).join("")) as Json;
  const records = (said.Records ?? said.Entries ?? [said]) as { Data?: string; MessageBody?: string }[];
  for (const { Data, MessageBody } of records)
    there.push(MessageBody ?? Buffer.from(Data as string, "base64").toString());
  answer(said, response, incoming);
};
const server = createServer(listener);
const closing: (() => unknown)[] = [];
let endpoint: string;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  there.splice(0);
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  server.close();
  server.closeAllConnections();
});

const kinesis = (more: object = {}) => ({ kinesis: { stream: "s", endpoint, ...more } });
const sqs = (more: object = {}) => ({ sqs: { queue: "http://q/1/jobs", endpoint, ...more } });

async function door(upstream: object) {
  const opened = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" },
      upstreams: { events: upstream as never },
      routes: [{ id: "events", match: { path: "/" }, modern: "events", retired: true }],
    },
    { quiet: true, env: ENV },
  );
  closing.push(() => opened.close());
  const { url } = await opened.listen();
  return async (body: string) => {
    const response = await fetch(url, { method: "POST", body });
    const text = await response.text();
    return [response.status, text === "" ? undefined : JSON.parse(text).error?.code] as const;
  };
}

const json = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(value));

const took = { ShardId: "0", SequenceNumber: "1", MessageId: "m" };

test.each([
  ["kinesis", kinesis],
  ["sqs", sqs],
])(
  "%s: a kept connection that breaks once the message is there sends it no second time",
  async (_name, of) => {
    const send = await door(of());
    answer = (_said, response) => json(response, took);
    expect(await send("first")).toEqual([200, undefined]);
    answer = (_said, response) => response.socket?.destroy();
    expect(await send("second")).toEqual([502, "upstream_reset"]);
    expect(there).toEqual(["first", "second"]);
  },
);

test.each([
  ["no id", {}],
  ["a list", []],
  ["another id", { SequenceNumber: 7, MessageId: null }],
  ["an error in 200", { __type: "InternalFailure" }],
])("200 with %s is not said to have been taken", async (_name, said) => {
  for (const of of [kinesis, sqs]) {
    const send = await door(of());
    answer = (_said, response) => json(response, said);
    expect(await send("x")).toEqual([502, "upstream_invalid"]);
    const batched = await door(of({ wait: false }));
    expect(await batched("x")).toEqual([502, "upstream_invalid"]);
  }
  expect(there).toEqual(["x", "x", "x", "x"]);
});

test("a service that failed itself may have the messages: none is sent twice", async () => {
  for (const of of [kinesis, sqs]) {
    const send = await door({ ...of({ wait: false }), timeout: "5s" });
    for (const [status, name] of [
      [500, "InternalFailure"],
      [502, ""],
      [504, ""],
    ] as const) {
      there.splice(0);
      answer = (_said, response) => json(response, { __type: name }, status);
      expect((await send("x"))[0]).toBe(502);
      expect(there).toEqual(["x"]);
    }
  }
});

test("an answer that never ends, is none, or is too long fails its own messages alone", async () => {
  const late = await door({ ...kinesis({ wait: false }), timeout: "300ms" });
  answer = (_said, response) => response.writeHead(200).write("{");
  expect(await late("a")).toEqual([504, "upstream_timeout"]);
  const send = await door(kinesis({ wait: false }));
  answer = (_said, response) => response.writeHead(200).end(`{"x":"${"y".repeat(2_000_000)}"}`);
  expect(await send("b")).toEqual([502, "upstream_invalid"]);
  answer = (_said, response) => response.writeHead(302, { location: "/other" }).end();
  expect(await send("c")).toEqual([502, "message_refused"]);
  answer = (said, response) => json(response, { Records: [...(said.Records as []), {}].map(() => took) });
  expect(await send("d")).toEqual([502, "upstream_invalid"]);
  answer = (said, response) => json(response, { Records: (said.Records as []).map(() => took) });
  expect(await send("e")).toEqual([202, undefined]);
  expect(there).toEqual(["a", "b", "c", "d", "e"]);
});

test("SQS: a message is taken where its own row says so, and refused where both lists have it", async () => {
  const send = await door(sqs({ wait: false, batch: { count: 3, delay: "2s" } }));
  answer = (_said, response) =>
    json(response, {
      Successful: [{ Id: "0" }, { Id: "1" }],
      Failed: [{ Id: "1", Code: "InvalidMessageContents", SenderFault: true }, null, { Id: "7" }],
    });
  const all = await Promise.all([send("a"), send("b"), send("c")]);
  expect(all.map(([status, code]) => code ?? status).sort()).toEqual([
    202,
    "message_refused",
    "upstream_invalid",
  ]);
});

test("SQS: a batch that its queue finds too long is halved until it fits, and one message that never does is 413", async () => {
  const send = await door(sqs({ wait: false, batch: { count: 8, delay: "2s" } }));
  const sizes: number[] = [];
  answer = (said, response) => {
    const entries = said.Entries as { Id: string; MessageBody: string }[];
    const bytes = entries.reduce((sum, { MessageBody }) => sum + MessageBody.length, 0);
    sizes.push(entries.length);
    // An older SQS, or an emulator: 256 KiB in one call, as SQS itself says it.
    if (bytes <= 262_144)
      json(response, { Successful: entries.map(({ Id }) => ({ Id, MessageId: "m" })), Failed: [] });
    else
      json(
        response,
        {
          __type: "com.amazonaws.sqs#BatchRequestTooLong",
          message: "Batch requests cannot be longer than 262144 bytes.",
        },
        400,
      );
  };
  const bodies = [...Array.from({ length: 7 }, (_, i) => `${i}`.repeat(60_000)), "x".repeat(300_000)];
  const all = await Promise.all(bodies.map(send));
  expect(all.map(([status, code]) => code ?? status)).toEqual([...Array(7).fill(202), "message_too_large"]);
  expect(sizes[0]).toBe(8);
  expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(0);
});
