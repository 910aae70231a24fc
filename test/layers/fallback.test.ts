import { describe, expect, it } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { BLOCK_COST } from "../../src/wire/kept-bytes.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";

const HOST = ["Host", "shop.test"];

function worldOf(over: ConstructorParameters<typeof ExchangeWorld>[0] = {}) {
  return new ExchangeWorld({
    position: { modern: 100, shadow: 0 },
    ...over,
    definition: { fallback: { budgetPercent: 100 }, ...over.definition },
  });
}

describe("fallback", () => {
  it.each([502, 503, 504])("gives a safe request to legacy when modern answers %i", (status) => {
    const world = worldOf();
    const lane = world.request();
    world.modern.last.listener.onHead(status, "", ["content-length", "4"], 4);
    expect(world.modern.last.aborted).toBe(true);
    expect(world.legacy.last.request.target).toBe("/orders/1");
    world.legacy.last.answer(200, "old");
    lane.flush();
    expect(lane).toMatchObject({ status: 200, body: "old", ended: true });
    const { fallbacks, modern, legacy } = world.counts();
    expect(fallbacks).toBe(1);
    expect(modern).toMatchObject({ requests: 1, errors: 1, codes: { [status]: 1 } });
    expect(legacy.requests).toBe(0);
  });

  const DECLINED = ["X-Fig-Decline", "legacy", "content-length", "2"];

  it("gives a safe request that modern declines to legacy, and counts no failure", () => {
    const world = worldOf();
    const lane = world.request();
    world.modern.last.listener.onHead(404, "", DECLINED, 2);
    expect(world.modern.last.aborted).toBe(true);
    world.legacy.last.answer(200, "old");
    lane.flush();
    expect(lane).toMatchObject({ status: 200, body: "old", ended: true });
    const { fallbacks, declined, modern, legacy } = world.counts();
    expect({ fallbacks, declined }).toEqual({ fallbacks: 0, declined: 1 });
    expect(modern).toMatchObject({ requests: 1, errors: 0, codes: { 404: 1 } });
    expect(legacy.requests).toBe(0);
  });

  it.each([
    ["an unsafe request", { method: "POST", framing: 2 }, 200, DECLINED],
    ["a failure", {}, 500, DECLINED],
    ["another word", {}, 200, ["x-fig-decline", "modern", "content-length", "2"]],
  ])("does not hand back %s", (_, head, status, fields) => {
    const world = worldOf();
    const lane = world.request(head);
    lane.listener.onBody(Buffer.from("ab"));
    lane.listener.onBodyEnd(undefined);
    const { listener } = world.modern.last;
    listener.onHead(status, "", fields, 2);
    listener.onData(Buffer.from("ok"));
    listener.onEnd(undefined);
    lane.flush();
    expect(lane).toMatchObject({ status, body: "ok" });
    expect(world.counts().declined).toBe(0);
  });

  it.each(["upstream_refused", "upstream_timeout", "upstream_reset", "upstream_invalid"] as const)(
    "gives a safe request to legacy when modern fails with %s",
    (code) => {
      const world = worldOf();
      const lane = world.request();
      world.modern.last.listener.onError(code, "", false);
      world.legacy.last.answer(200, "old");
      lane.flush();
      expect(lane.status).toBe(200);
      expect(world.records[0]).toMatchObject({ status: 200, side: "modern" });
      expect(world.refusals).toEqual([]);
    },
  );

  it("gives an unsafe request to legacy only if no byte of it was sent, with the body that came", () => {
    const world = worldOf();
    const fields = [...HOST, "Transfer-Encoding", "chunked", "Trailer", "X-Sum"];
    const head = { method: "POST", framing: CHUNKED, headers: fields };
    const lane = world.request(head);
    lane.listener.onBody(Buffer.from("ab"));
    world.modern.last.listener.onError("upstream_refused", "", true);
    lane.listener.onBody(Buffer.from("cd"));
    lane.listener.onBodyEnd(["X-Sum", "1"]);
    expect(world.legacy.last).toMatchObject({ body: "abcd", ended: true, trailers: ["X-Sum", "1"] });
    world.legacy.last.answer(201, "made");
    lane.flush();
    expect(lane.status).toBe(201);
    expect(world.counts().unsafeModern).toBe(0);

    const sent = world.request(head);
    sent.listener.onBody(Buffer.from("ab"));
    world.modern.last.listener.onError("upstream_reset", "", false);
    expect(sent.status).toBe(502);
    expect(world.legacy.calls).toHaveLength(1);
  });

  it("leaves an unsafe request with modern once modern takes its body", () => {
    const world = worldOf();
    const lane = world.request({ method: "POST", framing: CHUNKED });
    lane.listener.onBody(Buffer.from("ab"));
    world.modern.last.listener.onRequestDrain();
    world.modern.last.listener.onError("upstream_refused", "", true);
    expect(lane.status).toBe(502);
    expect(world.bodies.held).toBe(0);
  });

  it("lets the client go on with a body that waited for modern", () => {
    const world = worldOf();
    const lane = world.request({ method: "POST", framing: 4 });
    world.modern.last.writable = false;
    lane.listener.onBody(Buffer.from("ab"));
    expect(lane.flowing).toBe(false);
    world.modern.last.listener.onError("upstream_refused", "", true);
    expect(lane.flowing).toBe(true);
    lane.listener.onBody(Buffer.from("cd"));
    lane.listener.onBodyEnd(undefined);
    expect(world.legacy.last).toMatchObject({ body: "abcd", ended: true });
  });

  it("lets it wait as long as legacy does", () => {
    const world = worldOf();
    const lane = world.request({ method: "POST", framing: 4 });
    world.modern.last.writable = false;
    lane.listener.onBody(Buffer.from("ab"));
    world.legacy.writable = false;
    world.modern.last.listener.onError("upstream_refused", "", true);
    expect(lane.flowing).toBe(false);
    world.legacy.last.listener.onRequestDrain();
    expect(lane.flowing).toBe(true);
  });

  it("gives legacy the whole request when modern fails before its call is there", () => {
    const world = worldOf({ definition: { modern: { upstream: "gone", path: undefined } } });
    const lane = world.request({ method: "POST", framing: 2 });
    lane.listener.onBody(Buffer.from("ab"));
    lane.listener.onBodyEnd(undefined);
    expect(world.legacy.last).toMatchObject({ body: "ab", ended: true });
    world.legacy.last.answer(201, "made");
    lane.flush();
    expect(lane.status).toBe(201);
    expect(world.counts()).toMatchObject({ fallbacks: 1, modern: { requests: 1, errors: 1 } });
    const left = world.request();
    left.listener.onAbort("client_left");
    expect(world.legacy.last.aborted).toBe(true);
  });

  it("does not answer twice: once a byte of modern's answer is out, its failure is the client's", () => {
    const world = worldOf();
    const lane = world.request();
    world.modern.last.listener.onHead(200, "", ["content-length", "9"], 9);
    world.modern.last.listener.onError("upstream_reset", "", false);
    expect(lane).toMatchObject({ status: 200, aborted: true });
    const hinted = world.request();
    world.modern.last.listener.onInform(103, "", ["link", "</a>"]);
    world.modern.last.listener.onError("upstream_reset", "", false);
    expect(hinted.status).toBe(502);
    expect(world.legacy.calls).toHaveLength(0);
  });

  it("leaves other statuses, legacy's own failures and requests that legacy serves as they are", () => {
    const world = worldOf();
    const failed = world.request();
    world.modern.last.answer(500, "no");
    expect(failed.status).toBe(500);
    const both = world.request();
    world.modern.last.listener.onError("upstream_refused", "", true);
    world.legacy.last.listener.onError("upstream_refused", "", true);
    expect(both.status).toBe(502);
    expect(world.legacy.calls).toHaveLength(1);
    const legacy = worldOf({ position: { modern: 0, shadow: 0 } });
    const own = legacy.request();
    legacy.legacy.last.answer(503, "");
    expect(own.status).toBe(503);
    expect(legacy.modern.calls).toHaveLength(0);
  });

  it("stays modern's failure when the front door then ends the request itself", () => {
    const world = worldOf({ position: { modern: 100, shadow: 100 }, settings: { maxBodyBytes: 4 } });
    const lane = world.request({ framing: CHUNKED });
    world.modern.last.listener.onError("upstream_refused", "", true);
    lane.listener.onBody(Buffer.from("abcdef"));
    lane.flush();
    expect(lane.status).toBe(413);
    expect(world.counts()).toMatchObject({
      fallbacks: 1,
      modern: { requests: 1, errors: 1, codes: { 502: 1 } },
      notCompared: { serving_error: 1 },
    });
    expect(world.outcomes()).toBe(1);
    expect(world.records).toMatchObject([
      { status: 413, side: "modern", error: "body_too_large", fellBack: true },
    ]);
    expect(world.requests.active).toBe(0);
  });

  it("is not compared: the serving side failed", () => {
    const world = worldOf({ position: { modern: 100, shadow: 100 } });
    const lane = world.request();
    world.modern.last.listener.onError("upstream_timeout", "", false);
    world.legacy.last.answer(200, "old");
    lane.flush();
    expect(world.legacy.calls).toHaveLength(1);
    expect(world.counts()).toMatchObject({
      notCompared: { serving_error: 1 },
      comparisons: { match: 0, mismatch: 0, inconclusive: 1 },
    });
    expect(world.outcomes()).toBe(1);
  });

  it("is not compared where modern declined, which is no failure of its", () => {
    const world = worldOf({ position: { modern: 100, shadow: 100 } });
    const lane = world.request();
    world.modern.last.listener.onHead(404, "", DECLINED, 2);
    world.legacy.last.answer(200, "old");
    lane.flush();
    expect(world.counts()).toMatchObject({
      notCompared: { declined: 1 },
      comparisons: { match: 0, mismatch: 0, inconclusive: 1 },
    });
    expect(world.outcomes()).toBe(1);
  });

  it.each([
    ["declines", {}, DECLINED, { inconclusive: 1 }],
    ["declines, but nobody falls back", { fallback: undefined }, DECLINED, { mismatch: 1 }],
    ["answers", {}, ["content-length", "2"], { mismatch: 1 }],
  ])("is what a client would have had of a shadow that modern %s", (_, definition, fields, expected) => {
    const world = worldOf({ position: { modern: 0, shadow: 100 }, definition });
    const lane = world.request();
    world.legacy.last.answer(200, "old");
    lane.flush();
    const { listener } = world.modern.last;
    listener.onHead(404, "", fields, 2);
    listener.onData(Buffer.from("no"));
    listener.onEnd(undefined);
    const compared = "mismatch" in expected;
    expect(world.comparer.jobs).toHaveLength(compared ? 1 : 0);
    if (compared) world.comparer.decide({ outcome: "mismatch", mismatches: [] });
    const { comparisons, notCompared, shadow, shadowOutcomes } = world.counts();
    expect(comparisons).toEqual({ match: 0, mismatch: 0, inconclusive: 0, ...expected });
    expect(notCompared).toEqual(compared ? {} : { declined: 1 });
    // It is no answer of modern's, with its status and its latency.
    expect(shadow.modern.codes).toEqual(compared ? { 404: 1 } : {});
    expect(shadowOutcomes.modern.sent).toBe(1);
    expect(world.outcomes()).toBe(1);
    expect(world.budget.held).toBe(0);
  });

  it("has a budget: past it modern's failure stands", () => {
    const world = worldOf({ definition: { fallback: { budgetPercent: 10 } } });
    let fellBack = 0;
    for (let i = 0; i < 300; i++) {
      const lane = world.request();
      const before = world.legacy.calls.length;
      world.modern.last.listener.onError("upstream_refused", "", true);
      if (world.legacy.calls.length > before) {
        fellBack++;
        world.legacy.last.answer(200, "");
      } else {
        expect(lane.status).toBe(502);
      }
      lane.flush();
    }
    expect(fellBack).toBeGreaterThanOrEqual(10);
    expect(fellBack).toBeLessThanOrEqual(30);
  });

  it("keeps its budget when files are read again", () => {
    const world = worldOf({ definition: { fallback: { budgetPercent: 10 } } });
    for (let i = 0; i < 100; i++) {
      world.reload({});
      world.request();
      world.modern.last.listener.onError("upstream_refused", "", true);
    }
    expect(world.legacy.calls).toHaveLength(10);
  });

  it("has none at 100: requests that waited for modern longer than the budget looks back fall back all", () => {
    const world = worldOf();
    const lanes = Array.from({ length: 30 }, () => world.request());
    world.pass(20_000);
    for (const { listener } of world.modern.calls) listener.onError("upstream_timeout", "", false);
    for (const call of world.legacy.calls) call.answer(200, "old");
    expect(lanes.filter(({ status }) => status === 200)).toHaveLength(30);
  });

  it("is said in the access log, whatever the sample: modern's failure is an error", () => {
    const world = worldOf();
    world.wants = (status) => status >= 500;
    const well = world.request();
    world.modern.last.answer(200, "new");
    well.flush();
    expect(world.records).toEqual([]);
    const lane = world.request();
    world.modern.last.listener.onError("upstream_reset", "", false);
    world.legacy.last.answer(200, "old");
    lane.flush();
    expect(world.records).toMatchObject([{ status: 200, side: "modern", fellBack: true, error: undefined }]);
  });

  it("cancels whom it asks when the client leaves, and keeps nothing", () => {
    const world = worldOf();
    const lane = world.request({ framing: CHUNKED, headers: [...HOST, "Transfer-Encoding", "chunked"] });
    lane.listener.onBody(Buffer.from("abc"));
    expect(world.bodies.held).toBe(3 + BLOCK_COST);
    world.modern.last.listener.onError("upstream_reset", "", false);
    expect(world.legacy.last.body).toBe("abc");
    lane.listener.onAbort("client_left");
    expect(world.legacy.last.aborted).toBe(true);
    expect(world.bodies.held).toBe(0);
  });

  describe("of a whole request whose client left while modern had no connection", () => {
    function left(method: string) {
      const world = worldOf();
      const lane = world.request({ method, framing: 3 });
      lane.listener.onBody(Buffer.from("abc"));
      lane.listener.onBodyEnd(undefined);
      world.modern.last.connecting = true;
      lane.listener.onAbort("client_left");
      return world;
    }

    it("gives a POST to legacy if modern does not take it", () => {
      const world = left("POST");
      expect(world.legacy.calls).toHaveLength(0);
      world.modern.last.listener.onLeft?.(false);
      expect(world.legacy.last).toMatchObject({ body: "abc", ended: true, aborted: true });
      expect(world.bodies.held).toBe(0);
      // Nobody hears what legacy says to it.
      world.legacy.last.answer(200, "late");
    });

    it("leaves it to modern if modern takes it, and keeps nothing", () => {
      const world = left("POST");
      expect(world.bodies.held).toBeGreaterThan(0);
      world.modern.last.listener.onLeft?.(true);
      expect(world.legacy.calls).toHaveLength(0);
      expect(world.bodies.held).toBe(0);
    });

    it("does not miss one that only reads", () => {
      const world = left("GET");
      expect(world.bodies.held).toBe(0);
      world.modern.last.listener.onLeft?.(false);
      expect(world.legacy.calls).toHaveLength(0);
    });
  });

  it("does without a body that is too large to keep", () => {
    const world = worldOf();
    const lane = world.request({ framing: CHUNKED });
    for (let i = 0; i < 5; i++) lane.listener.onBody(Buffer.alloc(64 * 1024));
    expect(world.bodies.held).toBe(0);
    world.modern.last.listener.onError("upstream_reset", "", false);
    expect(lane.status).toBe(502);
  });

  it("asks legacy, body and all, when modern fails before its call is there", () => {
    const world = worldOf({ definition: { modern: { upstream: "nowhere", path: undefined } } });
    const lane = world.request({ method: "POST", framing: CHUNKED });
    lane.listener.onBody(Buffer.from("abc"));
    lane.listener.onBodyEnd(undefined);
    expect(world.legacy.last).toMatchObject({ body: "abc", ended: true });
    world.legacy.last.answer(201, "made");
    expect(lane).toMatchObject({ status: 201, body: "made", ended: true });
  });

  it("does not hear the rest of an answer that legacy's replaces", () => {
    const world = worldOf();
    const lane = world.request();
    world.modern.last.answer(503, "broken");
    world.legacy.last.answer(200, "old");
    expect(lane).toMatchObject({ status: 200, body: "old", ended: true });
  });

  it("lets the body flow again when legacy takes what modern let wait", () => {
    const world = worldOf();
    const lane = world.request({ framing: CHUNKED });
    world.modern.last.writable = false;
    lane.listener.onBody(Buffer.from("abc"));
    expect(lane.flowing).toBe(false);
    world.modern.last.listener.onError("upstream_refused", "", true);
    expect(world.legacy.last.body).toBe("abc");
    expect(lane.flowing).toBe(true);
  });

  it("never applies to a retired route", () => {
    const world = worldOf({ definition: { fallback: { budgetPercent: 100 }, retired: true } });
    const lane = world.request();
    world.modern.last.answer(503, "");
    expect(lane.status).toBe(503);
  });
});
