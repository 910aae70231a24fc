import type { Case } from "../contract.ts";
import { ensure, fail } from "../failure.ts";
import { valuesOf } from "../parse.ts";
import {
  absent,
  has,
  head,
  members,
  only,
  refusal,
  roundTrip,
  same,
  stillInStep,
  upstreamSaw,
} from "../steps.ts";

const ask = (...fields: readonly string[]) => head("GET / HTTP/1.1", "Host: a.test", ...fields);
const answer = (...fields: readonly string[]) =>
  `${head("HTTP/1.1 200 OK", ...fields, "Content-Length: 2")}ok`;

export const hopByHop: readonly Case[] = [
  {
    name: "a request field that Connection names is not forwarded",
    rfc: "9110 §7.6.1",
    async run(world) {
      const { request } = await roundTrip(
        world,
        ask("Connection: keep-alive, X-Secret", "X-Secret: 1", "X-Other: 2"),
      );
      absent(request, "x-secret");
      same("x-other", only(request, "x-other"), "2");
      ensure(!members(request, "connection").includes("x-secret"), "Connection: x-secret passed on");
    },
  },
  {
    name: "fields named by a second Connection line, in any case, are not forwarded",
    rfc: "9110 §7.6.1",
    async run(world) {
      const { request } = await roundTrip(
        world,
        ask("Connection: x-one", "X-One: 1", "connection: ,X-TWO ,", "x-two: 2"),
      );
      absent(request, "x-one", "x-two");
    },
  },
  {
    name: "a response field that Connection names is not forwarded",
    rfc: "9110 §7.6.1",
    async run(world) {
      const { response } = await roundTrip(
        world,
        ask(),
        answer("Connection: X-Secret", "X-Secret: 1", "X-Other: 2"),
      );
      absent(response, "x-secret");
      same("x-other", only(response, "x-other"), "2");
    },
  },
  {
    name: "Keep-Alive and Proxy-Connection of a request are not forwarded",
    rfc: "9110 §7.6.1, 9112 C.2.2",
    async run(world) {
      const { request } = await roundTrip(
        world,
        ask("Keep-Alive: timeout=77", "Proxy-Connection: keep-alive"),
      );
      ensure(!valuesOf(request.fields, "keep-alive").includes("timeout=77"), "keep-alive passed on");
      absent(request, "proxy-connection");
    },
  },
  {
    name: "Keep-Alive and Proxy-Connection of a response are not forwarded",
    rfc: "9110 §7.6.1",
    async run(world) {
      const sent = answer(
        "Connection: keep-alive",
        "Keep-Alive: timeout=77, max=3",
        "Proxy-Connection: keep-alive",
      );
      const { response } = await roundTrip(world, ask(), sent);
      ensure(!valuesOf(response.fields, "keep-alive").includes("timeout=77, max=3"), "keep-alive passed on");
      absent(response, "proxy-connection");
    },
  },
  {
    name: "Proxy-Authorization stops at the proxy",
    rfc: "9110 §11.7.2 (house)",
    async run(world) {
      const { request } = await roundTrip(
        world,
        ask("Proxy-Authorization: Basic c2VjcmV0", "Authorization: Basic b3Blbg=="),
      );
      absent(request, "proxy-authorization");
      same("authorization", only(request, "authorization"), "Basic b3Blbg==");
    },
  },
  {
    name: "of TE only trailers is forwarded",
    rfc: "9110 §10.1.4",
    async run(world) {
      const { request } = await roundTrip(world, ask("TE: gzip;q=0.5, trailers", "Connection: TE"));
      const te = members(request, "te");
      ensure(te.length === 0 || te.join() === "trailers", `TE: ${te.join(", ")} passed on`);
      if (te.length > 0)
        ensure(members(request, "connection").includes("te"), "TE sent without Connection: TE");
    },
  },
  {
    name: "Upgrade without Connection: upgrade is not forwarded",
    rfc: "9110 §7.8",
    async run(world) {
      const { request } = await roundTrip(world, ask("Upgrade: websocket"));
      absent(request, "upgrade");
    },
  },
  {
    name: "a client's Connection: close is not the upstream's business and ends its connection",
    rfc: "9112 §9.6",
    async run(world) {
      const { client, response } = await roundTrip(world, ask("Connection: close"));
      ensure(members(response, "connection").includes("close"), "answer without Connection: close");
      await client.gone();
    },
  },
  {
    name: "an upstream's Connection: close leaves the client's answer whole",
    rfc: "9112 §9.6",
    async run(world) {
      const { client, response } = await roundTrip(world, ask(), (_request, wire) => {
        setTimeout(() => wire.end(), 5);
        return answer("Connection: close");
      });
      same("body", response.body.toString("latin1"), "ok");
      await stillInStep(client, response);
    },
  },
  {
    name: "Connection cannot take x-forwarded-for, which the proxy adds, away",
    rfc: "9110 §7.6.1 (CVE-2026-33805)",
    needs: "x-forwarded headers",
    async run(world) {
      const sent = ask(
        "Connection: close, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host",
        "X-Forwarded-For: 6.6.6.6",
      );
      const { request } = await roundTrip(world, sent);
      const last = members(request, "x-forwarded-for").at(-1) ?? "missing";
      ensure(/^(::ffff:)?127\.0\.0\.1$/.test(last), `x-forwarded-for ends with ${last}`);
      ensure(has(request, "x-forwarded-proto"), "x-forwarded-proto is missing");
    },
  },
  {
    name: "Connection cannot take Host away",
    rfc: "9110 §7.6.1, 9112 §3.2",
    run: (world) => framingStays(world, ask("Connection: close, Host")),
  },
  {
    name: "Connection cannot take Content-Length away",
    rfc: "9110 §7.6.1, 9112 §6",
    run: (world) =>
      framingStays(
        world,
        `${head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 5", "Connection: close, Content-Length")}hello`,
        "hello",
      ),
  },
  {
    name: "Connection cannot take Transfer-Encoding away",
    rfc: "9110 §7.6.1, 9112 §6",
    run: (world) =>
      framingStays(
        world,
        `${head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", "Connection: close, Transfer-Encoding")}5\r\nhello\r\n0\r\n\r\n`,
        "hello",
      ),
  },
  {
    name: "Transfer-Encoding of an answer is the connection's: re-framed or kept, the body is whole",
    rfc: "9112 §6.1",
    async run(world) {
      const { client, response } = await roundTrip(world, ask(), (_request, _wire, nth) =>
        nth === 0 ? `${head("HTTP/1.1 200 OK", "transfer-encoding: Chunked")}2\r\nok\r\n0\r\n\r\n` : answer(),
      );
      same("body", response.body.toString("latin1"), "ok");
      await stillInStep(client, response);
    },
  },
];

/** Refused, or forwarded with Host and framing whole. */
async function framingStays(world: Parameters<Case["run"]>[0], sent: string, body = ""): Promise<void> {
  world.upstream.reply(answer());
  const client = await world.client();
  client.write(sent);
  const status = await refusal(client);
  if (status === 400) return;
  ensure(status === 200, `answered ${status}`);
  const request = world.upstream.requests[0] ?? fail("answered without asking the upstream");
  same("host", only(request, "host"), "a.test");
  same("body", request.body.toString("latin1"), body);
  upstreamSaw(world, request.start.replace(" HTTP/1.1", ""));
}
