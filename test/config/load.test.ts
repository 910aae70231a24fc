import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import { formatPlace, formatProblems, loadConfig, parseConfig } from "../../src/config/index.ts";
import { UPSTREAM_CONNECTIONS } from "../../src/domain/config.ts";
import { defaultRoute } from "../../src/domain/default-route.ts";
import { EJECTION } from "../../src/domain/upstream.ts";
import { complaints, configOf, oneRoute as files, folderOf, UPSTREAMS, within } from "./folder.ts";

describe("defaults", () => {
  test("an empty fig.yaml without folders is a front door with every default", async () => {
    const folder = folderOf({ "fig.yaml": "" });
    const result = await loadConfig(join(folder, "fig.yaml"), {});
    expect(result).toMatchObject({
      ok: true,
      warnings: [],
      paths: [join(folder, "fig.yaml"), join(folder, "routes"), join(folder, "migrations")],
    });
    expect(result.ok && result.config).toEqual({
      file: join(folder, "fig.yaml"),
      listen: [{ host: "127.0.0.1", port: 8080, tls: undefined, proxyProtocol: false, http2: true }],
      reusePort: false,
      workers: 1,
      admin: { host: "127.0.0.1", port: 9901 },
      state: `sqlite:${join(folder, ".fig/state.db")}`,
      requireState: false,
      defaultUpstream: undefined,
      debugHeaders: false,
      accessLog: { samplePercent: 0, format: { kind: "fields" }, file: undefined, environment: undefined },
      adminToken: undefined,
      trustedProxies: [],
      trustedHeaders: [],
      forwarded: "x",
      underscoreHeaders: "drop",
      ambiguousPaths: "reject",
      lane: "auto",
      clientHalfClose: "keep",
      gate: undefined,
      webhooks: [],
      samples: { keys: [], totalBytes: 64 * 1024 * 1024 },
      limits: {
        headersBytes: 16384,
        handshakes: 1024,
        streams: 128,
        urlBytes: 8192,
        bodyBytes: 0,
        connections: 0,
        shadowMemoryBytes: 64 * 1024 ** 2,
        bodyMemoryBytes: 64 * 1024 ** 2,
        cacheMemoryBytes: 64 * 1024 ** 2,
        compressMemoryBytes: 64 * 1024 ** 2,
        limitMemoryBytes: 64 * 1024 ** 2,
      },
      timeouts: {
        headersMs: 10_000,
        idleMs: 75_000,
        connectMs: 5000,
        responseMs: 60_000,
        bodyIdleMs: 60_000,
        upgradeIdleMs: 3_600_000,
        halfClosedMs: 10_000,
      },
      drain: { delayMs: 0, deadlineMs: 30_000 },
      upstreams: expect.objectContaining({ size: 0 }),
      routes: [],
      migrations: [],
      policies: {},
      plans: {},
      documents: expect.objectContaining({ size: 0 }),
    });
  });

  test("how answers are compared is in a route's hash, but not in that of what it serves; a retired one says so", async () => {
    const [plain] = (await configOf(files(""))).routes;
    const [compared] = (await configOf(files("    compare: { ignore: [$.at] }\n"))).routes;
    const [moved] = (await configOf(files("    cohort: all\n"))).routes;
    const [retired] = (await configOf(files("    retired: true\n"))).routes;
    expect(compared?.hash).not.toBe(plain?.hash);
    expect(compared?.servingHash).toBe(plain?.servingHash);
    expect(moved?.servingHash).not.toBe(plain?.servingHash);
    expect(retired?.hash).toMatch(/^retired-[0-9a-f]{16}$/);
  });

  test("a first control is in a route's hash, its share is not: evidence without one was counted by other rules", async () => {
    const hashOf = async (compare: string) =>
      (await configOf(files(`    compare: ${compare}\n`))).routes[0]?.hash;
    const [none, off, some, more] = [
      await hashOf("{}"),
      await hashOf("{ control: 0 }"),
      await hashOf("{ control: 2 }"),
      await hashOf("{ control: 50 }"),
    ];
    expect(off).toBe(none);
    expect(some).not.toBe(none);
    expect(more).toBe(some);
  });

  test("a route of id, path and modern has every default", async () => {
    const { routes } = await configOf(files(""));
    expect(routes).toEqual([
      {
        id: "one",
        match: { path: "/one/{id}", methods: undefined, host: undefined, headers: {}, query: {} },
        legacy: { upstream: "a", path: undefined },
        modern: { upstream: "b", path: undefined },
        cohort: "one",
        sticky: [{ kind: "ip" }],
        start: { modern: 0, shadow: 0 },
        retired: false,
        formerly: [],
        shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 1024 ** 2, concurrency: 64 },
        compare: {
          headers: ["content-type", "location", "vary", "www-authenticate"],
          ignore: [],
          arrays: {},
          tolerance: {},
          redact: [],
          samples: 5,
        },
        hash: expect.stringMatching(/^[0-9a-f]{16}$/),
        servingHash: expect.stringMatching(/^[0-9a-f]{16}$/),
        source: { file: expect.stringMatching(/routes\/r\.yaml$/), line: 2, column: 5 },
      },
    ]);
  });
});

