import { generateKeyPairSync, randomInt } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FigReady, type ReadyProcess, runFig, startFig } from "./fig-process.ts";
import { RawAsker } from "./support/raw-asker.ts";
import { brokenFiles, unreadableFile } from "./support/secret-config.ts";
import { KINDS, type Kind, Plants } from "./support/secret-plants.ts";
import { PlannedSides } from "./support/secret-sides.ts";
import {
  CANARY,
  type Planted,
  refusedTraffic,
  routeOf,
  TOGETHER,
  trafficOf,
} from "./support/secret-traffic.ts";
import { until } from "./until.ts";

const ASKERS = 12;
/** Which kinds go where, of those that go to few places. Another one in each run; SECRETS_TURN runs one again. */
const turn = Number(process.env.SECRETS_TURN ?? randomInt(KINDS.length));
const SHAPES = KINDS.filter((kind) => kind.token("0") !== undefined);

const plants = new Plants();
const sides = new PlannedSides();
/** All that was looked at, by its name. Nothing of it may hold what was planted. */
const looked = new Map<string, string>();
const look = (where: string, text: string) => looked.set(where, `${looked.get(where) ?? ""}${text}\n`);

/** Ids of whole answers that were looked at. */
const wholes = new Set<string>();
const routes = [...new Set(KINDS.map((_, at) => routeOf(at)))];
/** Clients of it have an API key, and its sides are told so in a token. */
const KNOWN = "known";
/** What clients and sides were given, that is in nothing that is looked at. */
const given = new Set<string>();
const token = `admin-${plants.mark("adminToken")}`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fig-secrets-"));
  await sides.listen();
});
afterAll(async () => {
  sides.close();
  await rm(folder, { recursive: true });
});

async function configOf(lane: string): Promise<string> {
  const home = join(folder, lane);
  await mkdir(join(home, "routes"), { recursive: true });
  const compare =
    "{ headers: [content-type, location, set-cookie, x-listed, x-canary], samples: { values: 5, bodies: true, perRoute: 100, perDifference: 2 } }";
  const sidesOf = "legacy: legacy, modern: modern";
  const table = routes.map(
    (id) =>
      `  - { id: ${id}, match: { path: "/${id}/{x+}" }, ${sidesOf}, start: { shadow: 100 }, shadow: { safe: true, concurrency: 1000 }, compare: ${compare} }`,
  );
  table.push(
    `  - { id: ${KNOWN}, match: { path: "/${KNOWN}" }, ${sidesOf}, start: { shadow: 100 }, compare: ${compare}, policies: { apiKeys: { header: x-api-key } } }`,
  );
  table.push(`  - { id: dead, match: { path: "/dead/{x+}" }, legacy: dead, modern: dead }`);
  await writeFile(join(home, "routes", "routes.yaml"), `routes:\n${table.join("\n")}\n`);
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(home, "identity.pem"), key, { mode: 0o600 });
  const file = join(home, "fig.yaml");
  await writeFile(
    file,
    [
      "listen: 127.0.0.1:0",
      "admin: 127.0.0.1:0",
      `lane: ${lane}`,
      "debugHeaders: true",
      "accessLog: { sample: 100 }",
      "adminToken: $".concat("{FIG_ADMIN_TOKEN}"),
      "limits: { headers: 64KiB }",
      "identity: { token: { issuer: shop, keys: [identity.pem] } }",
      `upstreams: { legacy: "http://127.0.0.1:${sides.ports.legacy}", modern: "http://127.0.0.1:${sides.ports.modern}", dead: "http://127.0.0.1:1" }`,
      "",
    ].join("\n"),
  );
  return file;
}

/** Sends everything over a few connections; what the front door answers itself is looked at. */
async function send(port: number, traffic: readonly Planted[], lane: string): Promise<number> {
  let next = 0;
  let proxied = 0;
  const ask = async () => {
    const asker = new RawAsker(port, "127.0.0.1");
    for (let at = next++; at < traffic.length; at = next++) {
      const { method, text, refused } = traffic[at] as Planted;
      const answer = await asker.ask(method, text);
      if (refused)
        look(
          `${lane}: error answers to clients`,
          JSON.stringify([answer?.status, answer?.body, ...(answer?.fields ?? [])]),
        );
      else if (answer?.status === 200) proxied++;
    }
    asker.close();
  };
  await Promise.all(Array.from({ length: ASKERS }, ask));
  return proxied;
}

