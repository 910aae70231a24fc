// Child processes pinned to a core, what they cost, and the promise that each is stopped by its own pid.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";

export const PROXY_CORE = 0;
export const LOAD_CORE = 1;
export const BOTH_CORES = `${PROXY_CORE},${LOAD_CORE}`;
const TICKS_PER_SECOND = 100;
const PAGE_KIB = 4;

/** How often what comes up is asked whether it has, ms. */
const POLL_MS = 5;

const running = new Set();
let closing = false;

/** Starts `command` on one core, threads and children included. The last of its output is kept for error messages. */
export function start(name, core, command, args, options = {}) {
  if (closing) throw new Error(`${name} is not started: the bench is ending`);
  const child = spawn("taskset", ["-c", String(core), command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  const started = { name, child, pid: child.pid, output: "", exited: undefined, stop: undefined };
  const keep = (text) => {
    started.output = (started.output + text).slice(-4000);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  started.exited = new Promise((resolve) => {
    child.once("error", (error) => {
      keep(String(error));
      running.delete(started);
      resolve(-1);
    });
    child.once("exit", (code) => {
      running.delete(started);
      resolve(code);
    });
  });
  started.stop = async () => {
    if (!running.has(started)) return;
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 5000);
    await started.exited;
    clearTimeout(force);
  };
  running.add(started);
  return started;
}

/** Stops what runs; nothing starts any more. */
export async function stopAll() {
  closing = true;
  await Promise.all([...running].map((one) => one.stop()));
}

// However the bench itself ends, nothing stays behind.
process.once("exit", () => {
  for (const one of running) one.child.kill("SIGKILL");
});

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until `started` accepts connections; throws what it printed when it ends first. */
export async function whenListening(started, port, timeoutMs = 15_000) {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (!running.has(started)) throw new Error(`${started.name} ended at once:\n${started.output}`);
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${started.name} does not listen on port ${port}:\n${started.output}`);
}

/** The first line of JSON `started` prints. */
export async function readyLine(started, timeoutMs = 60_000) {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    for (const line of started.output.split("\n").slice(0, -1)) {
      if (!line.startsWith("{")) continue;
      const value = JSON.parse(line);
      if (typeof value.url === "string") return value;
    }
    if (!running.has(started)) throw new Error(`${started.name} ended at once:\n${started.output}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${started.name} printed no ready line:\n${started.output}`);
}

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** `pid` and every process below it. */
function familyOf(pid) {
  const children = new Map();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statOf(entry);
    if (fields === undefined) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const family = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    family.push(next);
    open.push(...(children.get(next) ?? []));
  }
  return family;
}

/** CPU time used so far by a process, its threads and its children (utime + stime of /proc/<pid>/stat), in µs. */
export function cpuMicros(pid) {
  let ticks = 0;
  for (const member of familyOf(pid)) {
    const fields = statOf(member);
    if (fields !== undefined) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/** CPU time used so far by a process's main thread alone, in µs: in Node, the thread that serves. */
export function mainThreadMicros(pid) {
  const fields = statOf(`${pid}/task/${pid}`);
  return ((Number(fields?.[11]) + Number(fields?.[12])) * 1_000_000) / TICKS_PER_SECOND;
}

/** Resident memory of a process and its children, MiB. */
export function rssMib(pid) {
  let pages = 0;
  for (const member of familyOf(pid)) pages += Number(statOf(member)?.[21] ?? 0);
  return (pages * PAGE_KIB) / 1024;
}

const statusMib = (pid, field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) /
  1024;

/** Resident memory of one process now, MiB; its peak, as the kernel keeps it, begins anew. */
export function beginPeakRss(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return statusMib(pid, "VmRSS");
}

/** The most memory that was resident since beginPeakRss, MiB. */
export const peakRssMib = (pid) => statusMib(pid, "VmHWM");

/** How many files a process started from here may have open. */
export function openFilesLimit() {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
}
