import { expect, test } from "vitest";
import { templatedSegment } from "../../../src/domain/strata/segment.ts";

test.each([
  ["orders", "orders"],
  ["v1", "v1"],
  ["oauth2", "oauth2"],
  [".well-known", ".well-known"],
  ["_search", "_search"],
  ["index.html", "index.html"],
  ["how-to-pay", "how-to-pay"],
  ["", ""],
  ["17", "{number}"],
  ["17.json", "{number}.json"],
  ["550e8400-e29b-41d4-a716-446655440000", "{uuid}"],
  ["2026-11-30", "{date}"],
  ["2026-11-30T10:00:00Z", "{date}"],
  ["deadbeef01", "{hex}"],
  ["DEADBEEFDEADBEEF", "{hex}"],
  ["caf%C3%A9", "{text}"],
  ["order-2026-11", "{token}"],
  ["a1b2c3", "{token}"],
  ["anna@example.org", "{token}"],
  ["eyJhbGciOiJIUzI1NiJ9", "{token}"],
  ["x".repeat(41), "{token}"],
  ["ghp_abcdefghijklmnopqrstuvwxyzabcdefghij", "{token}"],
  ["sk_live_abcdefghijklmnop", "{token}"],
  ["list;jsessionid=ABCDEF", "list"],
])("a segment %s is %s in a template", (segment, template) => {
  expect(templatedSegment(segment)).toBe(template);
});
