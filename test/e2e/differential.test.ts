import { afterAll, beforeAll, expect, test } from "vitest";
import { compareLanes } from "../conformance/differential/explained.ts";
import { runDifferential } from "../conformance/differential/run.ts";
import type { Stream } from "../conformance/differential/streams.ts";
import { runWays } from "../conformance/differential/ways.ts";
import { World } from "../conformance/differential/world.ts";

// `npm run differential` compares two hundred thousand.
test("both lanes forward and answer the same bytes, whatever comes from either side and wherever it is cut", {
  timeout: 120_000,
}, async () => {
  const result = await runDifferential({
    seed: Number(process.env.DIFFERENTIAL_SEED ?? 1),
    cases: Number(process.env.DIFFERENTIAL_CASES ?? 4000),
    boundaryRequests: 8,
    boundaryAnswers: 8,
    slots: 32,
  });
  expect(result.differences).toEqual([]);
  // Not because nothing was compared: both lanes worked, and the fast lane did most of it.
  expect(result.forwarded).toBeGreaterThan(result.cases);
  expect(result.fast).toBeGreaterThan(result.cases / 2);
  expect(Object.keys(result.handovers).length).toBeGreaterThanOrEqual(8);
});

test("a request is forwarded and answered alike by either lane, with TLS or without, over HTTP/1.1 and HTTP/2", {
  timeout: 120_000,
}, async () => {
  const result = await runWays({ seed: Number(process.env.DIFFERENTIAL_SEED ?? 1), exchanges: 150 });
  expect(result.differences).toEqual([]);
  expect(result.forwarded).toBe(8 * 150);
  expect(Object.entries(result.normalisations).filter(([, uses]) => uses === 0)).toEqual([]);
});

let world: World;

beforeAll(async () => {
  world = await World.open(1);
});

afterAll(() => world.close());

test("a byte that one lane changes is told", async () => {
  const answer = {
    kind: "sized",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    cuts: [],
    when: "whole",
    after: "keep",
  } as const;
  const text = `POST ${World.base(0)}x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello`;
  const stream: Stream = {
    kind: "kept",
    exchanges: [{ sent: { kind: "sized", method: "POST", text }, answer }],
    cuts: [],
    finish: "close",
  };
  const [node, auto] = await world.run(stream, 0, 1);
  expect(compareLanes(stream, node, auto).difference).toBeUndefined();
  const { received } = auto;
  const changed = { ...auto, received: { ...received, text: received.text.replace(/ok$/, "ko") } };
  expect(compareLanes(stream, node, changed).difference).toMatch(/the body of answer 0/);
  const seen = auto.seen.map((request) => ({ ...request, head: request.head.replace("/x ", "/y ") }));
  expect(compareLanes(stream, node, { ...auto, seen }).difference).toMatch(/forwarded request 0/);
  expect(compareLanes(stream, node, { ...auto, seen: [] }).difference).toMatch(/only node forwarded/);
});
