import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SideUpstream, startSide } from "../e2e/support/split-door.ts";
import { build, type Instead, inContext, listOf, readDockerfile, run, type Stage } from "./dockerfile.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A mount namespace and a change of root, as a container engine makes them, take the rights of root. */
const CONTAINED = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;

/**
 * Two steps of the Dockerfile would make once more what `npm run setup` made of the same files: the installation, and types and dashboard
 * of the build. They are handed over; what the image runs is bundled in the context, from what is there. With FIG_BARE=1 all is made.
 */
const HANDED_OVER: Instead = {
  async "npm ci --ignore-scripts --no-audit --no-fund"(build) {
    const from = join(ROOT, "node_modules");
    // As links where that can be: nothing of it is written to. npm writes this one file in its place.
    await run(`cp -al '${from}' . || { rm -rf node_modules; cp -a '${from}' .; }`, build);
    // What tools keep there is nothing that was installed.
    await run("rm -rf node_modules/.vite* node_modules/.cache", build);
    const list = "node_modules/.package-lock.json";
    await run(`rm ${list} && cp '${join(ROOT, list)}' ${list}`, build);
  },
  async "npm run build"(build) {
    await run("node scripts/bundle.mjs", build);
    cpSync(join(ROOT, "dist"), join(build, "dist"), { recursive: true, force: false });
  },
};
const BARE = (process.env.FIG_BARE ?? "") !== "";

let folder: string;
let root: string;
let image: Stage;
let legacy: SideUpstream;
const running: ChildProcess[] = [];

/** The image's user in its root, which cannot be written; without the rights to that, the same files as they lie. */
function inside(command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [program, ...args] = command as [string, ...string[]];
  const user = image.steps.findLast(({ name }) => name === "USER")?.text as string;
  const script = `mount --bind "$0" "$0" && mount --bind "$0/var/lib/fig" "$0/var/lib/fig" && mount -o remount,ro,bind "$0" &&
    mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot --userspec=${user} "$0" "$@"`;
  const child = CONTAINED
    ? spawn("unshare", ["--mount", "sh", "-c", script, root, ...command], {
        env: { ...env, NODE_ENV: "production" },
      })
    : spawn(
        join(root, program),
        args.map((arg) => (arg.startsWith("/") ? join(root, arg) : arg)),
        {
          env: { ...env, NODE_ENV: "production" },
        },
      );
  running.push(child);
  return child;
}

async function outputOf(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

// Its libraries are Linux's.
describe.skipIf(process.platform !== "linux")("the image", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fig-image-"));
    chmodSync(folder, 0o755);
    const stages = readDockerfile(join(ROOT, "deploy/Dockerfile"));
    const context = { folder: ROOT, ignore: readFileSync(join(ROOT, ".dockerignore"), "utf8") };
    const rootOf = (name: string) => join(folder, `stage-${name}`);
    const runs = stages.flatMap(({ steps }) => steps.filter(({ name }) => name === "RUN"));
    // A step that is written otherwise one day would be carried out, and nobody would see why that takes long.
    expect(runs.map(({ text }) => text)).toEqual(expect.arrayContaining(Object.keys(HANDED_OVER)));
    for (const stage of stages) {
      mkdirSync(rootOf(stage.name), { recursive: true });
      await build(stage, rootOf(stage.name), context, rootOf, BARE ? {} : HANDED_OVER);
    }
    image = stages.at(-1) as Stage;
    root = rootOf(image.name);
    legacy = await startSide("legacy");
    writeFileSync(
      join(root, "etc/fig/fig.yaml"),
      `listen: 127.0.0.1:0
admin: 127.0.0.1:0
state: sqlite:/var/lib/fig/state.db
default: legacy
upstreams: { legacy: "${legacy.url}" }
`,
    );
    // What an engine mounts.
    for (const name of ["proc", "dev"]) mkdirSync(join(root, name), { recursive: true });
  }, 240_000);

  afterAll(() => {
    for (const child of running) child.kill("SIGKILL");
    legacy?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the build's context holds the sources and nothing that the build makes", async () => {
    const ignore = readFileSync(join(ROOT, ".dockerignore"), "utf8");
    const asked = [
      "src/main.ts",
      "package-lock.json",
      "deploy/health.mjs",
      "dashboard/src/a.ts",
      ".git/HEAD",
      "node_modules/a",
      "dist/main.js",
      ".fig/state.db",
      "dashboard/node_modules/a",
      "deploy/compose.yaml",
      "test/a.ts",
    ];
    expect(asked.filter((path) => inContext(ignore, path))).toEqual(asked.slice(0, 4));
    const built: string = "../../scripts/built.mjs";
    const { SOURCES } = (await import(built)) as { readonly SOURCES: readonly string[] };
    expect(SOURCES.filter((path) => !inContext(ignore, path))).toEqual([]);
  });

  test("the image holds node, the package and its dependencies: no shell, no npm, no sources, no development tools", () => {
    expect(existsSync(join(root, "app/dist/main.js"))).toBe(true);
    for (const path of [
      "bin/sh",
      "usr/bin/env",
      "usr/local/bin/npm",
      "app/src",
      "app/test",
      "app/node_modules/typescript",
      "app/node_modules/node",
    ]) {
      expect(existsSync(join(root, path)), path).toBe(false);
    }
    const size = Number(
      spawnSync("du", ["-sm", "--exclude=proc", "--exclude=dev", root], { encoding: "utf8" }).stdout.split(
        "\t",
      )[0],
    );
    expect(size).toBeLessThan(220);
  });

  test.runIf(process.getuid?.() === 0)("the folder of the state is the user's, and nothing else is", () => {
    const user = Number(image.steps.findLast(({ name }) => name === "USER")?.text.split(":")[0]);
    const owned = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (path) => lstatSync(join(root, path)).uid === user,
    );
    expect(owned).toEqual(["var/lib/fig"]);
  });

  test("its entrypoint serves, as nobody and with nothing to write but the state; the health check follows it; SIGTERM ends it with 0", async () => {
    const command = [...listOf(image, "ENTRYPOINT"), ...listOf(image, "CMD")];
    if (!CONTAINED) command[command.length - 1] = join(root, "etc/fig/fig.yaml");
    const fig = inside(command);
    const ended = outputOf(fig);
    const line = await new Promise<string>((resolve, reject) => {
      let text = "";
      fig.stdout?.on("data", (chunk: string) => {
        text += chunk;
        if (text.includes("\n")) resolve(text.split("\n")[0] as string);
      });
      void ended.then(({ code, output }) => reject(new Error(`ended with ${code}: ${output}`)));
    });
    const ready = JSON.parse(line) as { readonly url: string; readonly adminUrl: string };
    expect(await (await fetch(ready.url)).text()).toBe("legacy");
    const health = () =>
      outputOf(inside(listOf(image, "HEALTHCHECK"), { FIG_HEALTH: `${ready.adminUrl}/livez` }));
    expect(await health()).toEqual({ code: 0, output: "" });
    if (CONTAINED) {
      const probe = `const fs = require("fs"); const tried = ["/app/x", "/etc/fig/x", "/x"].filter((path) => { try { fs.writeFileSync(path, ""); return true; } catch { return false; } }); console.log(process.getuid(), tried.length)`;
      expect((await outputOf(inside(["/usr/local/bin/node", "-e", probe]))).output).toBe("65532 0\n");
    }
    fig.kill(image.steps.findLast(({ name }) => name === "STOPSIGNAL")?.text as NodeJS.Signals);
    expect((await ended).code).toBe(0);
    expect((await health()).code).toBe(1);
  });
});
