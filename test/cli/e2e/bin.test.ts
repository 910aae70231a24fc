import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folder } from "../support.ts";

const FIG = fileURLToPath(new URL("../../../bin/fig", import.meta.url));
const BIN = {
  "bin/fig": readFileSync(FIG, "utf8"),
  "bin/package.json": readFileSync(join(FIG, "../package.json"), "utf8"),
};

function node(args: readonly string[]) {
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

describe("bin/fig", () => {
  test.each(["12.22.12", "18.20.0", "22.18.0"])(
    "on Node %s says which it needs and how to get it",
    async (version) => {
      const cwd = await folder({
        ...BIN,
        "old.cjs": `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`,
      });
      const { status, stdout, stderr } = node(["-r", join(cwd, "old.cjs"), join(cwd, "bin/fig"), "status"]);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`fig: node_too_old: fig needs Node 22.19 or newer, and this is ${version}\n`);
      expect(stderr).toContain("npm install node@24");
    },
  );

  test("uses nothing that Node 12 cannot parse", () => {
    const code = BIN["bin/fig"].replace(/"(\\.|[^"\\])*"|\/\/.*|\/\*[\s\S]*?\*\//g, "");
    expect(code).not.toMatch(/\?\.|\?\?|=>|\b(const|let|class|async|await)\b|`|\.\.\./);
  });

  test("in a clone that was not built says how to build it", async () => {
    const cwd = await folder(BIN);
    const { status, stderr } = node([join(cwd, "bin/fig")]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "fig: not_built: this clone has no dist/ yet\nremedy: run `npm install && npm run build` first\n",
    );
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
