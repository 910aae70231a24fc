import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NPM_ENV } from "../support/npm-env.ts";
import { type Command, missingLine, type Step } from "./page.ts";
import { takePorts } from "./ports.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TERMINAL = fileURLToPath(new URL("../e2e/support/on-a-terminal.py", import.meta.url));
/** Ports as the pages write them: front doors, admin APIs, the two services, Redis, and a receiver of traces. */
export const PORTS = [8080, 8443, 9901, 8081, 9902, 3000, 3001, 6379, 4318];
/** Where a text names one. */
export const PORT = /(?<=(?:127\.0\.0\.1|localhost|::1\]):|--port )\d+/g;
const DEADLINE_MS = 40_000;
/** A command that ends at all has ended by then: npm's take longest. */
const ENDED_MS = 150_000;
/** A command that waits until another one shows something. */
const WAITS_FOR = /^until (.+?) \|/;
const ESCAPE = "\x1b";
/** What a line held before the cursor went to its begin and the rest was cleared. */
const ERASED = new RegExp(`[^\\n]*${ESCAPE}\\[1G${ESCAPE}\\[0K`, "g");
/** A front door as a reader starts it, in the foreground. */
const SERVES = /^(?:npx )?fig serve$/;
/** Before a command is asked again: starting it costs as much as it takes. */
const AGAIN_MS = 1_000;
/** Commands that only read are asked again until they show what the page shows: counting and reloading take a moment. */
const READS =
  /^(?:(?:npx )?fig (?:status|diff|explain|history|check|migrate (?:status|plan))|curl |cat |tail )|--dry-run/;

/** What these processes started themselves: on a terminal of its own, a command leads a session of its own. */
function childrenOf(pid: number | undefined): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const worlds = new Set<World>();
// Where the whole run is broken off, no test ends its world.
process.once("exit", () => {
  for (const world of worlds) world.stopAll();
});

/** A folder in which the commands of a page run, with `fig` on the path and the page's ports replaced by free ones. */
export class World {
  private readonly folder: string;
  /** Where the next command runs: `cd` moves it. */
  private cwd: string;
  private readonly ports: ReadonlyMap<string, string>;
  /** All that was started: whoever leads is the first of a process group, so that a command's own children end with it. */
  private readonly started = new Set<ChildProcess>();
  private over = false;
  private lastCode: number | null = 0;
  private lastPid = "";

  private constructor(folder: string, cwd: string, ports: ReadonlyMap<string, string>) {
    this.folder = folder;
    this.cwd = cwd;
    this.ports = ports;
  }

  /** With ports of its own, and nothing else: commands begin in `cwd`, and `folder` goes with the world. */
  static async bare(folder: string, cwd = folder): Promise<World> {
    const free = await takePorts(PORTS.length);
    const ports = new Map(PORTS.map((port, index) => [String(port), String(free[index])]));
    const world = new World(folder, cwd, ports);
    worlds.add(world);
    return world;
  }

