import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folder } from "../support.ts";

const FIG = fileURLToPath(new URL("../../../bin/fig", import.meta.url));
const CLI_PAGE = "docs/reference/cli.md";
const BIN_FILES = ["fig", "help.js", "library.mjs", "needs-node.js", "package.json"].map(
  (name) => `bin/${name}`,
);
/** What stands beside the build. */
const BIN = Object.fromEntries(
  [...BIN_FILES, CLI_PAGE, "package.json"].map((name) => [
    name,
    readFileSync(join(FIG, "../..", name), "utf8"),
  ]),
);
/** The reference page is what commander prints: test/cli/help.test.ts. */
const HELP_OF_SHIFT = /\n## fig shift\n\n```text\n([\s\S]*?\n)```/.exec(BIN[CLI_PAGE] ?? "")?.[1];

/** A folder with all that does not need a build, for a process that takes itself for Node `version`. */
async function onNode(version: string) {
  const cwd = await folder({
    ...BIN,
    "old.cjs": `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`,
  });
  return (...args: readonly string[]) => {
    const [script = "", ...more] = args;
    return spawnSync(process.execPath, ["-r", join(cwd, "old.cjs"), script, ...more], {
      encoding: "utf8",
      cwd,
    });
  };
}

function node(args: readonly string[]) {
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

describe("bin/fig", () => {
  test.each(["12.22.12", "18.20.0", "22.18.0"])(
    "on Node %s says which it needs and how to get it",
    async (version) => {
      const start = await onNode(version);
      const { status, stdout, stderr } = start("bin/fig", "status");
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`fig: node_too_old: fig needs Node 22.19 or newer, and this is ${version}\n`);
      expect(stderr).toContain("npm install node@24");
    },
  );

  test("on an old Node still has its help and its version", async () => {
    const start = await onNode("20.20.2");
    for (const asked of [
      ["shift", "--help"],
      ["help", "shift"],
      ["shift", "orders.read", "-h"],
    ]) {
      const { status, stdout, stderr } = start("bin/fig", ...asked);
      expect([status, stdout], asked.join(" ")).toEqual([0, HELP_OF_SHIFT]);
      expect(stderr).toContain("fig needs Node 22.19 or newer");
    }
    expect(start("bin/fig", "--help").stdout).toMatch(/^Usage: fig \[options\] \[command\]\n/);
    expect(start("bin/fig", "migrate", "up", "--help").stdout).toMatch(/^Usage: fig migrate up /);
    expect(start("bin/fig", "--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("uses nothing that Node 12 cannot parse", () => {
    for (const name of BIN_FILES.filter((file) => !file.endsWith(".json"))) {
      const code = (BIN[name] ?? "").replace(/"(\\.|[^"\\])*"|\/\/.*|\/\*[\s\S]*?\*\//g, "");
      expect(code, name).not.toMatch(/\?\.|\?\?|\|\|=|&&=|#\w|\b(static|await)\b/);
    }
  });

  test("in a clone that was not built says how to build it, and has its help", async () => {
    const start = await onNode(process.versions.node);
    const { status, stderr } = start("bin/fig", "status");
    expect(status).toBe(1);
    expect(stderr).toBe("fig: not_built: this clone has no dist/ yet\nremedy: run `npm run setup` first\n");
    expect(start("bin/fig", "shift", "--help")).toMatchObject({ status: 0, stdout: HELP_OF_SHIFT });
  });

  test("hands its arguments on, and silences the warning of node:sqlite alone", async () => {
    const cwd = await folder({
      ...BIN,
      "dist/package.json": '{"type":"module"}',
      "dist/main.js": `export function main(argv) {
        process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning");
        process.emitWarning("something else", "ExperimentalWarning");
        process.emitWarning("SQLite is old", { type: "DeprecationWarning" });
        console.log(JSON.stringify(argv));
      }`,
    });
    const { status, stdout, stderr } = node([join(cwd, "bin/fig"), "a", "--b", "c d"]);
    expect([status, stdout]).toEqual([0, '["a","--b","c d"]\n']);
    expect(stderr).not.toContain("SQLite is an experimental feature");
    expect(stderr).toContain("something else");
    expect(stderr).toContain("SQLite is old");
  });

  test("whose reader leaves ends in silence", async () => {
    const child = spawn(process.execPath, [FIG, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, err]).toEqual([0, ""]);
  });
});

describe("the library", () => {
  const asks = `import("strangler-fig").then((all) => console.log(Object.keys(all).sort().join()), (error) => console.log(error.code, error.message))`;

  test.each(["18.20.0", "20.20.2", "22.18.0"])("imported on Node %s says which it needs", async (version) => {
    const start = await onNode(version);
    const { stdout } = start("-e", asks);
    expect(stdout).toContain(
      `node_too_old strangler-fig: fig needs Node 22.19 or newer, and this is ${version}\n`,
    );
    expect(stdout).toContain("npm install node@24");
  });

  test("can be imported, and required", () => {
    const cwd = join(FIG, "../..");
    const run = (code: string) => spawnSync(process.execPath, ["-e", code], { encoding: "utf8", cwd });
    const names = "FigError,createFrontDoor\n";
    expect(run(asks)).toMatchObject({ stdout: names, stderr: "" });
    expect(run('console.log(Object.keys(require("strangler-fig")).sort().join())')).toMatchObject({
      stdout: names,
      stderr: "",
    });
  });
});

test("npx finds the command by the package's name, wherever it is run", () => {
  const { name, bin } = JSON.parse(BIN["package.json"] ?? "") as {
    name: string;
    bin: Record<string, string>;
  };
  expect(bin).toEqual({ fig: "bin/fig", [name]: "bin/fig" });
});
