import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { startCacheDoor } from "./support/cache/door.ts";
import { until } from "./until.ts";

/** Answers that may be stored; what a POST answers points at two more paths, and at one of another host. */
async function originPort(): Promise<number> {
  const server = http.createServer((request, response) => {
    request.resume();
    const said =
      request.method === "POST"
        ? {
            location: "/shop/made",
            "content-location": "http://shop.test/shop/list?page=2",
            link: "</shop/not-named>",
          }
        : { "cache-control": "max-age=600" };
    response.writeHead(request.method === "POST" ? 201 : 200, said).end(request.url);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Each on a connection of its own, so that all workers come to answer. */
function ask(url: string, path: string, method = "GET"): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: false, headers: { host: "shop.test" } };
    const request = http.request(new URL(path, url), options, (response) => {
      response.resume().on("end", () => resolve(String(response.headers["cache-status"])));
    });
    request.on("error", reject).end();
  });
}

withRedis("a fleet of caches", () => {
  test("what an unsafe method makes void at one front door is void in every worker of every other", {
    timeout: 90_000,
  }, async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.remove());
    const port = await originPort();
    const options = { legacy: port, routes: { shop: "{}" }, state: redis.url };
    const far = await startCacheDoor({ ...options, more: "workers: 2\n" });
    onTestFinished(() => far.close());
    const near = new FrontDoor(
      {
        listen: "127.0.0.1:0",
        admin: "127.0.0.1:0",
        state: redis.url,
        upstreams: { legacy: `http://127.0.0.1:${port}` },
        routes: [
          {
            id: "shop",
            match: { path: "/shop/{rest+}" },
            modern: "legacy",
            legacy: "legacy",
            policies: { cache: {} },
          },
        ],
      },
      { quiet: true },
    );
    onTestFinished(async () => void (await near.close()));
    const { url, adminUrl } = await near.listen();
    const PATHS = ["/shop/asked?q=1", "/shop/asked?q=2", "/shop/made", "/shop/list?page=7", "/shop/other"];
    const entries = async (admin: string) => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      const found = [...text.matchAll(/^fig_cache_entries\{[^}]*\} (\d+)$/gm)];
      return found.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const filled = async (of: { readonly url: string; readonly adminUrl: string }, workers: number) =>
      until(
        async () => {
          for (const path of PATHS) await ask(of.url, path);
          return entries(of.adminUrl);
        },
        (count) => count === workers * PATHS.length,
      );
    const is = (admin: string, count: number) =>
      until(
        () => entries(admin),
        (now) => now === count,
      );
    await filled({ url, adminUrl }, 1);
    await filled(far, 2);
    await ask(url, "/shop/asked?q=9", "POST");
    // `other` is left, in both workers.
    await is(far.adminUrl, 2);
    await is(adminUrl, 1);
    expect(await ask(url, "/shop/other")).toContain("hit");

    await filled({ url, adminUrl }, 1);
    await filled(far, 2);
    await ask(far.url, "/shop/asked?q=9", "POST");
    await is(adminUrl, 1);
    await is(far.adminUrl, 2);

    // Without Redis nothing is told, and what others have stored is good for as long as it is fresh.
    await filled({ url, adminUrl }, 1);
    await redis.stop();
    await until(
      async () => {
        await ask(url, "/shop/made", "POST");
        return (await fetch(`${adminUrl}/metrics`)).text();
      },
      (text) => /fig_cache_voids_total\{result="dropped"\} [1-9]/.test(text),
    );
    expect(await entries(far.adminUrl)).toBe(2);
    const said = await (await fetch(`${adminUrl}/metrics`)).text();
    expect(said).toMatch(/fig_cache_voids_total\{result="told"\} [1-9]/);
    expect(said).toMatch(/fig_cache_voids_total\{result="heard"\} [1-9]/);
  });
});
