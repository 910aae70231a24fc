import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../../src/domain/split.ts";
import { startFig } from "../fig-process.ts";
import { until } from "../until.ts";

/** How modern behaves, in turn. */
export const MOODS = ["healthy", "killed", "hung", "resetting", "unavailable", "healthy again"] as const;
type Mood = (typeof MOODS)[number];

const USERS = 400;
/** One request in so many is a POST. */
const POST_EVERY = 10;

interface Asked {
  readonly id: string;
  readonly method: string;
  readonly side: "legacy" | "modern";
  readonly mood: Mood;
  status: number;
  /** Who answered, by the body. */
  by: string;
  answers: number;
}

export interface FallbackReport {
  readonly asked: number;
  /** Safe requests without a 200 of their own. */
  readonly failedSafe: readonly Asked[];
  readonly answeredTwice: number;
  /** POSTs that both sides took. */
  readonly sentTwice: number;
  /** Requests of modern's clients that legacy answered, as the clients saw it and as the front door counted it. */
  readonly fellBack: { readonly seen: number; readonly status: number; readonly metric: number };
  readonly byMood: Readonly<Record<string, number>>;
  readonly modern: {
    readonly expected: { readonly requests: number; readonly errors: number };
    readonly counted: { readonly requests: number; readonly errors: number };
  };
  readonly legacy: { readonly expected: number; readonly counted: number };
  /** Outcomes of all requests, added up: one each. */
  readonly outcomes: number;
  readonly servingErrors: number;
}

/** A server that is what its mood says. Every connection is its own, so that it can be killed. */
async function startModern(took: Set<string>) {
  let mood: Mood = "healthy";
  const sockets = new Set<Socket>();
  const parser = http.createServer((request, response) => {
    request.resume();
    const id = String(request.headers["x-id"]);
    if (request.headers["x-fig-shadow"] === undefined) took.add(`${request.method} ${id}`);
    if (mood === "hung") return;
    if (mood === "resetting") {
      response.socket?.write("HTTP/1.1 20", () => response.socket?.resetAndDestroy());
      return;
    }
    const text = mood === "unavailable" ? "busy" : `modern ${id}`;
    response.writeHead(mood === "unavailable" ? 503 : 200, { "content-length": text.length });
    response.end(request.method === "HEAD" ? undefined : text);
  });
  parser.keepAliveTimeout = 600_000;
  const listen = async (port: number) => {
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => sockets.delete(socket));
      parser.emit("connection", socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    async become(next: Mood) {
      const wasKilled = mood === "killed";
      mood = next;
      if (next === "killed") {
        server.close();
        drop();
      } else if (wasKilled) {
        server = await listen(port);
      }
      // Whoever hung on the last mood is let go.
      drop();
    },
    close() {
      server.close();
      drop();
    },
  };
}

