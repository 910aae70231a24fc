// wrk for saturation, h2load over HTTP/1.1 for a fixed rate or a fixed number of requests. Both on the load's core.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cpuMicros, LOAD_CORE, mainThreadMicros, start } from "./processes.mjs";

export const CONNECTIONS = 64;
export const HTTP2_CONNECTIONS = 16;
export const HTTP2_STREAMS = 10;
/** The exact commands, as run, for the reports. */
export const commands = new Set();

async function run(command, args, cores = LOAD_CORE) {
  let output = "";
  const load = start(command, cores, command, args);
  load.child.stdout.on("data", (text) => {
    output += text;
  });
  const code = await load.exited;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${load.output}`);
  return output;
}

function note(command, args, url, folder = "\0", cores = LOAD_CORE) {
  const line = `taskset -c ${cores} ${command} ${args.join(" ")}`;
  commands.add(line.replaceAll(url, "URL").replaceAll(`${folder}/`, ""));
}

const UNITS = { us: 1, ms: 1000, s: 1_000_000, m: 60_000_000 };

function microsOf(text) {
  const match = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? "");
  return match === null ? Number.NaN : Number(match[1]) * UNITS[match[2]];
}

/**
 * wrk against `url` for `seconds`; the CPU that process `pid` and its children use meanwhile.
 * Latencies in µs, CPU in µs a completed request.
 */
export async function saturate(url, pid, seconds, { script, scriptArgs = [], cores = LOAD_CORE } = {}) {
  const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--latency", "--timeout", "10s"];
  if (script !== undefined) args.push("-s", script);
  args.push(url);
  if (script !== undefined) args.push("--", ...scriptArgs);
  note("wrk", args, url, script && dirname(script), cores);
  const [cpuBefore, threadBefore] = [cpuMicros(pid), mainThreadMicros(pid)];
  const before = performance.now();
  const output = await run("wrk", args, cores);
  const wallMicros = (performance.now() - before) * 1000;
  const [cpu, thread] = [cpuMicros(pid) - cpuBefore, mainThreadMicros(pid) - threadBefore];
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  const failed = bad + (errors === null ? 0 : errors.slice(1, 4).reduce((sum, one) => sum + Number(one), 0));
  return {
    requests,
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
    cpuMicrosPerRequest: requests > 0 ? cpu / requests : Number.NaN,
    threadMicrosPerRequest: requests > 0 ? thread / requests : Number.NaN,
    coreShare: cpu / wallMicros,
    p50: microsOf(/^ +50%\s+(\S+)/m.exec(output)?.[1]),
    p99: microsOf(/^ +99%\s+(\S+)/m.exec(output)?.[1]),
    failed,
    timeouts: Number(errors?.[4] ?? 0),
  };
}

/** openssl s_time against `host` (host:port) for `seconds`: full handshakes, one after the other; the CPU of `pid` for each. */
export async function handshakes(host, pid, seconds) {
  const args = ["s_time", "-connect", host, "-new", "-tls1_3", "-time", String(seconds)];
  note("openssl", args, host);
  const before = cpuMicros(pid);
  const output = await run("openssl", args);
  const cpu = cpuMicros(pid) - before;
  const count = Number(/(\d+) connections in [\d.]+ real seconds/.exec(output)?.[1]);
  return { requests: count, requestsPerSecond: count / seconds, cpuMicrosPerRequest: cpu / count, failed: 0 };
}

/** h2load over HTTP/2: gRPC's unary calls with the message in a file, for `seconds`; the CPU of `pid` for each. */
export async function calls(url, pid, seconds, message, clients, streams) {
  const args = ["-t1", "-c", String(clients), "-m", String(streams), "-D", String(seconds), "-d", message];
  args.push("-H", "content-type: application/grpc", "-H", "te: trailers", url);
  note("h2load", args, url, dirname(message));
  const before = cpuMicros(pid);
  const output = await run("h2load", args);
  const cpu = cpuMicros(pid) - before;
  const [, done, succeeded] = /(\d+) done, (\d+) succeeded/.exec(output)?.map(Number) ?? [];
  return {
    requests: done,
    requestsPerSecond: done / seconds,
    cpuMicrosPerRequest: cpu / done,
    failed: done - succeeded,
  };
}

function readLog(file) {
  const micros = [];
  let failed = 0;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const [, status, duration] = line.split("\t");
    if (status !== "200") failed++;
    else micros.push(Number(duration));
  }
  micros.sort((a, b) => a - b);
  const at = (q) => micros[Math.max(0, Math.ceil(q * micros.length) - 1)] ?? Number.NaN;
  return { requests: micros.length, failed, p50: at(0.5), p99: at(0.99) };
}

/** h2load at `rate` requests a second for `seconds`; latencies (µs) are computed from its log of every request. */
export async function atRate(url, pid, rate, seconds, scratch) {
  const log = join(scratch, "h2load.log");
  rmSync(log, { force: true });
  const perClient = (rate / CONNECTIONS).toFixed(2);
  const args = [
    "--h1",
    "-c",
    String(CONNECTIONS),
    `--rps=${perClient}`,
    "-D",
    String(seconds),
    "--log-file",
    log,
    url,
  ];
  note("h2load", args, url, scratch);
  const [cpuBefore, threadBefore] = [cpuMicros(pid), mainThreadMicros(pid)];
  await run("h2load", args);
  const [cpu, thread] = [cpuMicros(pid) - cpuBefore, mainThreadMicros(pid) - threadBefore];
  const result = readLog(log);
  rmSync(log, { force: true });
  return {
    ...result,
    requestsPerSecond: result.requests / seconds,
    cpuMicrosPerRequest: cpu / result.requests,
    threadMicrosPerRequest: thread / result.requests,
  };
}

/** h2load over HTTP/2 for `seconds`, with `streams` requests at once on each connection; the CPU of `pid` for each. */
export async function saturateHttp2(url, pid, seconds, streams) {
  const args = ["-c", String(HTTP2_CONNECTIONS), "-m", String(streams), "-D", String(seconds), url];
  note("h2load", args, url);
  const before = cpuMicros(pid);
  const output = await run("h2load", args);
  const cpu = cpuMicros(pid) - before;
  if (!/Application protocol: h2\b/.test(output)) throw new Error(`no HTTP/2 was agreed on:\n${output}`);
  const counts = /(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(output);
  const [requests, ...lost] = counts.slice(1).map(Number);
  return {
    requests,
    requestsPerSecond: requests / seconds,
    cpuMicrosPerRequest: cpu / requests,
    failed: lost.reduce((sum, one) => sum + one, 0),
  };
}

/** h2load sends exactly `count` requests as fast as they are answered, or at `rate` a second. */
export async function exactly(url, count, rate) {
  const args = ["--h1", "-c", String(CONNECTIONS), "-n", String(count)];
  if (rate !== undefined) args.push(`--rps=${(rate / CONNECTIONS).toFixed(2)}`);
  args.push(url);
  note("h2load", args, url);
  const output = await run("h2load", args);
  const requests = /(\d+) total, \d+ started, \d+ done, (\d+) succeeded/.exec(output);
  return {
    requests: Number(requests?.[2]),
    failed: Number(requests?.[1]) - Number(requests?.[2]),
    requestsPerSecond: Number(/, ([\d.]+) req\/s/.exec(output)?.[1]),
  };
}

/** One transfer of `bytes` with curl, up or down; what is answered is read and dropped. */
export async function curl(url, args, bytes, folder) {
  const format = "%{http_code} %{size_download} %{size_upload} %{time_total}";
  const all = ["-s", "-o", "/dev/null", "-w", format, ...args, url];
  note("curl", all, url, folder);
  const [code, down, up, seconds] = (await run("curl", all)).split(" ").map(Number);
  // curl counts a chunked upload with its framing.
  return { complete: code === 200 && (down === bytes || up >= bytes), bytesPerSecond: bytes / seconds };
}