/** Asks as a client that is known by its key; gives how many requests that were. */
async function askAsKnown({ url }: FigReady, admin: Pick<Admin, "ask">): Promise<number> {
  const { text } = await admin.ask("POST", "/api/v1/keys", { name: "a client", reason: "x", by: "ann" });
  const { key } = JSON.parse(text) as { readonly key: string };
  given.add(key);
  for (let at = 0; at < 4; at++) {
    const answer = await fetch(new URL(`/${KNOWN}`, url), { headers: { "x-api-key": key } });
    expect(answer.status).toBe(200);
  }
  return 4;
}

function adminOf(ready: FigReady, lane: string) {
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const answer = await fetch(new URL(path, ready.adminUrl), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }), ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, all: JSON.stringify([...answer.headers]) + text };
  };
  return {
    ask,
    async see(method: string, path: string, body?: unknown, more?: Record<string, string>) {
      const { all, status } = await ask(method, path, body, more);
      look(`${lane}: ${method} ${path.replace(/\?.*/, "").replace(/k\d+/, "{id}").slice(0, 40)}`, all);
      return status;
    },
  };
}

/** The event stream, from now until it ends. */
function events(ready: FigReady, lane: string) {
  const request = get(
    new URL("/api/v1/events", ready.adminUrl),
    { headers: { authorization: `Bearer ${token}` } },
    (response) => response.setEncoding("utf8").on("data", (text: string) => look(`${lane}: events`, text)),
  );
  request.on("error", () => {});
  return () => request.destroy();
}

type Admin = ReturnType<typeof adminOf>;

/** Shapes that a person types into a reason: the ones that are told by themselves. */
const TYPED = 64;

async function plantInAdmin(admin: Admin): Promise<void> {
  const groups = Array.from({ length: KINDS.length / TOGETHER }, (_, i) =>
    KINDS.slice(i * TOGETHER, (i + 1) * TOGETHER),
  );
  const mark = (place: string, { kind }: Kind) => plants.mark(`${place} of the admin`, kind);
  const pairs = (place: string, kinds: readonly Kind[], between: string) =>
    kinds.map((kind) => kind.pair(mark(place, kind))).join(between);
  const shift = (id: string, body: unknown) => admin.see("POST", `/api/v1/routes/${id}/shift`, body);
  const explain = (body: unknown) => admin.see("POST", "/api/v1/explain", body);
  for (const [at, group] of groups.entries()) {
    const one = group[(turn + at) % TOGETHER] as Kind;
    const url = (place: string) => `/k1/x?${pairs(place, group, "&")}`;
    const headers = Object.fromEntries(group.map((kind) => kind.field(mark("a header to explain", kind))));
    const asked = await Promise.all([
      shift(one.pair(mark("a route's id", one)), { modern: 1, reason: "x" }),
      admin.see("GET", `/api/v1/ledger?${pairs("a query", group, "&")}`),
      admin.see("GET", `/${pairs("a path", group, "/")}`),
      shift("k0", { [one.line(mark("a member's name", one))]: 1, modern: 1, reason: "x" }),
      shift("k0", { modern: one.line(mark("a member", one)), reason: "x" }),
      explain({ method: "GET", url: url("a URL to explain"), headers }),
      explain({ method: one.line(mark("a method to explain", one)), url: "/" }),
      explain({ method: "GET", url: one.line(mark("what is no URL", one)) }),
      explain({ method: "GET", url: "/", ip: one.line(mark("an address", one)) }),
    ]);
    expect(asked.filter((status) => status >= 500)).toEqual([]);
  }
  for (let at = 0; at < TYPED; at++) {
    const kind = SHAPES[(turn + at) % SHAPES.length] as Kind;
    const reason = `because of ${kind.line(mark("a reason", kind))} it was`;
    const by = `ann ${kind.line(mark("by", kind))}`;
    expect(await shift("k0", { shadow: 100, fresh: true, reason, by, force: true })).toBe(200);
  }
  for (let at = 0; at < 3; at++) {
    const sent = {
      authorization: `Bearer ${plants.mark("a wrong token")}`,
      cookie: `fig_session=${plants.mark("a cookie of the admin")}`,
    };
    expect(await admin.see("GET", "/api/v1/noticed", undefined, sent)).toBe(401);
  }
}

