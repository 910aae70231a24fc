import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RouteStatus, Status } from "../../../src/control/contract.ts";
import { cohortPrefix, sideOf, splitHash, thresholdOf } from "../../../src/domain/split.ts";
import { askAdmin, startFig } from "../fig-process.ts";
import { until } from "../until.ts";
import { auditStorm, type StormSummary } from "./fallback-audit.ts";
import { OpenLoad } from "./open-load.ts";
import { startSide } from "./split-door.ts";
import { type Behaviour, SwitchedSide, stormAnswer } from "./switched-side.ts";

/** What modern does in turn; it is healthy again at the end. */
const TURNS: readonly Behaviour[] = ["healthy", "killed", "hung", "resetting", "unavailable"];

export interface StormOptions {
  /** Each behaviour has its turn at least once, however short this is. */
  readonly seconds: number;
  /** Requests a second. */
  readonly rate: number;
  /** How long one turn is at most, ms. */
  readonly turnMs: number;
}

/** All of these are counted for a request of the route, each for another reason: together they are its outcomes. */
function outcomesOf({ comparisons, notCompared }: RouteStatus): number {
  const { match, mismatch, inconclusive } = comparisons as Record<string, number>;
  const { shed = 0, skipped = 0, unsafe_method = 0, upgrade = 0, event_stream = 0 } = notCompared;
  const compared = (match ?? 0) + (mismatch ?? 0) + (inconclusive ?? 0);
  return compared + shed + skipped + unsafe_method + upgrade + event_stream;
}

function writeFiles(folder: string, legacy: string, modern: string): void {
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:state.db
accessLog: { sample: 100 }
default: legacy
upstreams:
  legacy: ${legacy}
  modern: { urls: ["${modern}"], timeout: 500ms }
`,
  );
  writeFileSync(
    join(folder, "routes/shop.yaml"),
    `routes:
  - id: shop
    match: { path: "/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
    start: { modern: 50, shadow: 100 }
    shadow: { concurrency: 1000 }
    fallback: legacy
`,
  );
}

/**
 * `fig serve` at modern 50 and shadow 100 with `fallback: legacy`, under an open load, while modern is killed, hung, resetting
 * and answering 503 in turn. What clients, legacy, modern, status, metrics and the access log say must be the same story.
 */
export async function runFallbackStorm({ seconds, rate, turnMs }: StormOptions): Promise<StormSummary> {
  const legacyAnswered: string[] = [];
  const legacyShadows: string[] = [];
  const legacy = await startSide("legacy", (request, response) => {
    const id = request.headers["x-request-id"] as string;
    request.once("end", () => {
      (request.headers["x-fig-shadow"] === undefined ? legacyAnswered : legacyShadows).push(id);
      const [headers, body] = stormAnswer("legacy", request.url ?? "", id);
      response.writeHead(200, headers).end(body);
    });
  });
  const modern = await SwitchedSide.start();
  const folder = mkdtempSync(join(tmpdir(), "fig-e2e-fallback-"));
  writeFiles(folder, legacy.url, modern.url);
  const door = await startFig(join(folder, "fig.yaml"));
  try {
    const { url, adminUrl } = door.ready;
    const load = new OpenLoad({ url, rate, during: () => modern.behaviour });
    const began = performance.now();
    const rounds = Math.max(1, Math.floor((seconds * 1000) / turnMs / TURNS.length));
    const eachMs = Math.min(turnMs, (seconds * 1000) / (rounds * TURNS.length + 1));
    for (let round = 0; round < rounds; round++) {
      for (const behaviour of TURNS) {
        await modern.become(behaviour);
        await delay(eachMs);
      }
    }
    await modern.become("healthy");
    const healthyFrom = load.asked.length;
    await delay(eachMs);
    // A busy machine may need longer than modern's timeout for an answer; one has to come.
    const recovered = () => load.asked.slice(healthyFrom).filter(({ from }) => from === "modern").length;
    await until(recovered, (answers) => answers > 0, 30_000).catch(() => 0);
    const took = (performance.now() - began) / 1000;
    await load.stop();

    const routeOf = async () => {
      const { routes } = await askAdmin<Status>(adminUrl, "GET", "/status");
      return routes.find(({ id }) => id === "shop") as RouteStatus;
    };
    // Counters reach the store a moment later. What is still missing then is the audit's to say.
    const status = await until(routeOf, (route) => outcomesOf(route) >= load.asked.length, 30_000).catch(
      routeOf,
    );
    const metrics = await (await fetch(new URL("/metrics", adminUrl))).text();
    // Its end writes what is left of the access log.
    const exitCode = await door.stop();
    const prefix = cohortPrefix("shop");
    const threshold = thresholdOf(50);
    return auditStorm({
      took,
      rounds,
      healthyFrom,
      asked: load.asked,
      sideOf: (user) => sideOf(splitHash(prefix, user), threshold),
      legacyAnswered,
      legacyShadows,
      modernRead: modern.read,
      modernShadows: modern.shadows,
      status,
      outcomes: outcomesOf(status),
      metrics,
      output: door.output(),
      exitCode,
    });
  } finally {
    await door.stop();
    legacy.close();
    await modern.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
