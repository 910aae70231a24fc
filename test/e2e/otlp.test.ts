import { expect, test } from "vitest";
import type { EndedSpan } from "../../src/domain/tracing.ts";
import { envelopeOf, spanJson } from "../../src/observe/otlp.ts";
import { JsonTraceSerializer } from "../counterparts/node_modules/@opentelemetry/otlp-transformer/dist/index.mjs";

const SPAN: EndedSpan = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  parentId: "eee19b7ec3c1b173",
  name: "GET /orders/{id}",
  kind: "server",
  startMicros: 1_544_712_660_300_000,
  endMicros: 1_544_712_661_000_001,
  attributes: { text: 'x\u2028"', whole: 3, part: 1.5, flag: true, left: undefined },
  error: "upstream_reset",
};

/** The same span as OpenTelemetry's SDK holds it. */
const THEIRS = {
  name: SPAN.name,
  kind: 1,
  spanContext: () => ({ traceId: SPAN.traceId, spanId: SPAN.spanId, traceFlags: 1 }),
  parentSpanContext: { traceId: SPAN.traceId, spanId: SPAN.parentId, traceFlags: 1 },
  startTime: [1_544_712_660, 300_000_000],
  endTime: [1_544_712_661, 1_000],
  status: { code: 2, message: "upstream_reset" },
  attributes: { text: 'x\u2028"', whole: 3, part: 1.5, flag: true },
  links: [],
  events: [],
  duration: [0, 700_001_000],
  ended: true,
  resource: { attributes: { "service.name": "door" }, asyncAttributesPending: false },
  instrumentationScope: { name: "strangler-fig", version: "1.2.3" },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
};

/** 64-bit numbers may be numbers or texts in JSON (protobuf's mapping); counts of nothing may be left out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, part]) => !/^dropped|^flags$/.test(key) && !(Array.isArray(part) && part.length === 0),
  );
  return Object.fromEntries(
    kept.map(([key, part]) => [key, key === "intValue" ? Number(part) : plain(part)]),
  );
}

test("a batch reads as the one that OpenTelemetry's own serializer makes of the same span", () => {
  const { before, after } = envelopeOf({ service: "door", environment: undefined }, "1.2.3");
  const ours = plain(JSON.parse(`${before}${spanJson(SPAN)}${after}`)) as {
    resourceSpans: { resource: { attributes: { key: string }[] } }[];
  };
  const theirs = plain(
    JSON.parse(Buffer.from(JsonTraceSerializer.serializeRequest([THEIRS as never]) as Uint8Array).toString()),
  );
  for (const { resource } of ours.resourceSpans)
    resource.attributes = resource.attributes.filter(({ key }) => key === "service.name");
  expect(ours).toEqual(theirs);
});

test("what reads like a credential is hidden, and a long value is cut", () => {
  const token = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${"s".repeat(43)}`;
  const text = spanJson({ ...SPAN, attributes: { "url.path": `/reset/${token}`, long: "x".repeat(5000) } });
  expect(text).not.toContain(token);
  expect(text.length).toBeLessThan(2500);
});
