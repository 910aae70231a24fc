import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../src/control/contract.ts";
import { createFrontDoor, type FrontDoor } from "../../src/index.ts";
import { KNOWN_METHODS } from "../../src/lanes/admission.ts";
import { Random } from "../conformance/differential/random.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type AskedRequest, askedRequest, written } from "./support/asked-requests.ts";
import { NamedUpstream, type RawAnswer, RawAsker } from "./support/raw-asker.ts";

/** `npm run explain-equals-door` asks ten times as many. */
const REQUESTS = Number(process.env.EXPLAIN_REQUESTS ?? 2000);
const SEED = Number(process.env.EXPLAIN_SEED ?? 1);
const CLIENTS = 8;
const LANES = ["auto", "node"] as const;

const sides = { legacy: "legacy", modern: "modern" };
const at = (modern: number) => ({ start: { modern, shadow: 0 } });
const byUser = ["header:x-user"];

const ROUTES = [
  { id: "items.list", match: { path: "/items" }, ...sides, cohort: "items", ...at(0) },
  // Nothing writes here: its clients are pinned by what they send alone (asked-words).
  {
    id: "items.read",
    match: { path: "/items/{id}", methods: ["GET", "HEAD"] },
    ...sides,
    ...{ cohort: "items", pinAfterWrite: "10m", ...at(100) },
  },
  {
    id: "items.write",
    match: { path: "/items/{id}", methods: ["PUT", "DELETE", "PURGE"] },
    legacy: { upstream: "legacy", path: "/old/{id}/item" },
    modern: { upstream: "modern", path: "/v2/items/{id}" },
    sticky: ["cookie:device", ...byUser, "ip"],
    ...at(50),
  },
  { id: "items.any", match: { path: "/{kind}/{id}" }, ...sides, sticky: ["ip"], ...at(50) },
  {
    id: "posts",
    match: { path: "/users/{user}/posts/{post}" },
    ...{ legacy: { upstream: "legacy", path: "/posts/{post}/by-{user}" }, modern: "modern" },
    ...{ sticky: ["cookie:device"], ...at(100) },
  },
  {
    id: "files",
    match: { path: "/files/{rest+}" },
    legacy: "legacy",
    modern: { upstream: "modern", path: "/store/{rest}" },
    ...{ cohort: "readers", sticky: ["cookie:device", "ip"], ...at(50) },
  },
  {
    id: "api",
    match: { path: "/{rest+}", host: "api.test" },
    legacy: { upstream: "other", path: "/from-api/{rest}" },
    modern: "modern",
    ...{ cohort: "readers", sticky: ["cookie:device", "ip"], ...at(50) },
  },
  { id: "search", match: { path: "/search" }, ...sides, ...at(0) },
  { id: "search.fast", match: { path: "/search", query: { mode: "fast" } }, ...sides, ...at(100) },
  { id: "flags", match: { path: "/flags" }, legacy: "other", modern: "modern", ...at(0) },
  {
    id: "flags.beta",
    match: { path: "/flags", headers: { "x-group": "beta" } },
    ...{ legacy: "legacy", modern: "other", ...at(100) },
  },
  { id: "split", match: { path: "/split/{n}" }, ...sides, sticky: byUser, ...at(50) },
  {
    id: "cohort.a",
    match: { path: "/cohort/a" },
    ...sides,
    ...{ cohort: "pair", sticky: ["ip"], pinAfterWrite: "10m", ...at(50) },
  },
  { id: "cohort.b", match: { path: "/cohort/{x+}" }, ...sides, cohort: "pair", sticky: ["ip"], ...at(50) },
  { id: "gone", match: { path: "/gone/{id}" }, modern: "other", retired: true, ...at(100) },
  {
    id: "kept",
    match: { path: "/kept/{id}", encodedSlash: "keep" as const },
    ...sides,
    sticky: ["ip"],
    ...at(50),
  },
  {
    id: "any",
    match: { path: "/any/case", caseSensitive: false, trailingSlash: "any" as const },
    ...sides,
    ...at(100),
  },
  {
    id: "page",
    match: { path: "/page", trailingSlash: "any" as const },
    ...sides,
    ...{ sticky: ["client", ...byUser], ...at(50) },
  },
  { id: "coffee", match: { path: "/café", host: "shop.test" }, ...sides, ...at(100) },
];

