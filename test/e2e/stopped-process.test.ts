import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { startFig } from "./fig-process.ts";

// They wait for most of their time: both at once.
test.concurrent.each(["auto", "node"])(
  "a stop of the process longer than its timeouts fails no request, lane: %s",
  async (lane) => {
    const waiting: ServerResponse[] = [];
    const upstream = createServer((_, response) => void waiting.push(response)).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const folder = mkdtempSync(join(tmpdir(), "fig-stopped-"));
    const config = {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "m", lane },
      upstreams: { m: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
      timeouts: { response: "2s", bodyIdle: "2s" },
    };
    writeFileSync(join(folder, "fig.yaml"), JSON.stringify(config));
    const fig = await startFig(join(folder, "fig.yaml"));
    try {
      const asked = Array.from({ length: 20 }, async () => (await fetch(fig.ready.url)).text());
      const all = Promise.all(asked);
      while (waiting.length < 20) await once(upstream, "request");
      fig.signal("SIGSTOP");
      for (const response of waiting) response.end("ok");
      // The stop itself: longer than the timeouts.
      await delay(3_000);
      fig.signal("SIGCONT");
      expect(await all).toEqual(Array.from({ length: 20 }, () => "ok"));
    } finally {
      fig.signal("SIGCONT");
      await fig.stop();
      upstream.close();
      rmSync(folder, { recursive: true });
    }
  },
);
