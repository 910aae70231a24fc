import { ErrorReply } from "@redis/client";
import { FigError } from "../domain/errors.ts";
import { type LedgerEntry, touchedBy } from "../domain/ledger.ts";
import { readRedisUrl, shownState } from "../domain/state-url.ts";
import type { RollupStep, StateExport, StateImport, StatePiece, StatePieces } from "./contract.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import { apiKeyCommands, apiKeyIn } from "./redis-api-keys.ts";
import { createConnection } from "./redis-connection.ts";
import { awayOf, copyingError, refusalOf } from "./redis-errors.ts";
import { countsIn, rowsIn } from "./redis-evidence.ts";
import { COPYING, memberOf, type RedisKeys, redisKeys, windowOfMember } from "./redis-keys.ts";
import { definitionOf } from "./redis-ledger.ts";
import { recordIn } from "./redis-records.ts";
import { rollupLives } from "./redis-rollups.ts";
import { SWAP_ID } from "./redis-scripts.ts";
import { FOLDED, ROLLUP_STEPS, rollupsSince } from "./retention.ts";

const PAGE = 200;

/** As SQLite orders text. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

type Redis = Awaited<ReturnType<typeof openRedis>>;

/** A connection for one copy: it is not made again, and what it asks is not checked against a state. */
async function openRedis(url: string) {
  const address = readRedisUrl(url);
  if ("wrong" in address) throw new FigError("store_invalid", address.wrong, { remedy: address.remedy });
  const keys = redisKeys(address.prefix);
  const client = createConnection(address);
  let broken: unknown;
  client.on("error", (error: unknown) => {
    broken = error;
  });

  const known = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw error instanceof ErrorReply ? refusalOf(error, address) : awayOf(broken ?? error, address);
    }
  };

  const ask = <Answer>(...command: readonly string[]) =>
    known(client.sendCommand([...command])) as Promise<Answer>;

  await known(client.connect());
  return {
    keys,
    shown: shownState(url),
    ask,
    /** The names that begin so, without that beginning, each once, in order. */
    async names(beginning: string): Promise<readonly string[]> {
      const names = new Set<string>();
      const match = `${beginning.replace(/[\\*?[\]]/g, "\\$&")}*`;
      let cursor = "0";
      do {
        const scan = ["SCAN", cursor, "MATCH", match, "COUNT", "1000"];
        const [next, page] = await ask<[string, string[]]>(...scan);
        for (const name of page) names.add(name.slice(beginning.length));
        cursor = next;
      } while (cursor !== "0");
      return [...names].sort(byBytes);
    },
    /** False: the id was another one. */
    swapId: async (from: string, to: string) =>
      (await ask("EVAL", SWAP_ID.text, "1", keys.id, from, to)) === 1,
    close: () => client.destroy(),
  };
}

async function* piecesOf(redis: Redis, since: number): StatePieces {
  yield* entriesOf(redis);
  const definitions = await redis.ask<Map<string, string>>("HGETALL", redis.keys.definitions);
  for (const route of [...definitions.keys()].sort(byBytes)) {
    yield { kind: "definition", route, ...definitionOf(definitions.get(route) ?? "") };
  }
  yield* windowsOf(redis);
  for (const step of ROLLUP_STEPS) yield* rollupsOf(redis, step, since);
  const records = await redis.ask<Map<string, string>>("HGETALL", redis.keys.records);
  for (const name of [...records.keys()].sort(byBytes))
    yield { kind: "record", name, ...recordIn(records.get(name) ?? "") };
  yield* apiKeysOf(redis);
  yield* filesOf(redis);
}

async function* filesOf({ ask, keys }: Redis): StatePieces {
  const ids = Object.keys(Object.fromEntries(await ask<Map<string, string>>("HGETALL", keys.filesAt)));
  for (const id of ids.sort(byBytes)) {
    const text = await ask<string | null>("GET", keys.files(id));
    const at = await ask<string | null>("HGET", keys.filesAt, id);
    if (text !== null) yield { kind: "files", id, at: Number((at ?? "").split(" ")[0]), text };
  }
}

