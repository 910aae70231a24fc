import { ErrorReply } from "@redis/client";
import { FigError } from "../domain/errors.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { type RedisAddress, readRedisUrl, shownState } from "../domain/state-url.ts";
import type { RollupStep, StateExport, StateImport, StatePiece, StatePieces } from "./contract.ts";
import { packCounts } from "./packed-counts.ts";
import { type Client, createConnection } from "./redis-connection.ts";
import { awayOf, copyingError, refusalOf } from "./redis-errors.ts";
import { countsIn, rowsIn } from "./redis-evidence.ts";
import { COPYING, memberOf, type RedisKeys, redisKeys, windowOfMember } from "./redis-keys.ts";
import { definitionOf } from "./redis-ledger.ts";
import { rollupCountsOf, rollupLives } from "./redis-rollups.ts";
import { SWAP_ID } from "./redis-scripts.ts";
import { FOLDED, ROLLUP_STEPS, rollupsSince } from "./retention.ts";

const PAGE = 200;

/** As SQLite orders text. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A connection for one copy: it is not made again, and what it asks is not checked against a state. */
class Redis {
  readonly keys: RedisKeys;
  readonly shown: string;
  private readonly address: RedisAddress;
  private readonly client: Client;
  private broken: unknown;

  private constructor(url: string, address: RedisAddress) {
    this.address = address;
    this.shown = shownState(url);
    this.keys = redisKeys(address.prefix);
    this.client = createConnection(address);
    this.client.on("error", (error: unknown) => {
      this.broken = error;
    });
  }

  static async open(url: string): Promise<Redis> {
    const address = readRedisUrl(url);
    if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
    const redis = new Redis(url, address);
    await redis.known(redis.client.connect());
    return redis;
  }

  ask<Answer>(...command: readonly string[]): Promise<Answer> {
    return this.known(this.client.sendCommand([...command])) as Promise<Answer>;
  }

  /** The names that begin so, without that beginning, each once, in order. */
  async names(beginning: string): Promise<readonly string[]> {
    const names = new Set<string>();
    const match = `${beginning.replace(/[\\*?[\]]/g, "\\$&")}*`;
    let cursor = "0";
    do {
      const [next, page] = await this.ask<[string, string[]]>(
        "SCAN",
        cursor,
        "MATCH",
        match,
        "COUNT",
        "1000",
      );
      for (const name of page) names.add(name.slice(beginning.length));
      cursor = next;
    } while (cursor !== "0");
    return [...names].sort(byBytes);
  }

  /** False: the id was another one. */
  async swapId(from: string, to: string): Promise<boolean> {
    return (await this.ask("EVAL", SWAP_ID.text, "1", this.keys.id, from, to)) === 1;
  }

  close(): void {
    this.client.destroy();
  }

  private async known<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw error instanceof ErrorReply
        ? refusalOf(error, this.address)
        : awayOf(this.broken ?? error, this.address);
    }
  }
}

async function* piecesOf(redis: Redis, since: number): StatePieces {
  yield* entriesOf(redis);
  const definitions = await redis.ask<Map<string, string>>("HGETALL", redis.keys.definitions);
  for (const route of [...definitions.keys()].sort(byBytes)) {
    yield { kind: "definition", route, ...definitionOf(definitions.get(route) ?? "") };
  }
  yield* windowsOf(redis);
  for (const step of ROLLUP_STEPS) yield* rollupsOf(redis, step, since);
}

async function* entriesOf(redis: Redis): StatePieces {
  for (let after = 0; ; ) {
    const command = ["XRANGE", redis.keys.ledger, `(${after}-0`, "+", "COUNT", String(PAGE)];
    const page = await redis.ask<[string, string[]][]>(...command);
    for (const [, fields] of page) {
      const entry = JSON.parse(fields[fields.indexOf("e") + 1] ?? "") as LedgerEntry;
      after = entry.revision;
      yield { kind: "entry", entry };
    }
    if (page.length < PAGE) return;
  }
}

async function* windowsOf(redis: Redis): StatePieces {
  const { keys } = redis;
  const routes = new Set([...(await redis.names(keys.windows(""))), ...(await redis.names(keys.unsafe("")))]);
  for (const route of [...routes].sort(byBytes)) {
    const unsafe = new Map<string, number>();
    for (const [name, count] of await redis.ask<Map<string, string>>("HGETALL", keys.unsafe(route))) {
      const member = name.slice(0, name.indexOf(" "));
      unsafe.set(member, (unsafe.get(member) ?? 0) + Number(count));
    }
    const kept = await redis.ask<string[]>("ZRANGE", keys.windows(route), "0", "-1");
    for (const member of [...new Set([...kept, ...unsafe.keys()])].sort(byBytes)) {
      const counts = await countsIn(await redis.ask("HGETALL", keys.counts(route, member)));
      yield {
        kind: "window",
        window: { route, ...windowOfMember(member) },
        counts,
        unsafeModern: unsafe.get(member) ?? 0,
        mismatches: await rowsIn(await redis.ask("HGETALL", keys.mismatches(route, member))),
      };
    }
  }
}

