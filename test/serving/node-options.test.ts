import { expect, test } from "vitest";
import { nodeOptions } from "../../src/serving/workers/node-options.ts";

test("workers get Node's options that the front door was started with, but for what is one program's", () => {
  const kept = ["--max-old-space-size=128", "--import", "tsx", "-r", "./dotenv.cjs", "--use-openssl-ca"];
  expect(nodeOptions(kept)).toEqual(["--v8-pool-size=1", ...kept]);
  for (const own of [
    ["-e", "code"],
    ["-pe", "code"],
    ["--eval", "code"],
    ["--eval=code"],
    ["--input-type=module", "--eval", "code"],
    ["--inspect"],
    ["--inspect-brk=127.0.0.1:9229"],
    ["--watch", "--watch-path", "src"],
    ["--test"],
  ])
    expect(nodeOptions([...own, ...kept])).toEqual(["--v8-pool-size=1", ...kept]);
});

test("how many threads help V8 is one, or what was asked for", () => {
  expect(nodeOptions(["--v8-pool-size=4"])).toEqual(["--v8-pool-size=4"]);
  expect(nodeOptions(["--v8_pool_size", "2"])).toEqual(["--v8_pool_size", "2"]);
  expect(nodeOptions([], "--use-openssl-ca --v8-pool-size=2")).toEqual([]);
});