async function* apiKeysOf({ ask, keys }: Redis): StatePieces {
  for (let after = "0"; ; ) {
    const bounds = [`(${after}`, "+inf", "BYSCORE", "LIMIT", "0", String(PAGE)];
    const ids = await ask<string[]>("ZRANGE", keys.apiKeyChanges, ...bounds);
    if (ids.length === 0) return;
    const texts = await Promise.all(ids.map((id) => ask<string | null>("HGET", keys.apiKeys, id)));
    for (const [index, id] of ids.entries()) {
      const key = apiKeyIn(id, texts[index] ?? "");
      after = String(key.revision);
      yield { kind: "apiKey", ...key };
    }
  }
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
        yield { kind: "rollup", step, rollup: { route, at, counts: unpackCounts(text) } };
    }
  }
}

async function from(url: string, since: number): Promise<StateExport> {
  const redis = await openRedis(url);
  const stateId = await redis.ask<string | null>("GET", redis.keys.id);
  if (stateId === null || stateId.startsWith(COPYING)) {
    redis.close();
    throw stateId === null
      ? new FigError("no_state", `${redis.shown} holds no state`)
      : copyingError(redis.shown, "store_invalid");
  }
  return { stateId, pieces: () => piecesOf(redis, since), close: async () => redis.close() };
}

/** The commands that write a piece: counts and mismatches under the door that stands for ended ones. */
function commandsOf(keys: RedisKeys, piece: StatePiece, since: number): readonly (readonly string[])[] {
  if (piece.kind === "entry") {
    const { revision } = piece.entry;
    const entry = JSON.stringify(piece.entry);
    return [
      ["XADD", keys.ledger, `${revision}-0`, "e", entry, "t", `copied ${revision}`],
      ...touchedBy(piece.entry).map((name) => ["HSET", keys.routes, name, String(revision)]),
    ];
  }
  if (piece.kind === "definition")
    return [["HSET", keys.definitions, piece.route, `${piece.epoch} ${piece.since} ${piece.hash}`]];
  if (piece.kind === "record") return [["HSET", keys.records, piece.name, `${piece.version} ${piece.text}`]];
  if (piece.kind === "files")
    return [
      ["SET", keys.files(piece.id), piece.text],
      ["HSET", keys.filesAt, piece.id, `${piece.at} ${piece.text.length}`],
    ];
  if (piece.kind === "apiKey") return apiKeyCommands(keys, piece);
  if (piece.kind === "rollup") {
    const { route, at, counts } = piece.rollup;
    const life = String(rollupLives(at, since)[piece.step]);
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

/** While `marker` stands in the id's place, which was `before`: without it none of this is touched. */
function importInto(
  redis: Redis,
  {
    before,
    marker,
    stateId,
    since,
  }: Readonly<Record<"before" | "marker" | "stateId", string>> & {
    readonly since: number;
  },
): StateImport {
  const { keys } = redis;
  return {
    async add(pieces) {
      const commands = pieces.flatMap((piece) => commandsOf(keys, piece, since));
      await Promise.all(commands.map((command) => redis.ask(...command)));
    },
    pieces: () => piecesOf(redis, since),
    async commit() {
      if (!(await redis.swapId(marker, stateId)))
        throw new FigError("store_not_empty", `somebody began to use ${redis.shown} while it was copied to`);
      redis.close();
    },
    async discard() {
      try {
        if ((await redis.ask("GET", keys.id)) === marker) {
          for (const name of await redis.names(keys.base))
            if (name !== "id") await redis.ask("UNLINK", `${keys.base}${name}`);
          await redis.swapId(marker, before);
        }
      } catch {
        // It is away: what is left is refused by whoever opens it, with what to do.
      }
      redis.close();
    },
  };
}

async function to(
  url: string,
  stateId: string,
  since: number,
  hex: (bytes: number) => string,
): Promise<StateImport> {
  const redis = await openRedis(url);
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
    return importInto(redis, { before, marker, stateId, since });
  } catch (error) {
    redis.close();
    throw error;
  }
}

export const redisTransfer = { from, to };
