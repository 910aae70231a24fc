import { expect, test } from "vitest";
import { CASES } from "../conformance/http/cases/index.ts";
import { FIG, FIG_NODE_LANE } from "../conformance/http/proxies/index.ts";
import { runCases } from "../conformance/http/run.ts";
import { HTTP2_AS_CASES } from "../conformance/http2/as-cases.ts";

test("the HTTP conformance suite has no two cases of one name", () => {
  const names = [...CASES, ...HTTP2_AS_CASES].map((one) => one.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(440);
});

test.each([FIG, FIG_NODE_LANE])(
  "$name passes every case of the HTTP conformance suite",
  {
    timeout: 180_000,
  },
  async (proxy) => {
    // A loaded machine is not a hang: the bound here is generous, that of the generated table is not.
    const results = await runCases([...CASES, ...HTTP2_AS_CASES], proxy, { deadlineMs: 20_000, parallel: 3 });
    const failed = results.filter((result) => result.outcome !== "pass");
    expect(failed.map(({ name, rfc, reason }) => `${name} (${rfc}): ${reason}`)).toEqual([]);
  },
);
