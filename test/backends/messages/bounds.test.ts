import { describe, expect, test } from "vitest";
import type { Aws, AwsReply, AwsService } from "../../../src/aws/contract.ts";
import type { BackendRequest } from "../../../src/backends/contract.ts";
import { createBackend } from "../../../src/backends/index.ts";
import { ByteBudget } from "../../../src/domain/byte-budget.ts";
import { Deadlines } from "../../../src/domain/deadlines.ts";
import type { StreamTarget } from "../../../src/domain/message-target.ts";

interface Given {
  readonly records: readonly { readonly Data: string }[];
  readonly answer: (reply: AwsReply) => void;
}

const said = () => ({ values: { partitionKey: "k" }, attributes: [], body: undefined });

/** A stream on a clock that only the test moves, and a Kinesis that answers when the test says so. */
function world(target: Partial<StreamTarget> = {}, { limit = 1_000_000, timeoutMs = 0 } = {}) {
  const deadlines = new Deadlines();
  deadlines.sweep(1_000);
  const bodies = new ByteBudget(limit);
  const given: Given[] = [];
  const aws: Aws = {
    service: () => ({}) as AwsService,
    ask: (_service, { body, signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "failed", why: "ended", detail: "given up" }));
        const { Records, ...record } = JSON.parse(String(body));
        given.push({ records: Records ?? [record], answer: resolve });
      }),
  };
  const messages: StreamTarget = {
    ...{ service: "kinesis", stream: "s", wait: false, batch: { count: 3, bytes: 1_000, delayMs: 100 } },
    ...{ concurrency: 1000, templates: {}, region: "eu-central-1", endpoint: undefined },
    ...{ credentials: { from: "auto", profile: undefined } },
    ...target,
  };
  const upstream = createBackend(
    { name: "events", kind: "messages", messages, timeoutMs },
    { deadlines, connectMs: 0, bodyIdleMs: 0, upgradeIdleMs: 0, bodies, aws },
  );
  const ends: string[] = [];
  const untouched: boolean[] = [];
  const send = (body: string, changes: Partial<BackendRequest> = {}) => {
    const call = upstream.open(
      {
        ...{
          method: "POST",
          target: "/",
          headers: [],
          framing: body.length,
          upgrade: false,
          retryable: false,
        },
        ...{ timeoutMs: undefined, message: said, ...changes },
      },
      {
        ...{ onRequestDrain() {}, onInform() {}, onUpgrade() {}, onData() {}, onEnd() {} },
        onHead: (status) => ends.push(String(status)),
        onError: (code, _message, nothing) => {
          ends.push(code);
          untouched.push(nothing);
        },
      },
    );
    call.write(Buffer.from(body));
    call.end(undefined);
    return call;
  };
  const texts = () =>
    given.map(({ records }) => records.map(({ Data }) => Buffer.from(Data, "base64").toString()));
  const take = async (
    at: number,
    refused: readonly number[] = [],
    name = "ProvisionedThroughputExceededException",
  ) => {
    const { records, answer } = given[at] as Given;
    const all = records.map((_, i) => (refused.includes(i) ? { ErrorCode: name } : { SequenceNumber: "1" }));
    answer({
      ...{ kind: "answered", status: 200, headers: [], error: "" },
      body: Buffer.from(JSON.stringify({ Records: all, SequenceNumber: "1" })),
    });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const refuse = async (at: number, name: string, message: string, status = 400) => {
    given[at]?.answer({
      ...{ kind: "answered", status, headers: [], error: name },
      body: Buffer.from(JSON.stringify({ message })),
    });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = (ms: number) => deadlines.sweep(deadlines.now + ms);
  return { upstream, bodies, send, ends, untouched, texts, take, refuse, pass, given };
}

test("a batch goes at its number, at its bytes, or after its time", () => {
  const { send, texts, pass } = world();
  for (const body of ["a", "b", "c", "d"]) send(body);
  expect(texts()).toEqual([["a", "b", "c"]]);
  send("x".repeat(900));
  send("y".repeat(200));
  expect(texts().map((batch) => batch.length)).toEqual([3, 2]);
  pass(99);
  expect(texts()).toHaveLength(2);
  pass(1);
  expect(texts()[2]?.[0]).toBe("y".repeat(200));
});

test("nobody hears 202 before the service has the message, and a message is let go of only then", async () => {
  const { send, ends, take, bodies } = world();
  const left = send("gone");
  for (const body of ["b", "c"]) send(body);
  // Its client leaves: what was whole is sent.
  left.abort();
  expect([ends, bodies.held > 0]).toEqual([[], true]);
  await take(0);
  expect([ends, bodies.held]).toEqual([["202", "202"], 0]);
});

test("what is refused is sent again four times in all, later each time, and then its client hears of it", async () => {
  const { send, ends, take, pass, texts, upstream, bodies } = world();
  for (const body of ["a", "b", "c"]) send(body);
  await take(0, [1]);
  expect(ends).toEqual(["202", "202"]);
  for (let again = 1; again < 4; again++) {
    expect(texts()).toHaveLength(again);
    pass(400);
    expect(texts()[again]).toEqual(["b"]);
    await take(again, [0]);
  }
  pass(10_000);
  expect([ends, texts().length, bodies.held]).toEqual([["202", "202", "message_throttled"], 4, 0]);
  expect(upstream.state()).toMatchObject({ retries: 3, tries: { answered: 2, refused: 1 } });
});

test("what may be there of an earlier try is not for legacy, whatever the last one said", async () => {
  const { send, ends, untouched, take, pass } = world();
  for (const body of ["a", "b", "c"]) send(body);
  await take(0, [0, 1], "InternalFailure");
  for (let again = 1; again < 4; again++) {
    pass(400);
    await take(again, [0, 1]);
  }
  for (const body of ["d", "e", "f"]) send(body);
  await take(4, [0]);
  for (let again = 5; again < 8; again++) {
    pass(400);
    await take(again, [0]);
  }
  const throttled = ends.filter((end) => end === "message_throttled");
  expect([throttled.length, untouched]).toEqual([3, [false, false, true]]);
});

test("bounds: of messages under way, of memory, of one message, of the time", async () => {
  const few = world({ concurrency: 2 });
  for (const body of ["a", "b", "c"]) few.send(body);
  expect(few.ends).toEqual(["upstream_busy"]);
  expect(few.upstream.state().limited.connections).toBe(1);

  const small = world({}, { limit: 2_000 });
  small.send("x".repeat(400));
  small.send("x".repeat(400));
  expect(small.ends).toEqual(["upstream_busy"]);
  small.send("x".repeat(1024 * 1024 + 1));
  expect(small.ends).toEqual(["upstream_busy", "message_too_large"]);

  const late = world({ wait: true }, { timeoutMs: 500 });
  late.send("a");
  late.pass(500);
  expect(late.ends).toEqual(["upstream_timeout"]);
  // It may be there: it is no more than forgotten.
  await late.take(0);
  expect([late.ends, late.bodies.held]).toEqual([["upstream_timeout"], 0]);

  const batch = world({}, { timeoutMs: 500 });
  batch.send("a");
  batch.pass(100);
  batch.pass(500);
  await new Promise((resolve) => setImmediate(resolve));
  expect([batch.ends, batch.bodies.held, batch.given.length]).toEqual([["upstream_timeout"], 0, 1]);
});

test("reads are no messages, and an answer that is none of Kinesis's is no 202", async () => {
  const { send, ends, given } = world();
  send("a", { method: "GET" });
  expect([ends, given.length]).toEqual([["405"], 0]);
  for (const body of ["a", "b", "c"]) send(body);
  given[0]?.answer({
    kind: "answered",
    status: 200,
    headers: [],
    error: "",
    body: Buffer.from('{"Records":[{}]}'),
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends.slice(1)).toEqual(["upstream_invalid", "upstream_invalid", "upstream_invalid"]);
});

test("what came too late for its client is counted once", async () => {
  const { send, ends, take, pass, upstream } = world({ wait: true }, { timeoutMs: 3_600_000 });
  send("a");
  pass(3_600_000);
  expect(ends).toEqual(["upstream_timeout"]);
  await take(0);
  expect(upstream.state().tries).toMatchObject({ timeout: 1, answered: 0 });
  expect(upstream.state().members[0]).toMatchObject({ requests: 0 });
});

describe("a call that is too long", () => {
  const TOO_LONG = ["InvalidArgumentException", "Records size exceeds 5 MB limit"] as const;
  const four = { batch: { count: 4, bytes: 1_000, delayMs: 100 } };

  test("is halved, at once, until its messages fit; each hears once, and the one that fits nowhere hears 413", async () => {
    const { send, ends, untouched, texts, take, refuse, upstream, bodies } = world(four);
    for (const body of ["a", "b", "c", "d"]) send(body);
    await refuse(0, ...TOO_LONG);
    expect(texts().slice(1)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(ends).toEqual([]);
    await take(1);
    expect(ends).toEqual(["202", "202"]);
    await refuse(2, ...TOO_LONG);
    expect(texts().slice(3)).toEqual([["c"], ["d"]]);
    await refuse(3, ...TOO_LONG);
    await take(4);
    expect([ends, untouched]).toEqual([["202", "202", "message_too_large", "202"], [true]]);
    expect([texts().length, upstream.state().retries, bodies.held]).toEqual([5, 6, 0]);
  });

  test("halves end when their batch would have: nobody waits longer", async () => {
    const { send, ends, texts, refuse, pass, bodies } = world(four, { timeoutMs: 500 });
    for (const body of ["a", "b", "c", "d"]) send(body);
    pass(300);
    await refuse(0, ...TOO_LONG);
    expect(texts()).toHaveLength(3);
    pass(200);
    await new Promise((resolve) => setImmediate(resolve));
    expect([ends, bodies.held]).toEqual([Array(4).fill("upstream_timeout"), 0]);
  });

  test.each([
    [413, "", "", "message_too_large"],
    [
      400,
      "ValidationException",
      "1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
      "message_too_large",
    ],
    [
      400,
      "ValidationException",
      "1 validation error detected: Value at 'records.2.member.explicitHashKey' failed to satisfy constraint",
      "message_refused",
    ],
  ])("%i %s (%s): the one that is to blame fails alone", async (status, name, message, code) => {
    const { send, ends, take, refuse } = world({ batch: { count: 2, bytes: 1_000, delayMs: 100 } });
    for (const body of ["a", "b"]) send(body);
    await refuse(0, name, message, status);
    await take(1);
    await refuse(2, name, message, status);
    expect(ends).toEqual(["202", code]);
  });

  test("what is wrong with the stream is no reason to ask twice", async () => {
    const { send, ends, refuse, texts } = world({ batch: { count: 2, bytes: 1_000, delayMs: 100 } });
    for (const body of ["a", "b"]) send(body);
    await refuse(0, "ResourceNotFoundException", "Stream s under account 1 not found.");
    expect([ends, texts().length]).toEqual([["message_refused", "message_refused"], 1]);
  });

  test("a message that may be there of an earlier try stays doubtful in its half", async () => {
    const { send, ends, untouched, take, refuse, pass } = world({
      batch: { count: 2, bytes: 1_000, delayMs: 100 },
    });
    for (const body of ["a", "b"]) send(body);
    await take(0, [0, 1], "InternalFailure");
    pass(400);
    await refuse(1, ...TOO_LONG);
    await refuse(2, ...TOO_LONG);
    await take(3);
    expect([ends, untouched]).toEqual([["message_too_large", "202"], [false]]);
  });
});
