// Child processes of the walks: each says that it is ready with one line of JSON on stdout.
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";

const fig = fileURLToPath(new URL("../../bin/fig", import.meta.url));

/** Starts a Node script; resolves with what it said when it was ready. `stop` ends it and waits until it is gone. */
export function startChild(name, args, options = {}) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(force);
  };
  return new Promise((resolve, reject) => {
    let out = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with code ${code} before it was ready`)));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
      for (const line of out.split("\n").slice(0, -1)) {
        if (line.startsWith("{")) resolve({ ready: JSON.parse(line), stop });
      }
    });
  });
}

/** `fig serve` on `config`, with its log in a file. Its ready line holds url and adminUrl. */
export function startFig(config, env, log) {
  return startChild("fig", [fig, "serve", "-c", config], {
    stdio: ["ignore", "pipe", openSync(log, "a")],
    env,
  });
}

/** Runs a fig command; resolves with its exit code and everything it printed. */
export function runFig(args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fig, ...args], { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.once("error", reject);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.once("close", (code) => resolve({ code, output }));
  });
}
