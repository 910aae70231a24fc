import { expect, test } from "vitest";
import { scanAnswer } from "../../src/proxy/response-headers.ts";

const scanned = (type: string) => scanAnswer(["Content-Type", type], false, false, false);

test.each([
  "text/event-stream; charset=utf-8",
  "application/x-ndjson",
  "application/ndjson",
  "application/vnd.api+ndjson;v=1",
  "application/jsonl",
  "application/jsonlines",
  "application/json-lines",
  "application/x-jsonlines",
  "text/x-ndjson",
  "application/json-seq",
  "application/geo+json-seq",
  "application/stream+json",
  "application/x-json-stream",
  "application/x-ldjson",
  "multipart/x-mixed-replace;boundary=frame",
  'multipart/mixed; boundary="-"; deferSpec=20220824',
  "Multipart/Mixed ;boundary=-",
  "application/grpc-web+proto",
  "application/grpc-web-text",
  "application/connect+json",
  "application/vnd.docker.raw-stream",
  "application/vnd.docker.multiplexed-stream",
  "application/vnd.amazon.eventstream",
])("%s may be silent for long", (type) => {
  expect(scanned(type).streamed).toBe(true);
  expect(scanned(type).eventStream).toBe(type.startsWith("text/event-stream"));
});

test.each([
  "application/json",
  "application/vnd.api+json",
  "text/plain",
  "text/html",
  "multipart/form-data; boundary=x",
  "multipart/mixed2",
  "application/json-linesx",
  "application/x-grpc",
  "x/text/event-stream",
])("%s may not", (type) => {
  expect(scanned(type).streamed).toBe(false);
});
