import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createFrontDoor } from "../../src/index.ts";
import { type ReceivedSpan, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { until } from "./until.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

interface Asked {
  readonly side: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

interface FigWorld {
  readonly lane?: "auto" | "node";
  readonly trustedProxies?: string[];
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startSide(side: string, asked: Asked[]): Promise<string> {
  const server = createServer(({ headers, url = "" }, response) => {
    asked.push({ side, url, headers });
    if (url.startsWith("/breaks") && side === "modern") response.destroy();
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ url }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function world(tracing: object, { lane = "auto", ...more }: FigWorld = {}) {
  const asked: Asked[] = [];
  const receiver = await startOtlpReceiver();
  closing.push(() => receiver.close());
  const sides = { legacy: "legacy", modern: "modern" };
  const door = createFrontDoor(
    {
      ...{
        listen: "127.0.0.1:0",
        admin: "127.0.0.1:0",
        state: "memory:",
        default: "legacy",
        name: "test",
        lane,
      },
      upstreams: { legacy: await startSide("legacy", asked), modern: await startSide("modern", asked) },
      tracing: { endpoint: receiver.url, service: "door", ...tracing },
      routes: [
        { id: "orders", match: { path: "/orders/{id}" }, ...sides, start: { shadow: 100 } },
        {
          id: "breaks",
          match: { path: "/breaks/{id}" },
          ...sides,
          start: { modern: 100 },
          fallback: "legacy",
        },
      ],
      ...more,
    },
    { quiet: true },
  );
  closing.push(() => door.close());
  const { url, adminUrl } = await door.listen();
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const asking = request(`${url}${path}`, { headers, agent: false }).end();
    const [answer] = await once(asking, "response");
    answer.resume();
    await once(answer, "end");
    return answer.statusCode as number;
  };
  const metric = async (name: string) => {
    const text = await (await fetch(new URL("/metrics", adminUrl))).text();
    const line = text.split("\n").find((each) => each.startsWith(`${name} `) || each.startsWith(name));
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ")));
  };
  return { asked, receiver, door, ask, metric };
}

const named = (spans: readonly ReceivedSpan[], name: string) =>
  spans.find((span) => span.name === name) as ReceivedSpan;

describe.each(["auto", "node"] as const)("lane %s", (lane) => {
  test("a request is a trace of its own: what was asked, the shadow and the comparison below it", async () => {
    const { asked, receiver, ask } = await world({ sample: 100 }, { lane });
    expect(await ask("/orders/7?token=abc", { authorization: "Bearer secret-token-of-mine" })).toBe(200);
    const spans = await until(
      () => receiver.spans,
      (all) => all.length >= 4,
    );
    expect(spans.map(({ name }) => name).sort()).toEqual([
      "GET /orders/{id}",
      "ask legacy",
      "compare",
      "shadow to modern",
    ]);
    const root = named(spans, "GET /orders/{id}");
    expect(root).toMatchObject({ kind: 2 });
    expect(root.parentSpanId).toBeUndefined();
    for (const span of spans) {
      expect(span.traceId).toBe(root.traceId);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      if (span !== root) expect(span.parentSpanId).toBe(root.spanId);
    }
    expect(Math.abs(Number(BigInt(root.startTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    expect(receiver.attributes(root)).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/orders/{id}",
      "http.response.status_code": "200",
      "url.path": "/orders/7",
      "client.address": "127.0.0.1",
      "fig.side": "legacy",
    });
    expect(receiver.attributes(named(spans, "compare"))).toMatchObject({ "fig.outcome": "match" });
    // Each side is told the span that asked it.
    const told = (side: string) => asked.find((one) => one.side === side)?.headers.traceparent;
    expect(told("legacy")).toBe(`00-${root.traceId}-${named(spans, "ask legacy").spanId}-01`);
    expect(told("modern")).toBe(`00-${root.traceId}-${named(spans, "shadow to modern").spanId}-01`);
    const [batch] = receiver.batches;
    expect(batch?.path).toBe("/v1/traces");
    expect(batch?.resource).toMatchObject({ "service.name": "door", "deployment.environment.name": "test" });
    expect(JSON.stringify(receiver.batches)).not.toMatch(/secret-token-of-mine|token=abc/);
  });

  test("a caller's trace goes on; its decision counts only where it is believed", async () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    const stranger = await world({ sample: 0 }, { lane });
    await stranger.ask("/orders/1", { traceparent, tracestate: "a=b" });
    await until(
      () => stranger.asked.length,
      (count) => count === 2,
    );
    // Not sampled here: it passes as it came, and whoever is behind decides by it.
    for (const { headers } of stranger.asked)
      expect(headers).toMatchObject({ traceparent, tracestate: "a=b" });
    const friend = await world({ sample: 0 }, { lane, trustedProxies: ["127.0.0.0/8"] });
    await friend.ask("/orders/1", { traceparent, tracestate: "a=b" });
    const spans = await until(
      () => friend.receiver.spans,
      (all) => all.length >= 4,
    );
    expect(named(spans, "GET /orders/{id}")).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    for (const { headers } of friend.asked) {
      expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-01$`));
      expect(headers.tracestate).toBe("a=b");
    }
    expect(stranger.receiver.spans).toEqual([]);
  });

  test("where nothing is sampled none is made", async () => {
    const { asked, ask } = await world({ sample: 0 }, { lane });
    await ask("/elsewhere");
    expect(asked[0]?.headers.traceparent).toBeUndefined();
  });

  test("what modern broke and legacy answered is both", async () => {
    const { receiver, ask } = await world({ sample: 100 }, { lane });
    expect(await ask("/breaks/1")).toBe(200);
    const spans = await until(
      () => receiver.spans,
      (all) => all.length >= 3,
    );
    expect(named(spans, "ask modern").status).toEqual({ code: 2, message: "upstream_reset" });
    expect(named(spans, "ask legacy").status).toBeUndefined();
    expect(receiver.attributes(named(spans, "GET /breaks/{id}"))).toMatchObject({ "fig.fell_back": true });
  });
});

test("X-Ray's header is read and written", async () => {
  const { asked, receiver, ask } = await world({ sample: 0, parents: "all", xray: true });
  await ask("/elsewhere", {
    "x-amzn-trace-id": `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=1`,
  });
  const [root] = await until(
    () => receiver.spans.filter(({ kind }) => kind === 2),
    (all) => all.length === 1,
  );
  expect(root).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
  expect(asked[0]?.headers["x-amzn-trace-id"]).toMatch(
    new RegExp(`^Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=[0-9a-f]{16};Sampled=1$`),
  );
});

test("a receiver that hangs or is away holds nobody up: spans wait within the bound, then are dropped and counted", async () => {
  const { receiver, door, ask, metric } = await world({ sample: 100, queue: "64KiB", timeout: "500ms" });
  receiver.answer("hang");
  for (let n = 0; n < 200; n++) expect(await ask("/elsewhere")).toBe(200);
  expect(await metric('fig_spans_total{result="queue_full"}')).toBeGreaterThan(50);
  expect(await metric("fig_span_bytes_held")).toBeLessThanOrEqual(64 * 1024);
  await until(
    async () => (await door.status()).problems.join(),
    (problems) => problems.includes("takes no spans"),
  );
  receiver.answer({ status: 200, body: '{"partialSuccess":{"rejectedSpans":"2"}}' });
  await until(
    () => metric('fig_spans_total{result="rejected"}'),
    (rejected) => rejected >= 2,
  );
  await until(
    async () => (await door.status()).problems,
    (problems) => problems.length === 0,
  );
  await until(
    () => metric("fig_span_bytes_held"),
    (held) => held === 0,
  );
});

test("503 is tried again after Retry-After, 400 is not", async () => {
  const { receiver, ask, metric } = await world({ sample: 100 });
  receiver.answer({ status: 503, headers: { "retry-after": "1" } });
  await ask("/elsewhere");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  receiver.answer({ status: 200, body: "{}" });
  await until(
    () => receiver.spans.length,
    (count) => count >= 2,
  );
  expect(await metric('fig_spans_total{result="exported"}')).toBe(2);
  receiver.answer({ status: 400 });
  await ask("/elsewhere");
  await until(
    () => metric('fig_spans_total{result="rejected"}'),
    (count) => count === 2,
  );
});

test("spans that wait are sent when the front door ends", async () => {
  const { receiver, door, ask } = await world({ sample: 100 });
  await ask("/elsewhere");
  await door.close();
  expect(receiver.spans.length).toBeGreaterThanOrEqual(2);
});
