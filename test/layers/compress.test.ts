import { brotliDecompressSync, constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import type { CapturedAnswer, ComparisonJob } from "../../src/compare/contract.ts";
import { CHUNKED, NO_BODY, type RawHeaders } from "../../src/domain/message.ts";
import type { CompressPolicy } from "../../src/domain/policies/compress.ts";
import type { RequestHead } from "../../src/lanes/contract.ts";
import { compress } from "../../src/layers/compress.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import { until } from "../support/layer-world.ts";
import type { MemoryLane } from "../support/memory-lane.ts";

const POLICY: CompressPolicy = {
  encodings: ["zstd", "br", "gzip"],
  types: ["application/json", "text/*"],
  minBytes: 100,
  secrets: "same-origin",
};
const TEXT = "the same words again and again, ".repeat(1000);
const PLAIN = ["Content-Type", "text/plain"];

const worldOf = (policy: Partial<CompressPolicy> = {}) =>
  new ExchangeWorld({
    doorLayers: [compress],
    definition: { policies: { compress: { ...POLICY, ...policy } } },
  });

const DECODERS = {
  gzip: (bytes: Buffer) => gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }),
  br: (bytes: Buffer) => brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: (bytes: Buffer) => zstdDecompressSync(bytes),
};

const decoded = (lane: MemoryLane) => {
  const coding = lane.header("content-encoding") as keyof typeof DECODERS;
  return DECODERS[coding](Buffer.from(lane.body, "latin1")).toString();
};

/** One request and the side's whole answer to it. */
async function ask(
  world: ExchangeWorld,
  request: RawHeaders,
  answer: RawHeaders = PLAIN,
  given: { readonly status?: number; readonly text?: string; readonly head?: Partial<RequestHead> } = {},
): Promise<MemoryLane> {
  const { status = 200, text = TEXT, head } = given;
  const lane = world.request({ headers: ["Host", "shop.test", ...request], ...head });
  world.legacy.last.answer(status, text, answer);
  await until(() => lane.ended, "the answer is whole");
  lane.flush();
  return lane;
}

test("an answer is sent in the coding that the client prefers", async () => {
  const world = worldOf();
  for (const coding of ["gzip", "br", "zstd"]) {
    const lane = await ask(
      world,
      ["Accept-Encoding", coding],
      [...PLAIN, "ETag", '"v1"', "Accept-Ranges", "bytes", "vary", "Accept-Language"],
    );
    expect(lane.header("content-encoding")).toBe(coding);
    expect([lane.framing, lane.header("content-length"), lane.header("accept-ranges")]).toEqual([
      CHUNKED,
      undefined,
      undefined,
    ]);
    expect(lane.header("etag")).toBe('W/"v1"');
    expect(lane.headers.join()).toContain("vary,Accept-Encoding");
    expect(lane.body.length).toBeLessThan(TEXT.length / 10);
    expect(decoded(lane)).toBe(TEXT);
    expect(world.records.at(-1)).toMatchObject({ policies: { compress: coding }, side: "legacy" });
  }
  expect(world.compressing.held).toBe(0);
});

test("an answer stays as it came where compressing it would be wrong, or worth nothing", async () => {
  const world = worldOf();
  const cases: readonly (readonly [what: string, answer: RawHeaders, given?: object])[] = [
    ["coded", [...PLAIN, "Content-Encoding", "br"]],
    ["not to be transformed", [...PLAIN, "Cache-Control", "public, No-Transform"]],
    ["a part", [...PLAIN, "Content-Range", "bytes 0-9/100"], { status: 206 }],
    ["with a digest", [...PLAIN, "Content-Digest", "sha-256=:x:"]],
    ["not of a listed type", ["Content-Type", "image/png"]],
    ["of no type", []],
    ["of two types", [...PLAIN, ...PLAIN]],
    ["short", PLAIN, { text: "x".repeat(99) }],
    ["empty", PLAIN, { text: "" }],
    ["gRPC", ["Content-Type", "application/grpc"]],
  ];
  for (const [what, answer, given] of cases) {
    const lane = await ask(world, ["Accept-Encoding", "gzip"], answer, given);
    expect(lane.header("content-length"), what).toBeDefined();
    expect(lane.headers.join(), what).not.toMatch(/gzip|vary/i);
  }
  for (const accept of [[], ["Accept-Encoding", "identity"], ["Accept-Encoding", "gzip;q=0"]]) {
    const lane = await ask(world, accept);
    expect([lane.header("content-encoding"), lane.header("vary"), lane.body]).toEqual([
      undefined,
      "Accept-Encoding",
      TEXT,
    ]);
  }
  const untransformed = await ask(world, ["Accept-Encoding", "gzip", "Cache-Control", "no-transform"]);
  expect(untransformed.header("content-encoding")).toBeUndefined();
});

