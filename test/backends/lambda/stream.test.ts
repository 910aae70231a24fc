import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { HttpAsker } from "../../../src/asking/http-asker.ts";
import { createInvoke } from "../../../src/aws/lambda-invoke.ts";
import type { BackendCall } from "../../../src/backends/contract.ts";
import { createBackend } from "../../../src/backends/index.ts";
import { ByteBudget } from "../../../src/domain/byte-budget.ts";
import { Deadlines } from "../../../src/domain/deadlines.ts";
import { until } from "../../e2e/until.ts";
import { eventMessage } from "../../support/event-messages.ts";
import {
  ACCESS_KEY,
  type FunctionResult,
  type LambdaFront,
  startLambdaFront,
} from "../../support/lambda-front.ts";

const NULS = "\0".repeat(8);

let front: LambdaFront;
let result: FunctionResult = { payload: "" };
const asker = new HttpAsker();
beforeAll(async () => {
  front = await startLambdaFront({ invoke: () => result });
});
afterEach(() => {
  front.misbehave = undefined;
});
afterAll(async () => {
  asker.close();
  await front.close();
});

interface Heard {
  head: readonly [status: number, headers: readonly string[], framing: number] | undefined;
  body: string;
  /** `end`, or the error's code. */
  ending: string;
  detail: string;
  untouched: boolean | undefined;
}

interface Options {
  readonly method?: string;
  readonly limit?: number;
  /** Called with each chunk of the body. */
  readonly onData?: (call: BackendCall, heard: Heard) => void;
  readonly deadlines?: Deadlines;
  readonly timeoutMs?: number;
  readonly qualifier?: string;
  /** Of another Lambda. */
  readonly endpoint?: string;
}

async function ask(options: Options = {}) {
  const { method = "GET", limit = 1_000_000, deadlines = new Deadlines(), timeoutMs = 0 } = options;
  const credentials = { ...ACCESS_KEY, sessionToken: undefined, expiresMs: undefined };
  const bodies = new ByteBudget(limit);
  const settings = {
    name: "orders",
    region: "eu-central-1",
    endpoint: options.endpoint ?? front.url,
    qualifier: options.qualifier,
  };
  const upstream = createBackend(
    {
      ...{ name: "orders", kind: "lambda", timeoutMs },
      lambda: {
        functions: { "*": { ...settings, credentials: { from: "auto", profile: undefined } } },
        ...{ payload: "2.0", async: false, stream: true, concurrency: 10, binary: [], variables: {} },
        names: { account: "000000000000", api: "fig", stage: "prod" },
      },
    },
    {
      ...{ deadlines, connectMs: 0, bodyIdleMs: 1000, upgradeIdleMs: 5000, bodies },
      invoke: createInvoke({
        ask: asker.ask,
        credentialsOf: () => ({ current: async () => credentials, refused: () => {} }),
        ...{ environment: {}, now: Date.now },
      }),
    },
  );
  const heard: Heard = { head: undefined, body: "", ending: "", detail: "", untouched: undefined };
  const { promise, resolve } = Promise.withResolvers<void>();
  const call = upstream.open(
    {
      ...{ method, target: "/", headers: [], framing: -1, upgrade: false, retryable: true },
      ...{ timeoutMs: undefined, event: () => ({}) },
    },
    {
      ...{ onRequestDrain() {}, onInform() {}, onUpgrade() {} },
      onHead(status, _reason, headers, framing) {
        heard.head = [status, headers, framing];
      },
      onData(chunk) {
        heard.body += Buffer.from(chunk).toString("latin1");
        options.onData?.(call, heard);
      },
      onEnd() {
        heard.ending = "end";
        resolve();
      },
      onError(code, message, untouched) {
        Object.assign(heard, { ending: code, detail: message, untouched });
        resolve();
      },
    },
  );
  call.end(undefined);
  await promise;
  return { heard, bodies, state: upstream.state() };
}

/** What a function that streams says, in these pieces. */
function says(...pieces: readonly string[]): void {
  result = {
    chunks: (async function* () {
      for (const piece of pieces) yield Buffer.from(piece, "latin1");
    })(),
    failure: () => undefined,
  };
}

function fails(...pieces: readonly string[]): void {
  says(...pieces);
  result = { ...(result as Extract<FunctionResult, { chunks: unknown }>), failure: () => FAILURE };
}
const FAILURE = { code: "Runtime.Unhandled", details: '{"errorMessage":"the shelf broke"}' };