/** Every GET of the API's own document, and what stands beside the API. */
async function lookAtAdmin(admin: Admin): Promise<void> {
  const document = JSON.parse((await admin.ask("GET", "/api/v1/openapi.json")).text);
  for (const [path, operations] of Object.entries<Record<string, unknown>>(document.paths)) {
    const full = path.startsWith("/api") ? path : `/api/v1${path}`;
    if (operations.get === undefined || full.endsWith("/events")) continue;
    // Those of every route, and each of them whole.
    if (full.includes("whole-answers")) continue;
    const ids = full.includes("{id}") ? routes : [""];
    for (const id of ids) {
      const query = /mismatches$/.test(full) ? "?limit=1000" : /ledger$/.test(full) ? "?order=newest" : "";
      await admin.see("GET", full.replace("{id}", id) + query);
    }
  }
  for (const id of routes) await admin.see("GET", `/api/v1/mismatches?route=${id}&limit=500`);
  await admin.see("GET", `/api/v1/mismatches?route=${KNOWN}&limit=500`);
  for (const route of [...routes, KNOWN]) {
    const path = `/api/v1/whole-answers?route=${route}`;
    await admin.see("GET", path);
    for (const { id } of JSON.parse((await admin.ask("GET", path)).text) as { id: string }[]) {
      wholes.add(id);
      look("a whole answer", (await admin.ask("GET", `/api/v1/whole-answers/${id}`)).all);
    }
  }
  for (const path of ["/metrics", "/livez", "/readyz", "/"]) await admin.see("GET", path);
}

/** Runs `fig` and looks at what it prints. */
async function runAll(lane: string, env: Record<string, string>, commands: readonly (readonly string[])[]) {
  const run = async (args: readonly string[]) => {
    const { stdout, stderr } = await runFig(args, env);
    look(`${lane}: fig ${args.slice(0, args[0] === "state" ? 2 : 1).join(" ")}`, stdout + stderr);
  };
  await Promise.all(commands.map(run));
}

async function lookAtCli(config: string, url: string, lane: string): Promise<void> {
  const env = { FIG_ADMIN_TOKEN: token, FIG_ADMIN_URL: url };
  const backup = join(folder, `${lane}-backup.db`);
  const [shape] = SHAPES.slice(turn % SHAPES.length) as [Kind];
  const line = (place: string) => shape.line(plants.mark(`${place} of fig shift`));
  const kinds = KINDS.slice(turn % 500, (turn % 500) + 100);
  const asked = kinds.map((kind) => kind.pair(plants.mark("a URL of fig explain", kind.kind))).join("&");
  const lines = kinds.flatMap((kind) => {
    const [name, value] = kind.field(plants.mark("a header of fig explain", kind.kind));
    return ["-H", `${name}: ${value}`];
  });
  const withConfig = (commands: readonly (readonly string[])[]) =>
    commands.map((each) => [...each, "-c", config]);
  // What changes something first.
  await runAll(
    lane,
    env,
    withConfig([
      ["shift", "k0", "--shadow", "50", "--reason", `for ${line("--reason")}`, "--by", `ann ${line("--by")}`],
      ["shift", `x-${line("a route")}`, "--shadow", "50", "--reason", "x"],
    ]),
  );
  await runAll(
    lane,
    env,
    withConfig([
      ["diff"],
      ["history", "k0"],
      ["explain", "GET", `/k1/x?${asked}`, ...lines],
      ["state", "backup", backup],
    ]),
  );
  look(`${lane}: the backup's bytes`, await readFile(backup, "latin1"));
}

/** The door goes on with what it had; what is wrong stands in its log, its answers and its problems. */
async function breakFiles(admin: Admin, config: string, lane: string): Promise<void> {
  const other = join(folder, "broken");
  await mkdir(join(other, "routes"), { recursive: true });
  const { fig, routes: broken } = brokenFiles(plants, turn);
  await writeFile(join(other, "fig.yaml"), fig);
  await writeFile(join(other, "routes", "a.yaml"), broken);
  await writeFile(join(other, "routes", "b.yaml"), unreadableFile(plants));
  const check = ["check", "-c", join(other, "fig.yaml")];
  await runAll("files", {}, [check, ["serve", ...check.slice(1)]]);
  const problems = async () => (await admin.ask("GET", "/api/v1/status")).text;
  await writeFile(join(config, "..", "routes", "broken.yaml"), broken);
  await until(problems, (text) => text.includes("unknown key"));
  await runAll(lane, { FIG_ADMIN_TOKEN: token }, [["status", "-c", config]]);
}

async function lookAtState(lane: string, when: string): Promise<void> {
  const home = join(folder, lane, ".fig");
  for (const name of await readdir(home))
    look(`${lane}: ${name}, ${when}`, await readFile(join(home, name), "latin1"));
}

