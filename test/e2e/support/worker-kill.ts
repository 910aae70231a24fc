import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startCountingUpstream } from "../counting-upstreams.ts";
import { askAdmin, type FigReady, startFig } from "../fig-process.ts";
import { until } from "../until.ts";
import { childrenOf, clientPortsOf } from "./socket-owners.ts";

/** A client may have its answer a little before it is counted. */
const SLACK_MS = 100;
const CLIENTS = 16;

/** One client with one connection at a time; it connects anew when that breaks. */
class Client {
  /** The connection's own port; undefined: it has none. */
  port: number | undefined;
  /** Answers by when they were complete. */
  readonly answeredAt: number[] = [];
  readonly broken: { readonly port: number | undefined }[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly url: string;
  private stopped = false;
  private readonly over: Promise<void>;

  constructor(url: string) {
    this.url = url;
    this.over = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.over;
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.ask();
        this.answeredAt.push(performance.now());
      } catch {
        this.broken.push({ port: this.port });
        this.port = undefined;
      }
      await delay(5);
    }
  }

  private ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}/differs/x`, { agent: this.agent });
      asked.once("error", reject);
      asked.once("response", (response) => {
        this.port = asked.socket?.localPort;
        response.resume();
        response.once("close", () =>
          response.complete && response.statusCode === 200 ? resolve() : reject(new Error("cut short")),
        );
      });
      asked.end();
    });
  }
}

export interface WorkerKills {
  readonly kills: number;
  readonly requests: number;
  /** Connections that broke under their clients, and those of them that a killed worker had. */
  readonly broken: number;
  readonly brokenOfKilled: number;
  readonly shifts: number;
  /** The revision at the end: one for each shift that was acknowledged. */
  readonly revision: number;
  /** Requests after a shift was acknowledged that were served by the other side. */
  readonly wrongSide: number;
  /** Answers that are in no count, and the most that killed workers can have answered untold. */
  readonly uncounted: number;
  readonly mostUncounted: number;
  /** Of a last part without kills, by clients and by the front door. */
  readonly quiet: readonly [asked: number, counted: number];
  /** As the log says it, in all. */
  readonly uncountedSeconds: number;
  readonly exits: number;
  readonly exitCode: number | null;
  readonly output: string;
}

async function metric(ready: FigReady, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${ready.adminUrl}/metrics`)).text();
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}

const counted = (ready: FigReady) => metric(ready, /^fig_requests_total\{.*\} (\d+)$/gm);
const serving = (ready: FigReady) => metric(ready, /^fig_workers\{state="serving"\} (\d+)$/gm);

/** For how long each worker that ended had not told what it counted, as the log has it. */
function uncountedSeconds(output: string): readonly number[] {
  return [...output.matchAll(/"uncountedSeconds":([\d.]+)/g)].map(([, seconds]) => Number(seconds));
}

