// `npm run ledger:kill`: kills a front door with SIGKILL at random moments while shifts are written, again and again
// on one state, and holds its ledger against what was sent and what was acknowledged:
//   - every acknowledged revision is there, with the same content;
//   - every entry was sent, once, and none of those sent was refused; revisions have no gap and never change;
//   - after every kill the front door starts again, is not behind what it acknowledged, and serves a client.
// Prints one line of JSON; exits 1 (and keeps the folder) if anything of that does not hold.
//   --kills N   how many in all (300)     --seed N   of the moments and shifts (a new one each run)
//   --lanes N   states side by side (2)   --fig FILE the command to run (bin/fig)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask, FIG, keepAlive, ROUTES, shift, startDoor, startUpstream, writeFiles } from "./ledger-world.mjs";
import { wholeNumbers } from "./whole-numbers.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    lanes: { type: "string", default: "2" },
    fig: { type: "string", default: FIG },
  },
});
const { kills, lanes: wanted } = wholeNumbers("kill-ledger", { kills: values.kills, lanes: values.lanes });
const { seed } = wholeNumbers("kill-ledger", { seed: values.seed }, 0);
const lanes = Math.min(wanted, kills);

const WRITERS = 4;
/** A kill comes at most this long after the writers began; long enough for several shifts each. */
const MAX_DELAY_MS = 250;

const support = new URL("../test/e2e/support/", import.meta.url);
const { LedgerBook } = await import(new URL("ledger-book.ts", support));
const { Random } = await import(new URL("../test/conformance/differential/random.ts", import.meta.url));
const { openStore } = await import("../src/store/index.ts");
const { systemClock } = await import("../src/clock.ts");

class Lane {
  constructor(number, upstreamUrl) {
    const random = new Random(seed * 1_000 + number);
    this.random = () => random.next();
    this.name = `lane ${number}`;
    this.folder = mkdtempSync(join(tmpdir(), "fig-kill-ledger-"));
    this.state = `sqlite:${join(this.folder, "state.db")}`;
    this.config = writeFiles(this.folder, upstreamUrl);
    this.book = new LedgerBook();
    this.counts = { kills: 0, served: 0 };
  }

  get failures() {
    return this.book.failures.map((what) => `${this.name}, after ${this.counts.kills} kills: ${what}`);
  }

  fail(what) {
    this.book.fail(what);
  }

  /** Shifts one route after another until the front door is gone. */
  async write(writer, adminUrl, agent, round) {
    for (let i = 0; round.running; i++) {
      const reason = `${this.counts.kills}.${writer}.${i}`;
      // Every writer has a route of its own, and all of them fight over the first.
      const route = this.random() < 0.3 ? ROUTES[0] : ROUTES[writer % ROUTES.length];
      const modern = Math.floor(this.random() * 10_001) / 100;
      const sent = this.book.send(reason, route, modern);
      try {
        const body = { modern, reason, by: `writer ${writer}`, fresh: true };
        const { status, entry, said } = await shift(adminUrl, route, body, agent);
        if (entry !== undefined) this.book.acknowledge(sent, entry);
        else if (status === 409) sent.outcome = "refused";
        else if (status === 503) sent.outcome = "unanswered";
        else this.fail(`a shift was answered with ${status} ${JSON.stringify(said)}`);
      } catch {
        // The connection broke with the process: whether this one was written is what the ledger says.
        return;
      }
    }
  }

  /** One life of the front door: start, serve, check what the last kill left, write, be killed. */
  async round(last) {
    const door = await startDoor(this.config, { fig: values.fig });
    const agent = keepAlive();
    try {
      const answer = await ask(new URL("/orders/1", door.ready.url));
      if (answer.status === 200 && answer.body === "upstream\n") this.counts.served++;
      else this.fail(`a client was answered with ${answer.status} ${answer.body}`);
      const { newestAcknowledged } = this.book;
      if (door.ready.revision < newestAcknowledged)
        this.fail(`started at revision ${door.ready.revision}, ${newestAcknowledged} was acknowledged`);
      await this.withStore(async (store) => this.book.read(await store.read(this.book.revisions)));
      if (last) return;
      const round = { running: true };
      const writers = [];
      for (let i = 0; i < WRITERS; i++) writers.push(this.write(i, door.ready.adminUrl, agent, round));
      await new Promise((resolve) => setTimeout(resolve, this.random() * MAX_DELAY_MS));
      this.counts.kills++;
      door.signal("SIGKILL");
      await door.exited;
      round.running = false;
      await Promise.all(writers);
    } finally {
      agent.destroy();
      door.signal("SIGKILL");
      await door.exited;
    }
  }

  async withStore(use) {
    const store = await openStore(this.state, systemClock);
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }

  async run(rounds) {
    try {
      for (let i = 0; i < rounds && this.failures.length === 0; i++) await this.round(false);
      if (this.failures.length === 0) await this.round(true);
      await this.withStore(async (store) => this.book.close(await store.read(0)));
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
  }
}

const began = performance.now();
const upstream = await startUpstream();
const running = Array.from({ length: lanes }, (_, number) => new Lane(number, upstream.url));
await Promise.all(running.map((lane, i) => lane.run(Math.floor((kills + i) / lanes))));
upstream.close();

const sum = (pick) => running.reduce((total, lane) => total + pick(lane), 0);
const ended = (outcome) => sum((lane) => lane.book.count(outcome));
const failures = running.flatMap((lane) => lane.failures);
const done = sum((lane) => lane.counts.kills);
const ok = failures.length === 0 && done === kills && ended("acknowledged") > 0;
const summary = {
  ok,
  kills: done,
  restartsServed: sum((lane) => lane.counts.served) - lanes,
  sent: sum((lane) => lane.book.sent.size),
  acknowledged: ended("acknowledged"),
  refused: ended("refused"),
  unanswered: ended("unanswered"),
  unansweredButWritten: sum((lane) => lane.book.unansweredWritten),
  revisions: sum((lane) => lane.book.revisions),
  seed,
  seconds: Math.round((performance.now() - began) / 1_000),
  failures: failures.slice(0, 20),
};
process.stdout.write(`${JSON.stringify(summary)}\n`);
if (ok) for (const lane of running) rmSync(lane.folder, { recursive: true });
else process.stderr.write(`kill-ledger: kept ${running.map((lane) => lane.folder).join(" ")}\n`);
process.exit(ok ? 0 : 1);