async function startLegacy(took: Set<string>) {
  const server = http.createServer((request, response) => {
    request.resume();
    const id = String(request.headers["x-id"]);
    if (request.headers["x-fig-shadow"] === undefined) took.add(`${request.method} ${id}`);
    const text = `legacy ${id}`;
    response.writeHead(200, { "content-length": text.length });
    response.end(request.method === "HEAD" ? undefined : text);
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/**
 * A front door at modern 50 with `fallback: legacy`, under an open load of `rate` requests a second, while modern goes through its
 * moods, each for `moodMs`.
 */
export async function fallbackStorm(options: {
  readonly rate: number;
  readonly moodMs: number;
  readonly onMood?: (mood: string) => void;
}): Promise<FallbackReport> {
  const legacyTook = new Set<string>();
  const modernTook = new Set<string>();
  const legacy = await startLegacy(legacyTook);
  const modern = await startModern(modernTook);
  const folder = mkdtempSync(join(tmpdir(), "fig-fallback-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:state.db
default: legacy
debugHeaders: true
upstreams:
  legacy: ${legacy.url}
  modern: { urls: ["${modern.url}"], timeout: 400ms }
`,
  );
  writeFileSync(
    join(folder, "routes/shop.yaml"),
    `routes:
  - id: shop
    match: { path: "/{rest+}" }
    modern: modern
    fallback: legacy
    sticky: [header:x-user-id]
    start: { modern: 50, shadow: 100 }
    shadow: { timeout: 1s }
`,
  );
  const fig = await startFig(join(folder, "fig.yaml"));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1000 });
  const all: Asked[] = [];
  const open = new Set<Promise<void>>();
  const prefix = cohortPrefix("shop");
  let mood: Mood = "healthy";

  function ask(): void {
    const n = all.length;
    const user = `user-${n % USERS}`;
    const method = n % POST_EVERY === 0 ? "POST" : n % 7 === 0 ? "HEAD" : "GET";
    const side = sideOf(splitHash(prefix, user), thresholdOf(50));
    const one: Asked = { id: `r${n}`, method, side, mood, status: 0, by: "", answers: 0 };
    all.push(one);
    const over = new Promise<void>((resolve) => {
      const request = http.request(`${fig.ready.url}/items/${n}`, {
        method,
        agent,
        headers: { "x-user-id": user, "x-id": one.id },
      });
      request.on("error", () => resolve());
      request.on("response", (response) => {
        let text = "";
        one.answers++;
        response.setEncoding("latin1").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("close", () => {
          one.status = response.complete ? (response.statusCode ?? 0) : 0;
          // A HEAD has no body to say it: the debug header does.
          one.by = method === "HEAD" ? `${response.headers["x-fig-side"]} ${one.id}` : text;
          resolve();
        });
      });
      request.end(method === "POST" ? "x=1" : undefined);
    });
    open.add(over);
    void over.then(() => open.delete(over));
  }

  try {
    const begun = performance.now();
    for (const next of MOODS) {
      options.onMood?.(next);
      mood = next;
      await modern.become(next);
      const end = performance.now() + options.moodMs;
      while (performance.now() < end) {
        const due = ((performance.now() - begun) * options.rate) / 1000;
        while (all.length < due) ask();
        await sleep(2);
      }
    }
    await Promise.all(open);
    const api = `${fig.ready.adminUrl}/api/v1`;
    const shop = async () => {
      const status = (await (await fetch(`${api}/status`)).json()) as { routes: RouteLine[] };
      return status.routes.find(({ id }) => id === "shop") as RouteLine;
    };
    const counted = await until(shop, (route) => outcomesOf(route) >= all.length, 30_000);
    return report(all, counted, await metricOf(fig.ready.adminUrl), legacyTook, modernTook);
  } finally {
    agent.destroy();
    modern.close();
    await fig.stop();
    legacy.server.closeAllConnections();
    legacy.server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SideLine {
  readonly requests: number;
  readonly errors: number;
}

interface RouteLine {
  readonly id: string;
  readonly legacy: SideLine;
  readonly modern: SideLine;
  readonly fallbacks: number;
  readonly comparisons: { readonly match: number; readonly mismatch: number; readonly inconclusive: number };
  readonly notCompared: Readonly<Record<string, number>>;
}

function outcomesOf({ comparisons, notCompared }: RouteLine): number {
  const { match, mismatch, inconclusive } = comparisons;
  const others = ["shed", "skipped", "unsafe_method", "upgrade", "event_stream"];
  return others.reduce((sum, name) => sum + (notCompared[name] ?? 0), match + mismatch + inconclusive);
}

async function metricOf(adminUrl: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^fig_fallbacks_total\{route="shop"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

function report(
  all: readonly Asked[],
  counted: RouteLine,
  metric: number,
  legacyTook: ReadonlySet<string>,
  modernTook: ReadonlySet<string>,
): FallbackReport {
  const ofModern = all.filter(({ side }) => side === "modern");
  const fell = ofModern.filter(({ by, id }) => by === `legacy ${id}`);
  const byMood: Record<string, number> = {};
  for (const { mood } of fell) byMood[mood] = (byMood[mood] ?? 0) + 1;
  const failed = ofModern.filter(({ status }) => status >= 500);
  return {
    asked: all.length,
    failedSafe: all.filter(
      ({ method, status, by, id }) => method !== "POST" && (status !== 200 || !by.endsWith(` ${id}`)),
    ),
    answeredTwice: all.filter(({ answers }) => answers !== 1).length,
    sentTwice: all.filter(
      ({ id, method }) => method === "POST" && legacyTook.has(`POST ${id}`) && modernTook.has(`POST ${id}`),
    ).length,
    fellBack: { seen: fell.length, status: counted.fallbacks, metric },
    byMood,
    modern: {
      expected: { requests: ofModern.length, errors: fell.length + failed.length },
      counted: { requests: counted.modern.requests, errors: counted.modern.errors },
    },
    legacy: { expected: all.length - ofModern.length, counted: counted.legacy.requests },
    outcomes: outcomesOf(counted),
    servingErrors: counted.notCompared.serving_error ?? 0,
  };
}

/** What of a report breaks the rules, one sentence each. */
export function brokenRules(report: FallbackReport): readonly string[] {
  const { asked, failedSafe, answeredTwice, sentTwice, fellBack, modern, legacy, outcomes } = report;
  const rules: readonly (readonly [boolean, string])[] = [
    [failedSafe.length === 0, `${failedSafe.length} safe requests failed: ${JSON.stringify(failedSafe[0])}`],
    [answeredTwice === 0, `${answeredTwice} requests were not answered exactly once`],
    [sentTwice === 0, `${sentTwice} POSTs reached both sides`],
    [fellBack.seen > 0, "nothing fell back"],
    [fellBack.seen === fellBack.status, `${fellBack.seen} fell back, status says ${fellBack.status}`],
    [fellBack.seen === fellBack.metric, `${fellBack.seen} fell back, /metrics says ${fellBack.metric}`],
    [
      modern.expected.requests === modern.counted.requests,
      `modern had ${modern.expected.requests} requests, status says ${modern.counted.requests}`,
    ],
    [
      modern.expected.errors === modern.counted.errors,
      `modern failed ${modern.expected.errors} times, status says ${modern.counted.errors}`,
    ],
    [
      legacy.expected === legacy.counted,
      `legacy had ${legacy.expected} requests of its own, status says ${legacy.counted}`,
    ],
    [outcomes === asked, `${asked} requests, ${outcomes} outcomes`],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
