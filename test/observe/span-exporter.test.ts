import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { EndedSpan } from "../../src/domain/tracing.ts";
import { SpanExporter } from "../../src/observe/span-exporter.ts";
import { until } from "../e2e/until.ts";

test("past its bound spans are dropped and cost no text, until a batch has gone", async () => {
  const waiting: ServerResponse[] = [];
  const collector = createServer((asked, answer) => {
    asked.resume().on("end", () => waiting.push(answer));
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const exporter = new SpanExporter({
    settings: {
      ...{ endpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`, headers: {} },
      ...{ samplePercent: 100, parents: "none", xray: false, service: "s", environment: undefined },
      ...{ queueBytes: 900 * 1024, timeoutMs: 60_000 },
    },
    version: "0",
    random: () => 0,
  });
  let read = 0;
  const span: EndedSpan = {
    ...{ traceId: "1".repeat(32), spanId: "1".repeat(16), parentId: undefined, kind: "server" },
    ...{ startMicros: 0, endMicros: 1, error: undefined, attributes: { long: "x".repeat(1000) } },
    get name() {
      read++;
      return "n";
    },
  };
  for (let i = 0; i < 5000; i++) exporter.ended(span);
  const kept = 5000 - exporter.counts.queue_full;
  expect(read).toBe(kept + 1);
  expect(exporter.held).toBeLessThanOrEqual(900 * 1024);
  await until(
    () => waiting.length,
    (asked) => asked === 1,
  );
  waiting[0]?.end("{}");
  await until(
    () => exporter.counts.exported,
    (exported) => exported === 512,
  );
  exporter.ended(span);
  expect(read).toBe(kept + 2);
  expect(exporter.counts.queue_full).toBe(5000 - kept);
  await exporter.close(0);
  expect(exporter.held).toBe(0);
  collector.closeAllConnections();
  collector.close();
});

test("a span that ends when its files have gone is counted as one that was not sent", async () => {
  const exporter = new SpanExporter({
    settings: {
      ...{ endpoint: "http://127.0.0.1:1/", headers: {}, samplePercent: 100, parents: "none", xray: false },
      ...{ service: "s", environment: undefined, queueBytes: 1024, timeoutMs: 1_000 },
    },
    version: "0",
    random: () => 0,
  });
  await exporter.close(0);
  exporter.ended({
    ...{ traceId: "1".repeat(32), spanId: "1".repeat(16), parentId: undefined, name: "n", kind: "server" },
    ...{ startMicros: 0, endMicros: 1, error: undefined, attributes: {} },
  });
  expect(exporter.counts).toEqual({ exported: 0, queue_full: 0, rejected: 0, failed: 1 });
});
