import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { FigError } from "../../src/domain/errors.ts";
import { fakeDeps, folder, shop } from "./support.ts";

const REPORT = { stateId: "ab12", revision: 1234, definitions: 3, windows: 4, rollups: 5, apiKeys: 1200 };

async function copy(argv: readonly string[], answer: () => Promise<typeof REPORT> = async () => REPORT) {
  const cwd = await folder();
  const asked: string[] = [];
  const env = { PW: "s3cr3t/pw@1" };
  const deps = {
    ...fakeDeps({ cwd, env }),
    copyState: (from: string, to: string) => {
      asked.push(from, to);
      return answer();
    },
  };
  const code = await runCli(["state", "copy", ...argv], deps);
  return { code, out: deps.stdout.text(), err: deps.stderr.text(), asked, cwd };
}

test("a copy names what it moved, takes files from here and passwords from the environment, and shows none", async () => {
  const { code, out, err, asked, cwd } = await copy([
    "sqlite:state.db",
    `rediss://:\${PW}@redis:6379/0?ca=ca.pem`,
  ]);
  expect([code, err]).toEqual([0, ""]);
  expect(asked).toEqual([
    `sqlite:${join(cwd, "state.db")}`,
    `rediss://:s3cr3t/pw@1@redis:6379/0?${new URLSearchParams({ ca: join(cwd, "ca.pem") })}`,
  ]);
  expect(out).toContain("to rediss://redis:6379/0?");
  expect(out).toContain(
    "state ab12: revision 1,234, 3 definitions, 4 windows, 5 rollups, 1,200 API keys; read back, equal",
  );
  expect(out).not.toContain("s3cr3t");
});

test("--json has the same numbers", async () => {
  const { out } = await copy(["redis://redis:6379/0", "redis://user@redis:6379/1", "--json"]);
  expect(JSON.parse(out)).toEqual({ from: "redis://redis:6379/0", to: "redis://redis:6379/1", ...REPORT });
});

test("a password on the command line is refused without repeating it", async () => {
  const { code, err, asked } = await copy(["sqlite:a.db", "rediss://fig:s3cr3t@redis/0"]);
  expect([code, asked]).toEqual([2, []]);
  expect(err).toContain("a password on the command line is visible to anyone who lists processes");
  expect(err).not.toContain("s3cr3t");
});

test.each([
  ["a", "the state URL has an unknown scheme"],
  ["memory:", "there is nothing to copy"],
  ["redis://redis/x", "redis URL"],
])("%s is no state to copy to: wrong usage", async (url, says) => {
  const { code, err, asked } = await copy(["sqlite:a.db", url]);
  expect([code, asked]).toEqual([2, []]);
  expect(err).toContain(says);
});

test("a variable that is not set is named", async () => {
  const { code, err } = await copy(["sqlite:a.db", `redis://:\${NOPE}@redis/0`]);
  expect(code).toBe(2);
  expect(err).toContain("the environment variable NOPE is not set");
});

test("a target that holds a state already is a refusal: exit 3", async () => {
  const { code, err } = await copy(["sqlite:a.db", "sqlite:b.db"], () =>
    Promise.reject(new FigError("store_not_empty", "b.db holds a state already", { remedy: "Name a file." })),
  );
  expect(code).toBe(3);
  expect(err).toContain("fig: store_not_empty: b.db holds a state already");
});

describe("fig state backup", () => {
  async function backup(
    argv: readonly string[],
    answer: () => Promise<{ stateId: string; revision: number }> | undefined,
  ) {
    const cwd = await shop();
    const asked: string[] = [];
    const deps = {
      ...fakeDeps({ cwd }),
      backupState: (url: string, file: string) => {
        asked.push(url, file);
        return answer();
      },
    };
    const code = await runCli(["state", "backup", ...argv], deps);
    return { code, out: deps.stdout.text(), err: deps.stderr.text(), asked, cwd };
  }
  const done = async () => ({ stateId: "ab12", revision: 1234 });

  test("takes the state of fig.yaml and a file from here, and says what it wrote", async () => {
    const { code, out, err, asked, cwd } = await backup(["copy.db"], done);
    expect([code, err]).toEqual([0, ""]);
    expect(asked).toEqual([`sqlite:${join(cwd, "state.db")}`, join(cwd, "copy.db")]);
    expect(out).toBe(`wrote ${join(cwd, "copy.db")}: state ab12, revision 1,234\n`);
    const { out: json } = await backup(["copy.db", "--json"], done);
    expect(JSON.parse(json)).toMatchObject({ stateId: "ab12", revision: 1234 });
  });

  test("of a state that is no file is wrong usage, and says what to use", async () => {
    const { code, err } = await backup(["copy.db"], () => undefined);
    expect(code).toBe(2);
    expect(err).toContain("BGSAVE");
  });

  test("a file that is there is a refusal: exit 3", async () => {
    const there = new FigError("file_exists", "copy.db is there already", { remedy: "Name another." });
    const { code, err } = await backup(["copy.db"], () => Promise.reject(there));
    expect(code).toBe(3);
    expect(err).toContain("fig: file_exists: copy.db is there already");
  });
});
