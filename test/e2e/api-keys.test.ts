import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@redis/client";
import { afterEach, describe, expect, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { type FigReady, type ReadyProcess, startFig as startProcess } from "./fig-process.ts";
import { type ReadyDoor, runFig, startFig } from "./in-process.ts";
import { childrenOf } from "./support/socket-owners.ts";
import { until } from "./until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A side that answers with the fields that it got. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: request.url, ...request.headers }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Door<Started = Pick<ReadyDoor, "ready">> {
  readonly process: Started;
  readonly file: string;
  /** Status and error code of a request with this key. */
  ask(key: string | undefined, path?: string): Promise<string>;
  fig(...args: readonly string[]): Promise<string>;
  add(name: string, ...more: readonly string[]): Promise<{ readonly key: string; readonly id: string }>;
  problems(): Promise<string>;
  metrics(): Promise<string>;
}

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "fig-keys-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Files = readonly [state: string, policy?: string, settings?: readonly string[]];

async function writeFiles([state, policy = "{ staleFor: 5m }", settings = []]: Files): Promise<string> {
  const file = join(folderOf(), "fig.yaml");
  const lines = [
    ...["listen: 127.0.0.1:0", "admin: 127.0.0.1:0", `state: ${state}`, "default: echo", ...settings],
    ...[`upstreams: { echo: "${await startEcho()}" }`, `policies: { apiKeys: ${policy} }`],
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** A front door in this process. */
async function startDoor(...files: Files): Promise<Door> {
  const file = await writeFiles(files);
  return doorOf(file, await startFig(file));
}

/** A process of its own. */
async function startDoorProcess(...files: Files): Promise<Door<ReadyProcess<FigReady>>> {
  const file = await writeFiles(files);
  return doorOf(file, await startProcess(file));
}

function doorOf<Started extends Pick<ReadyDoor, "ready"> & { stop(): unknown }>(
  file: string,
  fig: Started,
): Door<Started> {
  cleanups.push(() => fig.stop());
  const { url, adminUrl } = fig.ready;
  const door: Door<Started> = {
    process: fig,
    file,
    async ask(key, path = "/x") {
      const headers: Record<string, string> = key === undefined ? {} : { "x-api-key": key };
      const answer = await fetch(`${url}${path}`, { headers });
      const text = await answer.text();
      const code = answer.ok ? "" : ` ${(JSON.parse(text) as { error: { code: string } }).error.code}`;
      return `${answer.status}${code}`;
    },
    async fig(...args) {
      const { code, stdout, stderr } = await runFig([...args, "-c", file, "--admin", adminUrl]);
      if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stderr}`);
      return stdout;
    },
    async add(name, ...more) {
      const said = await door.fig("keys", "add", "--name", name, "--json", ...more);
      const { key, apiKey } = JSON.parse(said) as { key: string; apiKey: { id: string } };
      return { key, id: apiKey.id };
    },
    async problems() {
      const status = await (await fetch(`${adminUrl}/api/v1/status`)).json();
      return (status as { problems: readonly string[] }).problems.join("\n");
    },
    metrics: async () => (await fetch(`${adminUrl}/metrics`)).text(),
  };
  return door;
}

/** Asks all of them all the time, and gives when each first answered this, ms after it began. */
async function firstAnswer(doors: readonly Door[], key: string, wanted: string): Promise<readonly number[]> {
  const began = performance.now();
  return Promise.all(
    doors.map(async (door) => {
      await until(
        () => door.ask(key),
        (said) => said === wanted,
      );
      return performance.now() - began;
    }),
  );
}

/** Between a client's requests: what is waited for takes seconds, and needs the cores. */
const PAUSE_MS = 10;

const UNKNOWN = `fig_0123456789ab_${"0".repeat(64)}`;

describe("API keys of one front door", () => {
  test("from its making to its removal, by commands, and nothing shows its text", {
    timeout: 120_000,
  }, async () => {
    const door = await startDoorProcess(`sqlite:${join(folderOf(), "state.db")}`, "{ query: api_key }", [
      "accessLog: { sample: 100 }",
    ]);
    expect(await door.ask(undefined)).toBe("401 api_key_missing");
    expect(await door.ask(UNKNOWN)).toBe("401 api_key_unknown");
    const { key, id } = await door.add("mobile app", "--plan", "gold", "--expires", "90d");
    // In force when the command ends.
    expect(await door.ask(key)).toBe("200");
    const { url, adminUrl } = door.process.ready;
    const asked = await fetch(`${url}/x?a=1&api_key=${key}`, { headers: { "x-fig-api-key-id": "mine" } });
    expect(await asked.json()).toMatchObject({
      ...{ url: "/x?a=1", "x-fig-api-key-id": id, "x-fig-api-key-plan": "gold" },
    });
    const explained = await door.fig("explain", "GET", `/x?api_key=${key}`);
    expect(explained).toContain(`key ${id}, plan gold`);
    expect(JSON.parse(await door.fig("keys", "show", id, "--json"))).toMatchObject({
      ...{ name: "mobile app", plan: "gold", state: "active", last: key.slice(-4) },
      use: { passed: 2, refused: 0 },
    });
    await door.fig("keys", "disable", id, "--reason", "unpaid");
    expect(await door.ask(key)).toBe("401 api_key_disabled");
    await door.fig("keys", "enable", id);
    await door.fig("keys", "set", id, "--expires", "2020-01-01");
    expect(await door.ask(key)).toBe("401 api_key_expired");
    await door.fig("keys", "set", id, "--expires", "never", "--no-plan");
    expect(await door.ask(key)).toBe("200");
    await expect(door.fig("keys", "remove", id)).rejects.toThrow("api_key_refused");
    await door.fig("keys", "revoke", id, "--reason", "leaked");
    expect(await door.ask(key)).toBe("401 api_key_revoked");
    expect(await door.fig("keys", "list")).toMatch(new RegExp(`${id} +mobile app +– +revoked`));
    await door.fig("keys", "remove", id);
    expect(await door.ask(key)).toBe("401 api_key_unknown");
    expect(await door.metrics()).toMatch(
      /fig_policy_verdicts_total{route="\(default\)",policy="apiKeys",verdict="revoked"} 1/,
    );
    const secret = key.slice(17);
    // Lines are written together, some time after their requests.
    const logged = await until(
      () => door.process.output(),
      (text) => text.includes("api_key_revoked"),
    );
    const texts = [explained, logged, await (await fetch(`${adminUrl}/api/v1/keys`)).text()];
    expect(logged).toContain("api_key_missing");
    for (const text of texts) expect(text).not.toContain(secret);
  });

  test("keys of API Gateway's export go on being keys", { timeout: 60_000 }, async () => {
    const door = await startDoor(`sqlite:${join(folderOf(), "state.db")}`, "{ plans: [gold] }");
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(40)) as [string, string, string];
    const csv = join(folderOf(), "keys.csv");
    const lines = [
      "Name,Key,Description,Enabled,UsagePlanIds",
      `first,${texts[0]},"says ""hello"", twice",TRUE,c7y23b`,
      `second,${texts[1]},,false,"c7y23b,zzz"`,
      `third,${texts[2]},,TRUE,zzz`,
    ];
    writeFileSync(csv, `${lines.join("\r\n")}\r\n`);
    expect(await door.fig("keys", "import", csv, "--plan-of", "c7y23b=gold")).toContain("imported 3 keys");
    expect(await door.fig("keys", "import", csv)).toContain("imported 0 keys; 3 keys were there already");
    expect(await Promise.all(texts.map((text) => door.ask(text)))).toEqual([
      "200",
      "401 api_key_disabled",
      "403 api_key_plan",
    ]);
    writeFileSync(csv, `Name,Key\nshort,${"x".repeat(12)}\n,${"y".repeat(40)}\n`);
    const refused = await door.fig("keys", "import", csv).catch((error: Error) => error.message);
    expect(refused).toMatch(/key 1: its key has 12 characters[\s\S]*key 2: it has no name/);
    expect(refused).not.toContain("xxxx");
  });

  test("commands without a front door write what one then begins with", { timeout: 120_000 }, async () => {
    const state = `sqlite:${join(folderOf(), "state.db")}`;
    const file = join(folderOf(), "fig.yaml");
    const sound = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:1\nstate: ${state}\n`;
    writeFileSync(file, sound);
    const fig = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await runFig(["keys", ...args, "-c", file, "--by", "anna"]);
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      return stdout;
    };
    const [first, second] = [await fig("add", "--name", "one"), await fig("add", "--name", "two")].map(
      (text) => text.trim().split("\n").at(-1) as string,
    ) as [string, string];
    // Files that do not pass are no reason not to revoke.
    writeFileSync(file, `${sound}routes: nowhere.yaml\n`);
    await fig("revoke", second.slice(4, 16), "--reason", "leaked");
    const door = await startDoor(state);
    expect([await door.ask(first), await door.ask(second)]).toEqual(["200", "401 api_key_revoked"]);
  });

  test("two workers know every key, and so does one that begins later", { timeout: 120_000 }, async () => {
    const door = await startDoorProcess(`sqlite:${join(folderOf(), "state.db")}`, "{ staleFor: 5m }", [
      "workers: 2",
    ]);
    const keys = await Promise.all([door.add("a"), door.add("b")]);
    const all = (key: string) => Promise.all(Array.from({ length: 24 }, () => door.ask(key)));
    for (const { key } of keys) expect(new Set(await all(key))).toEqual(new Set(["200"]));
    const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]];
    await door.fig("keys", "revoke", a.id, "--reason", "leaked");
    expect(new Set(await all(a.key))).toEqual(new Set(["401 api_key_revoked"]));
    const [first, ...others] = childrenOf(door.process.pid);
    process.kill(first as number, "SIGKILL");
    await until(
      () => childrenOf(door.process.pid).filter((pid) => !others.includes(pid)),
      (pids) => pids.length > 0 && !pids.includes(first as number),
    );
    await until(
      () => door.metrics(),
      (text) => text.includes('fig_workers{state="serving"} 2'),
    );
    process.kill(others[0] as number, "SIGSTOP");
    try {
      // The one that began later answers alone, as far as the kernel gives it the connections.
      const said = await until(
        () => Promise.race([door.ask(b.key), new Promise<string>((resolve) => setTimeout(resolve, 500, ""))]),
        (answer) => answer !== "",
      );
      expect(said).toBe("200");
    } finally {
      process.kill(others[0] as number, "SIGCONT");
    }
    const { use } = JSON.parse(await door.fig("keys", "show", b.id, "--json")) as { use: { passed: number } };
    expect(use.passed).toBeGreaterThan(0);
  });
});

