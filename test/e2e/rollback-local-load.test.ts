import {
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { Tmpfs, withTmpfs } from "../support/with-tmpfs.ts";
import { runFig } from "./fig-process.ts";
import { Emergency } from "./support/emergency.ts";

const PAGE_BYTES = 4096;

async function begin(state: string): Promise<Emergency> {
  const emergency = await Emergency.begin(state);
  onTestFinished(() => emergency.close());
  return emergency;
}

/** The state file and its -wal, whatever of them is there. */
function filesOf(state: string): string[] {
  return ["", "-wal"]
    .map((end) => `${state}${end}`)
    .filter((path) => statSync(path, { throwIfNoEntry: false }));
}

/** Over its bytes from `from` on, so that it keeps its size and its name. */
function garble(path: string, from: number): void {
  const { size } = statSync(path);
  const file = openSync(path, "r+");
  if (size > from) writeSync(file, Buffer.alloc(size - from, "\x9a"), 0, size - from, from);
  closeSync(file);
}

const DEATHS: Readonly<Record<string, (state: string) => void>> = {
  "full of garbage": (state) => {
    for (const path of filesOf(state)) garble(path, 0);
  },
  "garbage behind its first page": (state) => {
    for (const path of filesOf(state)) garble(path, path === state ? PAGE_BYTES : 0);
  },
  "cut to half": (state) => {
    for (const path of filesOf(state)) truncateSync(path, Math.floor(statSync(path).size / 2));
  },
  "cut to nothing": (state) => {
    for (const path of filesOf(state)) truncateSync(path, 0);
  },
  deleted: (state) => {
    for (const path of filesOf(state)) rmSync(path);
  },
};

describe("under load, with a SQLite file", () => {
  test.each(Object.entries(DEATHS))(
    "%s, each door asked goes back and no request fails",
    {
      timeout: 240_000,
    },
    async (_name, die) => {
      const folder = mkdtempSync(join(tmpdir(), "fig-state-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const state = join(folder, "state.db");
      const emergency = await begin(`sqlite:${state}`);
      const config = emergency.doors[0]?.config ?? "";
      expect((await runFig(["state", "backup", `${state}.copy`, "-c", config])).code).toBe(0);
      await emergency.goBack({
        die: () => die(state),
        back: () => {
          for (const end of ["", "-wal", "-shm"]) rmSync(`${state}${end}`, { force: true });
          renameSync(`${state}.copy`, state);
        },
      });
      await emergency.end();
    },
  );
});

withTmpfs("front doors whose disk is full", () => {
  test("under load, with a SQLite file on a full disk, each door asked goes back and no request fails", {
    timeout: 240_000,
  }, async () => {
    const disk = Tmpfs.mount("8m") as Tmpfs;
    onTestFinished(() => disk.remove());
    const emergency = await begin(`sqlite:${join(disk.path, "state.db")}`);
    await emergency.goBack({ die: () => disk.fill(), back: () => disk.free() });
    await emergency.end();
  });
});

/** Inline commands, as a person types them. */
async function tell(redis: RedisServer, command: string): Promise<string> {
  const socket = createConnection(redis.port, "127.0.0.1");
  socket.end(`${command}\r\nQUIT\r\n`);
  return await text(socket);
}

withRedis("front doors whose Redis dies under load", () => {
  const WAYS: Readonly<
    Record<string, readonly [(redis: RedisServer) => unknown, (redis: RedisServer) => unknown]>
  > = {
    "is killed": [(redis) => redis.stop(), (redis) => redis.start()],
    "takes connections and answers nothing": [(redis) => redis.freeze(), (redis) => redis.resume()],
    "is a read-only replica now": [
      (redis) => tell(redis, "REPLICAOF 127.0.0.1 1"),
      (redis) => tell(redis, "REPLICAOF NO ONE"),
    ],
  };
  test.each(Object.entries(WAYS))(
    "where it %s, each door asked goes back and no request fails",
    {
      timeout: 240_000,
    },
    async (_name, [die, back]) => {
      const redis = await RedisServer.start({ durable: true });
      onTestFinished(() => redis.remove());
      const emergency = await begin(redis.url);
      await emergency.goBack({
        die: async () => void (await die(redis)),
        back: async () => void (await back(redis)),
      });
      await emergency.end();
    },
  );
});