test("a HEAD has the fields of its GET", async () => {
  const world = worldOf();
  const request = ["Accept-Encoding", "gzip"];
  const get = await ask(world, request, [...PLAIN, "etag", '"1"']);
  const lane = world.request({ method: "HEAD", headers: ["Host", "shop.test", ...request] });
  const { listener } = world.legacy.last;
  listener.onHead(200, "", [...PLAIN, "etag", '"1"', "content-length", String(TEXT.length)], NO_BODY);
  listener.onEnd(undefined);
  expect([lane.framing, lane.body]).toEqual([NO_BODY, ""]);
  expect(lane.headers).toEqual(get.headers);
  expect(world.compressing.held).toBe(0);
});

test("a 304 to somebody who has the compressed answer names that one", async () => {
  const world = worldOf();
  const answer = ["etag", '"v1"'];
  const ask304 = (tags: string) => {
    const lane = world.request({
      headers: ["Host", "shop.test", "Accept-Encoding", "gzip", "If-None-Match", tags],
    });
    world.legacy.last.listener.onHead(304, "", answer, NO_BODY);
    world.legacy.last.listener.onEnd(undefined);
    return [lane.header("etag"), lane.header("vary")];
  };
  expect(ask304('"v0", W/"v1"')).toEqual(['W/"v1"', "Accept-Encoding"]);
  expect(ask304('"v1"')).toEqual(['"v1"', undefined]);
});

test("what another site's page could learn from its length is sent as it is", async () => {
  const personal: readonly RawHeaders[] = [
    ["Cookie", "a=1"],
    ["Authorization", "Basic eDp5"],
  ];
  const world = worldOf();
  const gzip = ["Accept-Encoding", "gzip"];
  const coding = async (it: ExchangeWorld, request: RawHeaders, answer: RawHeaders = PLAIN) =>
    (await ask(it, [...gzip, ...request], answer)).header("content-encoding");
  for (const request of personal) {
    expect(await coding(world, request)).toBeUndefined();
    for (const site of ["cross-site", "same-site", "odd"])
      expect(await coding(world, [...request, "Sec-Fetch-Site", site])).toBeUndefined();
    for (const site of ["same-origin", "none"])
      expect(await coding(world, [...request, "Sec-Fetch-Site", site])).toBe("gzip");
    expect(await coding(worldOf({ secrets: "always" }), request)).toBe("gzip");
    expect(
      await coding(worldOf({ secrets: "never" }), [...request, "Sec-Fetch-Site", "same-origin"]),
    ).toBeUndefined();
  }
  expect(await coding(world, [], [...PLAIN, "Set-Cookie", "a=1"])).toBeUndefined();
  expect(await coding(world, ["Authorization", "Bearer x"])).toBe("gzip");
  expect(world.verdicts.filter((line) => line.endsWith("secret"))).toHaveLength(9);
});

test("an event reaches the client while the next is out, and so do bytes of a slow body", async () => {
  const world = worldOf();
  for (const type of ["text/event-stream", "text/plain"])
    for (const coding of ["gzip", "br"] as const) {
      const lane = world.request({ headers: ["Host", "shop.test", "Accept-Encoding", coding] });
      const { listener } = world.legacy.last;
      listener.onHead(200, "", ["Content-Type", type], CHUNKED);
      let sent = "";
      for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
        sent += event;
        listener.onData(Buffer.from(event));
        await until(() => decodedSoFar(lane, coding) === sent, `${event} came`);
      }
      listener.onEnd(["X-Sum", "1"]);
      await until(() => lane.ended, "the answer is whole");
      expect(lane.trailers).toEqual(["X-Sum", "1"]);
      expect(decoded(lane)).toBe(sent);
    }
});

