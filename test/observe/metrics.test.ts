import { afterEach, expect, test } from "vitest";
import { DEFAULT_ROUTE_ID } from "../../src/domain/route.ts";
import { WindowTally } from "../../src/domain/tally.ts";
import { TallyBook } from "../../src/domain/tally-book.ts";
import type { Metrics, MetricsGauges } from "../../src/observe/contract.ts";
import { createMetrics, type MetricsOptions } from "../../src/observe/metrics.ts";
import { series } from "../support/series.ts";

const GAUGES: MetricsGauges = {
  websocketsOpen: { chat: 2 },
  websocketCounts: { "message\tchat\tin": 3, "ask\tchat\tpost 200": 1 },
  positions: [{ route: "orders", modern: 12.5, shadow: 100 }],
  ledgerRevision: 7,
  storeReachable: true,
  counterPauseSeconds: 1,
  shadowBytesHeld: 4096,
  cacheBytesHeld: 0,
  cacheStored: {},
  cacheCounts: {},
  bodyBytesHeld: 0,
  earlierWrites: 0,
  earlierWritesForgotten: 0,
  mismatchBytesHeld: 0,
  mismatchRowsFolded: 0,
  wholeAnswers: {},
  filesDropped: {},
  waitingBytesHeld: 0,
  readsShortened: 0,
  bodiesRefused: 0,
  compressBytesHeld: 1,
  compressionsRefused: 2,
  readsRested: 0,
  halfClosedCancelled: 0,
  shadowsRefused: 3,
  controls: { sent: 7, shed: 1 },
  noisePaths: 4,
  connections: 2,
  handshaking: 1,
  handshakes: { full: 5, plain_http: 1 },
  proxyRefused: { untrusted: 2 },
  certificates: { "shop.test": 1_800_000_000 },
  acmeOrders: { issued: 2, failed: 1 },
  acmeChallenges: { "http-01": 3 },
  laneRequests: { fast: 9, node: 1 },
  laneHandovers: { upgrade: 1 },
  sessionsEnded: { enhance_your_calm: 1 },
  tokenCacheBytes: 4096,
  tokenCache: { hit: 5, miss: 2, evicted: 1 },
  identityTokens: { signed: 2, reused: 7, evicted: 1 },
  keyFetches: { "https://id.test\tok": 3 },
  keysStale: { "https://id.test": 1 },
  authorizerCalls: { answered: 3 },
  authorizerCache: { kept: 4 },
  authorizerLimits: { waiting: 1 },
  authorizerQuestions: { asked: 2, waiting: 0 },
  loginCalls: { "code\tok": 2 },
  loginLimits: { busy: 1 },
  authorizerBytesKept: 512,
  policyVerdicts: { "a\tlimit\trefused": 2 },
  limitKeys: 3,
  limitBytesHeld: 450,
  limitShared: 2,
  limitLocal: 1,
  cacheVoids: { told: 3 },
  limitTold: { told: 2, dropped: 1 },
  limitDoors: 4,
  limitRefused: { "a\t10/s by ip\tip 192.0.2.7": 2 },
  bodyWorkFailed: { slow: 1 },
  spans: { exported: 3, failed: 1 },
  spanBytesHeld: 12,
  http2Limits: { streams: 2 },
  rejected: { not_found: 4 },
  guardEventsDropped: 0,
  guardStates: {},
  webhooks: {},
  fieldsDropped: { forwarded: 2 },
  clientCookies: { private: 3 },
  pinsDropped: 0,
  adminRefused: { wrong_token: 2 },
  logLinesDropped: 1,
  logLinesCut: { access: 4, door: 0 },
  upstreams: [
    {
      name: "orders",
      members: [
        {
          ...{ url: "http://orders", address: "10.0.0.1:80", condition: "up", weight: 1 },
          ...{ requests: 2, idle: 3, ejections: 0 },
        },
        {
          ...{ url: "http://orders", address: "10.0.0.2:80", condition: "ejected", weight: 1 },
          ...{ requests: 0, idle: 0, ejections: 4 },
        },
      ],
      ...{ failOpen: false, unresolved: [], waiting: 5, retries: 6, ejections: 4 },
      ...{ checksPassed: 7, checksFailed: 8 },
      tries: {
        ...{ answered: 9, refused: 10, connect_timeout: 0, certificate: 0 },
        ...{ timeout: 0, reset: 0, invalid: 0 },
      },
      limited: {
        connections: 11,
        queue: 0,
        ejection: 0,
        retry_budget: 12,
        addresses: 13,
        streams: 14,
        resets: 0,
        silence: 0,
      },
    },
  ],
};