/** Front doors that differ in all that a decision depends on besides the routes, each with both lanes. */
const SETTINGS = [
  { default: "other", limits: { url: "2KiB", body: "1KiB", headers: "4KiB" } },
  { trustedProxies: ["127.0.0.0/8"], limits: { url: "2KiB", body: "1KiB", headers: "4KiB" } },
  { default: "other", ambiguousPaths: "default", limits: { body: "4KiB", headers: "3KiB" } },
];

interface Door {
  readonly door: FrontDoor;
  readonly port: number;
  readonly admin: readonly KeepAliveClient[];
}

const upstreams = ["legacy", "modern", "other"].map((name) => ({ name, upstream: new NamedUpstream(name) }));
/** By settings, then by lane. */
const doors: (readonly Door[])[] = [];

async function openDoor(
  settings: object,
  lane: "auto" | "node",
  urls: Record<string, string>,
): Promise<Door> {
  const listening = { listen: "127.0.0.1:0", admin: "127.0.0.1:0", state: "memory:" };
  const config = { ...listening, lane, debugHeaders: true, upstreams: urls, routes: ROUTES, ...settings };
  const door = createFrontDoor(config, { quiet: true });
  const { url, adminUrl } = await door.listen();
  const admin = Array.from({ length: CLIENTS }, () => new KeepAliveClient(adminUrl));
  return { door, port: Number(new URL(url).port), admin };
}

beforeAll(async () => {
  const urls: Record<string, string> = {};
  for (const { name, upstream } of upstreams) urls[name] = await upstream.listen();
  for (const settings of SETTINGS) {
    doors.push(await Promise.all(LANES.map((lane) => openDoor(settings, lane, urls))));
  }
});

afterAll(async () => {
  for (const { door, admin } of doors.flat()) {
    for (const client of admin) client.close();
    await door.close();
  }
  for (const { upstream } of upstreams) upstream.close();
});

/** What becomes of a request, as explain says and as the client and the upstream see. */
interface Fate {
  readonly status: number;
  readonly code: string | undefined;
  readonly route: string | undefined;
  readonly side: string | undefined;
  readonly upstream: string | undefined;
  readonly line: string | undefined;
}

async function explained(client: KeepAliveClient, request: AskedRequest): Promise<Explanation> {
  const { method, url, headers, ip } = request;
  const json = { "content-type": "application/json" };
  const answer = await client.ask(
    "POST",
    "/api/v1/explain",
    json,
    JSON.stringify({ method, url, headers, ip }),
  );
  if (answer.status !== 200)
    throw new Error(`explain cannot be asked ${JSON.stringify(request)}: ${answer.body}`);
  return JSON.parse(answer.body) as Explanation;
}

function fateToldBy({ refusal, route, side, upstream, target }: Explanation, method: string): Fate {
  return {
    status: refusal?.status ?? 200,
    // An answer to HEAD has no body to hold a code.
    code: method === "HEAD" ? undefined : refusal?.code,
    route: route ?? undefined,
    side: side ?? undefined,
    upstream: upstream ?? undefined,
    line: target === null ? undefined : `${method} ${target} HTTP/1.1`,
  };
}

function fateSeenIn({ status, fields, body }: RawAnswer, method: string): Fate {
  const upstream = fields.get("x-upstream");
  const line = fields.get("x-line");
  const refused = upstream === undefined && method !== "HEAD";
  return {
    status,
    code: refused ? (JSON.parse(body) as { error: { code: string } }).error.code : undefined,
    route: fields.get("x-fig-route"),
    // The front door's own answer is no side's, though the field names the one that would have served.
    side: upstream === undefined ? undefined : fields.get("x-fig-side"),
    upstream,
    line: line === undefined ? undefined : decodeURIComponent(line),
  };
}

