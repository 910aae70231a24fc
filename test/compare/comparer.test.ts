import { afterEach, describe, expect, test, vi } from "vitest";
import { type ComparerOptions, createComparer } from "../../src/compare/comparer.ts";
import type { Comparer, ComparisonJob, Verdict } from "../../src/compare/contract.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { answer, job } from "./jobs.ts";

const UNRULY = new URL("./fixtures/unruly-worker.ts", import.meta.url);
const BROKEN = new URL("./fixtures/broken-worker.ts", import.meta.url);
const open: Comparer[] = [];

function comparer(options: Partial<ComparerOptions> = {}): Comparer {
  const made = createComparer({ now: Date.now, ...options });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close(0)));
});

/** Every verdict a job ever gets; settled when it got the first. */
function submitted(to: Comparer, each: ComparisonJob): { got: Verdict[]; first: Promise<Verdict> } {
  const got: Verdict[] = [];
  const first = new Promise<Verdict>((resolve) => {
    to.submit(each, (verdict) => {
      got.push(verdict);
      resolve(verdict);
    });
  });
  return { got, first };
}

const differing = (n: number, method = "GET") =>
  job(answer(`{"a":${n}}`), answer(`{"a": ${n}, "b":1}`), { method });

describe("the comparer", () => {
  test("gives the worker's verdicts, which are verdictOf's, each to its own job", async () => {
    const subject = comparer();
    const jobs = Array.from({ length: 500 }, (_, n) =>
      n % 3 === 0
        ? job(answer(`{"n":${n}}`), answer(`{ "n": ${n} }`))
        : job(answer(`{"n":${n}}`), answer(`{"n":${n + 1}}`, "text/plain"), {
            options: { headers: n % 2 === 0 ? ["content-type"] : [] },
          }),
    );
    const runs = jobs.map((each) => submitted(subject, each));
    expect(subject.pending).toBe(500);
    const verdicts = await Promise.all(runs.map(({ first }) => first));
    expect(verdicts.map(({ unlisted: _, ...verdict }) => verdict)).toEqual(
      jobs.map((each) => verdictOf(each)),
    );
    expect(subject.pending).toBe(0);
  });

  test("says which headers differ that are not compared, whatever the verdict, and of answers of one status alone", async () => {
    const subject = comparer();
    const with_ = (headers: readonly string[], body = "{}", status = 200) =>
      answer(body, undefined, { headers, status });
    const unlisted = async (
      legacy: ReturnType<typeof answer>,
      modern: typeof legacy,
      serving: "legacy" | "modern" = "legacy",
    ) => (await submitted(subject, job(legacy, modern, { serving })).first).unlisted;
    const lost = ["Cache-Control", "max-age=5", "Date", "a", "X-B", "1"];
    expect(await unlisted(with_(lost), with_(["x-b", "2", "date", "b"]))).toEqual([
      { name: "cache-control", kind: "missing" },
      { name: "x-b", kind: "value" },
    ]);
    expect(await unlisted(with_([]), with_(lost), "modern")).toEqual([
      { name: "cache-control", kind: "extra" },
      { name: "x-b", kind: "extra" },
    ]);
    expect(await unlisted(with_(lost, '{"a":1}'), with_(["X-B", "1"], '{"a":2}'))).toEqual([
      { name: "cache-control", kind: "missing" },
    ]);
    // The same by what they say; those that are compared; and those that every message has anew.
    expect(await unlisted(with_(["cache-control", "a, b"]), with_(["Cache-Control", "b,a"]))).toEqual([]);
    expect(
      await unlisted(with_(["Set-Cookie", "sid=1; Path=/"]), with_(["Set-Cookie", "sid=2;path=/"])),
    ).toEqual([]);
    expect(await unlisted(with_(["Vary", "a"]), with_(["Vary", "b"]))).toEqual([]);
    expect(await unlisted(with_(["Content-Length", "1"]), with_(["Transfer-Encoding", "chunked"]))).toEqual(
      [],
    );
    expect(await unlisted(with_(lost), with_([], "{}", 404))).toBeUndefined();
    expect(await unlisted(with_(lost), { kind: "failure", code: "timeout" })).toBeUndefined();
  });

  test("looks at such headers of a route's first comparisons, and then of one in seventeen", async () => {
    const subject = comparer();
    const each = job(answer("{}", undefined, { headers: ["x-a", "1"] }), answer("{}"));
    const looked = async (times: number) => {
      const runs = Array.from({ length: times }, () => submitted(subject, each).first);
      return (await Promise.all(runs)).filter(({ unlisted }) => unlisted?.length === 1).length;
    };
    expect(await looked(64)).toBe(64);
    expect(await looked(17 * 20)).toBe(20);
    const another = { ...each, options: { ...each.options } };
    expect((await submitted(subject, another).first).unlisted).toHaveLength(1);
  });

  test("a rule of ignore holds to the end of its last day, and no longer", async () => {
    let now = Date.parse("2026-11-28T23:59:59Z");
    const subject = comparer({ now: () => now });
    const options = {
      ignore: [{ path: "$.at", until: "2026-11-28" }, { path: "$.id", until: "2026-12-01" }, "$.x"],
    };
    const each = job(answer('{"at":1,"id":1,"x":1}'), answer('{"at":2,"id":2,"x":2}'), { options });
    const found = async () => (await submitted(subject, each).first).mismatches.map(({ path }) => path);
    expect(await found()).toEqual([]);
    now += 1_000;
    expect(await found()).toEqual(["$.at"]);
    now = Date.parse("2026-12-02T00:00:00Z");
    expect(await found()).toEqual(["$.at", "$.id"]);
  });

  test("answers at once where no look inside is needed, and only there", () => {
    const subject = comparer({ quickBytes: 20 });
    const at = (each: ComparisonJob) => submitted(subject, each).got;
    expect(at(job(answer("[1]"), answer("[1]")))).toMatchObject([{ outcome: "match" }]);
    expect(at(job(answer("[1]"), { kind: "failure", code: "timeout" }))).toMatchObject([
      { outcome: "mismatch" },
    ]);
    expect(at(job(answer("x", "", { status: 500 }), answer("x")))).toMatchObject([
      { reason: "serving_error" },
    ]);
    expect(at(job(answer("[1]"), answer("[2]")))).toEqual([]);
    expect(at(job(answer("[1,2,3,4,5]"), answer("[1,2,3,4,5]")))).toEqual([]);
    expect(subject.pending).toBe(2);
  });

  test("sends bodies as they are: empty, in pieces, larger than a batch, and leaves the caller's alone", async () => {
    const subject = comparer({ quickBytes: 0 });
    const large = Buffer.alloc(3 << 20, "x");
    const pieces = {
      ...answer(""),
      body: [Buffer.from("[1"), Buffer.from(""), Buffer.from(",2]")],
      bodyBytes: 5,
    };
    const cases: [ComparisonJob, string][] = [
      [job(answer(""), answer("")), "match"],
      [job(answer(""), answer("1")), "mismatch"],
      [job(pieces as never, answer("[1, 2]")), "match"],
      [job(answer(large, "text/plain"), answer(large, "text/plain"), { maxBodyBytes: 4 << 20 }), "match"],
      [job(answer("", "", { tooLarge: true }), answer("1", "")), "inconclusive"],
    ];
    const verdicts = await Promise.all(cases.map(([each]) => submitted(subject, each).first));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(cases.map(([, outcome]) => outcome));
    expect(large.length).toBe(3 << 20);
  });

  test("knows thousands of routes' options, the worker remembering a bounded number", async () => {
    const subject = comparer();
    const ignoring = (n: number) =>
      job(answer(`{"k${n}":1,"k${n + 1}":1}`), answer(`{"k${n + 1}":2}`), {
        options: { ignore: [`$.k${n}`] },
      });
    const jobs = Array.from({ length: 2500 }, (_, n) => ignoring(n));
    const verdicts = await Promise.all([...jobs, ...jobs].map((each) => submitted(subject, each).first));
    const paths = verdicts.map(({ mismatches }) => mismatches.map(({ path }) => path));
    expect(paths).toEqual([...jobs, ...jobs].map((_, i) => [`$.k${(i % 2500) + 1}`]));
  });

  test("a comparison that throws costs itself its verdict and nobody else's", async () => {
    const subject = comparer({ workerUrl: UNRULY });
    const bad = job(answer("[1]"), answer("[2]"), { options: { ignore: ["no pattern"] } });
    const runs = [differing(1), differing(2, "THROW"), bad, differing(3)].map((each) =>
      submitted(subject, each),
    );
    const verdicts = await Promise.all(runs.map(({ first }) => first));
    expect(verdicts.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      "mismatch",
      "comparator_error",
      "comparator_error",
      "mismatch",
    ]);
  });

  test("bodies made to fill its heap are compared or too large, and the worker lives", async () => {
    const problems: string[] = [];
    // The heap is what this is about: a busy machine may take its time.
    const subject = comparer({ maxJobMs: 120_000, onProblem: (sentence) => problems.push(sentence) });
    const bodies = (piece: string, count: number) =>
      [`[${piece},`, `[${piece} ,`].map((head) => answer(`${head}${`${piece},`.repeat(count)}1]`));
    const cases: [string, number, string][] = [
      ["[[]]", 4_000_000, "too_large"],
      ['{"a":{}}', 1_000_000, "too_large"],
      ["7", 990_000, "match"],
    ];
    for (const [piece, count, expected] of cases) {
      const [legacy, modern] = bodies(piece, count) as [never, never];
      const { outcome, reason } = await submitted(subject, job(legacy, modern, { maxBodyBytes: 32 << 20 }))
        .first;
      expect(reason ?? outcome, piece).toBe(expected);
    }
    expect(problems).toEqual([]);
  }, 120_000);

  test("so are pages, documents and forms of very many parts", async () => {
    const problems: string[] = [];
    const subject = comparer({ maxJobMs: 120_000, onProblem: (sentence) => problems.push(sentence) });
    const others = [
      ["text/html", "<p a=1>x".repeat(20_000), "match"],
      ["application/xml", `<a>${"<b c='1'>x</b>".repeat(20_000)}</a>`, "match"],
      ["application/x-www-form-urlencoded", "a&".repeat(200_000), "match"],
    ] as const;
    for (const [type, body, expected] of others) {
      const [legacy, modern] = [
        answer(body, type),
        answer(type.endsWith("d") ? `${body}&` : `${body}\n`, type),
      ];
      const { outcome, reason } = await submitted(subject, job(legacy, modern, { maxBodyBytes: 32 << 20 }))
        .first;
      expect(reason ?? outcome, type).toBe(expected);
    }
    expect(problems).toEqual([]);
  }, 120_000);

  test("a job that cannot be sent gets its verdict, and costs none of a later batch its own", async () => {
    const subject = comparer();
    const sound = job(answer("[1]"), answer("[2]"));
    const broken = { ...sound, options: { ...sound.options, samples: (() => 1) as never } };
    const together = [sound, broken].map((each) => submitted(subject, each).first);
    const reasons = (await Promise.all(together)).map(({ reason }) => reason);
    expect(reasons).toEqual(["comparator_error", "comparator_error"]);
    expect((await submitted(subject, sound).first).outcome).toBe("mismatch");
  });
});

