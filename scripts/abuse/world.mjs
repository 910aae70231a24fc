import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const support = new URL("../../test/e2e/", import.meta.url);
const { startFig, startNode } = await import(new URL("fig-process.ts", support));
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
`;

async function startUpstream() {
  const upstream = await startNode([fileURLToPath(new URL("upstream.mjs", import.meta.url))]);
  return { port: upstream.ready.port, stop: upstream.stop };
}

/** The most memory a process had since the last call, MiB: the kernel's high-water mark, which is set back. */
function peakOf(pid) {
  const mib = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) / 1024;
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {}
  return Math.round(mib);
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
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: sqlite:state.db\nroutes: routes\nmigrations: migrations
default: abused\nlane: ${lane}\nupstreams:\n  calm: http://127.0.0.1:${calm}\n  abused: http://127.0.0.1:${abused}\n`,
  );
  const options = heapMiB > 0 ? { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` } : {};
  const fig = await startFig(join(folder, "fig.yaml"), options);
  return {
    name: lane === "auto" ? "fast" : lane,
    port: Number(new URL(fig.ready.url).port),
    peak: () => peakOf(fig.pid),
    alive: () => {
      try {
        return process.kill(fig.pid, 0);
      } catch {
        return false;
      }
    },
    counters: async () => counted(await (await fetch(new URL("/metrics", fig.ready.adminUrl))).text()),
    stop: async () => {
      await fig.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startPeer(calm, abused) {
  const nginx = await startNginx(
    `upstream calm { server 127.0.0.1:${calm}; keepalive 64; } upstream abused { server 127.0.0.1:${abused}; keepalive 64; }
    map $uri $side { default abused; /calm calm; }`,
    "proxy_pass http://$side; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_request_buffering off; client_max_body_size 0;",
  );
  return { name: "nginx", port: Number(new URL(nginx.url).port), stop: nginx.stop };
}

/** Two doors, one a lane, in front of the same two upstreams, and nginx beside them where it is installed. */
export async function startWorld(heapMiB) {
  const calm = await startUpstream();
  const abused = await startUpstream();
  const doors = [];
  for (const lane of ["auto", "node"]) doors.push(await startDoor(lane, calm.port, abused.port, heapMiB));
  const peer = haveNginx() ? await startPeer(calm.port, abused.port) : undefined;
  return {
    doors,
    peer,
    stop: async () => {
      for (const { stop } of [...doors, ...(peer === undefined ? [] : [peer]), calm, abused]) await stop();
    },
  };
}
