import { expect, test } from "vitest";
import { NO_COUNTS, type WindowCounts } from "../../src/domain/counters.ts";
import type { ServingConfig } from "../../src/domain/serving-config.ts";
import type { MemberState, UpstreamState } from "../../src/domain/upstream-state.ts";
import type { CountsPart, ServingProblem, WindowTotal } from "../../src/serving/contract.ts";
import { Books, WorkerBook } from "../../src/serving/workers/books.ts";
import { summedGauges, whatStays } from "../../src/serving/workers/gauges.ts";
import { Said } from "../../src/serving/workers/said.ts";
import { sharedOut } from "../../src/serving/workers/shares.ts";
import { mergedUpstreams } from "../../src/serving/workers/upstream-states.ts";

const answered = (requests: number): WindowCounts => ({
  ...NO_COUNTS,
  legacy: { ...NO_COUNTS.legacy, requests },
});

const total = (id: number, requests: number, round = 0): WindowTotal => ({
  id,
  round,
  window: { route: "shop", revision: 0, epoch: 1 },
  counts: answered(requests),
  mismatches: [],
});

const part = (totals: readonly WindowTotal[], more: Partial<CountsPart> = {}): CountsPart => ({
  totals,
  forgotten: [],
  endedRounds: [],
  ...more,
});

async function all(parts: AsyncIterable<CountsPart>): Promise<CountsPart[]> {
  const list: CountsPart[] = [];
  for await (const one of parts) list.push(one);
  return list;
}

const requestsOf = (books: Books, ...serving: WorkerBook[]) =>
  [...books.totals(serving.map((book) => book.totals()))]
    .flat()
    .map(([route, { legacy }]) => [route, legacy.requests]);

test("two workers' windows of one name are two totals, of rounds of their own", async () => {
  const [books, one, other] = [new Books(), new WorkerBook(), new WorkerBook()];
  books.note(one, part([total(1, 5)]));
  books.note(other, part([total(1, 7)]));
  const [first] = await all(books.parts());
  expect(first?.totals.map(({ id, round, counts }) => [id, round, counts.legacy.requests])).toEqual([
    [1, 0, 5],
    [2, 1, 7],
  ]);
  expect(await all(books.parts())).toEqual([]);
  // The same worker's later round is another, and its window goes on under its number.
  books.note(one, part([total(1, 6), total(2, 1, 1)]));
  const [second] = await all(books.parts());
  expect(second?.totals.map(({ id, round }) => [id, round])).toEqual([
    [1, 0],
    [3, 2],
  ]);
});

test("what a worker told before it ended is written, then its rounds end, and it stays in the totals", async () => {
  const [books, one, other] = [new Books(), new WorkerBook(), new WorkerBook()];
  books.note(one, part([total(1, 5)]));
  books.note(other, part([total(1, 7)]));
  // /metrics had seen more of it than the store.
  one.scraped = new Map([["shop", answered(6)]]);
  books.close(one);
  expect(requestsOf(books, other)).toEqual([["shop", 13]]);
  expect(await all(books.parts())).toEqual([
    part([expect.objectContaining({ id: 1, round: 0 }), expect.objectContaining({ id: 2, round: 1 })]),
    part([], { forgotten: [1], endedRounds: [0] }),
  ]);
  expect(await all(books.parts())).toEqual([]);
});

test("who gives up gets what was not written again, also of a worker that ended", async () => {
  const [books, one] = [new Books(), new WorkerBook()];
  books.note(one, part(Array.from({ length: 200 }, (_, i) => total(i, 1))));
  books.close(one);
  const failing = async (at: number) => {
    let seen = 0;
    for await (const _ of books.parts()) if (++seen === at) throw new Error("the store is away");
  };
  await expect(failing(2)).rejects.toThrow("away");
  await expect(failing(2)).rejects.toThrow("away");
  const [last, ...more] = await all(books.parts());
  expect(last).toMatchObject({ totals: [], endedRounds: [0] });
  expect(last?.forgotten.length).toBe(200);
  expect(more).toEqual([]);
});

test("a window that its worker forgot stays in the totals", () => {
  const [books, one] = [new Books(), new WorkerBook()];
  books.note(one, part([total(1, 5)]));
  books.note(one, part([total(2, 2, 1)], { forgotten: [1], endedRounds: [0] }));
  expect(requestsOf(books, one)).toEqual([["shop", 7]]);
  books.close(one);
  expect(requestsOf(books)).toEqual([["shop", 7]]);
});

test("of a worker that ended stays what it counted, not what it held", () => {
  const worker = { ...summedGauges([]), connections: 3, readsRested: 4, rejected: { no_route: 2 } };
  const both = summedGauges([worker, { ...worker, rejected: { no_route: 1, draining: 1 } }]);
  expect(both).toMatchObject({ connections: 6, readsRested: 8, rejected: { no_route: 3, draining: 1 } });
  expect(whatStays(worker)).toMatchObject({ connections: 0, readsRested: 4, rejected: { no_route: 2 } });
});

