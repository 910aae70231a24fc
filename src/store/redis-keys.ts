import type { WindowKey } from "../domain/tally.ts";
import type { RollupStep } from "./contract.ts";

/** Wide enough for any revision a ledger will have, so that members sort as text as they do as numbers. */
const DIGITS = 12;

/** A window among those of its route. */
export function memberOf({ revision, epoch }: WindowKey): string {
  return `${String(revision).padStart(DIGITS, "0")}.${String(epoch).padStart(DIGITS, "0")}`;
}

export function windowOfMember(member: string): { readonly revision: number; readonly epoch: number } {
  const [revision, epoch] = member.split(".");
  return { revision: Number(revision), epoch: Number(epoch) };
}

/** Begins what stands in the id's place while a state is copied to. */
export const COPYING = "copying:";

/**
 * The names of everything a store has in Redis. All of them hold one hash tag, `{state}`, so that a cluster keeps them in
 * one slot and a script may use several.
 *
 * | key | holds |
 * |---|---|
 * | `id` | the state's id, made once; `copying:…` while it is copied to |
 * | `ledger` | stream, entry N under the id `N-0`: `e` the entry as JSON, `t` the token of its append |
 * | `routes` | hash: route to its newest revision |
 * | `definitions` | hash: route to `epoch since hash` |
 * | `records` | hash: name to `version text` |
 * | `api-keys` | hash: id of an API key to `revision token hash JSON`; removed: `-` in place of the last two |
 * | `api-key-changes` | sorted set: ids of API keys by revision |
 * | `api-key-hashes` | hash: hash to id of an API key |
 * | `doors` | sorted set: door by when it last wrote, ms |
 * | `windows:R` | sorted set, all scores 0: the windows of a route whose counts are kept |
 * | `unsafe:R` | hash: `window door` to what modern answered to unsafe methods, kept for ever |
 * | `counts:W` | hash: door to its counts as JSON; a number: when (ms) they were added to `(folded)` |
 * | `mismatches:W` | hash: door to its rows as JSON |
 * | `wholes` | sorted set: `id bytes at until route` of a whole answer by when it goes, ms |
 * | `whole:ID` | hash of a whole answer; it expires |
 * | `files` | hash: id of a set of files to `at bytes` |
 * | `files:ID` | the set, packed |
 * | `limits:doors` | sorted set: front door that counts limits here by when it was heard of last, ms |
 * | `limits:told:B` | that a front door told this batch of what passed while Redis was away; it expires |
 * | `lease:D` | hash: front door to its requests under way that count for one key of one limit; it expires when nobody says them again |
 * | `limit:D` | what one key of one limit has used, by a digest of both; it expires when that is nothing |
 * | `seat:S` | that a process lives which has WebSockets; it expires |
 * | `minute:T:R`, `hour:T:R` | packed counts of a route over all doors; they expire |
 * | `minutes-of:D:T` | hash: `minute route` to what this door put last in this hour; it expires |
 */
export function redisKeys(prefix: string) {
  /** What every name begins with. */
  const base = `${prefix}{state}:`;
  const rollups = (step: RollupStep) => `${base}${step}:`;
  return {
    base,
    id: `${base}id`,
    ledger: `${base}ledger`,
    routes: `${base}routes`,
    definitions: `${base}definitions`,
    records: `${base}records`,
    apiKeys: `${base}api-keys`,
    apiKeyChanges: `${base}api-key-changes`,
    apiKeyHashes: `${base}api-key-hashes`,
    doors: `${base}doors`,
    /** The channel that says a state's new revisions; Redis has one space of channels for all its databases. */
    channel: (stateId: string) => `${base}revisions:${stateId}`,
    /** The channel for what may be lost. */
    wordChannel: (stateId: string) => `${base}word:${stateId}`,
    windows: (route: string) => `${base}windows:${route}`,
    unsafe: (route: string) => `${base}unsafe:${route}`,
    counts: (route: string, member: string) => `${base}counts:${member}:${route}`,
    mismatches: (route: string, member: string) => `${base}mismatches:${member}:${route}`,
    wholes: `${base}wholes`,
    whole: (id: string) => `${base}whole:${id}`,
    filesAt: `${base}files`,
    files: (id: string) => `${base}files:${id}`,
    limitDoors: `${base}limits:doors`,
    limitLease: (digest: string) => `${base}lease:${digest}`,
    limitTold: (batch: string) => `${base}limits:told:${batch}`,
    limit: (digest: string) => `${base}limit:${digest}`,
    /** Both a channel, on which a process hears of its WebSockets, and what says that it lives. */
    seat: (name: string) => `${base}seat:${name}`,
    rollups,
    rollup: (step: RollupStep, route: string, at: number) => `${rollups(step)}${at}:${route}`,
    doorMinutes: (door: string, hour: number) => `${base}minutes-of:${door}:${hour}`,
  };
}

export type RedisKeys = ReturnType<typeof redisKeys>;