const CHUNKED = -2;

test("a streamed answer is JSON of its head, 8 NUL bytes and the body, wherever the pieces end", async () => {
  const json = JSON.stringify({
    ...{ statusCode: 201, headers: { "content-type": "text/plain" } },
    ...{ multiValueHeaders: { "x-a": ["1", "2"] }, cookies: ["a=1", "b=2"] },
  });
  const whole = `${json}${NULS}\0first\xff`;
  const cuts = [[whole], [whole.slice(0, json.length), whole.slice(json.length)], [...whole]];
  for (const at of [1, 7, 8, 9]) cuts.push([whole.slice(0, json.length + at), whole.slice(json.length + at)]);
  for (const pieces of cuts) {
    says(...pieces);
    const { heard, bodies } = await ask({ qualifier: "live" });
    const fields = [
      "x-a",
      "1",
      "x-a",
      "2",
      "content-type",
      "text/plain",
      "set-cookie",
      "a=1",
      "set-cookie",
      "b=2",
    ];
    expect(heard).toMatchObject({ head: [201, fields, CHUNKED], body: "\0first\xff", ending: "end" });
    expect(bodies.held).toBe(0);
  }
  expect(front.invocations.at(-1)).toMatchObject({ name: "orders", qualifier: "live" });
  expect(front.refused).toEqual([]);
});

test.each<readonly [what: string, json: string, head: unknown]>([
  ["nothing", "{}", [200, ["content-type", "application/json"], CHUNKED]],
  ["a status alone", '{"statusCode":"404"}', [404, ["content-type", "application/json"], CHUNKED]],
  ["keys of its own", '{"statusCode":200,"more":1}', [200, ["content-type", "application/json"], CHUNKED]],
  [
    "fields of one connection",
    '{"headers":{"Transfer-Encoding":"x","Content-Length":"1","x":"y"}}',
    [200, ["x", "y", "content-type", "application/json"], CHUNKED],
  ],
])("a head may have %s", async (_what, json, head) => {
  says(`${json}${NULS}body`);
  expect((await ask()).heard).toMatchObject({ head, body: "body", ending: "end" });
});

test.each<readonly [what: string, pieces: readonly string[], why: string]>([
  ["does not stream", ['{"statusCode":200,"body":"hi"}'], "it ended before its head was whole"],
  ["says nothing", [], "it ended before its head was whole"],
  ["has no JSON as head", [`oops${NULS}`], "it is no JSON"],
  ["has a list as head", [`[]${NULS}`], "its head is not an object"],
  ["has a status that is none", [`{"statusCode":99}${NULS}`], "statusCode is no status from 200 to 599"],
  ["has seven NUL bytes", [`{}${NULS.slice(1)}x`], "a NUL byte is in its head"],
  ["has a head without an end", ["x".repeat(20_000)], "there are no 8 NUL bytes in its first 16 KiB"],
])("a stream that %s is 502 upstream_invalid, and the log says why", async (_what, pieces, why) => {
  says(...pieces);
  const { heard, bodies, state } = await ask();
  const detail = `the function's stream is malformed: ${why}`;
  expect(heard).toEqual({ head: undefined, body: "", ending: "upstream_invalid", detail, untouched: false });
  expect([bodies.held, state.tries.invalid]).toEqual([0, 1]);
});

test("a function that answers whole although its answer is streamed is malformed, and one that throws has failed", async () => {
  result = { payload: JSON.stringify({ statusCode: 200, body: "hi" }) };
  expect((await ask()).heard.ending).toBe("upstream_invalid");
  fails();
  const { heard } = await ask();
  expect([heard.head, heard.ending]).toEqual([undefined, "function_failed"]);
  expect(heard.detail).toMatch(/^the function failed: Runtime.Unhandled: .*the shelf broke.*11111111-2222/);
});