/** Kills workers of a front door one after the other (SIGKILL), under load and while its route is shifted. */
export async function runWorkerKills({ kills }: { readonly kills: number }): Promise<WorkerKills> {
  const folder = mkdtempSync(join(tmpdir(), "fig-workers-"));
  const [legacy, modern] = await Promise.all([
    startCountingUpstream("legacy"),
    startCountingUpstream("modern"),
  ]);
  const file = join(folder, "fig.yaml");
  const lines = [
    "listen: 127.0.0.1:0",
    "admin: 127.0.0.1:0",
    "workers: 2",
    `upstreams: { legacy: ${legacy.url}, modern: ${modern.url} }`,
    "routes: routes.yaml",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const route = '{ id: shop, match: { path: "/{rest+}" }, legacy: legacy, modern: modern }';
  writeFileSync(join(folder, "routes.yaml"), `routes: [${route}]\n`);
  const fig = await startFig(file);
  const { ready } = fig;
  const port = Number(new URL(ready.url).port);
  const clients = Array.from({ length: CLIENTS }, () => new Client(ready.url));
  let [brokenOfKilled, wrongSide, shifts, mostUncounted, direct] = [0, 0, 0, 0, 0];
  const killed: { readonly at: number; readonly clients: readonly Client[] }[] = [];
  let shifting = true;
  const shifter = (async () => {
    while (shifting) {
      const modernShare = shifts % 2 === 0 ? 100 : 0;
      await askAdmin(ready.adminUrl, "POST", "/routes/shop/shift", {
        modern: modernShare,
        reason: "because",
        force: true,
      });
      shifts++;
      await delay(20);
      for (let i = 0; i < 4; i++) {
        // A connection of its own each; one that a killed worker took is no answer.
        const answer = await fetch(`${ready.url}/differs/y`, { headers: { connection: "close" } })
          .then((response) => response.text())
          .catch(() => undefined);
        if (answer === undefined) continue;
        direct++;
        if (!answer.includes(modernShare === 100 ? '"side":"modern"' : '"side":"legacy"')) wrongSide++;
      }
    }
  })();
  // Awaited below; what fails before is not to go by unheard.
  shifter.catch(() => {});
  try {
    for (let kill = 0; kill < kills; kill++) {
      await until(
        () => serving(ready),
        (count) => count === 2,
      );
      await until(
        () => clients.every((client) => client.port !== undefined),
        (all) => all,
      );
      const before = clients.map(({ broken }) => broken.length);
      const [first = 0, second = 0] = childrenOf(fig.pid);
      const pid = kill % 2 === 0 ? first : second;
      const owned = clientPortsOf(pid, port);
      const victims = clients.filter((client) => client.port !== undefined && owned.has(client.port));
      process.kill(pid, "SIGKILL");
      const killedAt = performance.now();
      await until(
        () => childrenOf(fig.pid).includes(pid),
        (there) => !there,
      );
      await delay(200);
      for (const [index, client] of clients.entries()) {
        const broken = client.broken.slice(before[index]);
        brokenOfKilled += broken.filter(({ port: was }) => was !== undefined && owned.has(was)).length;
      }
      killed.push({ at: killedAt, clients: victims });
    }
    shifting = false;
    await shifter;
    await until(
      () => serving(ready),
      (count) => count === 2,
    );
    await Promise.all(clients.map((client) => client.stop()));
    const asked = clients.reduce((sum, { answeredAt }) => sum + answeredAt.length, direct);
    const countedThen = await counted(ready);
    // What its clients got in the time that the log says. Those of the shifts may have been anybody's.
    mostUncounted += direct;
    for (const [kill, seconds] of uncountedSeconds(fig.output()).entries()) {
      const { at: end = 0, clients: victims = [] } = killed[kill] ?? {};
      const from = end - seconds * 1000 - SLACK_MS;
      for (const { answeredAt } of victims)
        mostUncounted += answeredAt.filter((at) => at > from && at <= end + SLACK_MS).length;
    }
    const last = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => (await fetch(`${ready.url}/z/${index}`)).status),
    );
    const countedNow = await counted(ready);
    const { revision } = await askAdmin<{ revision: number }>(ready.adminUrl, "GET", "/status");
    const exits = await metric(ready, /^fig_worker_exits_total\{.*\} (\d+)$/gm);
    const exitCode = await fig.stop();
    return {
      kills,
      requests: asked,
      broken: clients.reduce((sum, { broken }) => sum + broken.length, 0),
      ...{ brokenOfKilled, shifts, revision, wrongSide, mostUncounted, exits, exitCode },
      uncounted: asked - countedThen,
      uncountedSeconds: uncountedSeconds(fig.output()).reduce((sum, seconds) => sum + seconds, 0),
      quiet: [last.filter((status) => status === 200).length, countedNow - countedThen],
      output: fig.output(),
    };
  } finally {
    shifting = false;
    await Promise.all(clients.map((client) => client.stop()));
    await fig.stop();
    await Promise.all([legacy.close(), modern.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
