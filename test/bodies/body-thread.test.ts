import { afterEach, describe, expect, test } from "vitest";
import { BodyThread } from "../../src/bodies/body-thread.ts";
import type { CheckJob, TransformJob } from "../../src/bodies/contract.ts";

/** Answers with what it was asked, in its order; `hang` never ends, and `end` ends the thread. */
const WORKER = `
import { parentPort } from "node:worker_threads";
const known = new Set();
parentPort.on("message", (message) => {
  if (message.kind === "document") known.add(message.document.id);
  if (message.kind === "forget") known.delete(message.document);
  if (message.kind !== "job") return;
  const { serial, job } = message;
  parentPort.postMessage({ kind: "begun", serial });
  if (job.expression === "hang") for (;;);
  if (job.expression === "end") process.exit(1);
  const result = job.kind === "check"
    ? { ok: true, found: known.has(job.document.id) ? [] : "no_path" }
    : { ok: true, body: Buffer.from(job.expression + known.size) };
  parentPort.postMessage({ kind: "done", serial, result });
});`;

const threads: BodyThread[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.close();
});

function thread(maxJobMs = 300): BodyThread {
  const url = new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`);
  const one = new BodyThread({ url, maxJobMs, clock: { micros: () => performance.now() * 1000 } });
  threads.push(one);
  return one;
}

const job = (expression: string): TransformJob => ({
  kind: "transform",
  ...{ expression, body: undefined, coding: "", bound: {}, maxBytes: 1024, text: true },
});
const checkOf = (id: string): CheckJob => ({
  kind: "check",
  document: { id, text: "{}" },
  ...{ method: "GET", target: "/", headers: [], status: undefined, body: undefined, maxBytes: 1024 },
});
const A = { route: "r", client: "a" };
const B = { route: "r", client: "b" };

describe("the thread of bodies", () => {
  test("a client whose work never ends delays others by what the thread has already, and no more", async () => {
    const subject = thread();
    const ended: string[] = [];
    const note = (name: string) => () => ended.push(name);
    const slow = Array.from({ length: 4 }, () => subject.transform(job("hang"), A));
    const all = [
      ...slow.map((one, i) => one.then(note(`slow ${i}`))),
      subject.transform(job("quick"), B).then(note("quick")),
    ];
    await Promise.all(all);
    expect(ended.indexOf("quick")).toBeLessThanOrEqual(2);
    expect(await slow[3]).toMatchObject({ ok: false, why: "slow" });
    expect(subject.failed).toEqual({ slow: 4 });
  });

  test("what nobody waits for any more is not done", async () => {
    const subject = thread();
    const hang = [subject.transform(job("hang"), A), subject.transform(job("hang"), A)];
    const gone = new AbortController();
    const left = subject.transform(job("hang"), { ...A, signal: gone.signal });
    gone.abort();
    expect(await left).toMatchObject({ ok: false, why: "busy" });
    await Promise.all(hang);
    expect(subject.failed).toEqual({ slow: 2 });
  });

  test("one client has a quarter of what may wait", async () => {
    const subject = thread(100);
    const waiting = Array.from({ length: 300 }, () => subject.transform(job("hang"), A));
    const other = subject.transform(job("ok"), B);
    expect(await waiting.at(-1)).toMatchObject({ ok: false, why: "busy" });
    expect(await other).toMatchObject({ ok: true });
  });

  test("a thread that ends is followed by another, and each job is done once", async () => {
    const subject = thread();
    const jobs = ["end", "one", "two", "end", "three"].map((text) => subject.transform(job(text), A));
    const results = (await Promise.all(jobs)).map((one) =>
      one.ok ? Buffer.from(one.body).toString() : one.why,
    );
    expect(results.map((text) => text.replace(/0$/, ""))).toEqual([
      "failed",
      "one",
      "two",
      "failed",
      "three",
    ]);
    expect(subject.failed).toEqual({ failed: 2 });
  });

  test("a document that stays in force is known, however many others were", async () => {
    const subject = thread();
    const ids = ["stays", ...Array.from({ length: 200 }, (_, i) => `edit ${i}`)];
    for (const id of ids) expect(await subject.check(checkOf(id), A)).toMatchObject({ ok: true, found: [] });
    expect(await subject.check(checkOf("stays"), A)).toMatchObject({ ok: true, found: [] });
    const known = await subject.transform(job("known "), A);
    expect(known.ok && Buffer.from(known.body).toString()).toBe("known 64");
  });
});
