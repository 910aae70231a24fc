import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../src/clock.ts";
import type { Status } from "../../../src/control/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import { askAdmin } from "../fig-process.ts";
import { until } from "../until.ts";
import { Fleet, type ShiftAnswer, shiftShop } from "./fleet.ts";
import { LedgerBook } from "./ledger-book.ts";
import { EitherSide, SideLoad } from "./side-load.ts";

export interface FleetKillOptions {
  readonly doors: number;
  readonly kills: number;
  readonly connections: number;
  readonly pauseMs: number;
  readonly redis: RedisServer;
  /** 0 to 1: when, and for how long, Redis is gone. */
  readonly random: () => number;
}

export interface FleetKill {
  readonly ok: boolean;
  readonly doors: number;
  readonly kills: number;
  readonly requests: number;
  readonly failed: number;
  /** Two writers with the same expected revision, at two doors at once: never both acknowledged. */
  readonly races: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly unansweredButWritten: number;
  readonly revisions: number;
  readonly failures: readonly string[];
}

/** Acknowledgements between two kills, at least. */
const RACES_A_ROUND = 4;
const MAX_ALIVE_MS = 300;
const MAX_GONE_MS = 400;

/** Kills a Redis again and again, under clients and racing writers, and holds its ledger against what was acknowledged. */
export async function runFleetKill(options: FleetKillOptions): Promise<FleetKill> {
  const { kills, connections, pauseMs, redis, random } = options;
  const fleet = await Fleet.start(options.doors, redis.url);
  const book = new LedgerBook();
  const timeline = new EitherSide();
  const loads = fleet.doors.map(
    ({ url }) => new SideLoad({ url, path: "/fleet", cohort: "shop", connections, pauseMs, timeline }),
  );
  let races = 0;
  let won = 0;
  let running = true;

  async function write(n: number, name: string, expectedRevision: number): Promise<boolean> {
    const reason = `race ${races}, ${name}`;
    const modern = Math.floor(random() * 10_001) / 100;
    const sent = book.send(reason, "shop", modern);
    const body = { modern, reason, by: name, fresh: true, expectedRevision };
    const answer = await shiftShop(fleet.door(n), body).catch((error: unknown): ShiftAnswer => {
      book.fail(`the admin API of a door did not answer: ${String(error)}`);
      return { status: 503, entry: undefined, said: undefined };
    });
    const { status, entry, said } = answer;
    if (entry !== undefined) book.acknowledge(sent, entry);
    else if (status === 409) sent.outcome = "refused";
    else if (status !== 503) book.fail(`a shift was answered with ${status} ${JSON.stringify(said)}`);
    return entry !== undefined;
  }

  /** Undefined while Redis is away. */
  async function newest(n: number): Promise<number | undefined> {
    const status = askAdmin<Status>(fleet.door(n).adminUrl, "GET", "/status");
    return status.then(
      ({ revision }) => revision,
      () => undefined,
    );
  }

  async function race(): Promise<void> {
    while (running) {
      const revision = await newest(races);
      if (revision === undefined) {
        await delay(20);
        continue;
      }
      races++;
      const both = await Promise.all([write(races, "ann", revision), write(races + 1, "ben", revision)]);
      if (both.every(Boolean)) book.fail(`both writers of race ${races} were acknowledged`);
      if (both.some(Boolean)) won++;
    }
  }

  let racing: Promise<void> | undefined;
  let killed = 0;
  try {
    racing = race();
    for (; killed < kills; killed++) {
      const enough = won + RACES_A_ROUND;
      await until(
        () => won,
        (so) => so >= enough,
        30_000,
      );
      await delay(random() * MAX_ALIVE_MS);
      await redis.stop("SIGKILL");
      await delay(random() * MAX_GONE_MS);
      await redis.start();
      const store = await openStore(redis.url, systemClock);
      book.read(await store.read(book.revisions));
      await store.close();
    }
    const enough = won + RACES_A_ROUND;
    await until(
      () => won,
      (so) => so >= enough,
      30_000,
    );
    running = false;
    await racing;
    const store = await openStore(redis.url, systemClock);
    book.read(await store.read(book.revisions));
    book.close(await store.read(0));
    await store.close();
    // Every door caught up by itself.
    for (const [n] of fleet.doors.entries())
      await until(
        () => newest(n),
        (revision) => revision === book.revisions,
      );
  } catch (error) {
    book.fail(error instanceof Error ? error.message : String(error));
  } finally {
    running = false;
    await racing?.catch(() => undefined);
    await Promise.all(loads.map((load) => load.stop()));
    await fleet.close();
  }
  const failed = loads.reduce((total, load) => total + load.failed, 0);
  const failures = [...book.failures, ...loads.flatMap((load) => load.failures)];
  return {
    ok: failures.length === 0 && failed === 0 && killed === kills,
    doors: fleet.doors.length,
    kills: killed,
    requests: loads.reduce((total, load) => total + load.requests, 0),
    failed,
    races,
    acknowledged: book.count("acknowledged"),
    refused: book.count("refused"),
    unanswered: book.count("unanswered"),
    unansweredButWritten: book.unansweredWritten,
    revisions: book.revisions,
    failures: failures.slice(0, 10),
  };
}
