import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";

/** A side that says what it read, in ways that real ones read. */
const side = http.createServer((request, response) => {
  const { headers, url = "" } = request;
  const path = url.split("?")[0] ?? "";
  const fields: Record<string, string> = { "cache-control": "max-age=60" };
  let text = `${headers["x-user"] ?? "nobody"}`;
  if (path.startsWith("/client")) {
    fields.vary = "X-Client";
    text = String(headers["x-client"]);
  }
  if (path.startsWith("/teams")) text = String(headers["x-team"] ?? headers.x_team ?? "none");
  if (path.startsWith("/cookies")) text = /.*lang=([a-z]+)/.exec(String(headers.cookie))?.[1] ?? "none";
  if (path.startsWith("/query")) text = /[?&;]id=(\d+)/i.exec(url)?.[1] ?? "none";
  if (path.startsWith("/host")) text = `${headers["x-tenant"] ?? "none"} ${headers["x-forwarded-host"]}`;
  response.writeHead(200, { ...fields, "x-sent": JSON.stringify(request.rawHeaders) }).end(text);
});

/** Knows people by what they send in X-Session, and tenants by the host. */
const judge = http.createServer(({ headers }, response) => {
  const who = headers["x-session"];
  const tenant = headers["x-forwarded-host"];
  if (tenant === "b.test") response.writeHead(403).end();
  else if (who === undefined) response.writeHead(401).end();
  else
    response
      .writeHead(200, { "x-user": String(who), "x-tenant": String(tenant), remote_user: String(who) })
      .end();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  for (const server of [side, judge]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
});
afterAll(() => {
  for (const server of [side, judge]) server.close();
  side.closeAllConnections();
  judge.closeAllConnections();
});

describe.each(["auto", "node"] as const)("lane %s", (lane) => {
  let door: FrontDoor;
  let url = "";

  beforeAll(async () => {
    const cache = { ttl: "60s" };
    const authorizer = { url: `http://127.0.0.1:${portOf(judge)}/`, forward: ["x-user", "x-tenant"] };
    door = createFrontDoor(
      {
        ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "shop", lane },
        upstreams: {
          shop: `http://127.0.0.1:${portOf(side)}`,
        },
        trustedProxies: ["127.0.0.3"],
        underscoreHeaders: "pass",
        routes: [
          { id: "people", match: { path: "/people/{x+}" }, policies: { cache, authorizer } },
          {
            id: "hosts",
            match: { path: "/host/{x+}" },
            policies: { authorizer: { ...authorizer, ttl: "60s", identity: ["header:x-session"] } },
          },
          {
            id: "cgi",
            match: { path: "/cgi/{x+}" },
            policies: { authorizer: { ...authorizer, forward: ["remote_user"] } },
          },
          {
            id: "teams",
            match: { path: "/teams/{x+}" },
            policies: { cache: { ...cache, key: { headers: ["x-team"] } } },
          },
          {
            id: "clients",
            match: { path: "/client/{x+}" },
            policies: { cache, headers: { request: { set: { "x-client": "$client" } } } },
          },
          {
            id: "cookies",
            match: { path: "/cookies/{x+}" },
            policies: { cache: { ...cache, key: { cookies: ["lang"] } } },
          },
          {
            id: "query",
            match: { path: "/query/{x+}" },
            policies: { cache: { ...cache, key: { query: ["id"] } } },
          },
        ].map((route) => ({ legacy: "shop", modern: "shop", ...route })),
      } as never,
      { quiet: true },
    );
    ({ url } = await door.listen());
  });
  afterAll(() => door.close());

  function get(path: string, headers: http.OutgoingHttpHeaders = {}, localAddress = "127.0.0.1") {
    return new Promise<{ status: number; body: string; headers: http.IncomingHttpHeaders }>(
      (resolve, reject) => {
        const request = http.request(new URL(path, url), { headers, agent: false, localAddress });
        request.on("error", reject);
        request.on("response", (response) => {
          let body = "";
          response.setEncoding("latin1").on("data", (chunk: string) => {
            body += chunk;
          });
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
          );
          response.on("error", reject);
        });
        request.end();
      },
    );
  }

  test("what an authorizer let one person have is no other one's", async () => {
    expect((await get("/people/me", { "x-session": "alice" })).body).toBe("alice");
    expect((await get("/people/me", { "x-session": "bob" })).body).toBe("bob");
  });
  test("fields of the front door's own come from no client, whatever may pass with underscores", async () => {
    const { headers } = await get("/x", { X_Fig_Api_Key_Plan: "gold", "X-Fig_Subject": "root" });
    expect(headers["x-sent"]).not.toMatch(/fig.(api|subj)/i);
  });
  test("a side that varies by a field that is set here is asked for each value", async () => {
    expect((await get("/client/a", {}, "127.0.0.1")).body).toBe("127.0.0.1");
    expect((await get("/client/a", {}, "127.0.0.2")).body).toBe("127.0.0.2");
  });
  test("a field that goes on with an underscore in its name comes from no client", async () => {
    const forged = { "x-session": "alice", Remote_User: "root", "Remote-User": "root" };
    const { headers } = await get("/cgi/a", forged);
    expect(headers["x-sent"]).toMatch(/"remote_user","alice"/i);
    expect(headers["x-sent"]).not.toContain("root");
  });

  test("a field of the key counts in every spelling that a side may read", async () => {
    expect((await get("/teams/a", { X_Team: "b" })).body).toBe("b");
    expect((await get("/teams/a")).body).toBe("none");
    const overridden = await get("/teams/b", { X_HTTP_Method_Override: "DELETE" });
    expect(overridden.headers["cache-status"]).toBe("fig; fwd=bypass");
  });

  test("a cookie that is there twice chooses nobody else's answer", async () => {
    expect((await get("/cookies/a", { cookie: "lang=de; lang=fr" })).body).toBe("fr");
    expect((await get("/cookies/a", { cookie: "lang=de" })).body).toBe("de");
  });
  test("a parameter that lenient sides read chooses nobody else's answer", async () => {
    expect((await get("/query/a?utm=1;id=2")).body).toBe("2");
    expect((await get("/query/a?utm=1;id=3")).body).toBe("3");
    expect((await get("/query/a?ID=4")).body).toBe("4");
    expect((await get("/query/a")).body).toBe("none");
  });
  test("a verdict that is kept for one host holds for no other that a proxy names", async () => {
    expect(
      (await get("/host/a", { "x-session": "eve", "x-forwarded-host": "a.test" }, "127.0.0.3")).status,
    ).toBe(200);
    expect(
      (await get("/host/a", { "x-session": "eve", "x-forwarded-host": "b.test" }, "127.0.0.3")).status,
    ).toBe(403);
  });
});
