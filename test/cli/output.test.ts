import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { fakeDeps, shop } from "./support.ts";

function failing(code: string): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(`write ${code}`), { code }));
    },
  });
}

async function checkInto(stdout: Writable) {
  const deps = {
    ...fakeDeps({ cwd: await shop() }),
    stdout: stdout as unknown as ReturnType<typeof fakeDeps>["stdout"],
  };
  const code = await runCli(["check"], deps);
  await new Promise((resolve) => setImmediate(resolve));
  return { code, err: deps.stderr.text() };
}

describe("An output that breaks", () => {
  test("a reader that left is no failure and nothing is said", async () => {
    expect(await checkInto(failing("EPIPE"))).toEqual({ code: 0, err: "" });
  });

  test("a full disk is one", async () => {
    const { code, err } = await checkInto(failing("ENOSPC"));
    expect(code).toBe(1);
    expect(err).toBe("fig: output_failed: write ENOSPC\n");
  });
});
