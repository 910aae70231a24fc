import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const blocks = JSON.parse(
  execFileSync(process.execPath, ["bench/write-readme.mjs", "--print"], { cwd: ROOT, encoding: "utf8" }),
) as Record<string, string>;

test.each(["README.md", "docs/figures.md"])(
  "the figures of %s are the bench's results; `node bench/write-readme.mjs` writes them",
  (page) => {
    const text = readFileSync(`${ROOT}/${page}`, "utf8");
    const end = "<!-- bench:end -->";
    const from = text.indexOf("<!-- bench:begin -->");
    expect(from).toBeGreaterThan(0);
    expect(text.slice(from, text.indexOf(end) + end.length)).toBe(blocks[page]);
  },
);

test("the README stays short", () => {
  expect(readFileSync(`${ROOT}/README.md`, "utf8").split("\n").length).toBeLessThanOrEqual(150);
});
