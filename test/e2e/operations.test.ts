import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Explanation, RouteGate } from "../../src/control/contract.ts";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { until } from "./until.ts";

const LANES = ["auto", "node"] as const;
interface Open {
  readonly door: FrontDoor;
  readonly url: string;
  readonly adminUrl: string;
}
const doors = new Map<string, Open>();
const servers: http.Server[] = [];

/** Says who answered, and of the body what it was. `Wrong` is answered otherwise by modern. */
async function startSide(name: string): Promise<string> {
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    response.setHeader("content-type", "application/json");
    const shown = request.url?.startsWith("/shadowed")
      ? { data: { asked: name === "modern" && text.includes("Wrong") ? 1 : 2 } }
      : { side: name, bytes: text.length, ends: text.slice(-5) };
    response.end(JSON.stringify(shown));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const upstreams = { legacy: await startSide("legacy"), modern: await startSide("modern") };
  const sides = { legacy: "legacy", modern: "modern" };
  const shadow = { safe: true };
  for (const lane of LANES) {
    const listening = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" };
    const config = {
      ...{ ...listening, lane, upstreams, default: "legacy" },
      routes: [
        {
          id: "cart",
          match: { path: "/graphql", operations: ["GetCart"] },
          ...sides,
          start: { modern: 100 },
        },
        { id: "graphql", match: { path: "/graphql" }, ...sides },
        { id: "shadowed", match: { path: "/shadowed" }, ...sides, shadow, start: { shadow: 100 } },
      ],
    };
    const door = createFrontDoor(config, { quiet: true });
    const { url, adminUrl } = await door.listen();
    doors.set(lane, { door, url, adminUrl });
  }
}, 60_000);

afterAll(async () => {
  for (const { door } of doors.values()) await door.close();
  for (const server of servers) server.close();
});

const query = (name: string, padding = "") =>
  JSON.stringify({ query: `query ${name} { a(b: "${padding}") }` });

interface Answered {
  readonly side: string;
  readonly bytes: number;
  readonly ends: string;
}

function send(url: string, body: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += String(chunk);
        });
        response.on("end", () => resolve(JSON.parse(text) as Answered));
      },
    );
    request.on("error", reject);
    if (headers.expect !== undefined) {
      request.on("continue", () => request.end(body));
      request.flushHeaders();
      return;
    }
    for (let at = 0; at < body.length; at += 60_000) request.write(body.slice(at, at + 60_000));
    request.end();
  });
}

async function sendH2(url: string, body: string): Promise<Answered> {
  const session = http2.connect(new URL(url).origin);
  const stream = session.request({
    ":method": "POST",
    ":path": "/graphql",
    "content-type": "application/json",
  });
  stream.end(body);
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return JSON.parse(text) as Answered;
}

describe.each(LANES)("on the lane %s", (lane) => {
  const urlOf = () => `${doors.get(lane)?.url}/graphql`;

  test("one operation goes to modern and the others to legacy, whole, however they are sent", async () => {
    for (const [body, side] of [
      [query("GetCart"), "modern"],
      [query("GetUser"), "legacy"],
      [query("GetCart", "x".repeat(200_000)), "modern"],
      [query("GetCart", "x".repeat(300_000)), "legacy"],
      [`[${query("GetCart")},${query("GetUser")}]`, "legacy"],
      ["no JSON", "legacy"],
      ["", "legacy"],
    ] as const) {
      const expected = { side, bytes: body.length, ends: body.slice(-5) };
      expect(await send(urlOf(), body)).toEqual(expected);
      expect(await send(urlOf(), body, { "content-length": body.length })).toEqual(expected);
      if (body !== "") expect(await send(urlOf(), body, { expect: "100-continue" })).toEqual(expected);
      expect(await sendH2(urlOf(), body)).toEqual(expected);
    }
  }, 60_000);

  test("what is explained is what the door does", async () => {
    const explained = async (asked: object) => {
      const answer = await fetch(`${doors.get(lane)?.adminUrl}/api/v1/explain`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ method: "POST", url: "/graphql", ...asked }),
      });
      return ((await answer.json()) as Explanation).route;
    };
    for (const [asked, route] of [
      [{ body: query("GetCart") }, "cart"],
      [{ operation: "GetCart" }, "cart"],
      [{ body: query("GetUser") }, "graphql"],
      [{ body: `[${query("GetCart")},${query("GetUser")}]` }, "graphql"],
      [{}, "graphql"],
      [{ body: query("GetCart"), headers: { "content-type": "text/plain" } }, "graphql"],
    ] as const)
      expect(await explained(asked)).toBe(route);
  });

  test("operations of one path are told apart, with what both sides answered", async () => {
    const { url, adminUrl } = doors.get(lane) as Open;
    for (let i = 0; i < 5; i++)
      for (const body of [
        query("Right"),
        query("Wrong"),
        JSON.stringify({ jsonrpc: "2.0", method: "cart.get" }),
      ])
        await send(`${url}/shadowed`, body);
    const gate = await until(
      async () => (await (await fetch(`${adminUrl}/api/v1/routes/shadowed/gate`)).json()) as RouteGate,
      ({ templates }) => templates.reduce((sum, { compared }) => sum + compared, 0) === 15,
    );
    const rows = gate.templates.map(({ name, compared, mismatches, answers }) => [
      ...[name, compared, mismatches, answers?.legacy.answers, answers?.modern.answers],
    ]);
    expect(rows.sort()).toEqual([
      ["POST /shadowed Right", 5, 0, 5, 5],
      ["POST /shadowed Wrong", 5, 5, 5, 5],
      ["POST /shadowed cart.get", 5, 0, 5, 5],
    ]);
  }, 60_000);
});