describe("a worker that has nothing to do", () => {
  afterEach(() => vi.useRealTimers());

  test("is not taken for one that hangs", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const problems: string[] = [];
    const subject = comparer({ onProblem: (sentence) => problems.push(sentence) });
    expect((await submitted(subject, differing(1)).first).outcome).toBe("mismatch");
    vi.advanceTimersByTime(60_000);
    expect((await submitted(subject, differing(2)).first).outcome).toBe("mismatch");
    expect(problems).toEqual([]);
  });
});

describe("when the worker ends", () => {
  const faults = [
    ["EXIT", {}],
    ["HANG", { maxJobMs: 1000 }],
  ] as const;

  for (const [method, options] of faults) {
    test(`by ${method}, the job at fault is a comparator_error and all others get their verdict, each once`, async () => {
      const problems: string[] = [];
      const subject = comparer({
        workerUrl: UNRULY,
        onProblem: (sentence) => problems.push(sentence),
        ...options,
      });
      const jobs = Array.from({ length: 100 }, (_, n) => differing(n, n === 40 ? method : "GET"));
      const runs = jobs.map((each) => submitted(subject, each));
      const verdicts = await Promise.all(runs.map(({ first }) => first));
      const reasons = verdicts.map(({ outcome, reason }) => reason ?? outcome);
      expect(reasons).toEqual(jobs.map((each) => (each.method === method ? "comparator_error" : "mismatch")));
      expect(problems).toHaveLength(1);
      expect((await submitted(subject, differing(5)).first).outcome).toBe("mismatch");
      expect(runs.every(({ got }) => got.length === 1)).toBe(true);
      expect(subject.pending).toBe(0);
    });
  }

  test("between two jobs, what it had not answered is tried in the next", async () => {
    const subject = comparer({ workerUrl: UNRULY });
    const runs = Array.from({ length: 200 }, (_, n) =>
      submitted(subject, differing(n, n === 3 ? "CRASH" : "GET")),
    );
    const verdicts = await Promise.all(runs.map(({ first }) => first));
    expect(verdicts.every(({ outcome }) => outcome === "mismatch")).toBe(true);
    expect(runs.every(({ got }) => got.length === 1)).toBe(true);
  });

  test("again and again, every job has its one verdict in the end", async () => {
    const subject = comparer({ workerUrl: UNRULY, maxJobMs: 200 });
    const method = (n: number) => ["EXIT", "GET", "GET", "THROW", "GET"][n % 5] as string;
    const runs = Array.from({ length: 30 }, (_, n) => submitted(subject, differing(n, method(n))));
    await Promise.all(runs.map(({ first }) => first));
    expect(runs.every(({ got }) => got.length === 1)).toBe(true);
    expect(subject.pending).toBe(0);
  });

  test("before it ever started, jobs are not kept for ever", async () => {
    const problems: string[] = [];
    const subject = comparer({ workerUrl: BROKEN, onProblem: (sentence) => problems.push(sentence) });
    const runs = [1, 2, 3].map((n) => submitted(subject, differing(n)));
    const verdicts = await Promise.all(runs.map(({ first }) => first));
    expect(verdicts.every(({ reason }) => reason === "comparator_error")).toBe(true);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain("will not start");
  });
});

