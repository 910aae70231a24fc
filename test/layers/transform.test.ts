import { describe, expect, test } from "vitest";
import type { BodyWork, JobBy, Transformed, TransformJob } from "../../src/bodies/contract.ts";
import { CHUNKED, NO_BODY } from "../../src/domain/message.ts";
import type { SideTransform } from "../../src/domain/policies/transform.ts";
import { transform } from "../../src/layers/transform.ts";
import { ExchangeWorld, type ExchangeWorldOptions, NO_BODY_WORK } from "../support/exchange-world.ts";

const BODY = { expression: "$" };

/** The thread, played by the test. */
class PlayedWork implements BodyWork {
  readonly asked: { job: TransformJob; by: JobBy; done(result: Transformed): void }[] = [];
  readonly check = NO_BODY_WORK.check;

  transform(job: TransformJob, by: JobBy): Promise<Transformed> {
    return new Promise((done) => this.asked.push({ job, by, done }));
  }
}

const aTurn = () => new Promise((resolve) => setImmediate(resolve));

function world(modern: Partial<SideTransform>, options: ExchangeWorldOptions = {}) {
  const work = new PlayedWork();
  const played = new ExchangeWorld({
    position: { modern: 100, shadow: 0 },
    sideLayers: [transform],
    bodyWork: work,
    ...options,
    definition: { ...options.definition, policies: { transform: { modern: { maxBytes: 64, ...modern } } } },
  });
  return { played, work };
}

describe("an answer with another status, or to another method, is framed as what the client gets", () => {
  const status = { "200": 204, "201": 304, "202": 205, "204": 200, "304": 200, "206": 200 };
  test.each<[string, number, number, string, number, number, string | undefined]>([
    ["GET", 200, 2, "ok", 204, NO_BODY, undefined],
    ["GET", 200, CHUNKED, "ok", 204, NO_BODY, undefined],
    ["GET", 201, 2, "ok", 304, NO_BODY, undefined],
    ["GET", 202, 2, "ok", 205, 0, "0"],
    ["GET", 204, NO_BODY, "", 200, 0, "0"],
    ["GET", 304, NO_BODY, "", 200, 0, "0"],
    ["GET", 206, 2, "ok", 200, 2, "2"],
    ["HEAD", 200, NO_BODY, "", 204, NO_BODY, undefined],
    ["HEAD", 304, NO_BODY, "", 200, NO_BODY, undefined],
  ])("%s, %i of %i bytes", (method, sent, framing, body, shown, shownFraming, length) => {
    const { played } = world({ answer: { status } });
    const lane = played.request({ method });
    const { listener } = played.modern.last;
    listener.onHead(sent, "As It Was", framing > 0 ? ["content-length", String(framing)] : [], framing);
    if (body !== "") listener.onData(Buffer.from(body));
    listener.onEnd(framing === CHUNKED ? ["x-sum", "1"] : undefined);
    expect([lane.status, lane.framing, lane.header("content-length")]).toEqual([shown, shownFraming, length]);
    expect([lane.body, lane.reason, lane.ended]).toEqual([shownFraming > 0 ? body : "", "", true]);
  });

  test.each<[string, string, number, number]>([
    ["HEAD", "GET", 2, NO_BODY],
    ["HEAD", "POST", CHUNKED, NO_BODY],
    ["GET", "HEAD", NO_BODY, 0],
  ])("%s that is asked as %s", (method, asked, framing, shown) => {
    for (const answer of [undefined, { body: BODY }]) {
      const { played } = world({ request: { method: asked }, ...(answer && { answer }) });
      const lane = played.request({ method });
      const { listener, request } = played.modern.last;
      expect(request.method).toBe(asked);
      listener.onHead(200, "OK", ["etag", '"1"'], framing);
      if (framing !== NO_BODY) listener.onData(Buffer.from("ok"));
      listener.onEnd(undefined);
      expect([lane.status, lane.framing, lane.body, lane.ended]).toEqual([200, shown, "", true]);
      if (shown === 0) expect(lane.header("content-length")).toBe("0");
    }
  });
});

describe("answers whose bodies are transformed", () => {
  test.each(["text/event-stream", "Text/Event-Stream; charset=utf-8", "application/grpc+proto"])(
    "%s never ends: it is an error at once",
    (type) => {
      const { played } = world({ answer: { body: BODY } });
      const lane = played.request();
      played.modern.last.listener.onHead(200, "OK", ["content-type", type], CHUNKED);
      expect(lane.status).toBe(502);
      expect(played.modern.last.aborted).toBe(true);
      expect(played.bodies.held).toBe(0);
    },
  );

  test("an empty one in chunks stays empty, as one of length 0 does", () => {
    const { played, work } = world({ answer: { body: BODY } });
    const lane = played.request();
    played.modern.last.listener.onHead(200, "OK", ["content-type", "application/json"], CHUNKED);
    played.modern.last.listener.onEnd(undefined);
    expect([lane.status, lane.framing, lane.header("content-length"), lane.ended]).toEqual([
      200,
      0,
      "0",
      true,
    ]);
    expect(work.asked).toHaveLength(0);
  });

  test("GET, HEAD and 304 say one entity tag, and HEAD nothing of the body that was", async () => {
    const { played, work } = world({ answer: { body: BODY } });
    const fields = ["etag", '"1"', "content-encoding", "gzip", "accept-ranges", "bytes"];
    const get = played.request();
    played.modern.last.answer(200, "{}", fields);
    work.asked[0]?.done({ ok: true, body: Buffer.from("[]") });
    await aTurn();
    const head = played.request({ method: "HEAD" });
    played.modern.last.listener.onHead(200, "OK", [...fields, "content-length", "2"], NO_BODY);
    const not = played.request();
    played.modern.last.listener.onHead(304, "Not Modified", ["etag", '"1"'], NO_BODY);
    expect([get, head, not].map((lane) => lane.header("etag"))).toEqual(['W/"1"', 'W/"1"', 'W/"1"']);
    expect(get.body).toBe("[]");
    for (const name of ["content-encoding", "accept-ranges", "content-length"])
      expect(head.header(name)).toBeUndefined();
  });
});

