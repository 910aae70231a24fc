import { createClient } from "@redis/client";
import { afterEach, describe, expect, test } from "vitest";
import type { OpenOptions, Store } from "../../../src/store/contract.ts";
import { openStore } from "../../../src/store/index.ts";
import { ANY, countsOf, draftOf, Follower, upTo, windowOf } from "../../conformance/store-values.ts";
import { until as untilValue } from "../../e2e/until.ts";
import { type RedisOptions, RedisServer } from "../../support/redis-server.ts";
import { withRedis } from "../../support/with-redis.ts";
import { hex } from "../folder.ts";

const now = () => Date.parse("2026-11-02T08:00:00.000Z");
const until = (ask: () => unknown) => untilValue<unknown>(ask, Boolean);
const AWAY = { code: "store_unavailable" };

/** As somebody who is no front door. */
async function raw<T>(
  url: string,
  use: (ask: (...command: string[]) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const client = createClient({ url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use((...command) => client.sendCommand(command));
  } finally {
    client.destroy();
  }
}

withRedis("a Redis that goes away", () => {
  const servers: RedisServer[] = [];
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const server of servers.splice(0)) await server.remove();
  });
  async function start(options: RedisOptions = { durable: true }): Promise<RedisServer> {
    const server = await RedisServer.start(options);
    servers.push(server);
    return server;
  }
  async function open(url: string, options: Partial<OpenOptions> = {}): Promise<Store> {
    const store = await openStore(url, { now, hex, ...options });
    stores.push(store);
    return store;
  }
  const anything = { revision: ANY, routes: [] };

  describe("while it runs", () => {
    test("calls fail at once while it is away, and go on by themselves when it is back", async () => {
      const server = await start();
      const store = await open(server.url);
      const follower = new Follower(store, 0);
      await store.append(draftOf(["a"]), anything);
      await follower.untilRevision(1);
      await server.stop();
      await until(() => follower.health.at(-1) === false);
      await expect(store.append(draftOf(["a"]), anything)).rejects.toMatchObject(AWAY);
      await expect(store.read(0)).rejects.toMatchObject(AWAY);
      await expect(
        store.putCounts("d", [{ window: windowOf("a"), counts: countsOf({}), mismatches: [] }]),
      ).rejects.toMatchObject(AWAY);
      await server.start();
      await until(() => follower.health.at(-1) === true);
      const entry = await store.append(draftOf(["a"]), anything);
      expect(entry).toMatchObject({ ok: true, entry: { revision: 2 } });
      await follower.untilRevision(2);
      expect(follower.revisions).toEqual([1, 2]);
    });

    test("entries written while a follower was cut off come once and in order", async () => {
      const server = await start();
      const [one, two] = [await open(server.url), await open(server.url)];
      const follower = new Follower(one, 0);
      for (const modern of upTo(5)) await two.append(draftOf(["a"], modern), anything);
      await follower.untilRevision(5);
      await server.stop();
      await server.start();
      await until(
        async () => (await two.append(draftOf(["a"]), anything).catch(() => undefined))?.ok === true,
      );
      for (const modern of upTo(20)) await two.append(draftOf(["a"], modern), anything);
      await follower.untilRevision(26);
      expect(follower.revisions).toEqual(upTo(26));
    });

    test("an entry that no message told of is found none the less", async () => {
      const server = await start();
      const follower = new Follower(await open(server.url), 0);
      const silent = createClient({ url: server.url });
      await silent.connect();
      const entry = JSON.stringify({ ...draftOf(["a"]), revision: 1, at: "2026-11-02T08:00:00.000Z" });
      await silent.sendCommand(["XADD", "fig:{state}:ledger", "1-0", "e", entry, "t", "silent"]);
      silent.destroy();
      await follower.untilRevision(1);
    });

    test("an append whose answer is lost is found again, or written again: never twice, never lost", async () => {
      const server = await start();
      const store = await open(server.url);
      const other = await open(server.url);
      let killed = 0;
      const outcomes: Promise<unknown>[] = [];
      while (killed < 3) {
        for (const i of upTo(20))
          outcomes.push(
            store.append(draftOf(["a"], 1, `${killed}.${i}`), anything).catch((error: unknown) => error),
          );
        await server.stop();
        killed++;
        await server.start();
        await until(async () => (await other.read(0).catch(() => undefined)) !== undefined);
        await Promise.all(outcomes);
      }
      const results = (await Promise.all(outcomes)) as {
        ok?: boolean;
        entry?: { reason: string; revision: number };
      }[];
      const entries = await other.read(0);
      const reasons = entries.map(({ reason }) => reason);
      expect(new Set(reasons).size).toBe(reasons.length);
      const acknowledged = results.flatMap((result) => (result.ok ? [result.entry] : []));
      expect(acknowledged.length).toBeGreaterThan(0);
      for (const entry of acknowledged) expect(entries[(entry?.revision ?? 0) - 1]).toEqual(entry);
      for (const [index, entry] of entries.entries()) expect(entry.revision).toBe(index + 1);
    });

    test("one that accepts and does not answer counts as away after a while, and can be closed; what it did late was done once", {
      timeout: 90_000,
    }, async () => {
      const server = await start();
      const store = await open(server.url);
      const other = await open(server.url);
      server.freeze();
      const unheard = expect(other.read(0)).rejects.toMatchObject(AWAY);
      const closed = other.close();
      const append = store.append(draftOf(["a"]), anything);
      await expect(store.read(0)).rejects.toMatchObject(AWAY);
      await expect(store.append(draftOf(["b"]), anything)).rejects.toMatchObject(AWAY);
      // It waits for an answer as long as any call does, and no longer.
      await closed;
      await unheard;
      server.resume();
      // The first was delivered, and was asked for again on the next connection.
      expect(await append).toMatchObject({ ok: true, entry: { revision: 1 } });
      expect(await store.read(0)).toHaveLength(1);
    });

    test("one that comes back without its data, or with less, is not taken for the state it was", async () => {
      const server = await start({});
      const store = await open(server.url);
      const follower = new Follower(store, 0);
      await store.append(draftOf(["a"]), anything);
      await follower.untilRevision(1);
      // Until the poll has seen it.
      await until(async () => (await store.read(0)).length === 1);
      await server.stop();
      await server.start();
      await until(async () =>
        /is empty now/.test(await store.append(draftOf(["a"]), anything).then(String, String)),
      );
      expect(follower.health.at(-1)).toBe(false);
      expect(follower.revisions).toEqual([1]);
    });
  });

  describe("that lost its newest revision, as a replica may that takes over", () => {
    const LEDGER = "fig:{state}:ledger";
    /** Takes revision 2 away and ends every connection, as soon as it is there. Gives what it held. */
    const failover = (server: RedisServer) =>
      raw(server.url, async (ask) => {
        const [entry] = (await ask("XRANGE", LEDGER, "2-0", "2-0")) as [[string, string[]]];
        await ask("XDEL", LEDGER, "2-0");
        await ask("XSETID", LEDGER, "1-0");
        await ask("CLIENT", "KILL", "SKIPME", "yes");
        return entry[1];
      });
    const refused = (store: Store) => async () =>
      /went back from revision 2 to 1/.test(await store.read(0).then(String, String));

    test("it is not taken for the state it was by who wrote that revision, though no poll saw it", async () => {
      const server = await start();
      const store = await open(server.url);
      await store.append(draftOf(["a"]), anything);
      await store.append(draftOf(["a"], 20), anything);
      await failover(server);
      await until(refused(store));
      const another = await open(server.url);
      expect(await another.read(0)).toHaveLength(1);
    });

    test("nor by who was told of it", async () => {
      const server = await start();
      const [store, other] = [await open(server.url), await open(server.url)];
      const follower = new Follower(store, 0);
      await other.append(draftOf(["a"]), anything);
      await other.append(draftOf(["a"], 20), anything);
      await follower.untilRevision(2);
      await failover(server);
      await until(refused(store));
    });

    test("when that revision is there again, all goes on", async () => {
      const server = await start();
      const store = await open(server.url);
      await store.append(draftOf(["a"]), anything);
      await store.append(draftOf(["a"], 20), anything);
      const fields = await failover(server);
      await until(refused(store));
      await raw(server.url, (ask) => ask("XADD", LEDGER, "2-0", ...fields));
      await until(async () => (await store.append(draftOf(["b"]), anything).catch(() => undefined))?.ok);
      expect(await store.read(0)).toHaveLength(3);
    });
  });

  describe("before it runs", () => {
    test("opening fails at once with what to do, and with no password in it", async () => {
      const server = await start();
      await server.stop();
      const url = server.url.replace("//", "//user:s3cr3t-pw@");
      const refused = open(url);
      await expect(refused).rejects.toMatchObject(AWAY);
      await expect(refused).rejects.toThrow(
        `redis://127.0.0.1:${server.port} cannot be reached: connect ECONNREFUSED`,
      );
      await expect(refused).rejects.not.toThrow("s3cr3t-pw");
    });

    test("with `away` it opens none the less, and is there when Redis is", async () => {
      const server = await start();
      await server.stop();
      const store = await open(server.url, { away: { stateId: "" } });
      expect(store.stateId).toBe("");
      const follower = new Follower(store, 0);
      await expect(store.read(0)).rejects.toMatchObject(AWAY);
      await until(() => follower.health.at(-1) === false);
      await server.start();
      await until(() => follower.health.at(-1) === true);
      expect(store.stateId).toMatch(/^[0-9a-f]{32}$/);
      await store.append(draftOf(["a"]), anything);
      await follower.untilRevision(1);
    });

    test("with `away` and an id it takes no other state", async () => {
      const server = await start();
      const other = await open(`${server.url}?prefix=other:`);
      await other.append(draftOf(["a"]), anything);
      await server.stop();
      const store = await open(`${server.url}?prefix=other:`, { away: { stateId: "00".repeat(16) } });
      await server.start();
      await until(async () => /another state/.test(await store.read(0).then(String, String)));
    });
  });

  describe("what it says no to", () => {
    test("a replica counts as away, and is taken once it takes writes", async () => {
      const server = await start();
      await (await open(server.url)).append(draftOf(["a"]), anything);
      // Of one that is not there: it keeps what it has.
      await raw(server.url, (ask) => ask("REPLICAOF", "127.0.0.1", "1"));
      await expect(open(server.url)).rejects.toMatchObject({
        ...AWAY,
        message: expect.stringMatching(/is a replica$/),
      });
      const store = await open(server.url, { away: { stateId: "" } });
      const follower = new Follower(store, 0);
      await until(() => follower.health.at(-1) === false);
      await raw(server.url, (ask) => ask("REPLICAOF", "NO", "ONE"));
      await until(() => follower.health.at(-1) === true);
      expect(follower.health).toEqual([false, true]);
      await store.append(draftOf(["a"]), anything);
    });

    test("who only reads makes no state in an empty one", async () => {
      const server = await start();
      await expect(open(server.url, { create: false })).rejects.toMatchObject({ code: "no_state" });
      expect(await raw(server.url, (ask) => ask("DBSIZE"))).toBe(0);
      const { stateId } = await open(server.url);
      expect((await open(server.url, { create: false })).stateId).toBe(stateId);
    });

    test("with the id of a state used before, a password that was changed leaves it away until it is right again", async () => {
      const server = await start({ settings: { requirepass: "s3cr3t-pw" } });
      const url = server.url.replace("//", "//:s3cr3t-pw@");
      const { stateId } = await open(url);
      await raw(url, (ask) => ask("CONFIG", "SET", "requirepass", "other"));
      await expect(open(url, { away: { stateId: "" } })).rejects.toMatchObject({ code: "store_invalid" });
      const store = await open(url, { away: { stateId } });
      await expect(store.read(0)).rejects.toMatchObject({
        ...AWAY,
        message: expect.stringMatching(/WRONGPASS/),
      });
      await raw(server.url.replace("//", "//:other@"), (ask) =>
        ask("CONFIG", "SET", "requirepass", "s3cr3t-pw"),
      );
      await until(async () => (await store.read(0).catch(() => undefined)) !== undefined);
    });

    test("a wrong password is store_invalid, and the password is in no message", async () => {
      const server = await start({ settings: { requirepass: "s3cr3t-pw" } });
      const right = await open(server.url.replace("//", "//:s3cr3t-pw@"));
      expect(right.stateId).not.toBe("");
      const wrong = open(server.url.replace("//", "//:other-pw@"));
      await expect(wrong).rejects.toMatchObject({ code: "store_invalid" });
      await expect(wrong).rejects.not.toThrow("other-pw");
      const none = open(server.url);
      await expect(none).rejects.toMatchObject({
        code: "store_invalid",
        message: expect.stringMatching(/NOAUTH/),
      });
    });

    test("what does not keep its data is warned about, each setting by itself", async () => {
      const warnings: string[] = [];
      const warn = (sentence: string) => warnings.push(sentence);
      await open((await start({ durable: true })).url, { warn });
      const careless = await start({ settings: { "maxmemory-policy": "allkeys-lru" } });
      await open(careless.url, { warn });
      const lazy = await start({ settings: { appendonly: "yes", appendfsync: "everysec" } });
      await open(lazy.url, { warn });
      await until(() => warnings.length >= 3);
      expect(warnings.sort()).toEqual([
        "Redis has appendfsync everysec, not always: a power cut loses the shifts acknowledged in the last second",
        "Redis has appendonly no, not yes: a Redis that is killed loses what it acknowledged since its last snapshot",
        "Redis has maxmemory-policy allkeys-lru, not noeviction: a full Redis may throw away the ledger",
      ]);
    });
  });
});
