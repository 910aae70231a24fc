import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandWords } from "../../src/aws/credentials/process.ts";
import { createCredentials } from "../../src/aws/credentials/refreshed.ts";
import { messageOf } from "../../src/domain/errors.ts";
import { until } from "./until.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const START = Date.UTC(2026, 10, 30, 6);
let home: string;
let helper: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "fig-process-"));
  helper = join(home, "give credentials.mjs");
  // Says what the file beside it says, and notes how it was called.
  writeFileSync(
    helper,
    `#!${process.execPath}
import { appendFileSync, readFileSync } from "node:fs";
import { spawn } from "node:child_process";
const [folder, ...words] = process.argv.slice(2);
appendFileSync(folder + "/calls", JSON.stringify(words) + "\\n");
const { out, code = 0, sleeps = false, kin = false, floods = false } = JSON.parse(readFileSync(folder + "/says", "utf8"));
process.stderr.write("a secret that nobody shall read");
if (kin) {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  appendFileSync(folder + "/kin", String(child.pid));
}
process.exitCode = code;
if (floods) for (let i = 0; i < 100; i++) process.stdout.write("x".repeat(10_000));
else process.stdout.write(out);
if (sleeps) setInterval(() => {}, 1000);
`,
  );
  chmodSync(helper, 0o755);
});
afterAll(() => rmSync(home, { recursive: true }));

const credentials = (more: object = {}) =>
  JSON.stringify({ Version: 1, AccessKeyId: "ASIAPROCESS", SecretAccessKey: SECRET, ...more });

/** A profile whose process says so. */
function world(says: object, { lookMs = 10_000, config }: { lookMs?: number; config?: string } = {}) {
  const at = mkdtempSync(join(home, "p-"));
  const say = (said: object) => writeFileSync(join(at, "says"), JSON.stringify(said));
  say(says);
  const file = join(at, "config");
  writeFileSync(
    file,
    config ?? `[profile shop]\ncredential_process = "${helper}" ${at} 'one $HOME;' "two \\"2\\"" th\\ ree\n`,
  );
  let now = START;
  const of = createCredentials(
    {
      environment: { PATH: process.env.PATH, AWS_CONFIG_FILE: file, AWS_EC2_METADATA_DISABLED: "true" },
      readFile: (path) => readFile(path, "utf8"),
      homeFolder: at,
      ask: () => Promise.reject(new Error("nobody is asked")),
      now: () => now,
    },
    lookMs,
  )({ from: "auto", profile: "shop" });
  return {
    ...{ at, say },
    current: () => of.current(AbortSignal.timeout(20_000)),
    fails: () => of.current(AbortSignal.timeout(20_000)).then(() => "none", messageOf),
    pass: (ms: number) => {
      now += ms;
    },
    calls: () => readFileSync(join(at, "calls"), "utf8").trim().split("\n"),
  };
}

test("a process is run without a shell, with the words of the profile, and gives credentials", async () => {
  const it = world({ out: credentials({ SessionToken: "st==", Expiration: "2026-11-30T07:00:00Z" }) });
  expect(await it.current()).toEqual({
    ...{ accessKeyId: "ASIAPROCESS", secretAccessKey: SECRET, sessionToken: "st==" },
    expiresMs: START + 3_600_000,
  });
  await it.current();
  expect(it.calls()).toEqual([JSON.stringify(["one $HOME;", 'two "2"', "th ree"])]);
});

test("it is run again before its credentials end, while the old ones serve", async () => {
  const it = world({ out: credentials({ Expiration: "2026-11-30T06:20:00Z" }) });
  expect((await it.current()).accessKeyId).toBe("ASIAPROCESS");
  it.say({ out: credentials({ AccessKeyId: "ASIANEXT", Expiration: "2026-11-30T08:00:00Z" }) });
  it.pass(16 * 60_000);
  expect((await it.current()).accessKeyId).toBe("ASIAPROCESS");
  expect((await until(it.current, ({ accessKeyId }) => accessKeyId === "ASIANEXT")).accessKeyId).toBe(
    "ASIANEXT",
  );
  expect(it.calls()).toHaveLength(2);
});

