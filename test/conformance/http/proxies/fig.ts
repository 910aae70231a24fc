import { createFrontDoor } from "../../../../dist/index.js";
import { serveOrders } from "./child.ts";

const ms = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${value}ms`;

const bytes = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${value}B`;

/** fig with no routes: everything goes to the default upstream. */
serveOrders(async (upstreamPort, options) => {
  const door = createFrontDoor(
    {
      listen: "127.0.0.1:0",
      ...(process.env.FIG_TEST_LANE ? { lane: process.env.FIG_TEST_LANE as "node" } : {}),
      admin: "127.0.0.1:0",
      state: "memory:",
      default: "monolith",
      upstreams: { monolith: `http://127.0.0.1:${upstreamPort}` },
      trustedProxies: options.trustedProxies ?? [],
      limits: { body: bytes(options.bodyBytes), headers: bytes(options.headerBytes) ?? "16KiB" },
      timeouts: {
        headers: ms(options.headersMs),
        idle: ms(options.idleMs),
        connect: ms(options.connectMs),
        response: ms(options.responseMs),
        bodyIdle: ms(options.bodyIdleMs),
        halfClosed: ms(options.halfClosedMs),
      },
      drain: { deadline: "2s" },
    },
    { quiet: true },
  );
  const { url } = await door.listen();
  return {
    port: Number(new URL(url).port),
    drain: async () => {
      await door.close();
    },
    close: () => void door.close(),
  };
});