describe("close", () => {
  test("waits for the verdicts that are on their way", async () => {
    const subject = createComparer({ now: Date.now });
    const runs = Array.from({ length: 300 }, (_, n) => submitted(subject, differing(n)));
    await subject.close(20_000);
    expect(runs.every(({ got }) => got.length === 1 && got[0]?.outcome === "mismatch")).toBe(true);
  });

  test("gives comparator_error to what is left at the deadline, and ends even a worker that hangs", async () => {
    const subject = createComparer({ now: Date.now, workerUrl: UNRULY });
    const before = await submitted(subject, differing(0)).first;
    const runs = [differing(1, "HANG"), differing(2)].map((each) => submitted(subject, each));
    await subject.close(50);
    expect(before.outcome).toBe("mismatch");
    expect(runs.map(({ got }) => got.map(({ reason }) => reason))).toEqual([
      ["comparator_error"],
      ["comparator_error"],
    ]);
    expect(subject.pending).toBe(0);
  });

  test("closed, every job is answered at once, and closing again is the same closing", async () => {
    const subject = createComparer({ now: Date.now });
    const closing = subject.close(1000);
    expect(subject.close(5)).toBe(closing);
    expect(submitted(subject, differing(1)).got).toMatchObject([{ reason: "comparator_error" }]);
    await closing;
  });
});
