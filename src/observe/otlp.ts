/**
 * Spans as OTLP/HTTP has them in JSON (opentelemetry-proto 1.x, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as text).
 * A span is text as soon as it is over, so that a batch costs a concatenation.
 */

import { scrubbed } from "../domain/scrub.ts";
import type { EndedSpan, SpanAttributes, SpanKind, TracingSettings } from "../domain/tracing.ts";

const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const ERROR = 2;
/** Of one value. */
const MAX_VALUE_CHARS = 1024;

function anyValue(value: string | number | boolean): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: scrubbed(value.slice(0, MAX_VALUE_CHARS)) };
}

function attributesOf(attributes: SpanAttributes): object[] {
  const list: object[] = [];
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) list.push({ key, value: anyValue(value) });
  return list;
}

const nanos = (micros: number) => `${Math.round(micros)}000`;

/** One span as JSON. */
export function spanJson(span: EndedSpan): string {
  const { traceId, spanId, parentId, name, kind, startMicros, endMicros, attributes, error } = span;
  return JSON.stringify({
    traceId,
    spanId,
    parentSpanId: parentId,
    name: scrubbed(name.slice(0, MAX_VALUE_CHARS)),
    kind: KINDS[kind],
    startTimeUnixNano: nanos(startMicros),
    endTimeUnixNano: nanos(Math.max(startMicros, endMicros)),
    attributes: attributesOf(attributes),
    status:
      error === undefined ? undefined : { code: ERROR, message: scrubbed(error.slice(0, MAX_VALUE_CHARS)) },
  });
}

/** What stands around a batch of spans. */
interface Envelope {
  readonly before: string;
  readonly after: string;
}

export function envelopeOf(
  { service, environment }: Pick<TracingSettings, "service" | "environment">,
  version: string,
): Envelope {
  const resource = {
    attributes: attributesOf({
      "service.name": service,
      "service.version": version,
      "deployment.environment.name": environment,
      "telemetry.sdk.name": "strangler-fig",
      "telemetry.sdk.language": "nodejs",
    }),
  };
  const scope = { name: "strangler-fig", version };
  const opening = JSON.stringify({ resource }).slice(0, -1);
  return {
    before: `{"resourceSpans":[${opening},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":[`,
    after: "]}]}]}",
  };
}
