import { expect, test } from "vitest";
import { summedGauges, whatStays } from "../../../src/serving/workers/gauges.ts";

test("of a worker that ended what it counted stays, and what was so now, by name too, is no more", () => {
  const worker = {
    ...summedGauges([]),
    connections: 3,
    authorizerCalls: { answered: 5 },
    authorizerQuestions: { asked: 2, waiting: 1 },
    limitRefused: { "a\t1/s\tip 192.0.2.7": 4 },
  };
  const sum = summedGauges([whatStays(worker), worker]);
  expect(sum).toMatchObject({
    connections: 3,
    authorizerCalls: { answered: 10 },
    authorizerQuestions: { asked: 2, waiting: 1 },
    limitRefused: { "a\t1/s\tip 192.0.2.7": 4 },
  });
});
