import { resolve } from "node:path";
import type { Clock } from "../domain/clock.ts";
import type { KeySource, TokenAlgorithm } from "../domain/policies/jwt.ts";
import { discoverKeys } from "./discovery.ts";
import { FetchError, type Fetched, type FetchFailure, fetchJson, readJson } from "./fetch-json.ts";
import { type PublicKey, readKeys } from "./jwks.ts";
import { fits } from "./signature.ts";

/** How long keys are good for, whatever their issuer says; and where it says nothing. */
const MIN_AGE_MS = 60_000;
const MAX_AGE_MS = 3_600_000;
const DEFAULT_AGE_MS = 600_000;
/** A file is read again so often. */
const FILE_AGE_MS = 5_000;
/** They are fetched again when so much of their time is over. */
const AHEAD = 0.9;
/** After one failure, doubled with each further one. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Fetches for tokens with keys that are not here: so many at once, and another so often. */
const MAX_ASKED = 5;
const COOLDOWN_MS = 10_000;
/** Requests that wait for one fetch. */
const MAX_WAITING = 1_000;
/** A token without a kid is tried with so many keys. */
const MAX_TRIED = 4;

export type FetchResult = "ok" | FetchFailure | "cooled" | "crowded";

interface KeySetTools {
  readonly clock: Clock;
  /** What a relative path is relative to. */
  readonly folder: string;
  readonly count: (source: string, result: FetchResult) => void;
}

/** The keys of one issuer: fetched ahead of need, kept while they are good, and asked for again when a token names another. */
export class KeySet {
  readonly source: KeySource;
  /** Why the last fetch failed, in words; undefined: it did not. */
  failure: string | undefined = undefined;
  /** Why some keys are not used, in words. */
  unused: string | undefined = undefined;
  /** They are good until then, ms since the epoch; -Infinity: they were never here. */
  freshUntilMs = Number.NEGATIVE_INFINITY;
  private readonly tools: KeySetTools;
  private keys: readonly PublicKey[] = [];
  private byId = new Map<string, readonly PublicKey[]>();
  /** Where discovery found them last. */
  private found: string | undefined = undefined;
  private fetching: Promise<void> | undefined = undefined;
  private waiting = 0;
  private failures = 0;
  private nextMs = 0;
  private timer: NodeJS.Timeout | undefined = undefined;
  private asked = 0;
  private askedMs = 0;
  private closed = false;

  constructor(source: KeySource, tools: KeySetTools) {
    this.source = source;
    this.tools = tools;
    void this.fetch();
  }

  /** What may have signed a token of this kid and algorithm. */
  candidates(keyId: string | undefined, algorithm: TokenAlgorithm): readonly PublicKey[] {
    const all = keyId === undefined ? this.keys : (this.byId.get(keyId) ?? []);
    const fitting = all.filter(
      (one) => (one.algorithm === undefined || one.algorithm === algorithm) && fits(one.key, algorithm),
    );
    return fitting.length > MAX_TRIED ? [] : fitting;
  }

  /**
   * Fetches the keys because one is missing: a promise that is there when they are, or not; undefined: they were asked for often enough, or too
   * many wait already.
   */
  ask(): Promise<void> | undefined {
    const { clock, count } = this.tools;
    if (this.waiting >= MAX_WAITING) {
      count(this.source.at, "crowded");
      return undefined;
    }
    if (this.fetching === undefined) {
      const now = clock.micros() / 1000;
      this.asked = Math.max(0, this.asked - (now - this.askedMs) / COOLDOWN_MS);
      this.askedMs = now;
      if (this.asked > MAX_ASKED - 1) {
        count(this.source.at, "cooled");
        return undefined;
      }
      this.asked++;
    }
    this.waiting++;
    return this.fetch().finally(() => {
      this.waiting--;
    });
  }

  /** Until they are fetched again, in whole seconds from 1. */
  get seconds(): number {
    const now = this.tools.clock.micros() / 1000;
    const until = this.fetching === undefined ? this.nextMs - now : 0;
    return Math.max(1, Math.ceil(until / 1000));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const key of this.keys) key.live = false;
  }

  /** One at a time. Never rejects. */
  private fetch(): Promise<void> {
    this.fetching ??= this.fetchOnce().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetchOnce(): Promise<void> {
    clearTimeout(this.timer);
    const { clock, count } = this.tools;
    let pauseMs: number;
    try {
      const at = await this.place();
      const fetched = await this.read(at);
      const { keys, unused } = await readKeys(fetched.value, at);
      if (keys.length === 0)
        throw new FetchError("invalid", `${at} has no key that can be used${unused ? `: ${unused}` : ""}`);
      if (this.closed) return;
      const ageMs = this.ageOf(fetched);
      this.keep(keys);
      this.unused = unused;
      this.failure = undefined;
      this.failures = 0;
      this.freshUntilMs = clock.now() + ageMs;
      pauseMs = ageMs * AHEAD;
      count(this.source.at, "ok");
    } catch (error) {
      if (this.closed) return;
      this.failure = error instanceof FetchError ? error.message : "they could not be read";
      pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures++, 10));
      count(this.source.at, error instanceof FetchError ? error.reason : "invalid");
    }
    this.nextMs = clock.micros() / 1000 + pauseMs;
    this.timer = setTimeout(() => void this.fetch(), pauseMs).unref();
  }

  private ageOf({ maxAgeMs = DEFAULT_AGE_MS }: Fetched): number {
    return this.source.kind === "file" ? FILE_AGE_MS : Math.min(MAX_AGE_MS, Math.max(MIN_AGE_MS, maxAgeMs));
  }

  private async place(): Promise<string> {
    const { kind, at } = this.source;
    if (kind === "file") return resolve(this.tools.folder, at);
    if (kind === "url") return at;
    try {
      this.found = await discoverKeys(at);
    } catch (error) {
      // What was found before is as good, unless the issuer has become another.
      if (this.found === undefined || (error instanceof FetchError && error.reason === "issuer")) throw error;
    }
    return this.found;
  }

  private read(at: string): Promise<Fetched> {
    return this.source.kind === "file" ? readJson(at) : fetchJson(at);
  }

  /** A key that is still there stays the same object, so that what was verified with it counts. */
  private keep(read: readonly PublicKey[]): void {
    const before = new Map(this.keys.map((key) => [key.id, key]));
    this.keys = read.map((key) => before.get(key.id) ?? key);
    for (const key of before.values()) key.live = this.keys.includes(key);
    this.byId = Map.groupBy(
      this.keys.filter(({ keyId }) => keyId !== undefined),
      ({ keyId }) => keyId as string,
    );
  }
}
