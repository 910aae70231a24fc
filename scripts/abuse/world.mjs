import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { first, onCore } from "./cores.mjs";

const support = new URL("../../test/e2e/", import.meta.url);
const { startFig, startNode } = await import(new URL("fig-process.ts", support));
const { freePort } = await import(new URL("../support/free-port.ts", support));
const { haveNginx, startNginx } = await import(new URL("support/nginx.ts", support));

/** `calm` has an upstream of its own: what another one suffers is not the proxy's doing. */
const ROUTES = `routes:
  - id: calm
    match: { path: /calm }
    legacy: calm
    modern: calm
  - id: shadowed
    match: { path: "/shadowed/{rest+}" }
    legacy: { upstream: calm }
    modern: { upstream: abused, path: "/{rest+}" }
    start: { shadow: 100 }
    shadow: { safe: true }
  - id: guarded
    match: { path: /admin/secret }
    legacy: calm
    modern: calm
  - id: guarded-host
    match: { path: "/{rest+}", host: secret.test }
    legacy: calm
    modern: calm
  - id: loop
    match: { path: "/loop/{rest+}" }
    legacy: self
    modern: self
  - id: sampled
    match: { path: /sampled }
    legacy: calm
    modern: calm
    start: { shadow: 20 }
`;
/** Short enough for what is given up to be given up within a run. */
const TIMEOUTS = "timeouts: { headers: 1s, response: 2s, halfClosed: 1s }";
const TOKEN = "the-token-of-the-abuse-script";

async function startUpstream() {
  const upstream = await startNode([fileURLToPath(new URL("upstream.mjs", import.meta.url))]);
  return { port: upstream.ready.port, pid: upstream.pid, stop: upstream.stop };
}

/** The most memory a process had since the last call, MiB: the kernel's high-water mark, which is set back. */
function peakOf(pid) {
  const mib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) / 1024;
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {}
  return Math.round(mib);
}

/** What a process has spent, of its threads together, in the kernel's ticks of 10 ms. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function counted(text) {
  const sums = new Map();
  for (const line of text.split("\n")) {
    const [, name, value] = /^(fig_\w+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, Number(value));
  }
  return sums;
}

async function startDoor(lane, calm, abused, heapMiB) {
  const folder = mkdtempSync(join(tmpdir(), "fig-abuse-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  writeFileSync(join(folder, "routes/abuse.yaml"), ROUTES);
  const port = await freePort();
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:${port}\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations
default: abused\nlane: ${lane}\nadminToken: ${TOKEN}\n${TIMEOUTS}
upstreams:\n  calm: http://127.0.0.1:${calm}\n  abused: http://127.0.0.1:${abused}\n  self: http://127.0.0.1:${port}\n`,
  );
  const options = heapMiB > 0 ? { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` } : {};
  const fig = await startFig(join(folder, "fig.yaml"), options);
  return {
    name: lane === "auto" ? "fast" : lane,
    port,
    adminPort: Number(new URL(fig.ready.adminUrl).port),
    token: TOKEN,
    peak: () => peakOf(fig.pid),
    cpuMs: () => cpuMsOf(fig.pid),
    alive: () => {
      try {
        return process.kill(fig.pid, 0);
      } catch {
        return false;
      }
    },
    counters: async () => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const answer = await fetch(new URL("/metrics", fig.ready.adminUrl), { headers });
      if (!answer.ok) throw new Error(`/metrics: ${answer.status} ${await answer.text()}`);
      return counted(await answer.text());
    },
    stop: async () => {
      await fig.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startPeer(calm, abused) {
  const nginx = await startNginx(
    `upstream calm { server 127.0.0.1:${calm}; keepalive 64; } upstream abused { server 127.0.0.1:${abused}; keepalive 64; }
    map $uri $side { default abused; /calm calm; } map $http_upgrade $passed { default upgrade; '' ''; }`,
    "proxy_pass http://$side; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $passed; proxy_request_buffering off; client_max_body_size 0;",
  );
  return { name: "nginx", port: Number(new URL(nginx.url).port), stop: nginx.stop };
}

/** Two doors, one a lane, in front of the same two upstreams, and nginx beside them where it is installed. */
export async function startWorld(heapMiB) {
  onCore("load", process.pid);
  const calm = await startUpstream();
  first(calm.pid);
  const abused = await startUpstream();
  // They see from their beginning how many cores they have.
  onCore("door", process.pid);
  const doors = [];
  for (const lane of ["auto", "node"]) doors.push(await startDoor(lane, calm.port, abused.port, heapMiB));
  const peer = haveNginx() ? await startPeer(calm.port, abused.port) : undefined;
  onCore("load", process.pid);
  return {
    doors,
    peer,
    stop: async () => {
      for (const { stop } of [...doors, ...(peer === undefined ? [] : [peer]), calm, abused]) await stop();
    },
  };
}
