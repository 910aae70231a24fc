import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { askAdmin } from "./fig-process.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until } from "./until.ts";

const FIG = fileURLToPath(new URL("../../bin/fig", import.meta.url));
const TERMINAL = fileURLToPath(new URL("support/on-a-terminal.py", import.meta.url));
const [ENTER, LEAVE] = ["\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"];
const PYTHON = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0;
const WITHOUT = "python3 (3.9 or newer) is not here to make a terminal: apt-get install python3";

let sides: readonly SideUpstream[];
let door: SplitDoor;
const children: ChildProcess[] = [];

// One door for all: what each test shifts to, no test before it did.
beforeAll(async () => {
  sides = [await startSide("legacy"), await startSide("modern")];
  door = await startSplitDoor(...(sides as [SideUpstream, SideUpstream]));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

afterAll(async () => {
  await door?.close();
  for (const side of sides) side.close();
});

interface Watching {
  readonly child: ChildProcess;
  output(): string;
  /** What came since the last call. */
  fresh(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

function watch(command: readonly string[], args: readonly string[] = []): Watching {
  const all = [
    process.execPath,
    FIG,
    "status",
    "--watch",
    "0.1",
    "-c",
    door.config,
    "--admin",
    door.adminUrl,
    ...args,
  ];
  const [program, ...rest] = [...command, ...all] as [string, ...string[]];
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  children.push(child);
  let output = "";
  let errors = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return {
    child,
    output: () => output,
    fresh: () => {
      const text = output.slice(seen);
      seen = output.length;
      return text;
    },
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, errors })),
  };
}

const shift = (modern: number) =>
  askAdmin(door.adminUrl, "POST", "/routes/shop/shift", { modern, reason: "seen?", by: "ada" });
const shows = (watching: Watching, text: string) => until(watching.output, (output) => output.includes(text));

test("without a terminal it prints a line for each change", async () => {
  const watching = watch([]);
  await shows(watching, "shop: legacy, modern 0 %, shadow 0 %\n");
  await shift(10);
  await shows(watching, "shop: splitting, modern 10 %, shadow 0 %, r1 by ada\n");
  expect(watching.output()).not.toContain("\x1b");
  expect(watching.output().match(/shop:/g)).toHaveLength(2);
  watching.child.kill("SIGTERM");
  expect((await watching.ended).code).toBe(143);
});

if (!PYTHON && process.env.CI === "true") {
  test("a terminal can be made", () => {
    expect.fail(WITHOUT);
  });
} else if (!PYTHON) {
  process.stderr.write(`SKIPPED: ${WITHOUT}\n`);
  test.skip(`status --watch on a terminal: SKIPPED, ${WITHOUT}`, () => undefined);
} else {
  const tell = (watching: Watching, ...words: readonly unknown[]) =>
    watching.child.stdin?.write(`${JSON.stringify(words)}\n`);

  test.each([
    ["q", ["keys", "q"], 0, 20],
    ["Ctrl-C", ["keys", "\x03"], 0, 30],
    ["SIGTERM", ["signal", 15], 143, 40],
  ] as const)(
    "on a terminal it redraws in place, and %s restores the terminal",
    async (_name, words, code, modern) => {
      const watching = watch(["python3", TERMINAL]);
      await shows(watching, "shop");
      expect(watching.output().startsWith(ENTER)).toBe(true);
      await shift(modern);
      await shows(watching, ` ${modern} %`);
      // Redrawn from the top, never scrolled: no screen has more lines than the terminal.
      for (const frame of watching.output().split("\x1b[H"))
        expect(frame.split("\n").length).toBeLessThanOrEqual(24);
      tell(watching, ...words);
      const { errors } = await watching.ended;
      expect(JSON.parse(errors.trim().split("\n").at(-1) as string)).toEqual({ code, restored: true });
      expect(watching.output().endsWith(LEAVE)).toBe(true);
    },
  );

  test("a smaller terminal gets what fits and can scroll to the rest; a larger one all of it", async () => {
    const watching = watch(["python3", TERMINAL]);
    await shows(watching, "(default)");
    tell(watching, "size", 5, 40);
    await shows(watching, "lines 1 to 3 of ");
    watching.fresh();
    tell(watching, "keys", "jj");
    await until(watching.fresh, (text) => text.includes("lines 3 to 5 of "));
    watching.fresh();
    tell(watching, "size", 40, 120);
    await until(watching.fresh, (text) => text.includes("(default)") && !text.includes("scroll"));
    tell(watching, "keys", "q");
    expect(JSON.parse((await watching.ended).errors.trim())).toEqual({ code: 0, restored: true });
  });
}

test("with --json it prints the whole status, one line a look; a reader that leaves ends it", async () => {
  const watching = watch([], ["--json"]);
  await until(watching.output, (output) => output.split("\n").length > 3);
  for (const line of watching.output().split("\n").slice(0, -1)) {
    expect((JSON.parse(line) as { readonly routes: readonly unknown[] }).routes).toHaveLength(2);
  }
  watching.child.stdout?.destroy();
  expect((await watching.ended).code).toBe(0);
});

test("files that do not pass end it before it begins", async () => {
  const child = spawnSync(process.execPath, [FIG, "status", "--watch", "-c", `${door.config}.missing`], {
    encoding: "utf8",
  });
  expect(child.status).toBe(2);
  expect(spawnSync(process.execPath, [FIG, "status", "--watch", "0"], { encoding: "utf8" })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("Write seconds from 0.1 to 3600"),
  });
});
