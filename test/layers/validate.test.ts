import { expect, test } from "vitest";
import type { BodyWork, Checked, CheckJob, JobBy } from "../../src/bodies/contract.ts";
import { CHUNKED } from "../../src/domain/message.ts";
import type { ValidatePolicy } from "../../src/domain/policies/validate.ts";
import { validate } from "../../src/layers/validate.ts";
import { validateAnswers } from "../../src/layers/validate-answers.ts";
import { ExchangeWorld, NO_BODY_WORK } from "../support/exchange-world.ts";

/** The thread, played by the test. */
class PlayedWork implements BodyWork {
  readonly asked: { job: CheckJob; by: JobBy; done(result: Checked): void }[] = [];
  readonly transform = NO_BODY_WORK.transform;

  get last() {
    const last = this.asked.at(-1);
    if (last === undefined) throw new Error("nothing was asked");
    return last;
  }

  check(job: CheckJob, by: JobBy): Promise<Checked> {
    return new Promise((done) => this.asked.push({ job, by, done }));
  }
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));
const WRONG = { in: "body", at: "/a", message: "must be there" } as const;

function world(changes: Partial<ValidatePolicy>) {
  const work = new PlayedWork();
  const policy = {
    openapi: "d",
    requests: "enforce",
    answers: "off",
    unknown: "refuse",
    maxBytes: 8,
    ...changes,
  };
  const played = new ExchangeWorld({
    doorLayers: [validate],
    sideLayers: [validateAnswers],
    definition: { policies: { validate: policy as ValidatePolicy } },
    documents: { d: { id: "d", text: "{}" } },
    bodyWork: work,
  });
  return { played, work };
}

test("requests that are reported wait for nobody, and are counted once they were looked at", async () => {
  const { played, work } = world({ requests: "report" });
  const lane = played.request();
  played.legacy.last.answer(200, "ok");
  expect(lane.body).toBe("ok");
  expect(played.verdicts).toEqual([]);
  work.last.done({ ok: true, found: [WRONG] });
  await aTurn();
  const posted = played.request({ method: "POST", framing: CHUNKED });
  posted.listener.onBody(Buffer.from("{}"));
  expect(played.legacy.last.body).toBe("{}");
  posted.listener.onBodyEnd(undefined);
  expect(played.legacy.last.ended).toBe(true);
  expect(Buffer.from(work.last.job.body ?? []).toString()).toBe("{}");
  expect(played.bodies.held).toBe(0);
  work.last.done({ ok: false, why: "busy", message: "no" });
  await aTurn();
  played.legacy.last.answer(200, "ok");
  expect(posted.body).toBe("ok");
  expect(played.verdicts).toEqual(["orders validate reported", "orders validate failed"]);
});

test("a body that is too large passes where requests are reported, and not where they are held", () => {
  for (const requests of ["report", "enforce"] as const) {
    const { played, work } = world({ requests });
    const lane = played.request({ method: "POST", framing: CHUNKED });
    lane.listener.onBody(Buffer.from("12345"));
    lane.listener.onBody(Buffer.from("67890"));
    lane.listener.onBodyEnd(undefined);
    expect(played.bodies.held).toBe(0);
    expect(work.asked).toHaveLength(0);
    if (requests === "enforce") expect([lane.status, played.legacy.calls.length]).toEqual([413, 0]);
    else expect(played.legacy.last.body).toBe("1234567890");
    expect(played.verdicts).toEqual([`orders validate ${requests === "report" ? "reported" : "refused"}`]);
  }
});

test("a client that leaves takes its work back, and no side is asked", async () => {
  const { played, work } = world({});
  const bodiless = played.request();
  bodiless.listener.onAbort("client_left");
  expect(work.last.by).toMatchObject({ route: "orders", client: "127.0.0.1" });
  expect(work.last.by.signal?.aborted).toBe(true);
  const posted = played.request({ method: "POST", framing: 2 });
  posted.listener.onBody(Buffer.from("{}"));
  posted.listener.onBodyEnd(undefined);
  expect(work.last.by.signal?.aborted).toBe(false);
  posted.listener.onAbort("client_left");
  expect(work.last.by.signal?.aborted).toBe(true);
  expect(played.bodies.held).toBe(0);
  for (const { done } of work.asked) done({ ok: true, found: [] });
  await aTurn();
  expect(played.legacy.calls).toHaveLength(0);
  expect(played.failures).toEqual([]);
});

test("of an answer that is no JSON nothing is kept but that it has a body: a stream may never end", async () => {
  const { played, work } = world({ requests: "report", answers: "report", maxBytes: 1024 });
  const lane = played.request();
  const { listener } = played.legacy.last;
  listener.onHead(200, "OK", ["content-type", "text/event-stream"], CHUNKED);
  for (let i = 0; i < 100; i++) listener.onData(Buffer.from("data: 1\n\n"));
  // A copy's least size, of one byte.
  const held = played.bodies.held;
  for (let i = 0; i < 100; i++) listener.onData(Buffer.from("data: 1\n\n"));
  expect(played.bodies.held).toBe(held);
  listener.onEnd(undefined);
  expect(lane.body).toHaveLength(1800);
  expect(work.last.job.body).toHaveLength(1);
  expect(played.bodies.held).toBe(0);
  const json = played.request();
  played.legacy.last.answer(200, '{"a":1}', ["content-type", "application/json; charset=utf-8"]);
  expect(json.body).toBe('{"a":1}');
  expect(Buffer.from(work.last.job.body ?? []).toString()).toBe('{"a":1}');
});
