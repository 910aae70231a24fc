// Starts the two json-servers and fig as child processes and waits for each one's first line of JSON on stdout.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = fileURLToPath(new URL(".", import.meta.url));
const fig = fileURLToPath(new URL("../../bin/fig", import.meta.url));

function startChild(name, args, options = {}) {
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
      const end = out.indexOf("\n");
      if (end >= 0) resolve({ ready: JSON.parse(out.slice(0, end)), child, exited, stop });
      if (end >= 0) out = "";
    });
  });
}

/** Both json-servers, each on its own copy of db.json in a temporary folder. Port 0: a free one. */
export async function startBoth({ legacyPort = 0, modernPort = 0 } = {}) {
  if (!existsSync(join(here, "node_modules/json-server-modern"))) {
    throw new Error("examples/json-server is not installed: run `npm ci` in it");
  }
  const folder = mkdtempSync(join(tmpdir(), "fig-json-server-"));
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [name, port] of [
      ["legacy", legacyPort],
      ["modern", modernPort],
    ]) {
      const db = join(folder, `${name}.json`);
      copyFileSync(join(here, "db.json"), db);
      started.push(await startChild(name, [join(here, `${name}.mjs`), db, String(port)]));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const [legacy, modern] = started;
  return { folder, legacyUrl: legacy.ready.url, modernUrl: modern.ready.url, stop };
}

/** `fig serve` on `config`, with `env` added and its log in a file. Its ready line holds url and adminUrl. */
export function startFig(config, env, log) {
  const stdio = ["ignore", "pipe", openSync(log, "a")];
  return startChild("fig", [fig, "serve", "-c", config], { stdio, env: { ...process.env, ...env } });
}

/** Runs a fig command; resolves with its exit code and everything it printed. */
export function runFig(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fig, ...args], { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.once("error", reject);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("close", (code) => resolve({ code, output }));
  });
}
