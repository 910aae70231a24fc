import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Status } from "../../src/control/contract.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { askAdmin, runFig } from "./fig-process.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

interface Ready {
  readonly status: number;
  readonly problems: readonly string[];
}

async function readyz(door: SplitDoor): Promise<Ready> {
  const answer = await fetch(new URL("/readyz", door.adminUrl));
  const { problems } = (await answer.json()) as { problems: readonly string[] };
  return { status: answer.status, problems };
}

const copyFolder = (door: SplitDoor) => join(dirname(door.config), ".fig");
/** Beside what is set aside for an emergency position. */
const copiesIn = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith("rollback."));
const shift = (door: SplitDoor, modern: number) =>
  askAdmin<unknown>(door.adminUrl, "POST", "/routes/shop/shift", { modern, reason: `to ${modern}` });

withRedis("front doors whose Redis is away", () => {
  let redis: RedisServer;
  let legacy: SideUpstream;
  let modern: SideUpstream;
  const doors: SplitDoor[] = [];
  afterEach(async () => {
    for (const door of doors.splice(0)) await door.close();
    legacy.close();
    modern.close();
    await redis.remove();
  });
  async function begin(more?: string): Promise<SplitDoor> {
    redis = await RedisServer.start({ durable: true, settings: { requirepass: "s3cr3t-pw" } });
    legacy = await startSide("legacy");
    modern = await startSide("modern");
    return another(more);
  }
  async function another(more = ""): Promise<SplitDoor> {
    const state = redis.url.replace("//", "//:s3cr3t-pw@");
    const door = await startSplitDoor(legacy, modern, `state: ${state}\n${more}\n`);
    doors.push(door);
    return door;
  }
  async function served(door: SplitDoor): Promise<string> {
    const client = new KeepAliveClient(door.url);
    try {
      const { status, body } = await client.ask("GET", "/a", { "x-user-id": "ada" });
      return `${status} ${body}`;
    } finally {
      client.close();
    }
  }
  async function restart(door: SplitDoor): Promise<SplitDoor> {
    doors.splice(doors.indexOf(door), 1);
    const again = await door.restart();
    doors.push(again);
    return again;
  }

  test("a door serves on while Redis is away, restarts on what it knew last, and catches up by itself", {
    timeout: 90_000,
  }, async () => {
    const first = await begin();
    const second = await another();
    await shift(first, 100);
    await until(
      () => served(second),
      (answer) => answer === "200 modern",
    );

    await redis.stop();
    expect(await served(first)).toBe("200 modern");
    const away = await until(
      () => readyz(first),
      ({ problems }) => problems.length > 0,
    );
    expect(away.status).toBe(200);
    expect(away.problems[0]).toContain("the state store cannot be reached");
    const inForce = await askAdmin<Status>(first.adminUrl, "GET", "/status");
    expect(inForce.problems[0]).toContain("the state store cannot be reached");
    expect(inForce.routes[0]).toMatchObject({ id: "shop", position: { modern: 100 }, phase: "cutover" });
    await expect(shift(first, 50)).rejects.toThrow(/503 .*store_unavailable.*cannot be reached/);

    const routes = join(dirname(second.config), "routes/shop.yaml");
    appendFileSync(routes, '  - { id: more, match: { path: "/more" }, modern: modern }\n');
    const due = await until(
      () => readyz(second),
      ({ problems }) => problems.some((problem) => problem.includes("the files changed")),
    );
    expect(due.problems.join("\n")).toContain(
      "the files changed, but could not be put into force yet: redis://",
    );

    const again = await restart(first);
    expect(await served(again)).toBe("200 modern");
    const restarted = await readyz(again);
    expect(restarted.status).toBe(200);
    expect(restarted.problems[0]).toContain("the positions last known here (revision 1) are in force");

    const copied = await askAdmin<Status>(again.adminUrl, "GET", "/status");
    expect(copied).toMatchObject({ revision: 1, routes: [{ position: { modern: 100 } }, {}] });

    await redis.start();
    await until(
      async () =>
        shift(second, 0).then(
          () => true,
          () => false,
        ),
      (done) => done,
    );
    for (const door of [again, second]) {
      await until(
        () => served(door),
        (answer) => answer === "200 legacy",
      );
      await until(
        () => readyz(door),
        ({ problems }) => problems.length === 0,
      );
    }
    const status = await askAdmin<Status>(again.adminUrl, "GET", "/status");
    expect(status.problems).toEqual([]);
    // Two shifts, and the files that changed meanwhile; of a door with the ones before them, these too.
    const ledger = await askAdmin<readonly { kind: string }[]>(again.adminUrl, "GET", "/ledger");
    expect(ledger.filter(({ kind }) => kind === "shift")).toHaveLength(2);
    expect(ledger.some(({ kind }) => kind === "files")).toBe(true);

    const reloaded = await askAdmin<Status>(second.adminUrl, "GET", "/status");
    expect(reloaded.routes.map(({ id }) => id)).toContain("more");

    const folder = copyFolder(again);
    const [file = ""] = copiesIn(folder);
    expect(copiesIn(folder)).toHaveLength(1);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    for (const door of [again, second]) expect(door.process.output()).not.toContain("s3cr3t-pw");
  });

  test("without a copy a door starts from its files, unless it must not: then it is not ready until Redis is there", {
    timeout: 90_000,
  }, async () => {
    const first = await begin("requireState: true");
    await shift(first, 100);
    // Written whole, so that nothing writes there while it is removed.
    const inCopy = (name: string) =>
      name.endsWith(".json") ? readFileSync(join(copyFolder(first), name), "utf8") : name;
    await until(
      () => copiesIn(copyFolder(first)).map(inCopy),
      (copies) => copies.length === 1 && copies.join().includes('"revision":1'),
    );
    await redis.stop();
    rmSync(copyFolder(first), { recursive: true });
    const strict = await restart(first);
    const loose = await another();
    expect(await readyz(strict)).toMatchObject({ status: 503 });
    expect(await readyz(loose)).toMatchObject({
      status: 200,
      problems: [expect.stringContaining("there is no copy of its positions here")],
    });
    expect(await served(loose)).toBe("200 legacy");
    await redis.start();
    for (const door of [strict, loose]) {
      await until(
        () => readyz(door),
        ({ status, problems }) => status === 200 && problems.length === 0,
      );
      expect(await served(door)).toBe("200 modern");
    }
  });

  test("a copy that cannot be written is said, and serves nobody less", { timeout: 90_000 }, async () => {
    const first = await begin();
    // A file where the folder should be. A copy that is being written then is in its way for a moment.
    const inItsPlace = () => {
      try {
        rmSync(copyFolder(first), { recursive: true, force: true });
        writeFileSync(copyFolder(first), "");
        return "a file";
      } catch (error) {
        return String(error);
      }
    };
    await until(inItsPlace, (what) => what === "a file");
    await shift(first, 100);
    const unkept = /^the positions cannot be kept in .*\.fig\/positions-[0-9a-f]{8}\.json/;
    const { status } = await until(
      () => readyz(first),
      ({ problems }) => problems.some((problem) => unkept.test(problem)),
    );
    expect(status).toBe(200);
    rmSync(copyFolder(first));
    mkdirSync(copyFolder(first));
    await shift(first, 50);
    await until(
      () => readyz(first),
      (ready) => ready.problems.length === 0,
    );
  });

  test("the command line goes to Redis itself, and shows no password", { timeout: 90_000 }, async () => {
    const door = await begin();
    const { config } = door;
    const shifted = await runFig(["shift", "shop", "--modern", "100", "--reason", "by hand", "-c", config]);
    expect([shifted.code, shifted.stderr]).toEqual([0, ""]);
    await until(
      () => served(door),
      (answer) => answer === "200 modern",
    );
    const checked = await runFig(["check", "-c", config]);
    expect([checked.code, checked.stderr]).toEqual([0, ""]);
    const copied = await runFig(
      ["state", "copy", `redis://:\${PW}@127.0.0.1:${redis.port}/0`, `sqlite:${config}.db`, "--json"],
      { PW: "s3cr3t-pw" },
    );
    expect([copied.code, copied.stderr]).toEqual([0, ""]);
    expect(JSON.parse(copied.stdout)).toMatchObject({ revision: 1, definitions: 2 });
    await redis.stop();
    const refused = await runFig(["shift", "shop", "--modern", "0", "--reason", "by hand", "-c", config]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`redis://127.0.0.1:${redis.port} cannot be reached`);
    expect(refused.stderr).toContain("store_unavailable");
    for (const { stdout, stderr } of [shifted, checked, copied, refused])
      expect(stdout + stderr).not.toContain("s3cr3t-pw");
  });
});
