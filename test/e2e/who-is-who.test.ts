import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { until } from "./until.ts";

/** What each side was asked, as node:http reads it. */
const seen: { readonly side: string; readonly method: string; readonly headers: IncomingHttpHeaders }[] = [];
const servers = ["legacy", "modern"].map((side) =>
  createServer(({ method = "", headers, url = "" }, response) => {
    seen.push({ side, method, headers });
    const page = url.startsWith("/page") ? { "cache-control": "public, max-age=60" } : {};
    response.writeHead(200, { "x-side": side, ...page }).end();
  }),
);
let door: FrontDoor;
let url = "";
let adminUrl = "";

beforeAll(async () => {
  const upstreams: Record<string, string> = {};
  for (const [index, name] of ["legacy", "modern"].entries()) {
    const server = servers[index];
    if (server === undefined) continue;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    upstreams[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const sides = { legacy: "legacy", modern: "modern" };
  door = createFrontDoor(
    {
      ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "legacy", upstreams },
      routes: [
        { id: "page", match: { path: "/page" }, ...sides, sticky: ["client", "ip"], start: { modern: 50 } },
        { id: "sid", match: { path: "/sid" }, ...sides, sticky: ["cookie:sid"], start: { modern: 99 } },
      ],
    },
    { quiet: true },
  );
  ({ url, adminUrl } = await door.listen());
});

afterAll(async () => {
  await door.close();
  for (const server of servers) server.close();
});

async function ask(path: string, headers: Record<string, string>, method = "GET") {
  const asked = request(`${url}${path}`, { method, headers, agent: false }).end();
  const [answer] = await once(asked, "response");
  answer.resume();
  await once(answer, "end");
  const { "set-cookie": cookies = [], "x-side": side, "cache-control": caching } = answer.headers;
  const client = cookies.join().match(/fig_client=[0-9a-f]{32}/)?.[0];
  return { side, client, caching };
}

const problems = async () => (await door.status()).problems;

test("clients stay on their side from the first page on, also when they log in", async () => {
  const sides = new Set<string>();
  for (let user = 0; user < 40; user++) {
    const page = await ask("/page", { accept: "text/html" });
    expect(page.client).toBeDefined();
    expect(page.caching).toBe("private, max-age=60");
    sides.add(page.side);
    for (const headers of [{ accept: "*/*" }, { accept: "text/html" }]) {
      const next = await ask("/page", { ...headers, cookie: `sid=${user}; ${page.client}` });
      expect(next).toEqual({ side: page.side, client: undefined, caching: "public, max-age=60" });
    }
  }
  expect([...sides].sort()).toEqual(["legacy", "modern"]);
  await until(problems, (all) => all.some((problem) => /^page: answers that/.test(problem)));
});

test("a preflight goes where most clients go, and a request without a trace stays without one", async () => {
  seen.length = 0;
  const preflight = { origin: "https://a.test", "access-control-request-method": "PUT" };
  expect((await ask("/sid", preflight, "OPTIONS")).side).toBe("modern");
  expect((await ask("/sid", {}, "OPTIONS")).side).toBe("legacy");
  expect(seen.map(({ headers }) => headers.traceparent)).toEqual([undefined, undefined]);
});

test("what a stranger says about itself reaches nobody, is counted, and is said once", async () => {
  seen.length = 0;
  const said = { "x-real-ip": "6.6.6.6", forwarded: "for=6.6.6.6", X_Forwarded_For: "6.6.6.6" };
  for (let i = 0; i < 3; i++)
    await ask("/x", { ...said, "x-forwarded-for": "6.6.6.6", "x-forwarded-user": "root" });
  expect(JSON.stringify(seen)).not.toMatch(/6\.6\.6\.6|root/);
  const all = await until(problems, (now) => now.some((problem) => /127\.0\.0\.1 sends/.test(problem)));
  expect(all.filter((problem) => /trustedProxies/.test(problem))).toHaveLength(1);
  const metrics = await (await fetch(new URL("/metrics", adminUrl))).text();
  for (const field of ["x-real-ip", "forwarded", "underscore", "x-forwarded-for", "x-forwarded-other"])
    expect(metrics).toContain(`fig_request_fields_dropped_total{field="${field}"} 3`);
});
