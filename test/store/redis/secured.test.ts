import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Store } from "../../../src/store/contract.ts";
import { copyState } from "../../../src/store/copy-state.ts";
import { openStore } from "../../../src/store/index.ts";
import { openRedisLimits } from "../../../src/store/redis-limits.ts";
import { apiKeyOf } from "../../conformance/store-api-keys.ts";
import { ANY, countsOf, draftOf, Follower, rowOf, upTo, windowOf } from "../../conformance/store-values.ts";
import { type RedisOptions, RedisServer } from "../../support/redis-server.ts";
import { OPENSSL, withRedis } from "../../support/with-redis.ts";
import { hex } from "../folder.ts";

const PAGE = fileURLToPath(new URL("../../../docs/how-to/run-a-fleet.md", import.meta.url));
const options = { now: () => Date.now(), hex };

withRedis("a Redis with users and TLS", () => {
  let folder: string;
  const servers: RedisServer[] = [];
  const stores: Store[] = [];
  const file = (name: string) => join(folder, name);

  /** An authority, and certificates it signed for 127.0.0.1 and for a client. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fig-tls-"));
    const openssl = (...args: readonly string[]) =>
      execFileSync(OPENSSL.path, args, { cwd: folder, stdio: "pipe" });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=an authority",
    );
    for (const name of ["server", "client"]) {
      openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      writeFileSync(file(`${name}.ext`), "subjectAltName=IP:127.0.0.1\n");
      const signed = [
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        `${name}.ext`,
      ];
      openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...signed);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const server of servers.splice(0)) await server.remove();
  });
  async function start(settings: RedisOptions): Promise<RedisServer> {
    const server = await RedisServer.start(settings);
    servers.push(server);
    return server;
  }
  async function open(url: string, warn?: (sentence: string) => void): Promise<Store> {
    const store = await openStore(url, warn === undefined ? options : { ...options, warn });
    stores.push(store);
    return store;
  }

  test("the user of the how-to page may do all that a store does, and nothing under another prefix", async () => {
    const [acl = ""] = /^user fig .*$/m.exec(readFileSync(PAGE, "utf8")) ?? [];
    expect(acl).toContain(">secret");
    writeFileSync(file("users.acl"), `${acl}\nuser default on nopass ~* &* +@all\n`);
    const server = await start({ settings: { aclfile: file("users.acl") } });
    const url = server.url.replace("//", "//fig:secret@");
    const warnings: string[] = [];
    const store = await open(url, (sentence) => warnings.push(sentence));
    const follower = new Follower(store, 0);
    await store.append(draftOf(["a"]), { revision: ANY, routes: [] });
    await follower.untilRevision(1);
    await store.noteDefinitions([{ route: "a", hash: "h" }]);
    for (const revision of upTo(25))
      await store.putCounts("door", [
        {
          window: windowOf("a", revision),
          counts: countsOf({ unsafe: 1, modern: 1 }),
          mismatches: [rowOf("$.x", 1, 0, 0)],
        },
      ]);
    for (const n of upTo(60))
      await store.putCounts(`door ${n}`, [{ window: windowOf("b"), counts: countsOf({}), mismatches: [] }]);
    expect(await store.readCounts([windowOf("b")])).toHaveLength(1);
    expect(await store.readMismatches(windowOf("a", 25))).toHaveLength(1);
    expect(await store.unsafeModernSince("a", 0)).toBe(25);
    expect([...(await store.readDefinitions()).keys()]).toEqual(["a"]);
    const at = Math.floor(Date.now() / 60_000) * 60_000;
    await store.putRollups("door", [{ route: "a", at, counts: countsOf({ legacy: 1 }) }]);
    expect(await store.readRollups({ route: "a", step: "hour", from: 0, to: at + 1 })).toHaveLength(1);
    await store.putApiKeys([{ id: "a", revision: 0, key: apiKeyOf("a") }]);
    await store.putApiKeys([{ id: "a", revision: 1, key: null }]);
    expect((await store.readApiKeys(0)).keys).toEqual(await store.findApiKeys(["a"]));
    expect(await copyState(url, `${url}?prefix=fig:copy`, options)).toMatchObject({
      revision: 1,
      apiKeys: 1,
    });
    const limits = openRedisLimits(url, {
      now: Date.now,
      hex,
      micros: () => performance.now() * 1000,
      answerMs: 20_000,
    });
    await limits.start();
    expect(limits.away).toBeUndefined();
    expect(
      await limits.take([{ kind: "quota", id: "q", amount: 1, period: "month" }], ["a"], false),
    ).toMatchObject({ passes: true });
    const under = { kind: "concurrent", id: "c", most: 1 } as const;
    expect(await limits.take([under], ["a"], false)).toMatchObject({ passes: true, used: [1] });
    limits.done([under], ["a"]);
    expect(await limits.take([under], ["a"], false)).toMatchObject({ passes: true, used: [1] });
    await limits.close();
    const heard = Promise.withResolvers<string>();
    store.word?.hear(heard.resolve);
    await store.word?.say("something");
    expect(await heard.promise).toBe("something");
    expect(warnings).toEqual([expect.stringContaining("appendonly no")]);
    const elsewhere = open(`${url}?prefix=other`);
    await expect(elsewhere).rejects.toMatchObject({
      code: "store_invalid",
      message: expect.stringMatching(/NOPERM/),
    });
  });

  test("a user that may not see the configuration is warned that nobody checked it", async () => {
    const [acl = ""] = /^user fig .*$/m.exec(readFileSync(PAGE, "utf8")) ?? [];
    writeFileSync(
      file("blind.acl"),
      `${acl.replace("+config|get", "")}\nuser default on nopass ~* &* +@all\n`,
    );
    const server = await start({ settings: { aclfile: file("blind.acl") } });
    const warned = new Promise<string>((resolve) => {
      void open(server.url.replace("//", "//fig:secret@"), resolve);
    });
    expect(await warned).toContain("Redis does not tell its configuration (CONFIG GET)");
  });

  test("TLS needs the authority and the right name; a client's certificate is shown where one is asked for", async () => {
    const server = await start({
      tls: true,
      settings: {
        "tls-cert-file": file("server.pem"),
        "tls-key-file": file("server.key"),
        "tls-ca-cert-file": file("ca.pem"),
        "tls-auth-clients": "yes",
      },
    });
    const own = `cert=${file("client.pem")}&key=${file("client.key")}`;
    const store = await open(`${server.url}?ca=${file("ca.pem")}&${own}`);
    expect(await store.append(draftOf(["a"]), { revision: ANY, routes: [] })).toMatchObject({ ok: true });

    const unavailable = { code: "store_unavailable" };
    const unknown = open(`${server.url}?${own}`);
    await expect(unknown).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/certificate/),
      remedy: expect.stringMatching(/`ca=`/),
    });
    await expect(
      open(`${server.url}?ca=${file("ca.pem")}&${own}&servername=other.example`),
    ).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/other\.example/),
    });
    await expect(open(`${server.url}?ca=${file("ca.pem")}`)).rejects.toMatchObject(unavailable);
    await expect(open(server.url.replace("rediss", "redis"))).rejects.toMatchObject(unavailable);
    await expect(open(`${server.url}?ca=${file("none.pem")}`)).rejects.toMatchObject({
      code: "store_invalid",
      message: expect.stringMatching(/a PEM file of the state URL cannot be read/),
    });
  });
}, [OPENSSL]);
