import fc from "fast-check";
import { expect, test } from "vitest";
import { traceParent, withTraceParent } from "../../src/domain/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

test.each([
  ["sampled", [`00-${TRACE}-${SPAN}-01`], { traceId: TRACE, spanId: SPAN, sampled: true }],
  ["not sampled", [`00-${TRACE}-${SPAN}-00`], { traceId: TRACE, spanId: SPAN, sampled: false }],
  ["a later version", [`cc-${TRACE}-${SPAN}-03-what`], { traceId: TRACE, spanId: SPAN, sampled: true }],
  ["sent twice", [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`], undefined],
  ["no trace", [`00-${"0".repeat(32)}-${SPAN}-01`], undefined],
  ["capitals", [`00-${TRACE.toUpperCase()}-${SPAN}-01`], undefined],
  ["empty", [""], undefined],
])("a traceparent that is %s", (_, values, parent) => {
  expect(
    traceParent(
      values.flatMap((value) => ["TraceParent", value]),
      false,
    ),
  ).toEqual(parent);
});

test.each([
  [
    "as Amazon writes it",
    XRAY,
    { traceId: "5759e988bd862e3fe1be46a994272793", spanId: "53995c3f42cd8ad8", sampled: true },
  ],
  [
    "in another order, with a load balancer's own",
    "Self=1-67891234-12456789abcdef012345678;Sampled=0;Root=1-67891233-abcdef012345678912345678",
    { traceId: "67891233abcdef012345678912345678", spanId: undefined, sampled: false },
  ],
  [
    "that leaves the decision open",
    "Root=1-67891233-abcdef012345678912345678;Sampled=?",
    { traceId: "67891233abcdef012345678912345678", spanId: undefined, sampled: undefined },
  ],
  ["without a root", "Parent=53995c3f42cd8ad8;Sampled=1", undefined],
  ["of nothing", `Root=1-${"0".repeat(8)}-${"0".repeat(24)}`, undefined],
  ["too long", `${XRAY};x=${"y".repeat(600)}`, undefined],
])("an X-Ray header %s", (_, value, parent) => {
  expect(traceParent(["X-Amzn-Trace-Id", value], true)).toEqual(parent);
  expect(traceParent(["X-Amzn-Trace-Id", value], false)).toBeUndefined();
});

test("what is written is read again, and every other field stays", () => {
  const hex = (length: number) =>
    fc
      .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
      .filter((text) => !/^0+$/.test(text));
  const others = fc.array(fc.tuple(fc.constantFrom("Host", "X-A", "cookie"), fc.string()), { maxLength: 5 });
  fc.assert(
    fc.property(
      hex(32),
      hex(16),
      fc.boolean(),
      fc.boolean(),
      others,
      (traceId, spanId, xray, continued, kept) => {
        const sent = [...kept.flat(), "traceparent", "old", "TraceState", "a=b", "X-Amzn-Trace-Id", XRAY];
        const headers = withTraceParent(sent, { traceId, spanId, xray, continued });
        expect(traceParent(headers, xray)).toEqual({ traceId, spanId, sampled: true });
        expect(headers.slice(0, kept.length * 2)).toEqual(kept.flat());
        expect(headers.includes("a=b")).toBe(continued);
        expect(
          headers.filter((_, i) => i % 2 === 0 && (headers[i] as string).toLowerCase() === "x-amzn-trace-id"),
        ).toHaveLength(1);
        const at = headers.indexOf("traceparent");
        const without = headers.toSpliced(at, 2);
        if (xray) expect(traceParent(without, true)?.traceId).toBe(traceId);
      },
    ),
  );
});
