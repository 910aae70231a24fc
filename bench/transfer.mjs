// 1 GiB down and up, sized and chunked: how fast beside nginx, and whether memory stays where it was.
import { curl, exactly } from "./load.mjs";
import { provideFile, scratch, startFig, startSink, startStreamingNginx, startUpstream } from "./peers.mjs";
import { beginPeakRss, cpuMicros, peakRssMib } from "./processes.mjs";
import { fixed, medians, publish, table, takeTurns, verdict } from "./report.mjs";

const GIB = 2 ** 30;
const WARM_UP_REQUESTS = 20_000;

/** Like any client's; fig would hand curl's `Expect: 100-continue` to its other lane, which has a row of its own. */
const put = (file, ...headers) => ["-T", file, ...headers.flatMap((header) => ["-H", header])];

const cases = (file) => ({
  "download sized": { upstream: "files", path: "/files/1GiB", args: [] },
  "download chunked": { upstream: "files", path: "/chunked/files/1GiB", args: [] },
  "upload sized": { upstream: "sink", path: "/upload", args: put(file, "Expect:") },
  "upload chunked": {
    upstream: "sink",
    path: "/upload",
    args: put(file, "Expect:", "Transfer-Encoding: chunked"),
  },
  "upload sized, Expect": { upstream: "sink", path: "/upload", args: put(file, "Expect: 100-continue") },
});

export async function transfer(options) {
  const { rounds } = options.times({ rounds: 5 });
  const transfers = cases(provideFile("1GiB", GIB));
  const upstreams = { files: await startUpstream(), sink: await startSink() };
  const proxies = { nginx: startStreamingNginx, fig: startFig };
  // Once past the proxies, so that no transfer is the one that reads the file for the first time.
  await curl(new URL("/files/1GiB", upstreams.files.url).href, [], GIB, scratch);

  const names = Object.keys(transfers);
  const turns = names.flatMap((name) => Object.keys(proxies).map((proxy) => `${name}, by ${proxy}`));
  const runs = await takeTurns(turns, rounds, async (turn, round) => {
    const [name, proxy] = turn.split(", by ");
    const { upstream, path, args } = transfers[name];
    const door = await proxies[proxy](upstreams[upstream]);
    await exactly(door.url, WARM_UP_REQUESTS);
    const rssBefore = beginPeakRss(door.pid);
    const cpuBefore = cpuMicros(door.pid);
    const { complete, bytesPerSecond } = await curl(new URL(path, door.url).href, args, GIB, scratch);
    const measured = {
      bytesPerSecond,
      cpuMsPerGib: (cpuMicros(door.pid) - cpuBefore) / 1000,
      rssBefore,
      grown: peakRssMib(door.pid) - rssBefore,
      failed: complete ? 0 : 1,
    };
    await door.stop();
    options.progress(
      `round ${round} ${turn}: ${fixed(bytesPerSecond / 2 ** 20)} MiB/s, RSS +${fixed(measured.grown, 1)} MiB`,
    );
    return measured;
  });
  for (const one of Object.values(upstreams)) await one.stop();

  const rows = new Map([...runs].map(([turn, list]) => [turn, medians(list)]));
  const speed = (name, proxy) => rows.get(`${name}, by ${proxy}`).bytesPerSecond;
  const ratio = (name) => speed(name, "fig") / speed(name, "nginx");
  const most = (turn) => Math.max(...runs.get(turn).map((run) => run.grown));
  const failed = [...runs.values()].flat().reduce((sum, run) => sum + run.failed, 0);
  return publish({
    name: "transfer",
    title: "Transfer",
    intro: [
      `1 GiB over one connection, curl to or from a sparse file, ${rounds} interleaved rounds, medians. Each with a proxy process of its`,
      `own that has served ${WARM_UP_REQUESTS} small requests. Growth is the proxy's peak RSS while it transfers (as the kernel keeps it) less its RSS right before,`,
      "the largest of the rounds. nginx streams too: `proxy_request_buffering off`, no temporary files. curl and the upstream",
      "share the other core, so that the fastest may be held up by them; CPU ms/GiB is the proxy's own. Uploads are sent without",
      "curl's `Expect: 100-continue`, but in the last row.",
    ],
    sections: [
      table(
        ["transfer", "MiB/s", "÷ nginx", "CPU ms/GiB", "RSS before MiB", "RSS growth MiB"],
        turns.map((turn) => {
          const [name, proxy] = turn.split(", by ");
          const row = rows.get(turn);
          return [
            `${name}: ${proxy}`,
            fixed(row.bytesPerSecond / 2 ** 20),
            fixed(speed(name, proxy) / speed(name, "nginx"), 2),
            fixed(row.cpuMsPerGib),
            fixed(row.rssBefore, 1),
            fixed(most(turn), 1),
          ];
        }),
      ),
    ],
    verdicts: [
      ...names.map((name) =>
        verdict(`${name}: RSS growth through fig, MiB`, most(`${name}, by fig`), "at most", 32, 1),
      ),
      ...names.map((name) => verdict(`${name}: fig's bytes/s ÷ nginx's`, ratio(name), "at least", 0.8)),
      verdict("transfers that were not complete", failed, "at most", 0, 0),
    ],
    data: Object.fromEntries(runs),
    options: options.recorded({ rounds }),
  });
}
