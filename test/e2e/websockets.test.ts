import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ACCESS_KEY, type LambdaFront, startLambdaFront } from "../support/lambda-front.ts";
import { Client, type Listening, Side, type SideEvent, startDoor } from "./support/socket-world.ts";
import { answered, askTunnel, openSession, websocketOn } from "./support/websocket-over-http2.ts";
import { until } from "./until.ts";

let legacy: Side;
let modern: Side;
let front: LambdaFront;
let door: Listening;

const to = (path: string) => ({ legacy: { upstream: "legacy", path }, modern: { upstream: "modern", path } });
const only = (path: string) => ({ modern: { upstream: "legacy", path }, retired: true });
const small = { idle: "10m", lifetime: "2h" };

beforeAll(async () => {
  legacy = await Side.start();
  modern = await Side.start();
  front = await startLambdaFront({
    invoke: ({ event }) => {
      const { requestContext, body, headers, type } = event as SideEvent["event"] & {
        readonly type?: string;
      };
      if (type === "REQUEST") {
        const Effect = headers?.["x-name"] === "ann" ? "Allow" : "Deny";
        const Statement = [{ Action: "execute-api:Invoke", Effect, Resource: "*" }];
        const policyDocument = { Version: "2012-10-17", Statement };
        return { payload: JSON.stringify({ principalId: "ann", policyDocument, context: { team: "blue" } }) };
      }
      if (requestContext.eventType === "CONNECT") return { payload: JSON.stringify({ statusCode: 200 }) };
      if (body === "fail") return { error: JSON.stringify({ errorType: "Error", errorMessage: "no" }) };
      return { payload: JSON.stringify({ statusCode: 200, body: `function: ${body}` }) };
    },
  });
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey;
  door = await startDoor({
    upstreams: {
      legacy: legacy.url,
      modern: modern.url,
      lambda: { lambda: { function: "chat", payload: "1.0", region: "eu-central-1", endpoint: front.url } },
      nowhere: "http://127.0.0.1:1",
    },
    websockets: [
      {
        id: "chat",
        path: "/chat",
        subprotocols: ["chat.v1"],
        routes: {
          $connect: only("/connect"),
          $disconnect: only("/disconnect"),
          $default: only("/default"),
          ask: { ...only("/ask"), respond: true },
          lost: { modern: "nowhere", retired: true, respond: true },
        },
      },
      {
        id: "moving",
        path: "/moving",
        routes: {
          $disconnect: only("/disconnect"),
          $default: { ...to("/default"), respond: true },
          read: { ...to("/read"), respond: true, safe: true, start: { modern: 0, shadow: 100 } },
        },
      },
      {
        id: "open",
        path: "/open",
        binary: true,
        policies: { networks: { allow: ["127.0.0.0/8"] } },
        routes: { $default: { ...only("/default"), respond: true } },
      },
      {
        id: "closed",
        path: "/closed",
        policies: { networks: { deny: ["127.0.0.0/8"] } },
        routes: { $default: only("/default") },
      },
      {
        id: "guarded",
        path: "/guarded",
        policies: {
          authorizer: {
            function: { name: "chat", region: "eu-central-1", endpoint: front.url },
            identity: ["header:x-name"],
          },
        },
        routes: { $connect: only("/connect"), $default: only("/default"), $disconnect: only("/disconnect") },
      },
      { id: "few", path: "/few", limits: { connections: 1 }, routes: { $default: only("/default") } },
      { id: "slow", path: "/slow", limits: { rate: 2 }, routes: { $default: only("/default") } },
      {
        id: "short",
        path: "/short",
        limits: { idle: "300ms" },
        routes: { $default: only("/default"), $disconnect: only("/disconnect") },
      },
      {
        id: "brief",
        path: "/brief",
        limits: { ...small, lifetime: "300ms" },
        routes: { $default: only("/d") },
      },
      {
        id: "function",
        path: "/function",
        select: "fixed",
        routes: {
          $connect: { modern: "lambda", retired: true },
          fixed: { modern: "lambda", retired: true, respond: true },
        },
      },
    ],
  });
});

beforeEach(() => {
  for (const side of [legacy, modern]) {
    side.events.length = 0;
    side.answer = (_event, response) => response.end();
  }
});

afterAll(async () => {
  await door?.door.close();
  for (const side of [legacy, modern, front]) await side?.close();
});

const connected = (path: string, protocols: readonly string[] = [], headers = {}) =>
  new Client(`${door.url}${path}`, protocols, headers).open();

