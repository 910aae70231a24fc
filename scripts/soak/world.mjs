import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { startFig, startNode } = await import(new URL("../../test/e2e/fig-process.ts", import.meta.url));
const UPSTREAM = fileURLToPath(new URL("upstream.mjs", import.meta.url));

/** What is left when this process ends before it stopped them. */
const started = new Set();
process.on("exit", () => {
  for (const pid of started) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
});

export const TOKEN = "soak-0123456789abcdef";
/** Who reads nothing is given up after this. A reader of 8 KiB/s lets the kernel know of a read every ten seconds or so. */
export const BODY_IDLE = "60s";

/** `round`: what a reload changes. */
function routes(round) {
  return `routes:
  - id: split
    match: { path: "/split/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
    start: { modern: 50 }
  - id: shadowed
    match: { path: "/shadowed/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
    start: { shadow: 100 }
    shadow: { safe: true, timeout: ${5 + (round % 3)}s }
  - id: reversed
    match: { path: "/reversed/{rest+}" }
    modern: modern
    sticky: [header:x-user-id]
    start: { modern: 100, shadow: 100 }
  - id: falls
    match: { path: "/falls/{rest+}" }
    modern: { upstream: frail }
    fallback: legacy
    sticky: [header:x-user-id]
    start: { modern: 50 }
`;
}

/** An upstream process; on `port` where one stood before. */
export async function startUpstream(port = 0) {
  const upstream = await startNode([UPSTREAM, String(port)]);
  started.add(upstream.pid);
  const stop = async () => {
    await upstream.stop();
    started.delete(upstream.pid);
  };
  return {
    port: upstream.ready.port,
    stop,
    kill: () => {
      upstream.signal("SIGKILL");
      return stop();
    },
  };
}

export async function startDoor(lane, ports, heapMiB) {
  const folder = mkdtempSync(join(tmpdir(), "fig-soak-"));
  mkdirSync(join(folder, "routes"));
  mkdirSync(join(folder, "migrations"));
  const reload = (round) => writeFileSync(join(folder, "routes/soak.yaml"), routes(round));
  reload(0);
  const upstreams = Object.entries(ports).map(([name, port]) => `  ${name}: http://127.0.0.1:${port}\n`);
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nadminToken: ${TOKEN}\nstate: sqlite:state.db\nroutes: routes
migrations: migrations\ndefault: legacy\nlane: ${lane}\ntimeouts: { bodyIdle: ${BODY_IDLE} }
limits: { bodyMemory: 8MiB, shadowMemory: 16MiB }\nupstreams:\n${upstreams.join("")}`,
  );
  const options = heapMiB > 0 ? { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` } : {};
  const fig = await startFig(join(folder, "fig.yaml"), options);
  started.add(fig.pid);
  const admin = async (method, path, body) => {
    const answer = await fetch(new URL(path, fig.ready.adminUrl), {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text;
  };
  return {
    lane,
    port: Number(new URL(fig.ready.url).port),
    adminPort: Number(new URL(fig.ready.adminUrl).port),
    pid: fig.pid,
    state: join(folder, "state.db"),
    admin,
    reload,
    hup: () => fig.signal("SIGHUP"),
    output: () => fig.output(),
    stop: async () => {
      const code = await fig.stop();
      started.delete(fig.pid);
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}