describe("values", () => {
  test("everything a user can write arrives as it is meant", async () => {
    const config = await configOf({
      "fig.yaml": `
listen: [0.0.0.0:80, "[::1]:8080", localhost:0]
admin: "[::1]:9901"
state: "memory:"
routes: table.yaml
default: a
debugHeaders: true
accessLog: { sample: 12.25 }
adminToken: s3cret-of-sixteen
trustedProxies: [10.0.0.0/8, 192.0.2.7, "::1"]
trustedHeaders: [Forwarded, x-forwarded-prefix, forwarded]
forwarded: both
underscoreHeaders: pass
ambiguousPaths: default
gate: { minComparisons: 100, maxLatencyRatio: { p95: 1.2 }, minDuration: 1.5h }
limits: { body: 2GiB, headers: 512B, url: 0, connections: 7, shadowMemory: 1.5MiB }
timeouts: { idle: 250ms, connect: 2m }
drain: { delay: 0 }
upstreams:
  a: http://Example.com:80/
  b: { urls: [http://h:1, http://h:2], host: upstream, timeout: 30s }
`,
      "table.yaml": `
routes:
  - id: one
    match:
      path: /x/{id}
      methods: [GET, HEAD, GET]
      host: Shop.Example.com
      headers: { X-Api: "2" }
      query: { Beta: "1" }
    legacy: { upstream: a, path: "/legacy/{id}" }
    modern: { upstream: b, path: "/v2/{id}" }
    cohort: c
    sticky: [cookie:Device, header:X-User-Id, ip]
    start: { modern: 0.01, shadow: 99.99 }
    formerly: [zero]
    shadow: { writes: idempotent, timeout: 1s, maxBody: 64KiB, concurrency: 1 }
    compare:
      headers: [ETag]
      ignore: ["$.items[*].etag"]
      arrays: { $.items: { key: id }, $.tags: unordered }
      tolerance: { $.total: 0.01 }
      redact: [$.email]
      samples: 0
`,
    });
    expect(config).toMatchObject({
      listen: [
        { host: "0.0.0.0", port: 80 },
        { host: "::1", port: 8080 },
        { host: "localhost", port: 0 },
      ],
      admin: { host: "::1", port: 9901 },
      state: "memory:",
      defaultUpstream: "a",
      debugHeaders: true,
      accessLog: {
        samplePercent: 12.25,
        format: { kind: "fields" },
        file: undefined,
        environment: undefined,
      },
      adminToken: "s3cret-of-sixteen",
      trustedProxies: ["10.0.0.0/8", "192.0.2.7/32", "::1/128"],
      trustedHeaders: ["forwarded", "x-forwarded-prefix"],
      forwarded: "both",
      underscoreHeaders: "pass",
      ambiguousPaths: "default",
      gate: {
        minComparisons: 100,
        maxMismatchRate: undefined,
        maxErrorRateIncrease: undefined,
        maxLatencyRatio: { p95: 1.2 },
        minDurationMs: 5_400_000,
      },
      limits: {
        headersBytes: 512,
        urlBytes: 0,
        bodyBytes: 2 * 1024 ** 3,
        connections: 7,
        shadowMemoryBytes: 1_572_864,
        bodyMemoryBytes: 67_108_864,
        compressMemoryBytes: 67_108_864,
      },
      timeouts: { idleMs: 250, connectMs: 120_000, responseMs: 60_000 },
      drain: { delayMs: 0, deadlineMs: 30_000 },
    });
    expect([...config.upstreams.values()]).toEqual([
      {
        name: "a",
        kind: "http",
        urls: ["http://example.com"],
        host: "client",
        timeoutMs: 60_000,
        connections: UPSTREAM_CONNECTIONS,
      },
      {
        name: "b",
        kind: "http",
        urls: ["http://h:1", "http://h:2"],
        host: "upstream",
        timeoutMs: 30_000,
        weights: [1, 1],
        balance: "roundRobin",
        slowStartMs: 0,
        ejection: EJECTION,
        connections: { ...UPSTREAM_CONNECTIONS, max: 0, queue: 1024, refreshMs: 30_000 },
      },
    ]);
    expect(config.routes[0]).toMatchObject({
      match: {
        methods: ["GET", "HEAD"],
        host: "shop.example.com",
        headers: { "x-api": "2" },
        query: { Beta: "1" },
      },
      legacy: { upstream: "a", path: "/legacy/{id}" },
      modern: { upstream: "b", path: "/v2/{id}" },
      cohort: "c",
      sticky: [{ kind: "cookie", name: "Device" }, { kind: "header", name: "x-user-id" }, { kind: "ip" }],
      start: { modern: 0.01, shadow: 99.99 },
      formerly: ["zero"],
      shadow: { writes: "idempotent", timeoutMs: 1000, maxBodyBytes: 65_536, concurrency: 1 },
      compare: {
        headers: ["etag"],
        arrays: { "$.items": { mode: "key", key: "id" }, "$.tags": { mode: "unordered" } },
        tolerance: { "$.total": 0.01 },
        samples: 0,
      },
    });
  });

  test("a route and the default have the hashes they always had: another would open new evidence windows everywhere", () => {
    const result = parseConfig({
      state: "memory:",
      default: "a",
      upstreams: {
        a: "http://127.0.0.1:3000",
        b: { urls: ["http://h:1", "http://h:2"], host: "upstream", timeout: "30s" },
      },
      routes: [{ id: "orders", match: { path: "/orders" }, modern: "b" }],
    });
    if (!result.ok) throw new Error("the files do not pass");
    expect(result.config.routes[0]?.hash).toBe("3fc9a0b59fc24dae");
    expect(defaultRoute(result.config).hash).toBe("5b47e3194885251c");
  });

  test("anchors, aliases and merges stand for what they name", async () => {
    const { routes } = await configOf({
      "fig.yaml": `${UPSTREAMS}default: a\n`,
      "routes/r.yaml": `routes:
  - &base
    id: one
    match: { path: /one }
    modern: b
    sticky: &key [cookie:d, ip]
  - <<: *base
    id: two
    match: { path: /two }
    cohort: one
`,
    });
    expect(routes.map(({ id, match, sticky }) => [id, match.path, sticky.length])).toEqual([
      ["one", "/one", 2],
      ["two", "/two", 2],
    ]);
  });

  test("a problem in what an alias or a merge names is told where it is written", async () => {
    const said = await complaints({
      "fig.yaml": "limits: &l { body: 5 }\ntimeouts: &t { idle: 1s }\ndrain: { <<: *t }\n",
    });
    expect(said).toBe(
      [
        "fig.yaml:1:20: limits.body: 5 is not a size — write a number with its unit: 512B, 64KiB or 1MiB",
        'fig.yaml:2:16: drain: unknown key "idle" — keys known here: delay, deadline',
      ].join("\n"),
    );
  });

  test("routes files are read in the order of their names, others and hidden ones passed over", async () => {
    const route = (id: string) => `routes:\n  - { id: ${id}, match: { path: /${id} }, modern: b }\n`;
    const { routes } = await configOf({
      "fig.yaml": `${UPSTREAMS}default: a\n`,
      "routes/b.yml": route("b"),
      "routes/a.yaml": route("a"),
      "routes/c.yaml": "# none yet\n",
      "routes/d.yaml": "routes:\n",
      "routes/.hidden.yaml": "wrong",
      "routes/README.md": "wrong",
      "routes/..data/a.yaml": "wrong",
    });
    expect(routes.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("a retired route has no legacy unless it names one", async () => {
    const { routes } = await configOf(files("    retired: true\n", UPSTREAMS));
    expect(routes[0]).toMatchObject({ retired: true, legacy: undefined });
  });
});

describe("migrations", () => {
  const fig = files("    formerly: [zero]\n");
  const step =
    "description: first\nchanges:\n  one: { modern: 10, shadow: 100 }\ngate: { maxMismatchRate: 0.5 }\n";

  test("are read in the order of their numbers, with name and number from the file", async () => {
    const { migrations } = await configOf({
      ...fig,
      "migrations/0010-b.yaml": "changes: { one: { modern: 0 } }\n",
      "migrations/0002-a.b.yml": step,
    });
    expect(migrations).toEqual([
      {
        number: 2,
        name: "a.b",
        description: "first",
        changes: { one: { modern: 10, shadow: 100 } },
        gate: {
          minComparisons: undefined,
          maxMismatchRate: 0.5,
          maxErrorRateIncrease: undefined,
          maxLatencyRatio: undefined,
          minDurationMs: undefined,
        },
        hash: expect.stringMatching(/^[0-9a-f]{16}$/),
        source: { file: expect.stringMatching(/0002-a\.b\.yml$/), line: 1, column: 1 },
      },
      expect.objectContaining({
        number: 10,
        name: "b",
        description: "",
        changes: { one: { modern: 0 } },
        gate: undefined,
      }),
    ]);
  });

  test("the autopilot's times are read for all steps and for one, and are no part of the hash", async () => {
    const declared = 'autopilot: { days: [mon, fri], hours: "22:00-04:30", zone: Europe/Berlin, wait: 2h }\n';
    const config = await configOf({
      ...fig,
      "fig.yaml": `${fig["fig.yaml"]}${declared}gate: { minComparisons: 3, binding: true }\n`,
      "migrations/0001-x.yaml": step,
      "migrations/0002-y.yaml": `${step}autopilot: { patience: 1h }\n`,
    });
    expect(config.autopilot).toEqual({
      days: ["mon", "fri"],
      hours: { from: 1320, to: 270 },
      zone: "Europe/Berlin",
      waitMs: 7_200_000,
      patienceMs: 86_400_000,
    });
    const [first, second] = config.migrations;
    expect([first?.autopilot, second?.autopilot]).toEqual([undefined, { patienceMs: 3_600_000 }]);
    expect(second?.hash).toBe(first?.hash);
    expect([config.gate?.minComparisons, config.gateBinding]).toEqual([3, true]);
    expect((await configOf(fig)).gateBinding).toBeUndefined();
  });

  test("a route's former id stands for the route, with a warning and the hash it always had", async () => {
    const old = step.replace("one:", "zero:");
    const folder = folderOf({ ...fig, "migrations/0001-x.yaml": old });
    const result = await loadConfig(join(folder, "fig.yaml"), {});
    if (!result.ok) throw new Error(formatProblems(result.problems));
    expect(result.config.migrations[0]?.changes).toEqual({ one: { modern: 10, shadow: 100 } });
    expect(result.warnings).toEqual([
      `${formatPlace({ file: join(folder, "migrations/0001-x.yaml"), line: 3, column: 3 })}: migration 1: zero is now one`,
    ]);
    const before = await configOf({
      "fig.yaml": fig["fig.yaml"] as string,
      "routes/r.yaml": "routes:\n  - { id: zero, match: { path: /z }, modern: b }\n",
      "migrations/0001-x.yaml": old,
    });
    expect(result.config.migrations[0]?.hash).toBe(before.migrations[0]?.hash);
  });

  test("a route's own gate is read, and none; it is a part of the hash", async () => {
    const step = (change: string) =>
      configOf({
        "fig.yaml": "upstreams: { a: http://127.0.0.1:1, b: http://127.0.0.1:2 }\ndefault: a\n",
        "routes/r.yaml": "routes:\n  - { id: new, formerly: [old], match: { path: /x }, modern: b }\n",
        "migrations/0001-x.yaml": `changes:\n  old: ${change}\ngate: { minComparisons: 5 }\n`,
      }).then(({ migrations }) => migrations[0]);
    const plain = await step("{ modern: 10 }");
    const own = await step("{ modern: 10, gate: { minDuration: 1h } }");
    const none = await step("{ modern: 10, gate: none }");
    expect(plain?.gates).toBeUndefined();
    expect(own?.gates).toEqual({ new: expect.objectContaining({ minDurationMs: 3_600_000 }) });
    expect(none?.gates).toEqual({ new: null });
    expect(new Set([plain, own, none].map((each) => each?.hash)).size).toBe(3);
    expect(own?.changes).toEqual({ new: { modern: 10 } });
  });

  test("description and comments are no part of the hash; changes and gate are", async () => {
    const hashOf = async (text: string) =>
      (await configOf({ ...fig, "migrations/0001-x.yaml": text })).migrations[0]?.hash;
    const hash = await hashOf(step);
    expect(await hashOf(`# why\n${step.replace("first", "other")}`)).toBe(hash);
    expect(await hashOf(step.replace("modern: 10, shadow: 100", "shadow: 100, modern: 10"))).toBe(hash);
    expect(await hashOf(step.replace("10", "11"))).not.toBe(hash);
    expect(await hashOf(step.replace("0.5", "0.6"))).not.toBe(hash);
  });
});

describe("a route's hash", () => {
  const hashOf = async (lines: string, fig?: string) => (await configOf(files(lines, fig))).routes[0]?.hash;

  test("stays when the same is said otherwise, or only start, former ids or the place change", async () => {
    const hash = await hashOf("");
    expect(await hashOf("    start: { modern: 5, shadow: 5 }\n    formerly: [zero]\n")).toBe(hash);
    expect(
      await hashOf("    legacy: a\n    cohort: one\n    sticky: [ip]\n    shadow: { timeout: 5000ms }\n"),
    ).toBe(hash);
    expect(await hashOf("# a comment\n", `# moved\n${UPSTREAMS}\ndefault: a\n`)).toBe(hash);
  });

  test("stays when writes are sandboxed and when they no longer are: that evidence was gathered for the next shift", async () => {
    const hash = await hashOf("");
    for (const writes of ["sandboxed", "idempotent", "never"])
      expect(await hashOf(`    shadow: { writes: ${writes} }\n`)).toBe(hash);
    expect(await hashOf("    shadow: { writes: sandboxed, timeout: 4s }\n")).not.toBe(hash);
    expect(await hashOf("    shadow: { safe: false }\n")).toBe(hash);
    expect(await hashOf("    shadow: { safe: true }\n")).not.toBe(hash);
  });

  test("changes with anything the route does, and with the upstreams it names, but with no other", async () => {
    const hash = await hashOf("");
    expect(await hashOf("    compare: { ignore: [$.a] }\n")).not.toBe(hash);
    expect(await hashOf("    legacy: b\n")).not.toBe(hash);
    expect(await hashOf("    shadow: { timeout: 4s }\n")).not.toBe(hash);
    expect(await hashOf("", `${UPSTREAMS.replace(":2", ":3")}default: a\n`)).not.toBe(hash);
    expect(await hashOf("", `${UPSTREAMS}default: a\ntimeouts: { response: 9s }\n`)).not.toBe(hash);
    expect(await hashOf("", `${UPSTREAMS}  c: http://h\ndefault: a\n`)).toBe(hash);
  });
});

describe("warnings", () => {
  test("name sides that are the same, and sticky sources after ip", async () => {
    const folder = folderOf(files("    legacy: b\n    sticky: [ip, cookie:d]\n"));
    const result = await loadConfig(join(folder, "fig.yaml"), {});
    const warnings = result.ok ? result.warnings.map((line) => within(folder, line)) : [];
    expect(warnings).toEqual([
      "routes/r.yaml:6:18: route one: sticky: ip is always there, so the sources after it are never used",
      "routes/r.yaml:2:5: route one: legacy and modern are the same",
    ]);
  });

  test("name many sides that are the same once, and hosts that give keys over http once", async () => {
    const route = (id: string) => `  - { id: ${id}, match: { path: /${id} }, legacy: b, modern: b }\n`;
    const jwt = (issuer: string) => `policies: { jwt: { issuer: "${issuer}", audience: shop } }\n`;
    const warnings = async (issuer: string) => {
      const folder = folderOf({
        "fig.yaml": `upstreams: { b: "http://b" }\ndefault: b\n${jwt(issuer)}`,
        "routes/r.yaml": `routes:\n${["one", "two", "three", "four", "five"].map(route).join("")}`,
      });
      const result = await loadConfig(join(folder, "fig.yaml"), {});
      return result.ok ? result.warnings.map((line) => within(folder, line)) : result.problems;
    };
    const same = "routes/r.yaml:2:5: routes one, two, three and 2 more: legacy and modern are the same";
    const plain =
      "policies.jwt: keys come from issuer.example.com over http://: whoever is on the way can put in keys of their own, and sign any token — write https://";
    expect(await warnings("http://issuer.example.com/")).toEqual([same, plain]);
    expect(await warnings("https://issuer.example.com/")).toEqual([same]);
    expect(await warnings("http://127.0.0.1:9000/")).toEqual([same]);
  });

  test("say that a listener for the PROXY protocol without trusted networks turns everybody away", async () => {
    const fig =
      'listen: { address: "127.0.0.1:0", proxyProtocol: true }\nupstreams: { b: "http://b" }\ndefault: b\n';
    const warnings = async (text: string) => {
      const result = await loadConfig(join(folderOf({ "fig.yaml": text }), "fig.yaml"), {});
      return result.ok ? result.warnings : result.problems;
    };
    expect(await warnings(fig)).toEqual([
      expect.stringMatching(
        /^listen: with proxyProtocol only trustedProxies may connect, and there are none/,
      ),
    ]);
    expect(await warnings(`${fig}trustedProxies: [10.0.0.0/8]\n`)).toEqual([]);
  });

  test("name guards of mismatches where no path is high: they would watch nothing", async () => {
    const guards = "guards: { mismatches: { severity: high } }\n";
    const said = async (top: string, route: string) => {
      const given = files(`    ${route}\n`);
      const folder = folderOf({ ...given, "fig.yaml": `${given["fig.yaml"]}${top}` });
      const result = await loadConfig(join(folder, "fig.yaml"), {});
      return result.ok ? result.warnings.map((line) => within(folder, line)) : result.problems;
    };
    const rest = "so it watches nothing — list paths as compare.high of a route, like $.total";
    expect(await said("", guards.trim())).toEqual([
      `routes/r.yaml:5:27: route one: guards.mismatches: no path is high here, ${rest}`,
    ]);
    expect(await said(guards, "compare: {}")).toEqual([
      expect.stringMatching(/^fig\.yaml:\d+:23: guards\.mismatches: no route has a path that is high, so it/),
    ]);
    expect(await said(guards, "compare: { high: [$.total] }")).toEqual([]);
    expect(await said(guards, "guards: false")).toEqual([]);
  });

  test("name what all clients would share where no route matches", async () => {
    const fig = "upstreams:\n  a: http://127.0.0.1:1\ndefault: a\n";
    const policies = 'policies: { limit: { rate: 1/s, key: "claim:sub" } }\n';
    const folder = folderOf({ "fig.yaml": `${fig}${policies}`, "routes/r.yaml": "routes: []\n" });
    const result = await loadConfig(join(folder, "fig.yaml"), {});
    expect(result.ok ? result.warnings.map((line) => within(folder, line)) : result.problems).toEqual([
      "fig.yaml:4:20: what no route matches: policies.limit: its key has a claim, and no policy of the route finds that out — add jwt or login to the route's policies",
    ]);
  });

  test("name the template that a path in another router's words probably means", async () => {
    const folder = folderOf({
      ...files(""),
      "routes/r.yaml":
        'routes:\n  - id: one\n    match: { path: "/api/orders/:id" }\n    modern: { upstream: b, path: "/v2/*" }\n',
    });
    const result = await loadConfig(join(folder, "fig.yaml"), {});
    expect(result.ok ? result.warnings.map((line) => within(folder, line)) : result).toEqual([
      'routes/r.yaml:3:20: route one: match.path "/api/orders/:id" matches these characters as they stand — write /api/orders/{id} for a capture, or %3A and %2A for a literal : and *',
      'routes/r.yaml:4:34: route one: modern.path "/v2/*" sends these characters as they stand — write /v2/{rest+} for a capture, or %3A and %2A for a literal : and *',
    ]);
  });
});

describe("a loaded config", () => {
  test("is frozen all the way down, its map of upstreams too", async () => {
    const config = await configOf(files(""));
    const upstreams = config.upstreams as Map<string, unknown>;
    expect(() => Object.assign(config.limits, { bodyBytes: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.routes[0]?.compare.headers ?? {}, { 0: "x" })).toThrow(TypeError);
    expect(() => Object.assign(upstreams.get("a") as object, { host: "x" })).toThrow(TypeError);
    expect(() => upstreams.set("c", {})).toThrow("a loaded config cannot be changed");
    expect(() => upstreams.delete("a")).toThrow("a loaded config cannot be changed");
    expect(() => upstreams.clear()).toThrow("a loaded config cannot be changed");
  });
});

test("a fig.yaml that comes through a pipe is read once, and whole", async () => {
  const fig = `${UPSTREAMS}default: a\n`;
  const folder = folderOf(files(""));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const text of [fig, "nothing: 1\n"]) {
    const writing = writeFile(pipe, text);
    const result = await loadConfig(pipe, {}, { waits: true });
    await writing;
    expect(result.ok ? result.config.routes.map(({ id }) => id) : formatProblems(result.problems)).toEqual(
      text === fig ? ["one"] : expect.stringContaining('unknown key "nothing"'),
    );
  }
});

test("a pipe among the routes is a problem, and nobody waits for it", async () => {
  const folder = folderOf({ "fig.yaml": UPSTREAMS });
  mkdirSync(join(folder, "routes"), { recursive: true });
  execFileSync("mkfifo", [join(folder, "routes/r.yaml")]);
  const result = await loadConfig(join(folder, "fig.yaml"), {});
  expect(result.ok ? "" : within(folder, formatProblems(result.problems))).toBe(
    "routes/r.yaml: this is no file that can be read again — write a file in its place",
  );
});

test("all that a file says of an upstream's members arrives as it is meant", async () => {
  const { upstreams } = await configOf({
    "fig.yaml": `upstreams:
  a:
    urls: [{ url: "http://h:1", weight: 3 }, unix:/run/app.sock]
    protocol: http1
    balance: { hash: [cookie:device, header:X-Team, ip] }
    slowStart: 30s
    health: { path: /healthz, interval: 1s }
    ejection: { failures: 3, for: 30s, max: 10 }
    retries: { on: [timeout, 503], budget: 5 }
    connections: { max: 7, queue: 2, refresh: 5s }
  b: https://orders:8443
`,
  });
  expect(upstreams.get("a")).toEqual({
    ...{ name: "a", kind: "http", host: "client", timeoutMs: 60_000, slowStartMs: 30_000 },
    urls: ["http://h:1", "unix:/run/app.sock"],
    weights: [3, 1],
    balance: {
      hash: [{ kind: "cookie", name: "device" }, { kind: "header", name: "x-team" }, { kind: "ip" }],
    },
    health: { path: "/healthz", intervalMs: 1000, timeoutMs: 2000, up: 2, down: 3 },
    ejection: { failures: 3, forMs: 30_000, maxPercent: 10 },
    retries: { attempts: 1, on: ["timeout", 503], budgetPercent: 5 },
    connections: { idleMs: 4000, maxAgeMs: 300_000, max: 7, queue: 2, refreshMs: 5000 },
  });
  expect(upstreams.get("b")).toMatchObject({ urls: ["https://orders:8443"] });
});

test("files of certificates are found from fig.yaml", async () => {
  const folder = folderOf({
    "fig.yaml": "upstreams:\n  a: { urls: [https://h], tls: { ca: tls/ca.pem } }\n",
    "tls/ca.pem": rootCertificates[0] as string,
  });
  const loaded = await loadConfig(join(folder, "fig.yaml"), {});
  expect(loaded).toMatchObject({ ok: true });
  const upstream = loaded.ok ? loaded.config.upstreams.get("a") : undefined;
  expect(upstream).toHaveProperty("tls", { ca: join(folder, "tls/ca.pem"), verify: true });
});