const made: Metrics[] = [];
afterEach(async () => {
  for (const metrics of made.splice(0)) await metrics.close();
});

function metricsOf(book: TallyBook, options: Partial<MetricsOptions> = {}): Metrics {
  const metrics = createMetrics({
    totals: () => book.totals(),
    gauges: () => GAUGES,
    version: "1.2.3",
    ...options,
  });
  made.push(metrics);
  return metrics;
}

async function scrape(metrics: Metrics): Promise<string> {
  return new TextDecoder().decode(await metrics.render());
}

test("a scrape says what the tallies and gauges say, under the names of the contract", async () => {
  const book = new TallyBook();
  const tally = book.tally({ route: "orders", revision: 1, epoch: 1 });
  tally.answered("legacy", 200, 700, false, false);
  tally.answered("legacy", 200, 2_000_000, false, false);
  tally.answered("modern", 503, 10, true, false);
  tally.answered("modern", 0, 100_000_000, true, false);
  tally.shadowAnswered("modern", 200, 1_500, false);
  tally.shadowed("modern", "sent");
  tally.shadowed("modern", "shed");
  tally.compared("match");
  tally.notCompared("shed");
  tally.mismatched("value");
  tally.fellBack(true);
  tally.fellBack(true);
  tally.fellBack(false);
  const lines = series(await scrape(metricsOf(book)));

  const expected: Record<string, number> = {
    'fig_requests_total{route="orders",side="legacy",code="200"}': 2,
    'fig_requests_total{route="orders",side="modern",code="503"}': 1,
    'fig_requests_total{route="orders",side="modern",code="0"}': 1,
    'fig_request_duration_seconds_bucket{le="0.000512",route="orders",side="legacy"}': 0,
    'fig_request_duration_seconds_bucket{le="0.001024",route="orders",side="legacy"}': 1,
    'fig_request_duration_seconds_bucket{le="1.048576",route="orders",side="legacy"}': 1,
    'fig_request_duration_seconds_bucket{le="2.097152",route="orders",side="legacy"}': 2,
    'fig_request_duration_seconds_bucket{le="+Inf",route="orders",side="legacy"}': 2,
    'fig_request_duration_seconds_bucket{le="33.554432",route="orders",side="modern"}': 1,
    'fig_request_duration_seconds_bucket{le="+Inf",route="orders",side="modern"}': 2,
    'fig_request_duration_seconds_sum{route="orders",side="legacy"}': 2.0007,
    'fig_request_duration_seconds_count{route="orders",side="legacy"}': 2,
    'fig_shadow_requests_total{route="orders",side="modern",outcome="sent"}': 1,
    'fig_shadow_requests_total{route="orders",side="modern",outcome="shed"}': 1,
    'fig_shadow_duration_seconds_count{route="orders",side="modern"}': 1,
    'fig_comparisons_total{route="orders",outcome="match"}': 1,
    'fig_not_compared_total{route="orders",reason="shed"}': 1,
    'fig_mismatches_total{route="orders",kind="value"}': 1,
    'fig_fallbacks_total{route="orders"}': 2,
    'fig_declined_total{route="orders"}': 1,
    'fig_position_percent{route="orders",kind="modern"}': 12.5,
    'fig_position_percent{route="orders",kind="shadow"}': 100,
    fig_ledger_revision: 7,
    fig_store_reachable: 1,
    fig_connections: 2,
    fig_shadow_bytes_held: 4096,
    fig_shadow_reservations_refused_total: 3,
    fig_log_lines_dropped_total: 1,
    'fig_lane_requests_total{lane="fast"}': 9,
    'fig_lane_requests_total{lane="node"}': 1,
    'fig_lane_handovers_total{reason="upgrade"}': 1,
    'fig_rejected_total{code="not_found"}': 4,
    'fig_client_cookies_total{cache="private"}': 3,
    'fig_request_fields_dropped_total{field="forwarded"}': 2,
    'fig_upstream_tries_total{upstream="orders",result="answered"}': 9,
    'fig_upstream_tries_total{upstream="orders",result="refused"}': 10,
    'fig_upstream_retries_total{upstream="orders"}': 6,
    'fig_upstream_ejections_total{upstream="orders"}': 4,
    'fig_upstream_health_checks_total{upstream="orders",result="passed"}': 7,
    'fig_upstream_health_checks_total{upstream="orders",result="failed"}': 8,
    'fig_upstream_limits_total{upstream="orders",limit="connections"}': 11,
    'fig_upstream_limits_total{upstream="orders",limit="retry_budget"}': 12,
    'fig_upstream_members{upstream="orders",condition="up"}': 1,
    'fig_upstream_members{upstream="orders",condition="ejected"}': 1,
    'fig_upstream_members{upstream="orders",condition="down"}': 0,
    'fig_upstream_connections{upstream="orders",state="busy"}': 2,
    'fig_upstream_connections{upstream="orders",state="idle"}': 3,
    'fig_upstream_waiting{upstream="orders"}': 5,
    'fig_upstream_addresses_left_out{upstream="orders"}': 13,
    [`fig_build_info{version="1.2.3",node="${process.versions.node}"}`]: 1,
  };
  for (const [name, value] of Object.entries(expected)) expect(lines.get(name), name).toBe(value);
  for (const name of lines.keys()) {
    expect(name).not.toMatch(/outcome="(mismatch|timeout)"|reason="skipped"|kind="type"|guard_(state|trips)/);
  }
});