const upstream = (more: Partial<UpstreamState>): UpstreamState => ({
  ...{ name: "legacy", members: [], failOpen: false, unresolved: [], waiting: 0 },
  tries: { answered: 1, refused: 0, connect_timeout: 0, certificate: 0, timeout: 0, reset: 0, invalid: 0 },
  ...{ retries: 0, ejections: 0, checksPassed: 0, checksFailed: 0 },
  limited: {
    ...{ connections: 0, queue: 0, ejection: 0, retry_budget: 0, addresses: 0 },
    ...{ streams: 0, resets: 0, silence: 0 },
  },
  ...more,
});

const member = (more: Partial<MemberState>): MemberState => ({
  ...{
    url: "http://a",
    address: "10.0.0.1:80",
    condition: "up",
    weight: 1,
    requests: 0,
    idle: 0,
    ejections: 0,
  },
  ...more,
});

test("an upstream of several workers is one, and an address is as bad as any of them sees it", () => {
  const one = upstream({
    members: [member({ requests: 2, idle: 1 }), member({ address: "10.0.0.2:80", condition: "trial" })],
    waiting: 1,
  });
  const other = upstream({
    members: [
      member({ condition: "ejected", requests: 3, ejections: 1 }),
      member({ address: "10.0.0.2:80" }),
      member({ address: "10.0.0.3:80" }),
    ],
    ejections: 1,
    failOpen: true,
    unresolved: [{ name: "a", error: "ENOTFOUND" }],
    waiting: 2,
  });
  const [merged, ...more] = mergedUpstreams([one, other, upstream({ name: "modern" })]);
  expect(more.map(({ name }) => name)).toEqual(["modern"]);
  expect(merged).toMatchObject({ failOpen: true, waiting: 3, ejections: 1, tries: { answered: 2 } });
  expect(merged?.unresolved).toEqual([{ name: "a", error: "ENOTFOUND" }]);
  expect(merged?.members.map(({ address, condition }) => [address, condition])).toEqual([
    ["10.0.0.1:80", "ejected"],
    ["10.0.0.2:80", "trial"],
    ["10.0.0.3:80", "up"],
  ]);
  expect(merged?.members[0]).toMatchObject({ requests: 5, idle: 1, ejections: 1 });
  expect(summedGauges([whatStays({ ...summedGauges([]), upstreams: [other] })]).upstreams).toEqual([
    upstream({ ejections: 1 }),
  ]);
});

test("what is counted over all clients is shared out, at least 1 each, and no limit stays none", () => {
  const connections = { idleMs: 4_000, maxAgeMs: 300_000 };
  const definition = { name: "a", kind: "http", urls: [], host: "client", timeoutMs: 1 } as const;
  const config = {
    limits: {
      connections: 5,
      handshakes: 0,
      shadowMemoryBytes: 100,
      bodyMemoryBytes: 1,
      compressMemoryBytes: 9,
      cacheMemoryBytes: 9,
    },
    routes: [{ shadow: { concurrency: 7 } }],
    upstreams: new Map([
      ["a", { ...definition, connections: { ...connections, max: 9, queue: 1 } }],
      ["b", { ...definition, name: "b", connections: { ...connections, max: 0 } }],
    ]),
  } as unknown as ServingConfig;
  const { limits, routes, upstreams } = sharedOut(config, 2);
  expect(limits).toEqual({
    connections: 2,
    handshakes: 0,
    shadowMemoryBytes: 50,
    bodyMemoryBytes: 1,
    compressMemoryBytes: 4,
    cacheMemoryBytes: 4,
  });
  expect(routes[0]?.shadow.concurrency).toBe(3);
  expect(upstreams.get("a")).toHaveProperty("connections", { ...connections, max: 4, queue: 1 });
  expect(upstreams.get("b")).toHaveProperty("connections", { ...connections, max: 0 });
});

test("what several workers say is said once, and goes with the last that says it", () => {
  const heard: string[][] = [];
  const said = new Said(
    {
      onProblems: (problems) => heard.push(problems.map(({ message }) => message)),
      onComparisons: () => {},
      onStopped: () => {},
      onWholes: () => {},
      onWitnesses: () => {},
      onInvalidated: () => {},
    },
    () => [],
    () => {},
  );
  const down: ServingProblem = { kind: "upstream", message: "upstream legacy is out", upstream: "legacy" };
  const [one, other] = [said.of(1), said.of(2)];
  one.onProblems([down]);
  other.onProblems([down]);
  one.onProblems([]);
  said.forget(2);
  said.tell();
  expect(heard).toEqual([["upstream legacy is out"], []]);
});
