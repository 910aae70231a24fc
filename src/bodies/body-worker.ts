/** The thread's entry. */
import { parentPort } from "node:worker_threads";
import { check, forget, learn } from "./check.ts";
import type { BodyJob, BodyResult } from "./contract.ts";
import { transform } from "./transform.ts";
import type { FromThread, ToThread } from "./wire.ts";

/** One after another: what is asked first is answered first. */
let last: Promise<void> = Promise.resolve();

function resultOf(job: BodyJob): Promise<BodyResult> | BodyResult {
  return job.kind === "transform" ? transform(job) : check(job);
}

async function work(message: ToThread): Promise<void> {
  if (message.kind === "document") {
    try {
      learn(message.document);
    } catch {
      // Jobs that name it say so.
    }
    return;
  }
  if (message.kind === "forget") {
    forget(message.document);
    return;
  }
  const { serial, job } = message;
  // Whoever waits counts from here.
  send({ kind: "begun", serial });
  send({ kind: "done", serial, result: await resultOf(job) });
}

function send(message: FromThread): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", (message: ToThread) => {
  last = last.then(() => work(message));
});