async function* rollupsOf(redis: Redis, step: RollupStep, since: number): StatePieces {
  const { keys } = redis;
  const found: { readonly at: number; readonly route: string }[] = [];
  for (const name of await redis.names(keys.rollups(step))) {
    const [at = "", ...route] = name.split(":");
    if (Number(at) >= rollupsSince(step, since)) found.push({ at: Number(at), route: route.join(":") });
  }
  found.sort((a, b) => byBytes(a.route, b.route) || a.at - b.at);
  for (let i = 0; i < found.length; i += PAGE) {
    const page = found.slice(i, i + PAGE);
    const texts = await redis.ask<(string | null)[]>(
      "MGET",
      ...page.map(({ route, at }) => keys.rollup(step, route, at)),
    );
    for (const [index, { route, at }] of page.entries()) {
      const text = texts[index];
      if (typeof text === "string")
        yield { kind: "rollup", step, rollup: { route, at, counts: rollupCountsOf(text) } };
    }
  }
}

async function from(url: string, since: number): Promise<StateExport> {
  const redis = await Redis.open(url);
  const stateId = await redis.ask<string | null>("GET", redis.keys.id);
  if (stateId === null || stateId.startsWith(COPYING)) {
    redis.close();
    throw stateId === null
      ? new FigError("no_state", `${redis.shown} holds no state`)
      : copyingError(redis.shown, "store_invalid");
  }
  return { stateId, pieces: () => piecesOf(redis, since), close: async () => redis.close() };
}

class RedisImport implements StateImport {
  private readonly redis: Redis;
  /** What the id was, and what stands in its place: without it none of this is touched. */
  private readonly before: string;
  private readonly marker: string;
  private readonly stateId: string;
  private readonly since: number;

  constructor(redis: Redis, before: string, marker: string, stateId: string, since: number) {
    this.redis = redis;
    this.before = before;
    this.marker = marker;
    this.stateId = stateId;
    this.since = since;
  }

  async add(pieces: readonly StatePiece[]): Promise<void> {
    await Promise.all(
      pieces.flatMap((piece) => this.commandsOf(piece)).map((command) => this.redis.ask(...command)),
    );
  }

  pieces(): StatePieces {
    return piecesOf(this.redis, this.since);
  }

  async commit(): Promise<void> {
    if (!(await this.redis.swapId(this.marker, this.stateId)))
      throw new FigError(
        "store_not_empty",
        `somebody began to use ${this.redis.shown} while it was copied to`,
      );
    this.redis.close();
  }

  async discard(): Promise<void> {
    try {
      const { keys } = this.redis;
      if ((await this.redis.ask("GET", keys.id)) === this.marker) {
        for (const name of await this.redis.names(keys.base))
          if (name !== "id") await this.redis.ask("UNLINK", `${keys.base}${name}`);
        await this.redis.swapId(this.marker, this.before);
      }
    } catch {
      // It is away: what is left is refused by whoever opens it, with what to do.
    }
    this.redis.close();
  }

  private commandsOf(piece: StatePiece): readonly (readonly string[])[] {
    const { keys } = this.redis;
    if (piece.kind === "entry") {
      const { revision, changes } = piece.entry;
      const entry = [
        "XADD",
        keys.ledger,
        `${revision}-0`,
        "e",
        JSON.stringify(piece.entry),
        "t",
        `copied ${revision}`,
      ];
      return [entry, ...changes.map(({ route }) => ["HSET", keys.routes, route, String(revision)])];
    }
    if (piece.kind === "definition")
      return [["HSET", keys.definitions, piece.route, `${piece.epoch} ${piece.since} ${piece.hash}`]];
    if (piece.kind === "rollup") {
      const { route, at, counts } = piece.rollup;
      const life = String(rollupLives(at, this.since)[piece.step]);
      return [["SET", keys.rollup(piece.step, route, at), packCounts(counts), "PX", life]];
    }
    const { window, counts, unsafeModern, mismatches } = piece;
    const { route } = window;
    const member = memberOf(window);
    const commands: string[][] = [];
    if (counts !== undefined)
      commands.push(
        ["ZADD", keys.windows(route), "0", member],
        ["HSET", keys.counts(route, member), FOLDED, JSON.stringify(counts)],
      );
    if (mismatches.length > 0)
      commands.push(["HSET", keys.mismatches(route, member), FOLDED, JSON.stringify(mismatches)]);
    if (unsafeModern > 0)
      commands.push(["HSET", keys.unsafe(route), `${member} ${FOLDED}`, String(unsafeModern)]);
    return commands;
  }
}

async function to(
  url: string,
  stateId: string,
  since: number,
  hex: (bytes: number) => string,
): Promise<StateImport> {
  const redis = await Redis.open(url);
  const { keys } = redis;
  const marker = `${COPYING}${hex(16)}`;
  const isUsed = async () => (await redis.names(keys.base)).some((name) => name !== "id");
  const usedError = () =>
    new FigError("store_not_empty", `${redis.shown} holds a state already`, {
      remedy: "Name another database, or another ?prefix=.",
    });
  try {
    const before = (await redis.ask<string | null>("GET", keys.id)) ?? "";
    if (before.startsWith(COPYING)) throw copyingError(redis.shown, "store_not_empty");
    if ((await isUsed()) || !(await redis.swapId(before, marker))) throw usedError();
    // Whoever began meanwhile, before the marker was there, goes on.
    if (await isUsed()) {
      await redis.swapId(marker, before);
      throw usedError();
    }
    return new RedisImport(redis, before, marker, stateId, since);
  } catch (error) {
    redis.close();
    throw error;
  }
}

export const redisTransfer = { from, to };