test("every exposed line is well formed, each metric is declared once, and Node's own are there", async () => {
  const text = await scrape(metricsOf(new TallyBook()));
  const value = /^[a-z_0-9]+(\{([a-z]+="([^"\\\n]|\\[\\"n])*",?)*\})? (-?[0-9.e+-]+|Nan|\+Inf)$/;
  const declared: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    if (line.startsWith("# TYPE ")) declared.push(line.split(" ")[2] as string);
    else expect(line).toMatch(value);
  }
  expect(new Set(declared).size).toBe(declared.length);
  for (const name of [
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "nodejs_eventloop_lag_p99_seconds",
    "nodejs_heap_size_used_bytes",
    "nodejs_gc_duration_seconds",
  ]) {
    expect(declared).toContain(name);
  }
});

test("CPU time is the process's since it began, not the rendering thread's", async () => {
  const { user, system } = process.cpuUsage();
  const lines = series(await scrape(metricsOf(new TallyBook())));
  expect(lines.get("process_cpu_seconds_total")).toBeGreaterThanOrEqual((user + system) / 1e6);
});

test("a route id with quotes, backslashes, line breaks and non-ASCII letters stays one label value", async () => {
  const book = new TallyBook();
  const route = 'a"b\\c\nd},e="é';
  book.tally({ route, revision: 0, epoch: 1 }).compared("match");
  book.tally({ route: DEFAULT_ROUTE_ID, revision: 0, epoch: 1 }).compared("match");
  const text = await scrape(metricsOf(book));
  expect(text).toContain('fig_comparisons_total{route="a\\"b\\\\c\\nd},e=\\"é",outcome="match"} 1\n');
  expect(text).toContain('fig_comparisons_total{route="(default)",outcome="match"} 1\n');
});

