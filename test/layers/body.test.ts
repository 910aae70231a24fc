import { expect, test } from "vitest";
import { CHUNKED, NO_BODY } from "../../src/domain/message.ts";
import type { BodyPolicy } from "../../src/domain/policies/body.ts";
import type { RequestHead } from "../../src/lanes/contract.ts";
import { body } from "../../src/layers/body.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const POLICY: BodyPolicy = {
  maxBytes: 8,
  types: ["application/json", "text/*"],
  encodings: ["identity"],
  required: false,
};

function worldOf(policy: Partial<BodyPolicy> = {}, maxBodyBytes = 0) {
  const world = new ExchangeWorld({
    doorLayers: [body],
    definition: { policies: { body: { ...POLICY, ...policy } } },
    settings: { maxBodyBytes },
  });
  const post = (headers: readonly string[], framing: number, more: Partial<RequestHead> = {}) =>
    world.request({ method: "POST", framing, headers: ["Host", "shop.test", ...headers], ...more });
  const passes = (headers: readonly string[], framing: number, more: Partial<RequestHead> = {}) => {
    const asked = world.legacy.calls.length;
    const lane = post(headers, framing, more);
    const passed = world.legacy.calls.length > asked;
    if (passed) world.legacy.last.answer(200, "");
    lane.flush();
    return passed ? 200 : lane.status;
  };
  return { world, post, passes };
}

const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];

test("a body is bounded by what its head says, and what it is", () => {
  const { world, post, passes } = worldOf();
  expect(passes(JSON_TYPE, 8)).toBe(200);
  expect(passes(JSON_TYPE, 9)).toBe(413);
  expect(passes(["content-type", "TEXT/Csv"], 1)).toBe(200);
  expect(passes([], 0)).toBe(200);
  expect(passes([], NO_BODY, { method: "GET" })).toBe(200);
  for (const headers of [
    [],
    ["Content-Type", "image/png"],
    ["Content-Type", ""],
    [...JSON_TYPE, ...JSON_TYPE],
    ["Content-Type", "application/json, text/plain"],
  ])
    expect(passes(headers, 1), headers.join()).toBe(415);
  const refused = post(["Content-Type", "image/png"], 1);
  expect(refused.header("accept")).toBe("application/json, text/*");
  expect(refused.closes).toBe(true);
  expect(refused.body).toContain("media_type_refused");
  refused.flush();
  expect(world.records.at(-1)).toMatchObject({
    policies: { body: "refused" },
    error: "media_type_refused",
    side: "none",
  });
});

test("a content coding that is not named is refused, whichever way it is written", () => {
  const { post, passes } = worldOf();
  expect(passes([...JSON_TYPE, "Content-Encoding", "identity"], 1)).toBe(200);
  for (const coding of ["gzip", "GZIP", "identity, br", "deflate", "x"])
    expect(passes([...JSON_TYPE, "Content-Encoding", coding], 1), coding).toBe(415);
  const refused = post([...JSON_TYPE, "content-encoding", "identity", "content-encoding", "zstd"], 1);
  expect([refused.status, refused.header("accept-encoding")]).toEqual([415, "identity"]);
  const zipped = worldOf({ encodings: ["identity", "gzip"] });
  expect(zipped.passes([...JSON_TYPE, "Content-Encoding", "gzip"], 1)).toBe(200);
});

test("a body in chunks is counted, and refused once it is too large", () => {
  const { world, post } = worldOf();
  const small = post(JSON_TYPE, CHUNKED);
  small.listener.onBody(Buffer.from("12345678"));
  small.listener.onBodyEnd(undefined);
  world.legacy.last.answer(201, "");
  small.flush();
  expect(small.status).toBe(201);
  expect(world.records.at(-1)?.policies).toEqual({ body: "passed" });

  const large = post(JSON_TYPE, CHUNKED);
  large.listener.onBody(Buffer.from("12345678"));
  expect(large.status).toBe(0);
  large.listener.onBody(Buffer.from("9"));
  large.flush();
  expect([large.status, large.closes, world.legacy.last.aborted]).toEqual([413, true, true]);
  expect(world.records.at(-1)).toMatchObject({ policies: { body: "refused" }, error: "body_too_large" });

  const begun = post(JSON_TYPE, CHUNKED);
  world.legacy.last.listener.onHead(200, "", [], CHUNKED);
  begun.listener.onBody(Buffer.from("123456789"));
  expect(begun.aborted).toBe(true);

  const stricter = worldOf({ maxBytes: 100 }, 4).post(JSON_TYPE, CHUNKED);
  stricter.listener.onBody(Buffer.from("12345"));
  expect(stricter.status).toBe(413);
});

test("a body that must be there is waited for before a side is asked", () => {
  const { world, post, passes } = worldOf({ required: true });
  expect(passes(JSON_TYPE, NO_BODY)).toBe(400);
  expect(passes(JSON_TYPE, 0, { method: "PUT" })).toBe(400);
  expect(passes([], NO_BODY, { method: "DELETE" })).toBe(200);

  const asked = world.legacy.calls.length;
  const empty = post(JSON_TYPE, CHUNKED);
  empty.listener.onBodyEnd(undefined);
  empty.flush();
  expect([empty.status, world.legacy.calls.length]).toEqual([400, asked]);
  expect(empty.body).toContain("body_missing");
  expect(world.records.at(-1)?.policies).toEqual({ body: "refused" });

  const full = post(JSON_TYPE, CHUNKED, { expectContinue: true });
  expect(full.informs.map(({ status }) => status)).toEqual([100]);
  full.listener.onBody(Buffer.from("12"));
  full.listener.onBody(Buffer.from("34"));
  full.listener.onBodyEnd(["X-Sum", "1"]);
  world.legacy.last.answer(200, "");
  expect([full.status, world.legacy.last.body, world.legacy.last.ended]).toEqual([200, "1234", true]);

  const left = post(JSON_TYPE, CHUNKED);
  left.listener.onAbort("client_left");
  expect(world.legacy.calls).toHaveLength(asked + 1);
});