test("two processes on one SQLite file: what one revokes, the other refuses within a second", {
  timeout: 60_000,
}, async () => {
  const state = `sqlite:${join(folderOf(), "state.db")}`;
  const doors = await Promise.all([startDoorProcess(state), startDoorProcess(state)]);
  const { key, id } = await doors[0].add("app");
  await firstAnswer(doors, key, "200");
  const [revoked] = await Promise.all([
    firstAnswer(doors.slice(1), key, "401 api_key_revoked"),
    fetch(`${doors[0].process.ready.adminUrl}/api/v1/keys/${id}/revoke`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ reason: "leaked" }),
    }),
  ]);
  expect(Math.max(...revoked)).toBeLessThan(1000);
  // A command without a front door writes what both then have.
  const { key: other } = await doors[1].add("other");
  await firstAnswer(doors, other, "200");
});

withRedis("API keys over one Redis", () => {
  async function startRedis(): Promise<RedisServer> {
    const server = await RedisServer.start({ durable: true });
    cleanups.push(() => server.remove());
    return server;
  }

  test("what one front door revokes, the other refuses within a second", { timeout: 60_000 }, async () => {
    const server = await startRedis();
    const doors = await Promise.all([startDoor(server.url), startDoor(server.url)]);
    const { key, id } = await doors[0].add("app");
    await firstAnswer(doors, key, "200");
    const [revoked] = await Promise.all([
      firstAnswer(doors, key, "401 api_key_revoked"),
      fetch(`${doors[0].process.ready.adminUrl}/api/v1/keys/${id}/revoke`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ reason: "leaked" }),
      }),
    ]);
    expect(Math.max(...revoked)).toBeLessThan(1000);
  });

  test.each(["killed", "hung", "lying"] as const)(
    "a Redis that is %s under load: known keys pass for staleFor, then none, and others never",
    { timeout: 120_000 },
    async (how) => {
      const server = await startRedis();
      const door = await startDoor(server.url, "{ staleFor: 6s }");
      const [known, revoked] = [await door.add("app"), await door.add("old")];
      await door.fig("keys", "revoke", revoked.id, "--reason", "leaked");
      const said = new Map<string, Set<string>>();
      let going = true;
      const load = [known.key, revoked.key, UNKNOWN].map(async (key) => {
        const answers = new Set<string>();
        said.set(key, answers);
        while (going) {
          answers.add(await door.ask(key));
          await delay(PAUSE_MS);
        }
      });
      await until(
        () => said.get(known.key)?.size ?? 0,
        (size) => size > 0,
      );
      const back = await takeAway(server, how);
      await until(
        () => door.ask(UNKNOWN),
        (answer) => answer === "503 api_keys_unavailable",
      );
      expect(await door.ask(known.key)).toBe("200");
      expect(await door.problems()).toMatch(/which API keys are valid is not known since/);
      expect(await door.metrics()).toMatch(/policy="apiKeys",verdict="passed_stale"/);
      await until(
        () => door.ask(known.key),
        (answer) => answer === "503 api_keys_unavailable",
      );
      expect(await door.ask(revoked.key)).toBe("401 api_key_revoked");
      await back();
      if (how !== "lying") {
        await until(
          () => door.ask(known.key),
          (answer) => answer === "200",
        );
        expect(await door.ask(UNKNOWN)).toBe("401 api_key_unknown");
      }
      going = false;
      await Promise.all(load);
      expect(said.get(revoked.key)).toEqual(new Set(["401 api_key_revoked"]));
      expect([...(said.get(UNKNOWN) ?? [])].sort()).toEqual([
        "401 api_key_unknown",
        "503 api_keys_unavailable",
      ]);
      expect([...(said.get(known.key) ?? [])].sort()).toEqual(["200", "503 api_keys_unavailable"]);
    },
  );

  test("a front door that starts without its store lets nobody pass", { timeout: 120_000 }, async () => {
    const server = await startRedis();
    const first = await startDoor(server.url);
    const { key } = await first.add("app");
    await server.stop();
    const door = await startDoor(server.url);
    expect(await door.ask(key)).toBe("503 api_keys_unavailable");
    expect(await door.ask(undefined)).toBe("401 api_key_missing");
    expect(await door.problems()).toMatch(/no key passes/);
    await server.start();
    await until(
      () => door.ask(key),
      (answer) => answer === "200",
    );
  });
});

/** Gives what brings it back. */
async function takeAway(
  server: RedisServer,
  how: "killed" | "hung" | "lying",
): Promise<() => Promise<void> | void> {
  if (how === "killed") {
    await server.stop();
    return () => server.start();
  }
  if (how === "hung") {
    server.freeze();
    return () => server.resume();
  }
  // It answers, with what it had before the revocation: somebody brought an old copy back under it.
  const client = createClient({ url: server.url });
  await client.connect();
  const changes = "fig:{state}:api-key-changes";
  const [, newest] = await client.zRange(changes, 0, -1);
  const keys = "fig:{state}:api-keys";
  const text = (await client.hGet(keys, newest as string)) ?? "";
  const [, token, hash, ...json] = text.split(" ");
  const old = json.join(" ").replace('"revoked":true', '"revoked":false');
  await client
    .multi()
    .zAdd(changes, { score: 2, value: newest as string })
    .hSet(keys, newest as string, `2 ${token} ${hash} ${old}`)
    .exec();
  client.destroy();
  return () => {};
}
