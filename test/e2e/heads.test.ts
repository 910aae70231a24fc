import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { LANE_KINDS } from "../../src/lanes/index.ts";
import { until } from "./until.ts";

/** All that the upstream was sent, by connection. */
const asked: string[] = [];
/** What it answers a whole request with. */
let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
let tunnels: Socket[] = [];
let upstream: Server;
const sockets: Socket[] = [];

beforeAll(async () => {
  upstream = createServer({ allowHalfOpen: true }, (socket) => {
    const at = asked.push("") - 1;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      asked[at] += bytes.toString("latin1");
      const text = asked[at] as string;
      if (/\r\nupgrade: x\r\n/i.test(text)) {
        socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        tunnels.push(socket);
      } else if (!/chunked/i.test(text) || /\r\n0\r\n(?:.+\r\n)*\r\n$/.test(text)) {
        socket.end(answer, "latin1");
      }
    });
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
});

afterEach(() => {
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  asked.length = 0;
  tunnels = [];
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(() => void upstream.close());

const holds = (ask: () => boolean) => until(ask, (is) => is);

interface Heard {
  readonly socket: Socket;
  text: string;
}

describe.each(LANE_KINDS.map(({ name }) => (name === "node" ? "node" : "auto") as "node" | "auto"))(
  "lane: %s",
  (lane) => {
    let door: FrontDoor;
    let port = 0;
    let adminUrl = "";

    beforeAll(async () => {
      const { port: upstreamPort } = upstream.address() as { port: number };
      const side = { legacy: "m", modern: "m" };
      door = createFrontDoor(
        {
          ...{ listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:", default: "m", lane },
          upstreams: { m: `http://127.0.0.1:${upstreamPort}` },
          timeouts: { halfClosed: "300ms", headers: "4s" },
          routes: [
            { id: "admin", match: { path: "/admin/{x}" }, ...side },
            { id: "secret", match: { path: "/{x+}", host: "secret.example" }, ...side },
          ],
        },
        { quiet: true },
      );
      const addresses = await door.listen();
      port = Number(new URL(addresses.url).port);
      adminUrl = addresses.adminUrl;
    });

    afterAll(() => door.close());

    function client(text: string): Heard {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      sockets.push(socket);
      const heard: Heard = { socket, text: "" };
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        heard.text += bytes.toString("latin1");
      });
      socket.write(text, "latin1");
      return heard;
    }

    const metrics = async () => (await fetch(`${adminUrl}/metrics`)).text();

    test.each([
      ["/admin;/secret", "a.test"],
      ["/admin;x=1/secret", "a.test"],
      ["/%u0061dmin/secret", "a.test"],
      ["//x/admin/secret", "a.test"],
      ["///x/admin/secret", "a.test"],
      ["/x/..%c0%afadmin/secret", "a.test"],
      ["/a\\b/../admin/secret", "a.test"],
      ["/a%2fb/../admin/secret", "a.test"],
      ["/x", "secret.example."],
      ["/x", "Secret.Example.:80"],
      ["/x", "%73ecret.example"],
    ])("%s of %s reads in two ways and is refused", async (path, host) => {
      const heard = client(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await holds(() => heard.text.includes("ambiguous_path"));
      expect(heard.text).toMatch(/^HTTP\/1\.1 400 /);
      expect(asked).toEqual([]);
    });

    test.each([
      ["/x", "SECRET.example:8080"],
      ["/other;v=1/%u0061//b", "a.test."],
    ])("%s of %s reads in one way and is answered", async (path, host) => {
      const heard = client(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await holds(() => heard.text.endsWith("ok"));
      expect(asked[0]).toMatch(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`);
    });

    test("only announced trailers that no head would be read differently with go on; the rest is counted", async () => {
      const head =
        "POST /t HTTP/1.1\r\nHost: a.test\r\nTrailer: X-Sum, Expect\r\nTransfer-Encoding: chunked\r\n\r\n";
      const heard = client(`${head}2\r\nhi\r\n0\r\nX-Sum: 1\r\nExpect: 100-continue\r\nX-User: root\r\n\r\n`);
      await holds(() => heard.text.endsWith("ok"));
      expect(asked[0]).toMatch(/\r\n0\r\nX-Sum: 1\r\n\r\n$/);
      expect(await metrics()).toContain('fig_request_fields_dropped_total{field="trailer"} 2');
    });

    test.each([
      ["a 204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-A: 1\r\n\r\n", 204],
      ["an interim answer", `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nX-A: 1\r\n\r\n`, 103],
    ])("%s loses its Content-Length", async (_, sent, status) => {
      answer = sent + (status === 103 ? answer : "");
      const heard = client("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
      await holds(() => (status === 103 ? heard.text.endsWith("ok") : heard.text.includes("\r\n\r\n")));
      expect(heard.text.slice(0, heard.text.indexOf("\r\n\r\n"))).toBe(
        sent.slice(0, sent.indexOf("\r\n\r\n")).replace("Content-Length: 5\r\n", ""),
      );
    });

    test("an answer's head of 70 KB is too large, in however many pieces it comes", async () => {
      answer = `HTTP/1.1 200 OK\r\nX-Big: ${"a".repeat(70_000)}\r\nContent-Length: 2\r\n\r\nok`;
      const heard = client("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
      await holds(() => heard.text.includes("upstream_invalid"));
      expect(heard.text).toMatch(/^HTTP\/1\.1 502 /);
    });

    test("a head that stops gets 408 after timeouts.headers, not after twice that", async () => {
      const heard = client("GET / HTTP/1.1\r\nHost: a");
      const began = performance.now();
      await holds(() => heard.text.includes("request_timeout"));
      expect(heard.text).toMatch(/^HTTP\/1\.1 408 /);
      expect(performance.now() - began).toBeLessThan(7_000);
    });

    test("a request that came through four front doors goes in circles", async () => {
      const via = (doors: number) =>
        `Via: 1.1 figaro, ${"1.1 fig, ".repeat(doors - 1)}1.0 other\r\nVia: 1.0 fig\r\n`;
      const heard = client(`GET / HTTP/1.1\r\nHost: a.test\r\n${via(4)}\r\n`);
      await holds(() => heard.text.includes("loop_detected"));
      expect(heard.text).toMatch(/^HTTP\/1\.1 508 /);
      expect(asked).toEqual([]);
      const passes = client(`GET / HTTP/1.1\r\nHost: a.test\r\n${via(3)}\r\n`);
      await holds(() => passes.text.endsWith("ok"));
    });

    test.each(["client", "upstream"] as const)(
      "a tunnel whose %s has ended, and that is silent, ends",
      async (end) => {
        const heard = client("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        await holds(() => heard.text.includes("101"));
        const [tunnel] = tunnels as [Socket];
        if (end === "client") heard.socket.end();
        else tunnel.end();
        const [near, far] = end === "client" ? [heard.socket, tunnel] : [tunnel, heard.socket];
        await holds(() => near.destroyed);
        // Who has read an end learns only by a write that the connection was reset.
        await holds(() => {
          if (far.writable) far.write("x");
          return far.destroyed;
        });
        expect(await metrics()).toMatch(/fig_half_closed_cancelled_total [1-9]/);
      },
    );
  },
);