test("a client that leaves in any state takes its work back, and nothing is kept", async () => {
  const { played, work } = world({ request: { body: BODY }, answer: { body: BODY } });
  const gathering = played.request({ method: "POST", framing: 8 });
  gathering.listener.onBody(Buffer.from("{}"));
  expect(played.bodies.held).toBeGreaterThan(0);
  gathering.listener.onAbort("client_left");
  expect(played.bodies.held).toBe(0);

  const waiting = played.request({ method: "POST", framing: 2 });
  waiting.listener.onBody(Buffer.from("{}"));
  waiting.listener.onBodyEnd(undefined);
  waiting.listener.onAbort("client_left");
  expect(work.asked.at(-1)?.by.signal?.aborted).toBe(true);
  work.asked.at(-1)?.done({ ok: true, body: Buffer.from("{}") });
  await aTurn();
  expect(played.modern.calls).toHaveLength(0);

  const answered = played.request();
  played.modern.last.listener.onHead(200, "OK", [], CHUNKED);
  played.modern.last.listener.onData(Buffer.from("{"));
  expect(played.bodies.held).toBeGreaterThan(0);
  answered.listener.onAbort("client_left");
  expect(played.modern.last.aborted).toBe(true);
  expect(played.bodies.held).toBe(0);

  const late = played.request();
  played.modern.last.answer(200, "{}");
  late.listener.onAbort("client_left");
  work.asked.at(-1)?.done({ ok: true, body: Buffer.from("{}") });
  await aTurn();
  expect([late.body, played.bodies.held, played.failures]).toEqual(["", 0, []]);
});

test("headers that objects have names of are what was sent", () => {
  const { played, work } = world({ request: { body: BODY } });
  const headers = ["Host", "a", "Constructor", "c", "__proto__", "p", "X-A", "1", "x-a", "2"];
  const lane = played.request({ method: "POST", framing: 2, headers });
  lane.listener.onBody(Buffer.from("{}"));
  lane.listener.onBodyEnd(undefined);
  const { headers: bound } = (work.asked[0] as (typeof work.asked)[0]).job.bound.request as {
    headers: object;
  };
  expect(Object.entries(bound).slice(0, 4)).toEqual([
    ["host", "a"],
    ["constructor", "c"],
    ["__proto__", "p"],
    ["x-a", "1, 2"],
  ]);
});

test.each<["failed" | "slow" | "busy", number, string]>([
  ["failed", 502, "transform_failed"],
  ["slow", 502, "transform_failed"],
  ["busy", 503, "transform_busy"],
])(
  "a request that cannot be transformed (%s) is an error of its side, and fallback's",
  async (why, status, code) => {
    for (const fallback of [undefined, { budgetPercent: 100 }]) {
      const { played, work } = world(
        { request: { method: "POST", body: BODY } },
        { definition: { ...(fallback && { fallback }) } },
      );
      const lane = played.request();
      lane.listener.onBodyEnd(undefined);
      work.asked[0]?.done({ ok: false, why, message: "it cannot" });
      await aTurn();
      if (fallback !== undefined) played.legacy.last.answer(200, "ok");
      lane.flush();
      expect(lane.status).toBe(fallback === undefined ? status : 200);
      expect(played.records.at(-1)).toMatchObject(
        fallback === undefined
          ? { error: code, side: "modern", detail: "it cannot" }
          : { error: undefined, fellBack: true },
      );
      expect(played.counts().modern).toMatchObject({ requests: 1, errors: 1 });
      expect(played.counts().fallbacks).toBe(fallback === undefined ? 0 : 1);
    }
  },
);

test("a request that is no JSON is its client's error, and no side's", async () => {
  const { played, work } = world(
    { request: { body: BODY } },
    { definition: { fallback: { budgetPercent: 100 } } },
  );
  const lane = played.request({ method: "POST", framing: 2 });
  lane.listener.onBody(Buffer.from("no"));
  lane.listener.onBodyEnd(undefined);
  work.asked[0]?.done({ ok: false, why: "not_json", message: "it is none" });
  await aTurn();
  lane.flush();
  expect(lane.status).toBe(400);
  expect(played.counts().modern).toMatchObject({ requests: 0, errors: 0 });
});
