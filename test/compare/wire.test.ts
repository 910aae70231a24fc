import fc from "fast-check";
import { expect, test } from "vitest";
import type { CapturedAnswer, ComparisonJob, SidedAnswer } from "../../src/compare/contract.ts";
import { bodyBytesOf, OptionsBook, packBatch, unpackBatch } from "../../src/compare/wire.ts";
import type { Side } from "../../src/domain/position.ts";
import { answer, job, OPTIONS } from "./jobs.ts";

type Kept = Extract<CapturedAnswer, { kind: "answer" }>;

/** The answer in one piece, as the worker sees it. */
function joined(each: CapturedAnswer): CapturedAnswer {
  return each.kind === "failure" ? each : { ...each, body: [new Uint8Array(Buffer.concat(each.body))] };
}

const side = fc.constantFrom<Side>("legacy", "modern");
const anAnswer: fc.Arbitrary<CapturedAnswer> = fc.oneof(
  fc.constant({ kind: "failure", code: "timeout" } as const),
  fc
    .tuple(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }), fc.boolean(), fc.integer())
    .map(([body, tooLarge, status]) => ({
      kind: "answer" as const,
      status,
      headers: ["content-type", "a/b"],
      body,
      bodyBytes: body.reduce((sum, chunk) => sum + chunk.length, 0),
      tooLarge,
    })),
);
const sided: fc.Arbitrary<SidedAnswer> = fc.record({ side, answer: anAnswer });

test("every answer arrives under its name with its side, a name of later days too", () => {
  // The worker reads what it gets: `control` is no name that the job's type knows.
  const answers = fc.oneof(
    fc.record({ serving: sided, shadow: sided }),
    fc.record({ serving: sided, shadow: sided, control: sided }),
  );
  fc.assert(
    fc.property(fc.array(answers, { maxLength: 4 }), (each) => {
      const jobs = each.map((named, i) => ({
        serial: i + 1,
        job: { ...job(answer(""), answer(""), { unconditional: i % 2 === 0 }), answers: named },
      }));
      const batch = packBatch(jobs, new OptionsBook());
      const got = unpackBatch(batch, new Map());
      expect(got.map(({ serial }) => serial)).toEqual(jobs.map(({ serial }) => serial));
      expect(got.map(({ job: { unconditional } }) => unconditional)).toEqual(each.map((_, i) => i % 2 === 0));
      expect(got.map(({ job: { answers: arrived } }) => arrived)).toEqual(
        each.map((named) =>
          Object.fromEntries(
            Object.entries(named).map(([name, { side: by, answer: said }]) => [
              name,
              { side: by, answer: joined(said) },
            ]),
          ),
        ),
      );
      expect(batch.bytes.byteLength).toBe(jobs.reduce((sum, { job: one }) => sum + bodyBytesOf(one), 0));
    }),
  );
});

test("bodies cross as bytes that change hands, and only the headers that are compared cross", () => {
  const body = "x".repeat(100_000);
  const noise = ["Date", "today", "x-noise", "n".repeat(10_000)];
  const large = (): ComparisonJob => job(answer(body, "text/plain", { headers: noise }), answer(body));
  const batch = packBatch([{ serial: 1, job: large() }], new OptionsBook());
  expect(batch.bytes.byteLength).toBe(2 * body.length);
  expect(batch.jobs.length).toBeLessThan(1000);
  const handed = structuredClone(batch, { transfer: [batch.bytes] });
  expect(batch.bytes.byteLength).toBe(0);
  const arrived = unpackBatch(handed, new Map())[0]?.job as ComparisonJob;
  expect(arrived.options).toEqual(OPTIONS);
  const { serving, shadow } = arrived.answers as Record<"serving" | "shadow", { answer: Kept }>;
  expect(serving.answer.headers).toEqual(["content-type", "text/plain"]);
  expect(Buffer.concat(serving.answer.body).equals(Buffer.from(body))).toBe(true);
  expect(shadow.answer.headers).toEqual(["content-type", "application/json"]);
});
