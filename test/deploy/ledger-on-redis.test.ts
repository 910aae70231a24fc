import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAdminClient } from "../../src/cli/admin-client.ts";
import { type FigReady, type ReadyProcess, startFig } from "../e2e/fig-process.ts";
import { until } from "../e2e/until.ts";
import { RedisServer } from "../support/redis-server.ts";
import { withRedis } from "../support/with-redis.ts";
import { compose, container, DEPLOY, manifest, pod, projectedVolume } from "./manifests.ts";

const SECRET = "of-the-secret";
/** Where the fig of either may write. */
const WRITABLE = "/var/lib/fig/";

interface Deployed {
  /** Lays the front door's files out in `folder`. */
  readonly files: (folder: string) => void;
  readonly state: string;
  readonly mounts: readonly { readonly path: string; readonly readOnly: boolean }[];
  readonly redisArgs: readonly string[];
}

function ofCompose(): Deployed {
  const { fig, redis } = compose().services;
  return {
    files: (folder) => cpSync(join(DEPLOY, "compose/fig"), folder, { recursive: true }),
    state: (fig?.environment?.FIG_STATE ?? "").replace(/^\$\{FIG_STATE:-(.*)\}$/, "$1"),
    mounts: (fig?.volumes ?? []).map((volume) => {
      const [, path = "", mode] = volume.split(":");
      return { path: `${path}/`, readOnly: mode === "ro" };
    }),
    redisArgs: (redis?.command ?? []).slice(1),
  };
}

function ofKubernetes(): Deployed {
  const fig = container(pod()?.initContainers, "fig");
  const redis = container(manifest("StatefulSet", "fig-redis").spec?.template.spec?.containers, "redis");
  const filled = (text: string) => text.replace(/\$\((?:FIG_REDIS_PASSWORD|REDISCLI_AUTH)\)/, SECRET);
  return {
    files: (folder) => projectedVolume(folder),
    state: filled(fig.env?.find(({ name }) => name === "FIG_STATE")?.value ?? ""),
    mounts: (fig.volumeMounts ?? []).map((mount) => ({
      path: `${mount.mountPath}/`,
      readOnly: mount.readOnly === true,
    })),
    redisArgs: (redis.args ?? []).map(filled),
  };
}

/** Redis' own options, without where this machine has it listen and keep its files. */
function settingsOf(args: readonly string[]): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (let i = 0; i < args.length; i += 2)
    settings[(args[i] as string).replace(/^--/, "")] = args[i + 1] as string;
  const { bind, dir, ...others } = settings;
  return others;
}

withRedis("the ledger on Redis, as deployed", () => {
  let folder: string;
  let redis: RedisServer | undefined;
  let door: ReadyProcess<FigReady> | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fig-deployed-"));
  });
  afterEach(async () => {
    // At once: draining is not what is asked here.
    door?.signal("SIGKILL");
    await door?.stop();
    await redis?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["compose.yaml", ofCompose],
    ["kubernetes/", ofKubernetes],
  ])(
    "a front door on the files, state and Redis of %s applies a step, keeps its copy where it may write, and has no problem",
    async (_, read) => {
      const deployed = read();
      const etc = join(folder, "etc-fig");
      const lib = join(folder, "var-lib-fig");
      deployed.files(etc);
      const file = join(etc, "fig.yaml");
      const text = readFileSync(file, "utf8");
      // Free ports; and the mount is read-only, for root too: nothing can be made below `.fig`.
      writeFileSync(file, text.replace("0.0.0.0:8080", "127.0.0.1:0").replace("0.0.0.0:9901", "127.0.0.1:0"));
      writeFileSync(join(etc, ".fig"), "");
      expect(deployed.mounts).toContainEqual({ path: "/etc/fig/", readOnly: true });
      expect(deployed.mounts).toContainEqual({ path: WRITABLE, readOnly: false });

      redis = await RedisServer.start({ settings: settingsOf(deployed.redisArgs) });
      const state = new URL(deployed.state);
      state.host = new URL(redis.url).host;
      const copy = state.searchParams.get("copy");
      if (copy?.startsWith(WRITABLE)) state.searchParams.set("copy", join(lib, copy.slice(WRITABLE.length)));
      door = await startFig(file, { FIG_ADMIN_TOKEN: `${SECRET}-admin`, FIG_STATE: state.href });
      const control = createAdminClient({ origin: door.ready.adminUrl, token: `${SECRET}-admin` });
      await control.migrate({ action: "up", by: "test", reason: "the first step" });
      const { revision, problems } = await control.status();
      // The names of its upstreams are those of a network that is not here.
      expect([revision, problems.filter((problem) => !problem.includes("does not resolve"))]).toEqual([
        1,
        [],
      ]);
      expect(door.output()).not.toContain("Redis has");
      expect(copy?.startsWith(WRITABLE), `copy=${copy}`).toBe(true);
      const kept = join(lib, (copy as string).slice(WRITABLE.length));
      await until(
        () => (existsSync(kept) ? readFileSync(kept, "utf8") : ""),
        (text) => text !== "" && (JSON.parse(text) as { entries: unknown[] }).entries.length === 1,
      );
    },
  );
});
