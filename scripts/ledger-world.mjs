// A front door to shift on, for the scripts that test its ledger: a throwaway folder with fig.yaml and routes, an
// upstream that answers, and `fig serve` as a child process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const FIG = fileURLToPath(new URL("../bin/fig", import.meta.url));
export const ROUTES = ["orders", "users", "carts", "items"];
const READY_MS = 30_000;

export async function startUpstream() {
  const server = createServer((_request, response) => response.end("upstream\n"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Writes the files of a front door whose state is in `folder`; gives the path of its fig.yaml. */
export function writeFiles(folder, upstreamUrl) {
  mkdirSync(join(folder, "routes"), { recursive: true });
  mkdirSync(join(folder, "migrations"), { recursive: true });
  const routes = ROUTES.map(
    (id) => `  - id: ${id}\n    match: { path: "/${id}/{rest+}" }\n    modern: modern\n`,
  );
  writeFileSync(join(folder, "routes", "all.yaml"), `routes:\n${routes.join("")}`);
  const config = [
    "listen: 127.0.0.1:0",
    "admin: 127.0.0.1:0",
    "state: sqlite:state.db",
    "routes: routes",
    "migrations: migrations",
    "default: legacy",
    "upstreams:",
    `  legacy: ${upstreamUrl}`,
    `  modern: ${upstreamUrl}`,
    "",
  ];
  writeFileSync(join(folder, "fig.yaml"), config.join("\n"));
  return join(folder, "fig.yaml");
}

/** Runs `fig serve`, given what to put before it on the command line; resolves at its ready line. */
export async function startDoor(configFile, { fig = FIG, before = [] } = {}) {
  const [command, ...args] = [...before, process.execPath, fig, "serve", "-c", configFile];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-4_000);
  });
  const exited = once(child, "exit");
  const ready = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ready line in ${READY_MS} ms\n${errors}`)), READY_MS);
    // The lines after it are read too: a full pipe would stop the front door.
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line));
    });
    child.once("error", reject);
    void exited.then(([code, signal]) => reject(new Error(`fig serve ended (${code ?? signal})\n${errors}`)));
    child.once("exit", () => clearTimeout(late));
    child.stdout.once("data", () => clearTimeout(late));
  });
  return { ready, pid: child.pid, exited, errors: () => errors, signal: (name) => child.kill(name) };
}

/** One request; gives status and body. Fails when the connection does. */
export function ask(url, { method = "GET", body, agent } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request(url, { method, headers, agent, timeout: READY_MS }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${READY_MS} ms: ${method} ${url}`)));
    sent.on("error", reject);
    sent.end(text);
  });
}

export function keepAlive() {
  return new Agent({ keepAlive: true, maxSockets: 16 });
}

/** Shifts a route; `entry` is the ledger entry acknowledged, undefined when the answer was a refusal. */
export async function shift(adminUrl, route, body, agent) {
  const url = new URL(`/api/v1/routes/${route}/shift`, adminUrl);
  const answer = await ask(url, { method: "POST", body, agent });
  const said = JSON.parse(answer.body);
  return { status: answer.status, entry: answer.status === 200 ? said.entries[0] : undefined, said };
}