async function metric(line: string): Promise<number> {
  const text = await (await fetch(`${door.adminUrl}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1) ?? 0,
  );
}

/** So many WebSockets of an API ended so. */
async function ended(api: string, code: string, reason: string, count = 1): Promise<void> {
  const line = `fig_websocket_closes_total{api="${api}",code="${code}",reason="${reason}"}`;
  await until(
    () => metric(line),
    (found) => found === count,
  );
}

test("a client is let in by $connect, its messages go to their routes, and $disconnect hears the end", async () => {
  legacy.answer = ({ event }, response) =>
    response.end(event.requestContext.routeKey === "ask" ? `you said ${event.body}` : "not sent back");
  const client = await connected("/chat?room=7&room=8&a=b+c", [], {
    "user-agent": "tester/1",
    "x-team": "red",
  });
  const [connect] = legacy.of("CONNECT");
  expect(connect).toMatchObject({
    path: "/connect?room=7&room=8&a=b+c",
    headers: {
      "content-type": "application/json",
      "x-team": "red",
      "x-fig-websocket": "chat",
      "x-fig-route-key": "$connect",
      "x-fig-event": "CONNECT",
    },
    event: {
      queryStringParameters: { room: "8", a: "b c" },
      multiValueQueryStringParameters: { room: ["7", "8"], a: ["b c"] },
      isBase64Encoded: false,
      requestContext: {
        routeKey: "$connect",
        eventType: "CONNECT",
        messageDirection: "IN",
        stage: "chat",
        apiId: "chat",
        domainName: new URL(door.url).host,
        identity: { sourceIp: "127.0.0.1", userAgent: "tester/1" },
      },
    },
  });
  expect(connect?.headers).not.toHaveProperty("sec-websocket-key");
  const connectionId = connect?.event.requestContext.connectionId;
  client.say({ action: "ask", n: 1 });
  expect(await client.hears()).toBe('you said {"action":"ask","n":1}');
  client.say("no JSON");
  client.say({ action: "$connect" });
  client.say({ other: 1 });
  await until(
    () => legacy.of("MESSAGE"),
    (events) => events.length === 4,
  );
  const [ask, ...others] = legacy.of("MESSAGE");
  expect(others.map(({ path, event }) => [path, event.body, event.requestContext.routeKey])).toEqual([
    ["/default", "no JSON", "$default"],
    ["/default", '{"action":"$connect"}', "$default"],
    ["/default", '{"other":1}', "$default"],
  ]);
  expect(ask?.event).not.toHaveProperty("headers");
  const requestId = ask?.event.requestContext.requestId;
  expect(ask?.event.requestContext.messageId).toBe(requestId);
  expect(ask?.headers["x-request-id"]).toBe(requestId);
  expect(ask?.headers["x-fig-connection-id"]).toBe(connectionId);
  expect(ask?.event.requestContext.connectionId).toBe(connectionId);
  client.socket.close(4001, "enough");
  await until(
    () => legacy.of("DISCONNECT"),
    (events) => events.length === 1,
  );
  expect(legacy.of("DISCONNECT")[0]?.event.requestContext).toMatchObject({
    connectionId,
    routeKey: "$disconnect",
    disconnectStatusCode: 4001,
    disconnectReason: "enough",
  });
  expect(client.heard).toHaveLength(1);
  expect(await metric('fig_websocket_closes_total{api="chat",code="4xxx",reason="client"}')).toBe(1);
  expect(await metric('fig_websocket_messages_total{api="chat",direction="in"}')).toBe(4);
  expect(await metric('fig_websocket_connects_total{api="chat",result="opened"}')).toBe(1);
  expect(await metric('fig_websocket_connections{api="chat"}')).toBe(0);
});

test("$connect's side may refuse with any status, and its answer is the client's", async () => {
  legacy.answer = (_event, response) => {
    response.writeHead(403, { "x-why": "no seat" });
    response.end("not you");
  };
  const client = new Client(`${door.url}/chat`);
  await expect(client.open()).rejects.toThrow("403");
  expect(client.refused).toMatchObject({ status: 403, headers: { "x-why": "no seat" }, body: "not you" });
  expect(legacy.of("DISCONNECT")).toEqual([]);
  expect(await metric('fig_websocket_connects_total{api="chat",result="refused"}')).toBe(1);
});

test("policies decide before anybody is asked, and a request that is for no WebSocket gets 426", async () => {
  await expect(new Client(`${door.url}/closed`).open()).rejects.toThrow("403");
  expect((await connected("/open")).socket.readyState).toBe(1);
  const plain = await fetch(`${door.url}/chat`);
  expect([plain.status, plain.headers.get("upgrade")]).toEqual([426, "websocket"]);
  expect(await plain.json()).toMatchObject({ error: { code: "websocket_required" } });
  expect(legacy.events).toEqual([]);
});

test("an authorizer decides about $connect, and what it passes on is in every event", async () => {
  const told = [
    new Client(`${door.url}/guarded`),
    new Client(`${door.url}/guarded`, [], { "x-name": "bob" }),
  ];
  await expect(told[0]?.open()).rejects.toThrow("401");
  await expect(told[1]?.open()).rejects.toThrow("403");
  expect(legacy.events).toEqual([]);
  const client = await connected("/guarded", [], { "x-name": "ann" });
  client.say("hello");
  await until(
    () => legacy.of("MESSAGE"),
    (events) => events.length === 1,
  );
  client.socket.close();
  await until(
    () => legacy.of("DISCONNECT"),
    (events) => events.length === 1,
  );
  for (const { event } of legacy.events)
    expect(event.requestContext.authorizer).toMatchObject({ principalId: "ann", team: "blue" });
  expect(legacy.events).toHaveLength(3);
});

test("the answer to $connect chooses the subprotocol, or the files do, and neither one that was not offered", async () => {
  expect((await connected("/chat", ["other", "chat.v1"])).socket.protocol).toBe("chat.v1");
  legacy.answer = (_event, response) => response.setHeader("sec-websocket-protocol", "other").end();
  expect((await connected("/chat", ["other", "chat.v1"])).socket.protocol).toBe("other");
  expect((await connected("/chat")).socket.protocol).toBe("");
});

test("a message that fails is answered in API Gateway's words, and so is one that no route takes", async () => {
  const client = await connected("/chat");
  client.say({ action: "lost" });
  expect(JSON.parse(await client.hears())).toMatchObject({
    message: "Internal server error",
    connectionId: legacy.of("CONNECT")[0]?.event.requestContext.connectionId,
  });
  const other = await connected("/function");
  other.say("fail");
  expect(JSON.parse(await other.hears())).toMatchObject({ message: "Internal server error" });
  const open = await connected("/open");
  legacy.answer = (_event, response) => response.writeHead(500).end("a secret");
  open.say("x");
  expect(await open.hears()).not.toContain("secret");
  expect(await metric('fig_websocket_errors_total{api="chat",kind="integration"}')).toBe(1);
});

test("messages of one client reach the side in their order, one at a time", async () => {
  let underWay = 0;
  let most = 0;
  legacy.answer = ({ event }, response) => {
    most = Math.max(most, ++underWay);
    setTimeout(() => {
      underWay--;
      response.end(event.body);
    }, 5);
  };
  const client = await connected("/chat");
  const said = Array.from({ length: 20 }, (_, n) => JSON.stringify({ action: "ask", n }));
  for (const each of said) client.say(each);
  await client.hears(20);
  expect(client.heard).toEqual(said);
  expect(most).toBe(1);
});

test("a function gets API Gateway's event, and its answer goes back", async () => {
  const client = await connected("/function");
  client.say("hello");
  expect(await client.hears()).toBe("function: hello");
  const event = front.invocations.at(-1)?.event as SideEvent["event"];
  expect(event).toMatchObject({
    body: "hello",
    isBase64Encoded: false,
    requestContext: { routeKey: "fixed", eventType: "MESSAGE", stage: "function", apiId: "function" },
  });
});

test("binary messages close with 1003, or are base64 in events where they may be", async () => {
  const refused = await connected("/chat");
  refused.say(Buffer.from([0, 255]));
  expect((await refused.closed).code).toBe(1003);
  await ended("chat", "1003", "binary");
  const allowed = await connected("/open");
  legacy.answer = ({ event }, response) => response.end(Buffer.from(event.body ?? "", "base64"));
  const back = new Promise((resolve) =>
    allowed.socket.once("message", (data, binary) => resolve([data, binary])),
  );
  allowed.say(Buffer.from([0, 255]));
  expect(await back).toEqual([Buffer.from([0, 255]), true]);
  expect(legacy.of("MESSAGE").at(-1)?.event.isBase64Encoded).toBe(true);
});

test("a message or a frame that is too large closes with 1009, and many fragments with 1008", async () => {
  const frame = await connected("/chat");
  frame.say("x".repeat(32 * 1024 + 1));
  expect((await frame.closed).code).toBe(1009);
  const message = await connected("/chat");
  for (let i = 0; i < 5; i++) message.socket.send("x".repeat(32 * 1024), { fin: i === 4 });
  expect((await message.closed).code).toBe(1009);
  const whole = await connected("/chat");
  for (let i = 0; i < 4; i++) whole.socket.send("x".repeat(32 * 1024), { fin: i === 3 });
  await until(
    () => legacy.of("MESSAGE").map(({ event }) => event.body?.length),
    (lengths) => lengths.includes(128 * 1024),
  );
  const crumbs = await connected("/chat");
  for (let i = 0; i < 200; i++) crumbs.socket.send("x", { fin: false });
  expect((await crumbs.closed).code).toBe(1008);
  expect(await metric('fig_websocket_limits_total{api="chat",limit="frame"}')).toBe(1);
  expect(await metric('fig_websocket_limits_total{api="chat",limit="message"}')).toBe(1);
  await ended("chat", "1009", "frame");
  await ended("chat", "1009", "message");
  await ended("chat", "1008", "broken");
});

test("more connections than may be get 503, and a place is free again when one closes", async () => {
  const first = await connected("/few");
  await expect(new Client(`${door.url}/few`).open()).rejects.toThrow("503");
  first.socket.close();
  await first.closed;
  await until(
    () => metric('fig_websocket_connections{api="few"}'),
    (open) => open === 0,
  );
  await connected("/few");
});

test("more messages than may be in a second are refused one by one, and cost no connection", async () => {
  const client = await connected("/slow");
  for (let i = 0; i < 4; i++) client.say(`${i}`);
  expect(JSON.parse(await client.hears(2))).toMatchObject({ message: "Too Many Requests" });
  expect(legacy.of("MESSAGE").length).toBeLessThan(4);
  expect(client.socket.readyState).toBe(1);
});

test("a connection ends when it is idle or has lasted for too long, and its side hears 1001", async () => {
  const idle = await connected("/short");
  expect(await idle.closed).toMatchObject({ code: 1001 });
  await until(
    () => legacy.of("DISCONNECT"),
    ([event]) => event?.event.requestContext.disconnectStatusCode === 1001,
  );
  expect(await (await connected("/brief")).closed).toMatchObject({ code: 1001 });
  expect(await metric('fig_websocket_limits_total{api="brief",limit="lifetime"}')).toBe(1);
  await ended("short", "1001", "idle");
  await ended("brief", "1001", "lifetime");
});

test("a WebSocket over HTTP/2 is one of the API's", async () => {
  legacy.answer = ({ event }, response) => response.end(event.body);
  const session = await openSession(door.url);
  const stream = askTunnel(session, "/chat");
  expect(await answered(stream)).toMatchObject({ ":status": 200 });
  const socket = websocketOn(stream);
  const said = '{"action":"ask","over":2}';
  const heard = new Promise((resolve) => socket.once("message", (data) => resolve(data.toString())));
  socket.send(said);
  expect(await heard).toBe(said);
  socket.close(4002, "done");
  await until(
    () => legacy.of("DISCONNECT"),
    (events) => events[0]?.event.requestContext.disconnectStatusCode === 4002,
  );
  session.close();
});

test("a client that just goes is told to $disconnect with 1006", async () => {
  const client = await connected("/chat");
  client.socket.terminate();
  await until(
    () => legacy.of("DISCONNECT"),
    (events) => events[0]?.event.requestContext.disconnectStatusCode === 1006,
  );
});

test("a shift moves no open connection: its messages stay where they were, and new ones go by the new position", async () => {
  legacy.answer = (_event, response) => response.end("legacy");
  modern.answer = (_event, response) => response.end("modern");
  const before = await connected("/moving");
  before.say("1");
  expect(await before.hears()).toBe("legacy");
  await door.door.shift("moving.default", { modern: 100, reason: "all of it" });
  const after = await connected("/moving");
  for (const client of [before, after]) client.say("2");
  expect([await before.hears(2), await after.hears()]).toEqual(["legacy", "modern"]);
  await door.door.rollback("moving.default", { reason: "not yet" });
  for (const client of [before, after]) client.say("3");
  expect([await before.hears(3), await after.hears(2)]).toEqual(["legacy", "modern"]);
  const status = await door.door.status();
  expect(status.routes.find(({ id }) => id === "moving.default")).toBeDefined();
});

test("safe messages are shadowed and their answers compared; others, and $connect, never are", async () => {
  const answer =
    (name: string) =>
    (_event: SideEvent, response: Parameters<Side["answer"]>[1]): void => {
      response.setHeader("content-type", "application/json").end(JSON.stringify({ name, same: 1 }));
    };
  legacy.answer = answer("legacy");
  modern.answer = answer("modern");
  const client = await connected("/moving");
  client.say({ action: "read" });
  expect(JSON.parse(await client.hears())).toEqual({ name: "legacy", same: 1 });
  const shadow = await until(
    () => modern.of("MESSAGE"),
    (events) => events.length === 1,
  );
  const [served] = legacy.of("MESSAGE");
  expect(shadow[0]?.event).toEqual(served?.event);
  const report = await until(
    async () => (await fetch(`${door.adminUrl}/api/v1/mismatches?route=moving.read`)).text(),
    (text) => text.includes("$.name"),
  );
  expect(report).toContain("$.name");
  client.say("not safe");
  await client.hears(2);
  client.socket.close();
  await until(
    () => legacy.of("DISCONNECT"),
    (events) => events.length === 1,
  );
  expect(modern.events).toHaveLength(1);
});