test("scrapes at the same time share one rendering, the next one is fresh", async () => {
  const book = new TallyBook();
  const tally = book.tally({ route: "r", revision: 0, epoch: 1 });
  let reads = 0;
  const metrics = metricsOf(book, {
    totals: () => {
      reads++;
      return book.totals();
    },
  });
  tally.compared("match");
  const bodies = await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
  expect(reads).toBe(1);
  expect(bodies[1]).toBe(bodies[0]);
  tally.compared("match");
  expect(await scrape(metrics)).toContain('fig_comparisons_total{route="r",outcome="match"} 2\n');
});

test("with many routes other work gets its turn, and every route is in the answer", async () => {
  const book = new TallyBook();
  for (let i = 0; i < 501; i++) book.tally({ route: `r${i}`, revision: 0, epoch: 1 }).compared("match");
  let turns = 0;
  let running = true;
  const other = () => {
    turns++;
    if (running) setImmediate(other);
  };
  let turnsWhileReading = 0;
  const metrics = metricsOf(book, {
    *totals() {
      setImmediate(other);
      yield* book.totals();
      turnsWhileReading = turns;
      running = false;
    },
  });
  const text = await scrape(metrics);
  expect(turnsWhileReading).toBeGreaterThanOrEqual(10);
  expect(text.match(/^fig_comparisons_total\{/gm)).toHaveLength(501);
});

test("a window that closes during a scrape is counted once", () => {
  const book = new TallyBook();
  for (const revision of [1, 2]) book.tally({ route: "r", revision, epoch: 1 }).compared("match");
  book.tally({ route: "s", revision: 1, epoch: 1 }).compared("match");
  const totals = book.totals();
  const first = totals.next().value as [string, ReturnType<WindowTally["counts"]>];
  expect(first[1].comparisons.match).toBe(2);
  book.retain([], { active: 0 });
  book.takeTouched();
  book.sweep();
  expect([...totals].map(([route, counts]) => [route, counts.comparisons.match])).toEqual([["s", 1]]);
  expect([...book.totals()].map(([route, counts]) => [route, counts.comparisons.match])).toEqual([
    ["r", 2],
    ["s", 1],
  ]);
});

test("a scrape whose reading fails is refused, and the next one is whole", async () => {
  let fail = true;
  const metrics = metricsOf(new TallyBook(), {
    *totals() {
      for (let i = 0; i < 60; i++) {
        const tally = new WindowTally({ route: `r${i}`, revision: 0, epoch: 1 });
        tally.compared("match");
        yield [`r${i}`, tally.counts()];
      }
      if (fail) throw new Error("broken");
    },
  });
  await expect(metrics.render()).rejects.toMatchObject({ code: "metrics_unavailable" });
  fail = false;
  expect((await scrape(metrics)).match(/^fig_comparisons_total\{/gm)).toHaveLength(60);
});

test("a rendering thread that breaks fails its scrape only", async () => {
  let gauges: MetricsGauges = { ...GAUGES, ledgerRevision: "no number" as unknown as number };
  const metrics = metricsOf(new TallyBook(), { gauges: () => gauges });
  await expect(metrics.render()).rejects.toMatchObject({ code: "metrics_unavailable" });
  gauges = GAUGES;
  expect(await scrape(metrics)).toContain("fig_ledger_revision 7\n");
});

test("a rendering past its deadline is given up, and so is its thread", async () => {
  const slow = metricsOf(new TallyBook(), { deadlineMs: 1 });
  const failure = { code: "metrics_unavailable", message: "Rendering the metrics took more than 1 ms." };
  await expect(slow.render()).rejects.toMatchObject(failure);
  await expect(slow.render()).rejects.toMatchObject(failure);
});

test("after close a scrape is refused", async () => {
  const metrics = metricsOf(new TallyBook());
  await metrics.render();
  await metrics.close();
  await expect(metrics.render()).rejects.toMatchObject({ code: "metrics_unavailable" });
});
