import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { FrontDoor } from "../../src/front-door/front-door.ts";
import { until } from "./until.ts";

const ROUTES = 200;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Answers its name. */
async function upstream(name: string): Promise<string> {
  const server = createServer((_, response) => response.end(name)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A front door on files with 200 routes, all to upstream a. */
async function door() {
  const folder = mkdtempSync(join(tmpdir(), "fig-motion-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "routes"));
  const write = (i: number, name: string, more = "") =>
    writeFileSync(
      join(folder, `routes/r${i}.yaml`),
      `routes:\n  - id: r${i}\n    match: { path: "/r${i}" }\n    legacy: ${name}\n    modern: ${name}\n${more}`,
    );
  const [a, b] = [await upstream("a"), await upstream("b")];
  writeFileSync(
    join(folder, "fig.yaml"),
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstate: "memory:"\nupstreams:\n  a: ${a}\n  b: ${b}\n`,
  );
  for (let i = 0; i < ROUTES; i++) write(i, "a");
  const front = new FrontDoor(join(folder, "fig.yaml"), { quiet: true });
  cleanups.push(() => front.close());
  const { url } = await front.listen();
  const ask = async (i: number) => (await fetch(`${url}/r${i}`)).text();
  return { front, write, ask };
}

/** Asks route after route. Gives, in order, what each answered. */
function client(ask: (i: number) => Promise<string>) {
  const answers: string[] = [];
  let over = false;
  const asking = (async () => {
    for (let i = 0; !over; i = (i + 7) % ROUTES) {
      answers.push(await ask(i));
      await delay(3);
    }
  })();
  return {
    answers,
    async stop() {
      over = true;
      await asking;
    },
  };
}

/** Tells whether a writer paused for so long that what it had written could be taken for finished: this machine was busy. */
function pauses() {
  let last = performance.now();
  let longest = 0;
  return {
    wrote() {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    },
    long: () => longest > 150,
  };
}

test("200 files rewritten one by one come into force together, whatever reloads meanwhile", async () => {
  const { front, write, ask } = await door();
  const asking = client(ask);
  cleanups.push(() => asking.stop());
  const turn = async (name: string, gapMs: number) => {
    const from = asking.answers.length;
    const reloads: Promise<void>[] = [];
    const paused = pauses();
    for (let i = 0; i < ROUTES; i++) {
      write(i, name);
      paused.wrote();
      if (i % 50 === 0) reloads.push(front.reload());
      await delay(gapMs);
    }
    await Promise.all([...reloads, front.reload()]);
    for (let i = 0; i < ROUTES; i += 13) expect(await ask(i)).toBe(name);
    const inForce = asking.answers.length;
    await until(
      () => asking.answers.length,
      (length) => length > inForce + 10,
    );
    const seen = asking.answers.slice(from);
    const changes = seen.filter((answer, index) => index > 0 && answer !== seen[index - 1]);
    if (!paused.long()) expect(changes).toEqual([name]);
  };
  await turn("b", 0);
  // Longer than the watcher's second between two looks.
  await turn("a", 6);
  expect((await front.status()).problems).toEqual([]);
});

test("while files do not stand still the last good ones stay in force, and status says so until they do", async () => {
  const { front, write, ask } = await door();
  let writing = true;
  const paused = pauses();
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      write(n % ROUTES, "b", `# ${n}\n`);
      paused.wrote();
      await delay(5);
    }
  })();
  cleanups.push(() => {
    writing = false;
    return writer;
  });
  const { problems } = await until(
    () => front.status(),
    (status) => status.problems.length > 0,
  );
  expect(problems).toEqual([
    expect.stringMatching(/routes\/r\d+\.yaml: the files kept changing while they were read, this one last/),
  ]);
  const answers = await Promise.all(Array.from({ length: ROUTES }, (_, i) => ask(i)));
  if (!paused.long()) expect(new Set(answers)).toEqual(new Set(["a"]));
  writing = false;
  await writer;
  for (let i = 0; i < ROUTES; i++) write(i, "b");
  await until(
    () => ask(0),
    (answer) => answer === "b",
  );
  for (let i = 0; i < ROUTES; i += 13) expect(await ask(i)).toBe("b");
  await until(
    () => front.status(),
    (status) => status.problems.length === 0,
  );
});