/** Until each of so many requests is counted by one of these metrics' lines. */
async function settled(admin: Admin, lines: RegExp, requests: number): Promise<void> {
  const counted = async () => {
    const { text } = await admin.ask("GET", "/metrics");
    return [...text.matchAll(lines)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  await until(counted, (sum) => sum >= requests, 60_000);
}

const COMPARED_OR_NOT = /^fig_(?:comparisons|not_compared)_total\{.*\} (\d+)$/gm;
const KNOWN_COMPARED = new RegExp(`^fig_comparisons_total\\{.*route="${KNOWN}".*\\} (\\d+)$`, "gm");

/** JSON and one other body of each kind in one lane, another one in the other. */
const sortsOf = (lane: string, at: number) => (lane === "auto" ? [0, at + turn] : [at + turn + 1]);

test("secrets corpus: 0 found", { timeout: 300_000 }, async () => {
  for (const [number, lane] of ["auto", "node"].entries()) {
    const config = await configOf(lane);
    const door: ReadyProcess<FigReady> = await startFig(config, { FIG_ADMIN_TOKEN: token });
    try {
      const admin = adminOf(door.ready, lane);
      const leave = events(door.ready, lane);
      const traffic = KINDS.flatMap((kind, at) => [
        ...trafficOf(kind, at, plants, sides, lane, sortsOf(lane, at)),
        ...(at % TOGETHER === 0
          ? refusedTraffic(KINDS.slice(at, at + TOGETHER), at, plants, turn + number)
          : []),
      ]);
      const port = Number(new URL(door.ready.url).port);
      const proxied = await send(port, traffic, lane);
      expect(proxied).toBe(traffic.filter((each) => !each.refused).length);
      // One after the other: shadows of the many may take all the places that there are.
      await settled(admin, COMPARED_OR_NOT, proxied);
      await settled(admin, KNOWN_COMPARED, await askAsKnown(door.ready, admin));
      if (lane === "auto") {
        await plantInAdmin(admin);
        await lookAtCli(config, door.ready.adminUrl, lane);
        await breakFiles(admin, config, lane);
      }
      await lookAtAdmin(admin);
      await lookAtState(lane, "running");
      leave();
    } finally {
      await door.stop();
    }
    look(`${lane}: stdout and stderr`, door.output());
    await lookAtState(lane, "stopped");
  }
  const wrong: string[] = [];
  const has = (where: string, word: string, hasIt = true) => {
    if ((looked.get(where) ?? "").includes(word) !== hasIt) wrong.push(`${where}: ${word}`);
  };
  // What is no credential is where it is looked for: the look sees what it would have to see.
  for (const lane of ["auto", "node"]) {
    for (const where of ["GET /api/v1/mismatches", "state.db, stopped"]) has(`${lane}: ${where}`, CANARY);
    for (const where of ["stdout and stderr", "GET /api/v1/mismatches", "GET /api/v1/noticed"])
      has(`${lane}: ${where}`, "[redacted]");
    // Nothing was kept out because there was too much.
    for (const where of ["GET /api/v1/mismatches", "GET /api/v1/noticed"])
      has(`${lane}: ${where}`, "(other)", false);
    has(`${lane}: events`, "data:");
    has(`${lane}: GET /metrics`, "fig_comparisons_total");
    for (const code of ["bad_request", "no_route", "bad_target", "upstream_refused", "url_too_long"])
      has(`${lane}: error answers to clients`, code);
  }
  expect(wholes.size).toBeGreaterThan(40);
  for (const word of [CANARY, "[redacted]", "curl -g --path-as-is"]) has("a whole answer", word);
  for (const where of ["auto: fig diff", "auto: the backup's bytes"]) has(where, CANARY);
  for (const where of [
    "fig history",
    "fig status",
    "fig explain",
    "GET /api/v1/ledger",
    "GET /api/v1/status",
  ])
    has(`auto: ${where}`, "[redacted]");
  for (const where of ["files: fig check", "files: fig serve"]) has(where, "[redacted]");
  for (const lane of ["auto", "node"]) has(`${lane}: GET /api/v1/mismatches`, `"${KNOWN}"`);
  expect(wrong).toEqual([]);
  expect(plants.sparse(60, 6)).toEqual([]);
  expect(plants.count).toBeGreaterThan(50_000);
  // What a client's key and its sides' tokens are made of: a token's payload and its signature are nobody else's.
  expect(sides.identities.size).toBeGreaterThanOrEqual(4);
  for (const token of sides.identities) for (const part of token.split(".").slice(1)) given.add(part);
  expect(given.size).toBeGreaterThanOrEqual(2 + 2 * sides.identities.size);
  const found = [...looked].flatMap(([where, text]) => [
    ...plants.foundIn(text).map((each) => `${where}: ${each}`),
    ...[...given].filter((word) => text.includes(word)).map((word) => `${where}: what was given, ${word}`),
  ]);
  expect(found, `${found.length} found, turn ${turn}`).toEqual([]);
});
