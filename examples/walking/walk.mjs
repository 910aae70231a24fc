// A walk: a temporary folder with an example's files, a front door over them, and commands that are printed with their answers.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runFig, startChild, startFig } from "./children.mjs";

function quoted(argument) {
  return /^[\w./:=%-]+$/.test(argument) ? argument : `'${argument}'`;
}

export class Walk {
  #children = new Map();
  #door;
  #events = new AbortController();
  #reloads = 0;
  #reloadsBefore = 0;
  #env = { ...process.env, NODE_NO_WARNINGS: "1", FIG_PORT: "0", FIG_ADMIN_PORT: "0", FIG_BY: "alice" };

  /** @param example the example's folder; `names` are its files and folders that the walk works on copies of. */
  constructor(example, names) {
    this.example = example;
    this.folder = mkdtempSync(join(tmpdir(), `fig-${basename(example)}-`));
    this.shop = join(this.folder, "shop");
    mkdirSync(this.shop);
    for (const [from, to] of names) cpSync(join(example, from), join(this.shop, to), { recursive: true });
  }

  /** A server of the example, on the port that it had before if it was there before. `env` is given to it alone. */
  async serve(name, args, env = {}) {
    const before = this.#children.get(name);
    await before?.stop();
    const port = before === undefined ? "0" : new URL(before.ready.url).port;
    const child = await startChild(name, [join(this.example, args[0]), port, ...args.slice(1)], {
      stdio: ["ignore", "pipe", openSync(join(this.folder, `${name}.log`), "a")],
      env: { ...this.#env, ...env },
    });
    this.#children.set(name, child);
    this.#env[`${name.toUpperCase()}_URL`] = child.ready.url;
    return child.ready.url;
  }

  async stop(name) {
    await this.#children.get(name).stop();
    this.#children.delete(name);
  }

  /** Starts the front door, or stops it and starts it again at the same addresses. */
  async openDoor() {
    await this.#door?.stop();
    this.#door = await startFig(join(this.shop, "fig.yaml"), this.#env, join(this.folder, "fig.log"));
    this.url = this.#door.ready.url;
    this.adminUrl = this.#door.ready.adminUrl;
    this.#env.FIG_PORT = new URL(this.url).port;
    this.#env.FIG_ADMIN_PORT = new URL(this.adminUrl).port;
    const events = await fetch(new URL("/api/v1/events", this.adminUrl), { signal: this.#events.signal });
    this.#countReloads(events.body.pipeThrough(new TextDecoderStream())).catch(() => {});
  }

  async #countReloads(pieces) {
    for await (const piece of pieces) this.#reloads += piece.split("event: reload\n").length - 1;
  }

  /** Runs a fig command, prints it and its answer, and fails unless it ends with `code`. Gives what it printed. */
  async fig(args, code = 0) {
    console.log(`\n$ fig ${args.map(quoted).join(" ")}`);
    const ended = await runFig(args, { cwd: this.shop, env: this.#env });
    process.stdout.write(ended.output);
    if (ended.code !== 0) console.log(`(exit code ${ended.code})`);
    if (ended.code !== code) throw new Error(`fig ${args[0]} ended with ${ended.code}, not ${code}`);
    return ended.output;
  }

  /** Copies a file inside the walk's folder, and says so. */
  copy(from, to) {
    console.log(`\n$ cp ${from} ${to}`);
    this.#write(
      to.endsWith("/") ? join(to, basename(from)) : to,
      readFileSync(join(this.shop, from), "utf8"),
    );
  }

  remove(...names) {
    console.log(`\n$ rm ${names.join(" ")}`);
    for (const name of names) rmSync(join(this.shop, name));
  }

  /** Edits the lines of a file as `sed -i 's/from/to/'` does; fails if there is nothing to edit. */
  edit(name, from, to) {
    console.log(`\n$ sed -i 's/${from}/${to.replaceAll("\n", "\\n")}/' ${name}`);
    this.#change(name, new RegExp(from, "gm"), to);
  }

  /** Drops a line as `sed -i '/line/d'` does. */
  drop(name, line) {
    console.log(`\n$ sed -i '/${line}/d' ${name}`);
    this.#change(name, new RegExp(`${line}.*\n`, "gm"), "");
  }

  #change(name, from, to) {
    const before = readFileSync(join(this.shop, name), "utf8");
    const after = before.replaceAll(from, to);
    if (after === before) throw new Error(`${name} has no ${from}`);
    this.#write(name, after);
  }

  /** At once, as editors do: no front door reads half a file. */
  #write(name, text) {
    this.#reloadsBefore = this.#reloads;
    const file = join(this.shop, name);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  /** Resolves when the front door has read what was written last. */
  settled() {
    return this.until("a reload", () => this.#reloads > this.#reloadsBefore);
  }

  /** Resolves when every request of the evidence windows is compared, or counted with why it is not. */
  compared() {
    return this.until("comparisons", ({ routes }) =>
      routes.every(({ position, legacy, modern, comparisons, notCompared }) => {
        const reasons = Object.values(notCompared).reduce((sum, count) => sum + count, 0);
        const ended = comparisons.match + comparisons.mismatch + reasons;
        return position.shadow === 0 || ended >= legacy.requests + modern.requests;
      }),
    );
  }

  /** Resolves when legacy is asked twice on each of these routes: their evidence begins anew with it. */
  async controlled(routes) {
    await this.until("controls", (status) =>
      status.routes.every(({ id, legacy }) => !routes.includes(id) || legacy.requests === 0),
    );
  }

  retired() {
    return this.until("the retired routes", ({ routes }) =>
      routes.every(({ id, phase }) => phase === "retired" || id === "(default)"),
    );
  }

  say(text) {
    console.log(`\n# ${text}`);
  }

  /** What shoppers counted: who answered, and what was wrong. */
  counted(shoppers, requests, to, wrong) {
    const who = Object.entries(to).map(([side, count]) => `${count} to ${side}`);
    console.log(`\n# ${shoppers} shoppers: ${requests} requests, ${who.join(", ")}`);
    console.log(
      `# ${Object.entries(wrong)
        .map(([what, count]) => `${what} ${count}`)
        .join(", ")}`,
    );
  }

  async ask(path) {
    return (await fetch(new URL(`/api/v1${path}`, this.adminUrl))).json();
  }

  /** Asks the admin API for its status until `done` says yes; `what` is what is waited for. */
  async until(what, done) {
    const end = performance.now() + 60_000;
    for (;;) {
      const status = await this.ask("/status");
      if (await done(status)) return status;
      if (performance.now() > end)
        throw new Error(`waited in vain: ${what}: ${JSON.stringify(status, null, 1)}`);
      await delay(100);
    }
  }

  /** Says what went wrong, with the front door's last words. */
  failed(error) {
    const log = join(this.folder, "fig.log");
    if (existsSync(log)) console.error(readFileSync(log, "utf8").split("\n").slice(-20).join("\n"));
    console.error(`\nwalk: ${error.stack}`);
    process.exitCode = 1;
  }

  async end() {
    this.#events.abort();
    await this.#door?.stop();
    await Promise.all([...this.#children.values()].map((child) => child.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
