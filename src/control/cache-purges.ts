import type { Clock } from "../domain/clock.ts";
import { FigError } from "../domain/errors.ts";
import type { Purge } from "../domain/http-cache/purge.ts";
import { withoutSecrets } from "../domain/redaction.ts";
import type { Store } from "../store/contract.ts";
import type { ControlContext } from "./context.ts";
import type { CacheReport, PurgeBody, PurgeResult } from "./contract.ts";
import { findRoute } from "./requests.ts";

/** The record of the newest purges of a state: what its front doors follow. */
const PURGES_RECORD = "cache/purges";
/** Older ones are left out: a door that has not seen them purges everything. */
const KEPT = 64;
/** Writers at once that a purge gives way to. */
const MAX_TRIES = 20;

/** One purge, as it is stored. Numbers rise by 1. */
interface StoredPurge extends Purge {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
}

interface PurgeLog {
  /** 0: there was none yet. */
  readonly newest: number;
  readonly purges: readonly StoredPurge[];
}

type Records = Pick<Store, "readRecords" | "swapRecord">;

/** The purges that are kept, oldest first. */
export async function readPurges(store: Pick<Store, "readRecords">): Promise<PurgeLog> {
  return (await readLog(store)).log;
}

async function readLog(store: Pick<Store, "readRecords">) {
  const record = (await store.readRecords([PURGES_RECORD])).get(PURGES_RECORD);
  const purges = record === undefined ? [] : (JSON.parse(record.text) as readonly StoredPurge[]);
  const log: PurgeLog = { newest: purges.at(-1)?.number ?? 0, purges };
  return { version: record?.version ?? 0, log };
}

/** Writes a purge behind all that were written before. Fails with `store_unavailable`. */
export async function appendPurge(
  store: Records,
  purge: Purge & Pick<StoredPurge, "at" | "by">,
): Promise<StoredPurge> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { version, log } = await readLog(store);
    const stored: StoredPurge = { number: log.newest + 1, ...purge };
    const text = JSON.stringify([...log.purges, stored].slice(-KEPT));
    if (await store.swapRecord(PURGES_RECORD, version, text)) return stored;
  }
  throw new FigError("conflict", "others purge at the same time, again and again", {
    remedy: "purge once more",
  });
}

/** Removes stored answers from every front door of this state; from this one before it is answered. */
export async function purgeCache(context: ControlContext, request: PurgeBody): Promise<PurgeResult> {
  const { all, by, ...purge } = request;
  const named = Object.values(purge).some((part) => part !== undefined);
  if (named === (all === true))
    throw new FigError("invalid_request", "a purge names route, path or tag, or `all` alone", {
      remedy: "say what is to go: a route, a path, a tag, or all",
    });
  const { facts, store, clock } = context;
  if (purge.route !== undefined) findRoute(facts.config().routes, purge.route);
  const stored = await appendPurge(store, { ...purge, ...written(clock, by) });
  const purged = (await facts.followPurges?.(stored.number)) ?? null;
  return { number: stored.number, at: stored.at, purged };
}

function written(clock: Clock, by: string): Pick<StoredPurge, "at" | "by"> {
  return { at: new Date(clock.now()).toISOString(), by: withoutSecrets(by) };
}

/** What this front door has stored. */
export async function cacheReport({ facts }: ControlContext): Promise<CacheReport> {
  const report = await facts.cache?.();
  if (report !== undefined) return report;
  throw new FigError("no_front_door", "stored answers are in a front door's memory, and none answers", {
    remedy: "start it with `fig serve`, or name its admin address with --admin",
  });
}
