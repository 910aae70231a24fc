import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the README's figures are the bench's results; `node bench/write-readme.mjs` writes them", () => {
  const block = execFileSync(process.execPath, ["bench/write-readme.mjs", "--print"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const readme = readFileSync(`${ROOT}/README.md`, "utf8");
  const end = "<!-- bench:end -->\n";
  expect(readme.slice(readme.indexOf("<!-- bench:begin -->"), readme.indexOf(end) + end.length)).toBe(block);
});
