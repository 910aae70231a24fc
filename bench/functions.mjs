// How many of fig's own functions one GET crosses, and which.
//   npm run bench:functions -- [PATH] [--config FILE] [--env NAME=VALUE] [--processes 5] [--json]
//   PATH: another checkout of fig, built      FILE: a fig.yaml, see README.md; left out: one route, split at 50 %
// Counted by V8's precise coverage in a fig that has answered some requests already: one keep-alive connection, one request at a
// time, and only what ran for every one of them, in every process. So timers are left out, and what depends on how long the first
// answer took.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { environmentOf, requireBuilt, typedPath } from "./checkout.mjs";
import { requireTools } from "./machine.mjs";
import { BODY, ONE_ROUTE_AT_50, repository, startFig, startUpstream } from "./peers.mjs";
import { stopAll } from "./processes.mjs";

const [WARM_UP, MANY, SINGLE] = [200, 500, 20];
/** What a request leaves to do (counters, the log line) is done by then. */
const SETTLE_MS = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: "string" },
    env: { type: "string", multiple: true, default: [] },
    processes: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});

/** One keep-alive connection; each call is one GET, resolved when its answer is there to the last byte. */
async function connect(url) {
  const { hostname, port, pathname } = new URL(url);
  const socket = net.connect(Number(port), hostname).setEncoding("latin1");
  await once(socket, "connect");
  const closed = once(socket, "close").then(() => undefined);
  return {
    async get() {
      socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
      let answer = "";
      while (!answer.endsWith(BODY)) {
        const more = await Promise.race([once(socket, "data"), closed]);
        if (more === undefined) throw new Error(`fig closed the connection after:\n${answer}`);
        answer += more[0];
      }
      if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`fig answered:\n${answer}`);
    },
    close: () => socket.destroy(),
  };
}

const keyOf = ({ file, at }) => `${file}:${at}`;

/** What this fig runs for every request. */
async function crossedIn(door, below) {
  const ranSinceAsked = async () => {
    door.child.send({ below });
    const [ran] = await once(door.child, "message");
    return ran;
  };
  const client = await connect(door.url);
  /** What ran, at least `requests` times, while so many were answered one after the other. */
  const during = async (requests) => {
    await delay(SETTLE_MS);
    await ranSinceAsked();
    for (let i = 0; i < requests; i++) await client.get();
    await delay(SETTLE_MS);
    return (await ranSinceAsked()).filter(({ times }) => times >= requests);
  };
  await during(WARM_UP);
  // A timer that strikes in every single one strikes less often than there are requests among many.
  let every = await during(MANY);
  for (let i = 0; i < SINGLE; i++) {
    const now = new Set((await during(1)).map(keyOf));
    every = every.filter((one) => now.has(keyOf(one)));
  }
  client.close();
  return every;
}

/** Where a function of a built file comes from: the file below src/, or the built file itself where nothing was bundled. */
function sourcesIn(dist) {
  const maps = new Map();
  return ({ file, at }) => {
    if (!maps.has(file)) {
      const map = join(dist, `${file}.map`);
      const text = readFileSync(join(dist, file), "utf8");
      maps.set(file, {
        text,
        map: existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, "utf8"))) : undefined,
      });
    }
    const { text, map } = maps.get(file);
    const before = text.slice(0, at).split("\n");
    const source = map?.findEntry(before.length - 1, before.at(-1).length).originalSource;
    return source?.replace(/^.*?\bsrc\//, "") ?? file;
  };
}

/** Each function with `processes`: in how many of them every request crossed it. */
async function crossed(root, processes) {
  const upstream = await startUpstream();
  const dist = join(root, "dist/");
  const below = pathToFileURL(dist).href;
  const sourceOf = sourcesIn(dist);
  const found = new Map();
  for (let i = 0; i < processes; i++) {
    const door = await startFig(upstream, {
      root,
      ...(values.config === undefined ? { routes: ONE_ROUTE_AT_50 } : { config: typedPath(values.config) }),
      env: environmentOf(values.env),
      nodeArgs: ["--import", new URL("./coverage-tap.mjs", import.meta.url).href],
      options: { stdio: ["ignore", "pipe", "pipe", "ipc"] },
    });
    for (const one of await crossedIn(door, below)) {
      const { file, name, at } = one;
      const before = found.get(keyOf(one))?.processes ?? 0;
      found.set(keyOf(one), { file, name, at, processes: before + 1 });
    }
    await door.stop();
  }
  const all = [...found.values()].map((one) => ({ ...one, file: sourceOf(one) }));
  return all.sort((a, b) => (a.file === b.file ? a.at - b.at : a.file < b.file ? -1 : 1));
}

function show(functions) {
  const files = Map.groupBy(functions, ({ file }) => file);
  for (const [file, list] of files)
    console.log(`${file} (${list.length}): ${list.map(({ name }) => name || "(anonymous)").join(", ")}`);
  return files.size;
}

function print(functions, processes) {
  const always = functions.filter((one) => one.processes === processes);
  const files = show(always);
  const sometimes = functions.filter((one) => one.processes < processes);
  if (sometimes.length > 0) console.log(`\nin some of ${processes} processes only:`);
  show(sometimes);
  console.log(`\none GET crosses ${always.length} functions in ${files} files`);
}

try {
  requireTools(["nginx", "taskset"]);
  const root = typedPath(positionals[0]) ?? repository;
  requireBuilt(root);
  const processes = Number(values.processes);
  const functions = await crossed(root, processes);
  if (values.json) console.log(JSON.stringify({ processes, functions }, null, 2));
  else print(functions, processes);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
}