const SPLITTING = [
  "items.write",
  "items.any",
  "files",
  "api",
  "split",
  "cohort.a",
  "cohort.b",
  "kept",
  "page",
];
const EXPECTED = [
  ...["bad_request", "bad_host", "bad_target", "ambiguous_path", "no_route", "connect_refused", "last_hop"],
  ...["body_too_large", "url_too_long", "expectation_failed", "headers_too_large", "method_unknown"],
  ...["bad_transfer_coding", "HEAD 400", "HEAD 404", "HEAD 431", "(default) legacy", "gone modern"],
  ...SPLITTING.flatMap((id) => [`${id} legacy`, `${id} modern`]),
  ...[
    "items.list legacy",
    "items.read legacy",
    "items.read modern",
    "posts modern",
    "search legacy",
    "search.fast modern",
  ],
  ...["flags legacy", "flags.beta modern", "coffee modern", "any modern"],
];

interface Tally {
  readonly differences: string[];
  /** How often each refusal, and each route with its side, came up. */
  readonly fates: Map<string, number>;
}

function adminOf(lanes: readonly Door[], lane: number, client: number): KeepAliveClient {
  return (lanes[lane] as Door).admin[client] as KeepAliveClient;
}

/** One client's share of the requests, one after the other, through both lanes at once. */
async function walk(number: number, tally: Tally): Promise<void> {
  const ip = `127.0.${1 + number}.${7 * number}`;
  const random = new Random(SEED * 1000 + number);
  const askers = doors.map((lanes) => lanes.map(({ port }) => new RawAsker(port, ip)));
  for (let i = number; i < REQUESTS; i += CLIENTS) {
    const request = askedRequest(random, ip);
    const { method } = request;
    const text = written(request);
    const settings = random.below(SETTINGS.length);
    const lanes = doors[settings] as readonly Door[];
    // A method that only the fast lane knows, and on its connection's first request: each door is asked what it does.
    const known = KNOWN_METHODS.has(method);
    if (!known) for (const asker of askers[settings] as readonly RawAsker[]) asker.close();
    const told = fateToldBy(await explained(adminOf(lanes, i % 2, number), request), method);
    const key = told.code ?? (told.status === 200 ? `${told.route} ${told.side}` : `HEAD ${told.status}`);
    tally.fates.set(key, (tally.fates.get(key) ?? 0) + 1);
    const answers = await Promise.all(
      (askers[settings] as readonly RawAsker[]).map((asker) => asker.ask(method, text)),
    );
    for (const [lane, answer] of answers.entries()) {
      const seen = answer === undefined ? "no answer" : fateSeenIn(answer, method);
      if (JSON.stringify(seen) === JSON.stringify(told)) continue;
      const own = known ? told : fateToldBy(await explained(adminOf(lanes, lane, number), request), method);
      if (JSON.stringify(seen) === JSON.stringify(own)) continue;
      const shown = JSON.stringify(text.slice(0, 300));
      tally.differences.push(
        `${i}, settings ${settings}, lane ${LANES[lane]}: ${shown} (${text.length}) was told ${JSON.stringify(told)}, got ${JSON.stringify(seen)}`,
      );
    }
  }
  for (const asker of askers.flat()) asker.close();
}

test(`explain says what both lanes do with ${REQUESTS} requests, usual and odd ones`, {
  timeout: 60 * REQUESTS,
}, async () => {
  const tally: Tally = { differences: [], fates: new Map() };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => walk(number, tally)));
  expect(tally.differences).toEqual([]);
  // Not because all were alike: every refusal that a request alone can bring about came up, and every route, splitting ones on both sides.
  expect([...tally.fates.keys()]).toEqual(expect.arrayContaining(EXPECTED));
});
