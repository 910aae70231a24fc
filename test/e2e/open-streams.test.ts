import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { ShiftResult } from "../../src/control/contract.ts";
import { askAdmin } from "./fig-process.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";

let sides: SideUpstream[];
let streams: Map<string, Set<ServerResponse>>;
let door: SplitDoor;
/** Ends the clients' ends: the front door would wait for them. */
let hangUp: (() => void)[];

/** Answers /events with an event stream that the test feeds, and echoes WebSocket messages with its name before them. */
async function startStreamingSide(side: "legacy" | "modern"): Promise<SideUpstream> {
  const open = new Set<ServerResponse>();
  streams.set(side, open);
  const upstream = await startSide(side, (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: hello of ${side}\n\n`);
    open.add(response);
    response.on("close", () => open.delete(response));
  });
  new WebSocketServer({ server: upstream.server }).on("connection", (socket) => {
    socket.on("message", (message) => socket.send(`${side}: ${String(message)}`));
  });
  return upstream;
}

beforeEach(async () => {
  streams = new Map();
  hangUp = [];
  sides = [await startStreamingSide("legacy"), await startStreamingSide("modern")];
  door = await startSplitDoor(sides[0] as SideUpstream, sides[1] as SideUpstream);
});

afterEach(async () => {
  for (const end of hangUp) end();
  await door.close();
  for (const side of sides) side.close();
});

async function openSocket(): Promise<(text: string) => Promise<string>> {
  const socket = new WebSocket(new URL("/ws", door.url.replace("http:", "ws:")), {
    headers: { "x-user-id": "u" },
  });
  hangUp.push(() => socket.terminate());
  await once(socket, "open");
  return async (text) => {
    const answered = once(socket, "message");
    socket.send(text);
    return String((await answered)[0]);
  };
}

interface EventReader {
  /** The next event's data. */
  next(): Promise<string>;
  ended: Promise<void>;
}

async function openEvents(): Promise<EventReader> {
  const request = http.get(new URL("/events", door.url), { headers: { "x-user-id": "u" }, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  hangUp.push(() => request.destroy());
  response.on("error", () => {});
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return {
    ended: new Promise<void>((resolve) => response.once("end", resolve)),
    next: async () => {
      while (!text.includes("\n\n")) await once(response, "data");
      const event = text.slice(0, text.indexOf("\n\n"));
      text = text.slice(event.length + 2);
      return event.replace("data: ", "");
    },
  };
}

const shift = (modern: number) =>
  askAdmin<ShiftResult>(door.adminUrl, "POST", "/routes/shop/shift", {
    modern,
    reason: "while streams are open",
  });

function say(side: "legacy" | "modern", text: string): void {
  for (const response of streams.get(side) ?? []) response.write(`data: ${text}\n\n`);
}

test("a WebSocket and an event stream stay on their side across shifts, until they end", async () => {
  const talk = await openSocket();
  const events = await openEvents();
  expect(await talk("one")).toBe("legacy: one");
  expect(await events.next()).toBe("hello of legacy");

  await shift(100);
  expect(await talk("two")).toBe("legacy: two");
  say("legacy", "after the shift");
  say("modern", "to nobody");
  expect(await events.next()).toBe("after the shift");

  const laterTalk = await openSocket();
  const laterEvents = await openEvents();
  expect(await laterTalk("three")).toBe("modern: three");
  expect(await laterEvents.next()).toBe("hello of modern");

  await shift(0);
  expect(await laterTalk("four")).toBe("modern: four");
  expect(await talk("five")).toBe("legacy: five");
  say("modern", "still here");
  expect(await laterEvents.next()).toBe("still here");

  for (const response of streams.get("legacy") ?? []) response.end();
  await events.ended;
  expect(await laterTalk("six")).toBe("modern: six");
});
