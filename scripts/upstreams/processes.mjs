// Servers from Debian: installed when they are missing, started on a free port in a folder of their own, stopped by id.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const { freePort } = await import(new URL("../../test/support/free-port.ts", import.meta.url));

/** A server that compiles itself first takes its time on a busy machine. */
const START_MS = 90_000;
const STOP_MS = 5000;

/** What an answer holds when the guarded resource was reached; only the servers under test know it. */
export const MARK = "7f3a-guarded-resource";

/** Undefined: it is there. Else why it is not. */
export function install({ name, packages, needs }) {
  const missing = () => needs.filter((path) => !existsSync(path));
  if (missing().length === 0) return undefined;
  if (process.getuid?.() !== 0)
    return `${name}: run as root, or first: apt-get install ${packages.join(" ")}`;
  const options = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { status, stderr } = spawnSync("apt-get", options, { env, encoding: "utf8" });
  if (status === 0 && missing().length === 0) return undefined;
  return `${name}: apt-get install ${packages.join(" ")} did not bring ${missing().join(", ")}: ${stderr.trim()}`;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const groups = new Set();

function signalGroup(pid, name) {
  try {
    process.kill(-pid, name);
  } catch {}
}

// Groups of their own do not end with this process.
process.on("exit", () => {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
});
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => process.exit(1));

class ServerProcess {
  constructor(name, folder, command, port) {
    this.name = name;
    this.port = port;
    this.log = join(folder, `${name}.log`);
    const [program, ...rest] = command;
    const out = openSync(this.log, "w");
    // A group of its own: workers end with it.
    this.child = spawn(program, rest, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", out, out],
      env: {
        ...process.env,
        PORT: String(port),
        MARK,
        TMPDIR: folder,
        GOCACHE: join(folder, "go"),
        HOME: folder,
      },
    });
    this.over = new Promise((resolve) => {
      this.child.on("exit", resolve);
      this.child.on("error", resolve);
    });
    this.ended = false;
    const { pid } = this.child;
    if (pid !== undefined) groups.add(pid);
    void this.over.then(() => {
      this.ended = true;
    });
  }

  async ready() {
    for (const until = performance.now() + START_MS; performance.now() < until; await delay(50)) {
      if (this.ended) break;
      if (await accepts(this.port)) return;
    }
    await this.stop();
    throw new Error(`${this.name} did not start: ${readFileSync(this.log, "utf8").slice(-1500)}`);
  }

  async stop() {
    const { pid } = this.child;
    if (pid === undefined) return;
    signalGroup(pid, "SIGTERM");
    await Promise.race([this.over, delay(STOP_MS, undefined, { ref: false })]);
    signalGroup(pid, "SIGKILL");
    groups.delete(pid);
  }
}

/** Starts a server of `servers/`; resolves with its port, its version and `stop`. Throws what the server said. */
export async function startServer(server) {
  const folder = mkdtempSync(join(tmpdir(), `fig-upstream-${server.name}-`));
  mkdirSync(join(folder, "go"));
  const running = [];
  const stop = async () => {
    for (const one of running) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const run = async (name, port, command) => {
    const one = new ServerProcess(name, folder, command, port);
    running.push(one);
    await one.ready();
  };
  try {
    const port = await freePort();
    const command = await server.prepare({ folder, port, run, freePort });
    await run(server.name, port, command);
    return { port, stop, alive: () => running.every(({ ended }) => !ended) };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function debianVersion(name) {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "$" + "{Version}", name], { encoding: "utf8" });
  return stdout.trim().replace(/^\d+:/, "");
}