test("what breaks after the head is an error after the head: thrown, cut off, malformed, or said by Lambda", async () => {
  const begin = `{}${NULS}first `;
  fails(begin, "second");
  const failed = await ask();
  expect(failed.heard).toMatchObject({ body: "first second", ending: "function_failed", untouched: false });
  // It counts as answered, as of a server: once.
  expect([failed.state.tries.answered, failed.state.tries.invalid]).toEqual([1, 0]);

  const chunk = eventMessage("PayloadChunk", Buffer.from(begin));
  const broken = Buffer.from(chunk);
  broken[20] = (broken[20] as number) ^ 1;
  const exception = { ":message-type": "exception", ":exception-type": "ServiceException" };
  const cases: readonly (readonly [
    bytes: readonly Buffer[],
    cut: boolean,
    ending: string,
    detail: RegExp,
  ])[] = [
    [[chunk], false, "upstream_reset", /ended before it was complete/],
    [[chunk], true, "upstream_reset", /./],
    [[chunk, chunk.subarray(0, 30)], false, "upstream_reset", /ended before it was complete/],
    [[chunk, broken], false, "upstream_invalid", /checksum/],
    [
      [chunk, eventMessage("x", Buffer.from("{}"), exception)],
      false,
      "upstream_reset",
      /says ServiceException/,
    ],
  ];
  for (const [bytes, cut, ending, detail] of cases) {
    front.misbehave = (request, response) => {
      request.resume().on("end", () => {
        response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
        for (const each of bytes) response.write(each);
        if (cut) setTimeout(() => response.destroy(), 50);
        else response.end();
      });
    };
    const { heard, bodies } = await ask();
    expect(heard).toMatchObject({ head: [200, expect.anything(), CHUNKED], body: "first ", ending });
    expect(heard.detail).toMatch(detail);
    expect(bodies.held).toBe(0);
  }
});

describe("after InvokeComplete the answer is whole", () => {
  /** A Lambda that says so much on each connection, in HTTP, and leaves it open. */
  async function lambdaThat(says: readonly Uint8Array[], again: (socket: Socket) => void = () => {}) {
    const head = Buffer.from(
      "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nX-Amzn-RequestId: req-1\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const connections: { readonly socket: Socket; closed: boolean }[] = [];
    const server = createTcpServer((socket) => {
      const one = { socket, closed: false };
      connections.push(one);
      socket.on("error", () => {});
      socket.on("close", () => {
        one.closed = true;
      });
      socket.on("data", () => {
        socket.write(head);
        for (const part of says)
          socket.write(
            Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
          );
        again(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
      server.close();
      for (const { socket } of connections) socket.destroy();
    };
    return { url, connections, close };
  }
  const chunk = eventMessage("PayloadChunk", Buffer.from(`{"statusCode":200}${NULS}hello`));
  const complete = eventMessage("InvokeComplete", Buffer.from("{}"));

  test("the client has it, though the connection is left open; that connection is closed soon", async () => {
    const peer = await lambdaThat([chunk, complete]);
    const { heard, bodies, state } = await ask({ endpoint: peer.url });
    expect(heard).toMatchObject({ body: "hello", ending: "end" });
    expect([bodies.held, state.tries.answered, state.members[0]?.requests]).toEqual([0, 1, 0]);
    // No other request comes on it meanwhile.
    expect((await ask({ endpoint: peer.url })).heard.ending).toBe("end");
    expect(peer.connections).toHaveLength(2);
    await until(
      () => peer.connections.map(({ closed }) => closed),
      (closed) => closed.every((one) => one),
    );
    peer.close();
  });

  test("a function that failed has failed then, by its request's id", async () => {
    const failure = { ErrorCode: "Unhandled", ErrorDetails: "the shelf broke" };
    const peer = await lambdaThat([eventMessage("InvokeComplete", Buffer.from(JSON.stringify(failure)))]);
    const { heard } = await ask({ endpoint: peer.url });
    expect(heard).toMatchObject({
      ending: "function_failed",
      detail: "the function failed: Unhandled: the shelf broke (Lambda's request req-1)",
    });
    peer.close();
  });

  test("what comes behind it changes nothing, in the same packet or later, and does not keep the connection", async () => {
    const junk = Buffer.from("no event at all, and longer than a prelude");
    for (const says of [[Buffer.concat([chunk, complete, junk])], [chunk, complete, junk]]) {
      let flood: NodeJS.Timeout | undefined;
      const peer = await lambdaThat(says, (socket) => {
        flood = setInterval(() => socket.write("5\r\nfive!\r\n"), 20);
      });
      const { heard, bodies } = await ask({ endpoint: peer.url });
      expect(heard).toMatchObject({ body: "hello", ending: "end" });
      expect(bodies.held).toBe(0);
      await until(
        () => peer.connections[0]?.closed,
        (closed) => closed === true,
      );
      clearInterval(flood);
      peer.close();
    }
  });

  test("an answer that ends behind it leaves its connection to the next request", async () => {
    const peer = await lambdaThat([chunk, complete], (socket) => socket.write("0\r\n\r\n"));
    for (let i = 0; i < 3; i++) {
      expect((await ask({ endpoint: peer.url })).heard).toMatchObject({ body: "hello", ending: "end" });
      // The end of the answer is read after the answer was given.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(peer.connections).toHaveLength(1);
    peer.close();
  });

  test("a client that is slow gets all of it", async () => {
    const peer = await lambdaThat([chunk, eventMessage("PayloadChunk", Buffer.from(" world")), complete]);
    const { heard } = await ask({
      endpoint: peer.url,
      onData: (call, { body }) => {
        if (body !== "hello") return;
        call.pause();
        setTimeout(() => call.resume(), 100);
      },
    });
    expect(heard).toMatchObject({ body: "hello world", ending: "end" });
    peer.close();
  });
});

test("events of no known type are passed over", async () => {
  front.misbehave = (request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200);
      response.write(eventMessage("Weather", Buffer.from("rain")));
      response.write(eventMessage("PayloadChunk", Buffer.from(`{}${NULS}x`)));
      response.end(eventMessage("InvokeComplete", Buffer.from("{}")));
    });
  };
  expect((await ask()).heard).toMatchObject({ body: "x", ending: "end" });
});

test("HEAD and statuses without a body have none, whatever the function streams", async () => {
  says(`{"statusCode":204}${NULS}body`);
  expect((await ask()).heard).toMatchObject({ head: [204, expect.anything(), -1], body: "", ending: "end" });
  says(`{"statusCode":200}${NULS}body`);
  const { heard } = await ask({ method: "HEAD" });
  expect(heard).toMatchObject({ head: [200, expect.anything(), -1], body: "", ending: "end" });
});

test("a message that is not whole is in the budget of bodies while it comes, and past it the answer breaks off", async () => {
  front.misbehave = (request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200);
      response.write(eventMessage("PayloadChunk", Buffer.from(`{}${NULS}x`)));
      response.end(eventMessage("PayloadChunk", Buffer.alloc(300_000)));
    });
  };
  const { heard, bodies } = await ask({ limit: 100_000 });
  expect(heard).toMatchObject({ body: "x", ending: "upstream_busy" });
  expect([bodies.held, bodies.refused]).toEqual([0, 1]);
});