function decodedSoFar(lane: MemoryLane, coding: "gzip" | "br"): string {
  if (lane.body === "") return "";
  try {
    return DECODERS[coding](Buffer.from(lane.body, "latin1")).toString();
  } catch {
    return "";
  }
}

test("a client that does not read holds the side back, and gets everything later", async () => {
  const world = worldOf({ encodings: ["gzip"] });
  const lane = world.request({ headers: ["Host", "shop.test", "Accept-Encoding", "gzip"] });
  lane.writable = false;
  const call = world.legacy.last;
  call.listener.onHead(200, "", PLAIN, CHUNKED);
  const sent: string[] = [];
  const noise = (at: number) =>
    Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 31 + at * 7919) ^ (i >> 3)));
  for (let at = 0; call.flowing; at++) {
    const piece = noise(at).toString("latin1");
    sent.push(piece);
    call.listener.onData(Buffer.from(piece, "latin1"));
    await new Promise((resolve) => setImmediate(resolve));
    if (at > 10_000) throw new Error("the side was never held back");
  }
  lane.writable = true;
  lane.listener.onDrain();
  await until(() => call.flowing, "the side goes on");
  call.listener.onEnd(undefined);
  await until(() => lane.ended, "the answer is whole");
  expect(gunzipSync(Buffer.from(lane.body, "latin1")).toString("latin1")).toBe(sent.join(""));
  expect(world.compressing.held).toBe(0);
});

test("a client that leaves, and a side that breaks, leave nothing behind", async () => {
  const world = worldOf();
  const begun = () => {
    const lane = world.request({ headers: ["Host", "shop.test", "Accept-Encoding", "gzip"] });
    world.legacy.last.listener.onHead(200, "", PLAIN, CHUNKED);
    world.legacy.last.listener.onData(Buffer.from(TEXT));
    return lane;
  };
  const left = begun();
  expect(world.compressing.held).toBeGreaterThan(0);
  left.listener.onAbort("client_left");
  expect([world.compressing.held, world.legacy.last.aborted]).toEqual([0, true]);
  const broken = begun();
  world.legacy.last.listener.onError("upstream_reset", "broke off", false);
  expect([world.compressing.held, broken.aborted, broken.ended]).toEqual([0, true, false]);
  // Its end was on its way through the coder.
  const late = begun();
  world.legacy.last.listener.onEnd(undefined);
  late.listener.onAbort("client_left");
  expect(world.compressing.held).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([late.ended, world.failures]).toEqual([false, []]);
});

test("past the bound on memory answers are sent as they are, and counted", async () => {
  const world = worldOf({ encodings: ["gzip"] });
  const rest = world.compressing.limit - 400 * 1024;
  expect(world.compressing.reserve(rest)).toBe(true);
  const open = () => {
    const lane = world.request({ headers: ["Host", "shop.test", "Accept-Encoding", "gzip"] });
    world.legacy.last.listener.onHead(200, "", PLAIN, CHUNKED);
    return lane;
  };
  expect(open().header("content-encoding")).toBe("gzip");
  const plain = open();
  expect([plain.header("content-encoding"), plain.header("vary")]).toEqual([undefined, "Accept-Encoding"]);
  expect(world.verdicts).toEqual(["orders compress gzip", "orders compress memory"]);
  expect(world.compressing.refused).toBe(1);
});

test("a comparison sees what the sides sent", async () => {
  const world = new ExchangeWorld({
    doorLayers: [compress],
    position: { modern: 0, shadow: 100 },
    definition: {
      policies: { compress: POLICY },
      shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 1024 ** 2, concurrency: 4 },
    },
  });
  await ask(world, ["Accept-Encoding", "gzip"]);
  world.modern.last.answer(200, TEXT, PLAIN);
  const { serving, shadow } = (world.comparer.jobs[0] as { job: ComparisonJob }).job.answers;
  for (const { answer } of [serving, shadow]) {
    const { headers, body } = answer as Extract<CapturedAnswer, { kind: "answer" }>;
    expect(headers.join()).not.toContain("gzip");
    expect(Buffer.concat(body).toString() === TEXT).toBe(true);
  }
});
