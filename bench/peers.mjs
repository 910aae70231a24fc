// How each peer is configured and started. All pinned to the proxy's core, all with keep-alive to the upstream.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, LOAD_CORE, PROXY_CORE, readyLine, start, whenListening } from "./processes.mjs";

export const scratch = mkdtempSync(join(tmpdir(), "fig-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

const folder = fileURLToPath(new URL("./peers", import.meta.url));
const fig = fileURLToPath(new URL("../bin/fig", import.meta.url));

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
export async function startUpstream() {
  const port = await freePort();
  const config = fill("upstream.nginx.conf", { port, body: BODY });
  return listening("upstream", LOAD_CORE, "nginx", ["-c", config, "-p", scratch], port);
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

async function startNginx(file, values) {
  const port = await freePort();
  const config = fill(file, { port, ...values });
  return listening(file.replace(".conf", ""), PROXY_CORE, "nginx", ["-c", config, "-p", scratch], port);
}

/** nginx as it comes: a request is sent on when it is whole, from memory. */
export const startPlainNginx = (upstream) =>
  startNginx("nginx.conf", { upstreamPort: upstream.port, settings: "" });

/** nginx that sends a request on as it comes, as fig does. */
export const startStreamingNginx = (upstream) =>
  startNginx("nginx.conf", { upstreamPort: upstream.port, settings: "proxy_request_buffering off;" });

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

/**
 * fig with this routing table (YAML; none: everything goes to the default upstream) and these lines more in its fig.yaml.
 */
export async function startFig(
  upstream,
  { name = "fig", routes = "routes: []\n", modern = upstream, settings = "", preload } = {},
) {
  const own = join(scratch, `fig-${counter++}`);
  mkdirSync(join(own, "routes"), { recursive: true });
  mkdirSync(join(own, "migrations"));
  writeFileSync(join(own, "routes/all.yaml"), routes);
  const text = readFileSync(
    fill("fig.yaml", { upstreamPort: upstream.port, modernPort: modern.port }),
    "utf8",
  );
  writeFileSync(join(own, "fig.yaml"), `${text}${settings}`);
  const watched = preload === undefined ? [] : ["--import", preload];
  const args = [...watched, fig, "serve", "-c", join(own, "fig.yaml")];
  const options = preload === undefined ? {} : { stdio: ["ignore", "pipe", "pipe", "ipc"] };
  const started = start(name, PROXY_CORE, process.execPath, args, options);
  const { url, adminUrl } = await readyLine(started);
  const { child, pid, stop } = started;
  return { name, url: new URL("/orders/42", url).href, adminUrl, child, pid, stop };
}

const ONE_ROUTE_AT_50 = `routes:
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