test("a stream that falls silent is given up, an event stream later, and one whose client is slow is not", async () => {
  const deadlines = new Deadlines();
  front.misbehave = (request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200);
      response.write(eventMessage("PayloadChunk", Buffer.from(`{}${NULS}x`)));
    });
  };
  const silent = await ask({
    deadlines,
    onData: () => setImmediate(() => deadlines.sweep(deadlines.now + 1500)),
  });
  expect(silent.heard).toMatchObject({ ending: "upstream_body_idle", body: "x" });

  const patient = await ask({
    deadlines,
    onData(call, heard) {
      call.allowSilence();
      setImmediate(() => {
        deadlines.sweep(deadlines.now + 1500);
        expect(heard.ending).toBe("");
        call.pause();
        deadlines.sweep(deadlines.now + 60_000);
        expect(heard.ending).toBe("");
        call.resume();
        deadlines.sweep(deadlines.now + 5500);
      });
    },
  });
  expect(patient.heard).toMatchObject({ ending: "upstream_body_idle", body: "x" });

  front.misbehave = (request) => {
    request.resume().on("end", () => deadlines.sweep(deadlines.now + 400));
  };
  const late = await ask({ deadlines, timeoutMs: 300 });
  expect(late.heard).toMatchObject({ head: undefined, ending: "upstream_timeout" });
});

test("a client that does not read holds the function back, and then has every byte", async () => {
  const CHUNKS = 320;
  let given = 0;
  result = {
    chunks: (async function* () {
      yield Buffer.from(`{}${NULS}`, "latin1");
      for (; given < CHUNKS; given++) yield Buffer.alloc(64 * 1024);
    })(),
    failure: () => undefined,
  };
  let bytes = 0;
  let stood = 0;
  const { heard } = await ask({
    onData(call, heard) {
      bytes += heard.body.length;
      heard.body = "";
      if (stood > 0) return;
      call.pause();
      stood = given;
      // It stands once nothing was given for a while.
      const timer = setInterval(() => {
        if (given > stood) stood = given;
        else {
          clearInterval(timer);
          call.resume();
        }
      }, 200);
    },
  });
  expect(heard.ending).toBe("end");
  expect(stood).toBeLessThan(CHUNKS * 0.9);
  expect(bytes).toBe(CHUNKS * 64 * 1024);
});
