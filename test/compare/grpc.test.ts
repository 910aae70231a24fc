import { expect, test } from "vitest";
import { equalAnswers } from "../../src/compare/equal-answers.ts";
import { verdictOf } from "../../src/compare/verdict.ts";
import { OptionsBook, packBatch, unpackBatch } from "../../src/compare/wire.ts";
import { answer, job, named, OPTIONS } from "./jobs.ts";

function messages(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => {
      const head = Buffer.alloc(5);
      head.writeUInt32BE(text.length, 1);
      return Buffer.concat([head, Buffer.from(text)]);
    }),
  );
}

const call = (body: Uint8Array, ...headers: readonly string[]) =>
  answer(body, "application/grpc+proto", { headers: headers.length === 0 ? ["grpc-status", "0"] : headers });

const held = (legacy: ReturnType<typeof call>, modern: ReturnType<typeof call>) => {
  const one = job(legacy, modern, { method: "POST" });
  const book = new OptionsBook();
  // As the worker sees it.
  const [unpacked] = unpackBatch(packBatch([{ serial: 1, job: one }], book), new Map());
  return verdictOf((unpacked as { job: typeof one }).job);
};

test("calls are held against each other message by message, and by their status", () => {
  expect(held(call(messages("a", "b")), call(messages("a", "b"))).outcome).toBe("match");
  expect(named(held(call(messages("a", "b")), call(messages("a", "c"))).mismatches)).toEqual(["value $[*]"]);
  expect(named(held(call(messages("a", "b")), call(messages("a"))).mismatches)).toEqual(["length body"]);
  const failed = call(Buffer.alloc(0), "grpc-status", "5", "grpc-message", "no such order");
  expect(named(held(call(messages("a")), failed).mismatches)).toEqual([
    ...["value header.grpc-status", "extra header.grpc-message", "missing body"],
  ]);
});

test("statuses differ although bodies do not, and nothing needs to be named for it", () => {
  const ok = call(Buffer.alloc(0), "grpc-status", "0");
  const lost = call(Buffer.alloc(0), "grpc-status", "15");
  expect(equalAnswers(ok, ok, OPTIONS.headers)).toBe(true);
  expect(equalAnswers(ok, lost, OPTIONS.headers)).toBe(false);
  expect(named(held(ok, lost).mismatches)).toEqual(["value header.grpc-status"]);
});

test("samples of messages are hashes, as what they are is not known", () => {
  const { mismatches } = held(call(messages("secret-1")), call(messages("secret-2")));
  expect(JSON.stringify(mismatches)).not.toContain("secret");
});

test("compressed messages that differ say nothing, and torn ones are bytes", () => {
  const packed = messages("a");
  packed[0] = 1;
  expect(held(call(packed), call(messages("b"))).reason).toBe("undecodable");
  expect(named(held(call(messages("abc").subarray(0, 6)), call(messages("abc"))).mismatches)).toEqual([
    "value body",
  ]);
});
