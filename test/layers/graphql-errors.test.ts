import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOOR_LAYERS, SIDE_LAYERS } from "../../src/layers/order.ts";
import { TopErrors } from "../../src/layers/top-errors.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

function found(text: string, cuts: readonly number[] = []): boolean {
  const errors = new TopErrors();
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) errors.push(bytes.subarray(places[i - 1], places[i]));
  return errors.found;
}

/** What a reader of the whole text would say. */
function expected(value: unknown): boolean {
  const failed = (each: unknown): boolean => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return false;
    const { errors } = each as { errors?: unknown };
    return Array.isArray(errors) && errors.length > 0;
  };
  return Array.isArray(value) ? value.some(failed) : failed(value);
}

describe("errors at the top of an answer", () => {
  it.each([
    ['{"data":null,"errors":[{"message":"no"}]}', true],
    [' { "errors" : [ "no" ] , "data" : 1 } ', true],
    ['[{"data":1},{"errors":[{}]}]', true],
    ['{"data":{"errors":[1]}}', false],
    ['{"data":"errors","errors":[]}', false],
    ['{"errors":null}', false],
    ['{"errors":"text"}', false],
    ['{"a":"\\"errors\\":[1]"}', false],
    ['["errors",[1]]', false],
    ["<html>", false],
    ["", false],
  ])("%s: %s", (text, is) => {
    expect(found(text)).toBe(is);
  });

  it("are found in any JSON, however it is cut, where a whole reader finds them", () => {
    const named = fc.dictionary(
      fc.constantFrom("errors", "data", "error", "errors2", 'e"r', "\\errors"),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const value = fc.oneof(
      fc.jsonValue(),
      named,
      fc.array(named),
      named.map((errors) => ({ errors: [errors] })),
      fc.tuple(named, fc.array(named)).map(([data, errors]) => ({ data, errors, extensions: data })),
    );
    fc.assert(
      fc.property(value, fc.array(fc.nat()), fc.constantFrom(undefined, 2), (any, cuts, indent) => {
        const text = JSON.stringify(any, undefined, indent);
        // A name twice is one to JSON.parse, and two here; __proto__ is none of the names.
        expect(found(text, cuts)).toBe(expected(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });
});

describe("errors: graphql", () => {
  const FAILED = '{"data":null,"errors":[{"message":"no"}]}';
  const JSON_TYPE = ["content-type", "application/graphql-response+json; charset=utf-8"];
  const world = (errors: "graphql" | undefined) =>
    new ExchangeWorld({
      position: { modern: 0, shadow: 100 },
      definition: {
        errors,
        shadow: { writes: "never", safe: true, timeoutMs: 0, maxBodyBytes: 4096, concurrency: 4 },
      },
      doorLayers: DOOR_LAYERS,
      sideLayers: SIDE_LAYERS,
    });
  const ask = (it: ExchangeWorld, bodies: readonly [string, string], headers = JSON_TYPE) => {
    const lane = it.request({ method: "POST" });
    it.legacy.last.answer(200, bodies[0], headers);
    lane.flush();
    it.modern.last.answer(200, bodies[1], headers);
    it.comparer.decide();
    return lane;
  };

  it("counts 200 with errors as an error, of clients' answers and of shadows'", () => {
    const it = world("graphql");
    expect(ask(it, ['{"data":1}', FAILED]).body).toBe('{"data":1}');
    expect(ask(it, [FAILED, '{"data":1}']).body).toBe(FAILED);
    expect(it.counts()).toMatchObject({
      legacy: { requests: 2, errors: 1, codes: { 200: 2 } },
      shadow: { modern: { requests: 2, errors: 1 } },
      comparisons: { match: 2 },
    });
  });

  it("counts a query that is not valid alike, whether a server says 400 or 200 with errors", () => {
    const it = world("graphql");
    const page = ["content-type", "text/html"];
    for (const [status, body, headers] of [
      [400, FAILED, JSON_TYPE],
      [400, "<pre>Bad Request</pre>", page],
      [401, FAILED, JSON_TYPE],
    ] as const) {
      const lane = it.request({ method: "POST" });
      it.legacy.last.answer(status, body, headers);
      lane.flush();
      it.modern.last.answer(200, FAILED, JSON_TYPE);
      it.comparer.decide();
    }
    expect(it.counts()).toMatchObject({
      legacy: { requests: 3, errors: 3 },
      shadow: { modern: { requests: 3, errors: 3 } },
    });
  });

  it("is asked of nothing but JSON, and of no other route", () => {
    const [asked, other] = [world("graphql"), world(undefined)];
    ask(asked, [FAILED, FAILED], ["content-type", "text/plain"]);
    ask(other, [FAILED, FAILED]);
    for (const it of [asked, other])
      expect(it.counts()).toMatchObject({ legacy: { errors: 0 }, shadow: { modern: { errors: 0 } } });
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("reads an answer coded with %s, and holds its window until it has", async (coding, encode) => {
    const it = world("graphql");
    const coded = Buffer.from(encode(Buffer.from(FAILED))).toString("latin1");
    ask(it, [coded, coded], [...JSON_TYPE, "content-encoding", coding]);
    expect(it.live.tally.inflight).toBeGreaterThan(0);
    await expect.poll(() => it.live.tally.inflight, { timeout: 10_000 }).toBe(0);
    expect(it.counts()).toMatchObject({ legacy: { errors: 1 }, shadow: { modern: { errors: 1 } } });
  });

  it("takes what is not coded as it says for no error", async () => {
    const it = world("graphql");
    ask(it, ["not gzip", ""], [...JSON_TYPE, "content-encoding", "gzip"]);
    await expect.poll(() => it.live.tally.inflight, { timeout: 10_000 }).toBe(0);
    // The same where it is found out before the answer is over.
    const lane = it.request({ method: "POST" });
    const { listener } = it.legacy.last;
    listener.onHead(200, "OK", [...JSON_TYPE, "content-encoding", "gzip"], -2);
    listener.onData(Buffer.from("not gzip at all"));
    await new Promise((resolve) => setImmediate(resolve));
    listener.onEnd(undefined);
    lane.flush();
    it.modern.last.answer(200, "");
    it.comparer.decide();
    await expect.poll(() => it.live.tally.inflight, { timeout: 10_000 }).toBe(0);
    expect(it.counts()).toMatchObject({ legacy: { errors: 0 }, shadow: { modern: { errors: 0 } } });
  });
});

describe("a route that only reads", () => {
  const SAFE = { writes: "never", safe: true, timeoutMs: 0, maxBodyBytes: 4096, concurrency: 4 } as const;

  it.each([
    { modern: 0, shadow: 100 },
    { modern: 50, shadow: 100 },
    { modern: 100, shadow: 100 },
  ])("has its POST shadowed at %s, to either side, and counts none as unsafe", (position) => {
    const it = new ExchangeWorld({ position, definition: { shadow: SAFE } });
    for (let i = 0; i < 8; i++) {
      const before = it.modern.calls.length;
      const lane = it.request({ method: "POST", headers: ["Host", "shop.test", "X-User", `u${i}`] });
      const modern = it.modern.calls.length > before;
      (modern ? it.modern : it.legacy).last.answer(200, "");
      lane.flush();
      (modern ? it.legacy : it.modern).last.answer(200, "");
      it.comparer.decide();
    }
    expect(it.counts()).toMatchObject({ comparisons: { match: 8 }, notCompared: {}, unsafeModern: 0 });
  });

  it("falls back like a GET", () => {
    const it = new ExchangeWorld({
      position: { modern: 100, shadow: 0 },
      definition: { shadow: SAFE, fallback: { budgetPercent: 100 } },
    });
    const lane = it.request({ method: "POST", framing: 2 });
    lane.listener.onBody(Buffer.from("{}"));
    lane.listener.onBodyEnd(undefined);
    it.modern.last.answer(503, "");
    it.legacy.last.answer(200, "read");
    lane.flush();
    expect(lane).toMatchObject({ status: 200, body: "read" });
    expect(it.legacy.last.body).toBe("{}");
  });
});
