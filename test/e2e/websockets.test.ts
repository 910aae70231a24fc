import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Client, type Listening, Side, startDoor } from "./support/socket-world.ts";
import { until } from "./until.ts";

let side: Side;
let door: Listening;

beforeAll(async () => {
  side = await Side.start();
  door = await startDoor({
    upstreams: { chat: side.url },
    default: "chat",
    websockets: [
      {
        id: "chat",
        path: "/chat",
        routes: {
          $connect: { modern: { upstream: "chat", path: "/connect" } },
          $disconnect: { modern: { upstream: "chat", path: "/disconnect" } },
          $default: { modern: { upstream: "chat", path: "/default" } },
          ask: { modern: { upstream: "chat", path: "/ask" }, respond: true },
        },
      },
    ],
  });
});

beforeEach(() => {
  side.events.length = 0;
  side.answer = (_event, response) => response.end();
});

afterAll(async () => {
  await door.door.close();
  side.close();
});

test("a client is let in by $connect, its messages go to their routes, and $disconnect hears the end", async () => {
  side.answer = ({ event }, response) =>
    response.end(event.requestContext.routeKey === "ask" ? `you said ${event.body}` : "");
  const client = await new Client(`${door.url}/chat?room=7&room=8`, [], { "user-agent": "tester/1" }).open();
  const [connect] = side.of("CONNECT");
  expect(connect).toMatchObject({ path: "/connect" });
  client.say({ action: "ask", n: 1 });
  expect(await client.hears()).toBe('you said {"action":"ask","n":1}');
  client.say("no JSON");
  await until(() => side.of("MESSAGE").length === 2);
  client.socket.close(4001, "enough");
  await until(() => side.of("DISCONNECT").length === 1);
  expect(side.of("DISCONNECT")[0]?.event.requestContext).toMatchObject({
    disconnectStatusCode: 4001,
    disconnectReason: "enough",
  });
});
