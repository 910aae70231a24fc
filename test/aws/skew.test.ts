import { expect, test } from "vitest";
import type { Reply } from "../../src/asking/contract.ts";
import { createAws } from "../../src/aws/aws.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 30, 6);

test("a clock that is off is corrected for all that were signed by it, not for the first that hears of it alone", async () => {
  const waiting: (() => void)[] = [];
  const signedAt: string[] = [];
  const theirs = START + HOUR;
  const aws = createAws({
    ask: ({ headers }) =>
      new Promise<Reply>((resolve) => {
        const stamp = String(headers["x-amz-date"]);
        signedAt.push(stamp);
        const late = stamp.startsWith("20261130T06");
        waiting.push(() =>
          resolve({
            ...{ kind: "answered", status: late ? 403 : 200 },
            headers: ["date", new Date(theirs).toUTCString()],
            body: Buffer.from(late ? '{"__type":"InvalidSignatureException"}' : "{}"),
          }),
        );
      }),
    credentialsOf: () => ({
      current: async () => ({
        ...{ accessKeyId: "AKID", secretAccessKey: "s", sessionToken: undefined, expiresMs: undefined },
      }),
      refused() {},
    }),
    ...{ environment: {}, now: () => START },
  });
  const place = { region: "eu-central-1", endpoint: undefined };
  const credentials = { from: "auto", profile: undefined } as const;
  const asked = Array.from({ length: 3 }, () =>
    aws.ask(aws.service("sqs", { ...place, credentials }), {
      ...{ path: "/", query: [], headers: {}, body: "{}", maxBytes: 1000 },
      signal: new AbortController().signal,
    }),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  // All three are on their way before the first answer.
  expect(waiting).toHaveLength(3);
  for (const answer of waiting.splice(0)) answer();
  await settle();
  for (const answer of waiting.splice(0)) answer();
  const replies = await Promise.all(asked);
  expect(replies.map((reply) => reply.kind === "answered" && reply.status)).toEqual([200, 200, 200]);
  expect(signedAt.map((stamp) => stamp.slice(9, 11))).toEqual(["06", "06", "06", "07", "07", "07"]);
});
