import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { Side, startDoor } from "../e2e/support/socket-world.ts";
import { until } from "../e2e/until.ts";
import { inChromium } from "./in-chromium.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Another site, that has one page. */
async function startSite(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<title>another site</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What a page's own WebSocket came to, as the page tells it. */
function talk(page: Page, url: string, letters = 30_000): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const heard = [];
    const socket = new WebSocket(${JSON.stringify(url)}, ["none.v1", "chat.v2"]);
    socket.onopen = () => {
      socket.send('{"action":"total","item":12}');
      socket.send("gr\\u00fc\\u00dfe \\u{1f600}");
      socket.send("x".repeat(${letters}));
    };
    socket.onmessage = ({ data }) => {
      heard.push(data);
      if (heard.length === 3) socket.close(4001, "enough");
    };
    socket.onclose = ({ code, wasClean }) => resolve({ protocol: socket.protocol, heard, code, wasClean });
  })`);
}

inChromium("a page's own WebSocket", (browser) => {
  test("talks to an API of the page's host, with its cookies; a page of another site is not let in", async () => {
    const side = await Side.start();
    cleanups.push(() => side.close());
    side.answer = ({ event }, response) => {
      const { routeKey, eventType } = event.requestContext;
      if (eventType === "CONNECT") response.setHeader("sec-websocket-protocol", "chat.v2").end();
      else response.end(`${routeKey}: ${event.body?.slice(0, 40)}, ${event.body?.length}`);
    };
    const sides = { modern: "side", retired: true };
    const { door, url } = await startDoor({
      upstreams: { side: side.url },
      routes: [
        {
          ...{ id: "page", match: { path: "/" } },
          policies: {
            respond: {
              status: 200,
              body: "<title>the shop</title>",
              headers: { "content-type": "text/html" },
            },
          },
          ...sides,
        },
      ],
      websockets: [
        {
          ...{ id: "large", path: "/large", limits: { frame: "128KiB" } },
          routes: { $connect: sides, $default: { ...sides, respond: true } },
        },
        {
          ...{
            id: "chat",
            path: "/chat",
            policies: { cors: { allowOrigins: ["https://www.shop.example"] } },
          },
          routes: {
            ...{ $connect: sides, $disconnect: sides },
            ...{ $default: { ...sides, respond: true }, total: { ...sides, respond: true } },
          },
        },
      ],
    });
    cleanups.push(() => door.close());
    const context = await browser().newContext();
    cleanups.push(() => context.close());
    await context.addCookies([{ name: "session", value: "ann", url }]);
    const page = await context.newPage();
    const chat = `${url.replace("http:", "ws:")}/chat`;

    await page.goto(await startSite());
    expect(await talk(page, chat)).toEqual({ protocol: "", heard: [], code: 1006, wasClean: false });
    expect(side.events).toEqual([]);

    await page.goto(`${url}/`);
    expect(await talk(page, chat)).toEqual({
      protocol: "chat.v2",
      heard: [
        'total: {"action":"total","item":12}, 28',
        "$default: grüße 😀, 8",
        `$default: ${"x".repeat(40)}, 30000`,
      ],
      ...{ code: 4001, wasClean: true },
    });
    expect(side.of("CONNECT")[0]?.headers.cookie).toContain("session=ann");
    const [end] = await until(
      () => side.of("DISCONNECT"),
      (events) => events.length === 1,
    );
    expect(end?.event.requestContext).toMatchObject({
      disconnectStatusCode: 4001,
      disconnectReason: "enough",
    });

    // A page cannot choose its frames: each message is one.
    expect(await talk(page, chat, 100_000)).toMatchObject({ code: 1009, wasClean: true });
    expect(await talk(page, chat.replace("/chat", "/large"), 100_000)).toMatchObject({
      heard: [expect.any(String), expect.any(String), `$default: ${"x".repeat(40)}, 100000`],
      code: 4001,
    });
  });
});
