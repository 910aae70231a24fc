// How each peer is configured and started. All pinned to the proxy's core, all with keep-alive to the upstream.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BOTH_CORES,
  freePort,
  LOAD_CORE,
  PROXY_CORE,
  readyLine,
  start,
  whenListening,
} from "./processes.mjs";

export const scratch = mkdtempSync(join(tmpdir(), "fig-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const folder = fileURLToPath(new URL("./peers", import.meta.url));
/** The checkout that this bench belongs to. */
export const repository = fileURLToPath(new URL("..", import.meta.url));

/** 330 bytes of JSON, what every answer is. */
export const BODY = (() => {
  const value = {
    id: 42,
    status: "shipped",
    total: 129.9,
    currency: "EUR",
    items: [{ sku: "A-1", quantity: 2 }],
    note: "",
  };
  value.note = "x".repeat(330 - JSON.stringify(value).length);
  return JSON.stringify(value);
})();

let counter = 0;

function fill(file, values) {
  let text = readFileSync(join(folder, file), "utf8");
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{{${name}}}`, String(value));
  text = text.replaceAll("{{scratch}}", scratch).replaceAll("{{folder}}", folder);
  const own = join(scratch, `${counter++}-${file}`);
  writeFileSync(own, text);
  return own;
}

async function listening(name, core, command, args, port) {
  const started = start(name, core, command, args);
  await whenListening(started, port);
  return { name, url: `http://127.0.0.1:${port}/orders/42`, pid: started.pid, port, stop: started.stop };
}

/** The upstream, or a healthy modern: nginx with a fixed answer, on the load's core. */
export async function startUpstream(cores = LOAD_CORE) {
  const port = await freePort();
  const config = fill("upstream.nginx.conf", { port, body: BODY });
  return listening("upstream", cores, "nginx", ["-c", config, "-p", scratch], port);
}

/** A file of `bytes` zero bytes that the upstream answers at /files/NAME with a length, at /chunked/files/NAME without. */
export function provideFile(name, bytes) {
  const file = join(scratch, "files", name);
  mkdirSync(join(scratch, "files"), { recursive: true });
  writeFileSync(file, "");
  truncateSync(file, bytes);
  return file;
}

async function startOnLoadCore(name, file, ...more) {
  const port = await freePort();
  return listening(name, LOAD_CORE, process.execPath, [join(folder, file), String(port), ...more], port);
}

/** A modern that accepts and never answers, on the load's core. */
export const startHung = () => startOnLoadCore("hung modern", "hung.mjs");

/** An upstream for uploads: reads each request to its end, then gives the fixed answer. */
export const startSink = () => startOnLoadCore("sink", "sink.mjs", BODY);

const ONE_PROCESS = "worker_processes 1;\nmaster_process off;";

async function startNginx(file, values, cores = PROXY_CORE) {
  const port = await freePort();
  const config = fill(file, { port, processes: ONE_PROCESS, ...values });
  return listening(file.replace(".conf", ""), cores, "nginx", ["-c", config, "-p", scratch], port);
}

/** On both cores, where the load is too. */
export const startNginxWorkers = (upstream, workers) =>
  startNginx(
    "nginx.conf",
    // As root, its workers would be nobody, who may not write here.
    {
      upstreamPort: upstream.port,
      settings: "",
      processes: `worker_processes ${workers};\n${process.getuid?.() === 0 ? "user root;" : ""}`,
    },
    BOTH_CORES,
  );

/** nginx as it comes: a request is sent on when it is whole, from memory. */
export const startPlainNginx = (upstream) =>
  startNginx("nginx.conf", { upstreamPort: upstream.port, settings: "" });

/** nginx that sends a request on as it comes, as fig does. */
export const startStreamingNginx = (upstream) =>
  startNginx("nginx.conf", { upstreamPort: upstream.port, settings: "proxy_request_buffering off;" });

/** nginx that speaks TLS with clients. `tls`: files. */
export const startTlsNginx = (upstream, tls) =>
  startNginx("nginx-tls.conf", { upstreamPort: upstream.port, http2: "", ...tls }).then(overTls);

/** The same, and HTTP/2 with those that want it. */
export const startHttp2Nginx = (upstream, tls) =>
  startNginx("nginx-tls.conf", { upstreamPort: upstream.port, http2: " http2", ...tls }).then(overTls);

/** What answers gRPC's calls, on the load's core. */
export async function startGrpcUpstream() {
  const port = await freePort();
  const config = fill("grpc.nginx.conf", { port, body: "x".repeat(330) });
  return listening("gRPC upstream", LOAD_CORE, "nginx", ["-c", config, "-p", scratch], port);
}

export const startGrpcNginx = (upstream) => startNginx("nginx-grpc.conf", { upstreamPort: upstream.port });

const overTls = (peer) => ({ ...peer, url: peer.url.replace("http:", "https:") });

/** nginx that keeps answers. */
export const startCachingNginx = (upstream) =>
  startNginx("nginx-cache.conf", { upstreamPort: upstream.port });

export const startNginxMirror = (upstream, modern) =>
  startNginx("nginx-mirror.conf", { upstreamPort: upstream.port, modernPort: modern.port });

async function startHaproxy(upstream) {
  const port = await freePort();
  const config = fill("haproxy.cfg", { port, upstreamPort: upstream.port });
  return listening("haproxy", PROXY_CORE, "haproxy", ["-db", "-q", "-f", config], port);
}

async function startNode(file, upstream) {
  const port = await freePort();
  const args = [join(folder, file), String(port), String(upstream.port)];
  return listening(file.replace(".mjs", ""), PROXY_CORE, process.execPath, args, port);
}

/** A folder of its own for fig, which speaks TLS with the files of `tls` if they are given, and with `http2` HTTP/2 to its upstreams: `config` with `settings` below it, and the routes (YAML) or what stands beside `config`. */
function writeFigFiles({
  config = join(folder, "fig.yaml"),
  routes = "routes: []\n",
  settings = "",
  tls,
  http2,
}) {
  const own = join(scratch, `fig-${counter++}`);
  mkdirSync(own);
  for (const name of ["routes", "migrations"]) {
    const beside = join(dirname(config), name);
    if (existsSync(beside)) cpSync(beside, join(own, name), { recursive: true });
    else mkdirSync(join(own, name));
  }
  if (!existsSync(join(dirname(config), "routes"))) writeFileSync(join(own, "routes/all.yaml"), routes);
  const plain = readFileSync(config, "utf8");
  const listen = tls && `listen: { address: "127.0.0.1:0", tls: ${JSON.stringify(tls)} }`;
  const spoken = http2
    ? plain.replace(/http:\/\/\S+/g, (url) => `{ urls: ["${url}"], protocol: http2 }`)
    : plain;
  const base = listen === undefined ? spoken : spoken.replace(/^listen:.*$/m, listen);
  writeFileSync(join(own, "fig.yaml"), `${base}${settings}`);
  return join(own, "fig.yaml");
}

/**
 * fig, of this checkout or of the one at `root`, with the files of writeFigFiles; its fig.yaml finds the upstreams in
 * UPSTREAM_PORT and MODERN_PORT. `nodeArgs` and `options` (of spawn) are for who looks inside.
 */
export async function startFig(
  upstream,
  {
    name = "fig",
    root = repository,
    modern = upstream,
    env = {},
    nodeArgs = [],
    options = {},
    cores = PROXY_CORE,
    ...files
  } = {},
) {
  const ports = { UPSTREAM_PORT: String(upstream.port), MODERN_PORT: String(modern.port) };
  const args = [...nodeArgs, join(root, "bin/fig"), "serve", "-c", writeFigFiles(files)];
  const started = start(name, cores, process.execPath, args, {
    env: { ...process.env, ...ports, ...env },
    ...options,
  });
  const { url, adminUrl } = await readyLine(started);
  const { child, pid, stop } = started;
  return { name, url: new URL("/orders/42", url).href, adminUrl, pid, child, stop };
}

/** Routes (YAML): one, split. */
export const ONE_ROUTE_AT_50 = `routes:
  - id: orders.read
    match: { path: "/orders/{id}" }
    modern: modern
    start: { modern: 50, shadow: 0 }
`;

/** name → start(upstream), in the order they take turns. */
export const peers = {
  nginx: startPlainNginx,
  haproxy: startHaproxy,
  "http-proxy (README)": (upstream) => startNode("http-proxy-readme.mjs", upstream),
  "http-proxy (keep-alive)": (upstream) => startNode("http-proxy.mjs", upstream),
  httpxy: (upstream) => startNode("httpxy.mjs", upstream),
  "@fastify/http-proxy": async (upstream) => ({
    ...(await startNode("fastify.mjs", upstream)),
    name: "@fastify/http-proxy",
  }),
  fig: (upstream) => startFig(upstream),
  "fig (lane: node)": (upstream) =>
    startFig(upstream, { name: "fig (lane: node)", settings: "lane: node\n" }),
  "fig, one route at 50 %": (upstream) =>
    startFig(upstream, { name: "fig, one route at 50 %", routes: ONE_ROUTE_AT_50 }),
};