test("null and nothing stand for no token and no end", async () => {
  const it = world({ out: credentials({ SessionToken: null, Expiration: null }) });
  expect(await it.current()).toMatchObject({ sessionToken: undefined, expiresMs: undefined });
});

test.each<readonly [says: object, why: string]>([
  [{ out: credentials(), code: 3 }, "ended with code 3."],
  [{ out: credentials({ Version: 2 }) }, "did not say Version 1."],
  [{ out: "no json" }, "did not say Version 1."],
  [{ out: credentials({ SecretAccessKey: undefined }) }, "answered with something else than credentials."],
  [{ out: credentials({ Expiration: "soon" }) }, "answered with something else than credentials."],
  [{ out: credentials({ Expiration: 7 }) }, "answered with something else than credentials."],
  [{ out: credentials({ Expiration: "2026-11-30T05:59:59Z" }) }, "gave credentials that have ended."],
  [{ floods: true }, "said more than 65536 bytes."],
])("a process that says %j gives none, and nothing of what it said is told", async (says, why) => {
  const it = world(says);
  const said = await it.fails();
  expect(said).toBe(`The credential_process of the profile shop ${why}`);
});

test("one that does not end is ended, with whatever it started", async () => {
  const it = world({ out: "", sleeps: true, kin: true }, { lookMs: 3_000 });
  expect(await it.fails()).toMatch(/in time/);
  expect(existsSync(join(it.at, "kin"))).toBe(true);
  const kin = Number(readFileSync(join(it.at, "kin"), "utf8"));
  const lives = async () => {
    try {
      // A zombie that nobody waits for is gone too.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${kin}/status`, "utf8"));
    } catch {
      return false;
    }
  };
  expect(await until(lives, (alive) => !alive)).toBe(false);
});

test.each([
  ["credential_process = /nonexistent/helper", "could not be started (ENOENT)."],
  ["credential_process = /dev/null/helper", "could not be started (ENOTDIR)."],
  ["credential_process = 'no end", "is no command."],
  ['credential_process = "" x', "is no command."],
])("%s is told", async (line, why) => {
  const it = world({}, { config: `[profile shop]\n${line}\n` });
  expect(await it.fails()).toBe(`The credential_process of the profile shop ${why}`);
});

test("a role may come by a profile's process, and keys come before a process", async () => {
  const keys = `aws_access_key_id = AKIDKEYS\naws_secret_access_key = ${SECRET}`;
  const it = world({}, { config: `[profile shop]\ncredential_process = /nonexistent/x\n${keys}\n` });
  expect((await it.current()).accessKeyId).toBe("AKIDKEYS");
  const role = world(
    {},
    {
      config:
        "[profile shop]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = by\n[profile by]\ncredential_process = /nonexistent/x\n",
    },
  );
  expect(await role.fails()).toBe("The credential_process of the profile by could not be started (ENOENT).");
});

/** As Python's shlex.split has them, which AWS's CLI takes commands apart by. */
test.each<readonly [command: string, words: readonly string[] | undefined]>([
  ["/opt/bin/give --as shop", ["/opt/bin/give", "--as", "shop"]],
  ['/opt/bin/give "two words"', ["/opt/bin/give", "two words"]],
  ["  a \t b\n", ["a", "b"]],
  ["a'b c'd", ["ab cd"]],
  ["a ''", ["a", ""]],
  ["a\\ b", ["a b"]],
  ["'a\\b'", ["a\\b"]],
  ['"a\\b\\"c\\\\"', ['a\\b"c\\']],
  ["a;b|c $(d) `e` ~ *", ["a;b|c", "$(d)", "`e`", "~", "*"]],
  ["a # b", ["a", "#", "b"]],
  ["a 'b", undefined],
  ['a "b', undefined],
  ["a \\", undefined],
  ["", []],
])("%j has the words %j", (command, words) => {
  expect(commandWords(command)).toEqual(words);
});
