// What bodies cost on the proxy's core, both ways, sized and chunked, fig against nginx.
import { fileURLToPath } from "node:url";
import { CONNECTIONS, saturate } from "./load.mjs";
import {
  provideFile,
  startFig,
  startPlainNginx,
  startSink,
  startStreamingNginx,
  startUpstream,
} from "./peers.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";

const script = fileURLToPath(new URL("./bodies.lua", import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;

const upload = (path, framing, bytes) => ({ path, load: { script, scriptArgs: [framing, String(bytes)] } });

const UPLOADS = {
  "POST 2 KiB sized": upload("/orders", "sized", 2 * KIB),
  "POST 2 KiB chunked": upload("/orders", "chunked", 2 * KIB),
  "POST 64 KiB": upload("/large/orders", "sized", 64 * KIB),
  "POST 1 MiB": upload("/large/orders", "sized", MIB),
};
const ANSWERS = {
  "answer of 330 bytes chunked": { path: "/chunked/orders/42" },
  "answer of 64 KiB": { path: "/files/64KiB" },
  "answer of 1 MiB": { path: "/files/1MiB" },
};
const STREAMING = "nginx (streaming)";

/** Each proxy in front of each of the two upstreams. */
async function startProxies(upstream, sink) {
  const fronts = (target) => ({ nginx: startPlainNginx(target), fig: startFig(target) });
  const groups = [
    [ANSWERS, fronts(upstream)],
    [UPLOADS, { ...fronts(sink), [STREAMING]: startStreamingNginx(sink) }],
  ];
  const doors = new Map();
  for (const [cases, proxies] of groups) {
    for (const [proxy, starting] of Object.entries(proxies)) {
      const door = await starting;
      for (const [name, one] of Object.entries(cases)) doors.set(`${name}, ${proxy}`, { door, ...one });
    }
  }
  return doors;
}

export async function bodies(options) {
  const { rounds, seconds, warmup } = options.times({ rounds: 5, seconds: 4, warmup: 1 });
  provideFile("64KiB", 64 * KIB);
  provideFile("1MiB", MIB);
  const [upstream, sink] = [await startUpstream(), await startSink()];
  const doors = await startProxies(upstream, sink);
  const run = (name, length) => {
    const { door, path, load } = doors.get(name);
    return saturate(new URL(path, door.url).href, door.pid, length, load);
  };

  const names = Object.keys({ ...UPLOADS, ...ANSWERS });
  const turns = names.flatMap((name) =>
    [STREAMING, "nginx", "fig"].map((proxy) => `${name}, ${proxy}`).filter((turn) => doors.has(turn)),
  );
  for (const turn of turns) await run(turn, warmup);
  const runs = await takeTurns(turns, rounds, async (turn, round) => {
    const measured = await run(turn, seconds);
    options.progress(`round ${round} ${turn}: ${fixed(measured.cpuMicrosPerRequest, 1)} µs a request`);
    return measured;
  });
  for (const door of new Set([...doors.values()].map((one) => one.door))) await door.stop();
  for (const one of [upstream, sink]) await one.stop();

  const rows = new Map([...runs].map(([turn, list]) => [turn, medians(list)]));
  const of = (name, proxy, field = "cpuMicrosPerRequest") => rows.get(`${name}, ${proxy}`)?.[field];
  const ratio = (name, proxy = "nginx") => of(name, "fig") / of(name, proxy);
  const failed = [...rows.values()].reduce((sum, row) => sum + row.failed, 0);
  return publish({
    name: "bodies",
    title: "Bodies",
    intro: [
      `${CONNECTIONS} connections, ${rounds} interleaved rounds of ${seconds} s, medians. CPU is the proxy's (all its threads and`,
      "processes) a completed request, in µs. Uploads go to an upstream that reads them to their end and then answers 330 bytes;",
      "answers come from nginx. nginx as proxy is as it comes, but for files: it holds an upload in memory until it is whole, then",
      "sends it on; *streaming* is nginx with `proxy_request_buffering off`, which sends it on as it comes, as fig does. The bound",
      "is held against nginx as it comes, and against the streaming one too where there is an upload.",
    ],
    sections: [
      table(
        [
          "request",
          "fig",
          "nginx",
          "nginx streaming",
          "fig ÷ nginx",
          "fig ÷ streaming",
          "fig requests/s",
          "nginx requests/s",
        ],
        names.map((name) => [
          name,
          fixed(of(name, "fig"), 1),
          fixed(of(name, "nginx"), 1),
          fixed(of(name, STREAMING), 1),
          fixed(ratio(name), 2),
          fixed(ratio(name, STREAMING), 2),
          fixed(of(name, "fig", "requestsPerSecond")),
          fixed(of(name, "nginx", "requestsPerSecond")),
        ]),
      ),
    ],
    verdicts: [
      ...names.map((name) => verdict(`${name}: fig's CPU a request ÷ nginx's`, ratio(name), "at most", 1.5)),
      ...Object.keys(UPLOADS).map((name) =>
        verdict(`${name}: fig's CPU a request ÷ streaming nginx's`, ratio(name, STREAMING), "at most", 1.5),
      ),
      verdict("failed requests", failed, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds, seconds, warmup }),
  });
}