  static async make(): Promise<World> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "fig-docs-")));
    const world = await World.bare(folder);
    await mkdir(join(folder, ".bin"));
    const script = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "bin/fig")}" "$@"\n`;
    await writeFile(join(folder, ".bin/fig"), script);
    await chmod(join(folder, ".bin/fig"), 0o755);
    // What the pages import and start lies where it would after `npm install strangler-fig`.
    await mkdir(join(folder, "node_modules"));
    await symlink(ROOT, join(folder, "node_modules/strangler-fig"));
    await symlink(join(ROOT, "node_modules/express"), join(folder, "node_modules/express"));
    await symlink(join(ROOT, "docs"), join(folder, "docs"));
    return world;
  }

  async step(step: Step): Promise<void> {
    if (step.kind === "command") {
      await this.command(step);
      return;
    }
    const path = join(this.cwd, step.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, this.toReal(step.text));
  }

  /** Whatever still runs is stopped, also when a walk took too long or failed half way. */
  async end(): Promise<void> {
    this.over = true;
    const gone = [...this.started].map((child) => new Promise((resolve) => child.once("close", resolve)));
    this.stopAll();
    await Promise.all(gone);
    worlds.delete(this);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Does not wait. */
  stopAll(): void {
    for (const group of this.running.flatMap((pid) => [...childrenOf(pid), pid])) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // It has ended just now.
      }
    }
  }

  private toReal(text: string): string {
    return text.replace(PORT, (port) => this.ports.get(port) ?? port);
  }

  private toShown(text: string): string {
    // What a terminal erases (npx turns a wheel there) is not seen.
    const seen = text.replaceAll("\r", "").replace(ERASED, "");
    let shown = seen.replaceAll(this.folder, "/home/ada/shop");
    for (const [port, real] of this.ports) shown = shown.replaceAll(`:${real}`, `:${port}`);
    return shown;
  }

  private async command(command: Command): Promise<void> {
    const text = command.text.replaceAll("$!", this.lastPid);
    if (/ &$/.test(text) || SERVES.test(text)) await this.start(text.replace(/ &$/, ""), command.shown);
    else await this.run(text, command.shown);
    const moved = /(?:^|&& )cd (\S+)$/.exec(text)?.[1];
    if (moved !== undefined) this.cwd = resolve(this.cwd, moved);
    if (/\bfig init\b/.test(text)) await this.movePorts();
  }

  /** Runs a command to its end; it must show what the page shows, and exit with 0 unless `echo $?` follows. */
  private async run(text: string, shown: readonly string[]): Promise<void> {
    const giveUp = Date.now() + DEADLINE_MS;
    for (;;) {
      const ended = await this.spawn(text);
      // An exit code is no number that may vary.
      const exact = text === "echo $?" && ended.output.trim() !== shown.join("").trim();
      const missing = exact ? shown.join("") : missingLine(shown, this.toShown(ended.output));
      this.lastCode = ended.code;
      if (missing === undefined) return;
      if (!READS.test(text) || Date.now() > giveUp) {
        throw new Error(`it does not show ${JSON.stringify(missing)}, but:\n${this.toShown(ended.output)}`);
      }
      await delay(AGAIN_MS);
    }
  }

  /** The process groups of what runs now. */
  get running(): readonly number[] {
    return [...this.started].flatMap(({ pid }) => pid ?? []);
  }

  get exitCode(): number | null {
    return this.lastCode;
  }

  private spawn(text: string): Promise<Ended> {
    const child = this.shell(`${this.toReal(text)}`, this.lastCode);
    return new Promise((resolve, reject) => {
      const output = collect(child);
      let isLate = false;
      const late = setTimeout(async () => {
        isLate = true;
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        const asked = WAITS_FOR.exec(text)?.[1];
        const shows =
          asked === undefined ? output() : (await this.spawn(asked).catch(() => ({ output: "" }))).output;
        reject(
          new Error(
            `it has not ended after ${ENDED_MS / 1000} s; ${asked ?? "so far it"} shows:\n${this.toShown(shows)}`,
          ),
        );
      }, ENDED_MS);
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(late);
        if (!isLate) resolve({ code, output: output() });
      });
    });
  }

  /** Starts a command that goes on running, and waits until it has shown what the page shows. */
  private async start(text: string, shown: readonly string[]): Promise<void> {
    // A reader's front door stands on a terminal, and says other things there than to a program.
    const serves = SERVES.test(text);
    const terminal = serves ? `python3 ${TERMINAL} ` : "";
    const child = this.shell(`exec ${terminal}${this.toReal(text)}`, 0);
    this.lastPid = String(child.pid);
    this.lastCode = 0;
    const output = collect(child);
    const giveUp = Date.now() + DEADLINE_MS;
    while (missingLine(shown, this.toShown(output())) !== undefined) {
      if (child.exitCode !== null || Date.now() > giveUp)
        throw new Error(`it does not show ${JSON.stringify(shown)}, but:\n${this.toShown(output())}`);
      await delay(20);
    }
    if (serves) this.lastPid = String(childrenOf(child.pid)[0]);
  }

  private shell(script: string, before: number | null): ChildProcess {
    // A walk that took too long goes on in the background until its next command.
    if (this.over) throw new Error("the walk is over");
    // Whom npm trusts besides, where a registry is reached through somebody.
    const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, NODE_EXTRA_CA_CERTS } = process.env;
    const path = [join(this.folder, ".bin"), dirname(process.execPath), PATH].join(delimiter);
    const child = spawn("bash", ["-c", `exec 2>&1; (exit ${before ?? 1})\n${script}`], {
      cwd: this.cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: path,
        HOME,
        TMPDIR,
        NODE_COMPILE_CACHE,
        NODE_EXTRA_CA_CERTS,
        FIG_BY: "ada",
        NO_COLOR: "1",
        ...NPM_ENV,
        LEGACY_PORT: this.ports.get("3000"),
        MODERN_PORT: this.ports.get("3001"),
      },
    });
    this.started.add(child);
    child.once("close", () => this.started.delete(child));
    return child;
  }

  /** `fig init` writes ports as the pages do. */
  private async movePorts(): Promise<void> {
    const file = join(this.cwd, "fig.yaml");
    const text = await readFile(file, "utf8").catch(() => "");
    const moved = this.toReal(text);
    if (moved !== text) await writeFile(file, moved);
  }
}

function collect(child: ChildProcess): () => string {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return () => output;
}
