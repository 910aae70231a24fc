// Runs the tests that prove what fig has of Amazon API Gateway's features, and writes docs/api-gateway.md.
// `npm run api-gateway-table`; with `--page`, writes the page from the last run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SUBJECTS } from "./api-gateway/features/index.ts";
import { countsOf, pageOf } from "./api-gateway/page.ts";
import { keyOf, outcomeOf, patternOf } from "./api-gateway/proofs.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUN = join(ROOT, "scripts/api-gateway/last-run.json");
const PAGE = join(ROOT, "docs/api-gateway.md");

function reported(files, names) {
  const folder = mkdtempSync(join(tmpdir(), "fig-api-gateway-"));
  const out = join(folder, "report.json");
  try {
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const filter = names.map(patternOf).join("|");
    const argv = [vitest, "run", "--reporter=json", `--outputFile=${out}`, "-t", filter, ...files];
    spawnSync(process.execPath, argv, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    if (!existsSync(out)) throw new Error("vitest wrote no report");
    return JSON.parse(readFileSync(out, "utf8")).testResults.map(({ name, assertionResults }) => ({
      file: relative(ROOT, name).replaceAll("\\", "/"),
      tests: assertionResults.map(({ title, ancestorTitles, status }) => ({
        title,
        ancestors: ancestorTitles,
        status,
      })),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ran() {
  const proofs = SUBJECTS.flatMap(({ features }) => features)
    .filter(({ proof, pending }) => proof !== undefined && (!pending || existsSync(join(ROOT, proof.file))))
    .map(({ proof }) => proof);
  const files = [...new Set(proofs.map(({ file }) => file))];
  const report = reported(files, [...new Set(proofs.map(({ name }) => name))]);
  const results = Object.fromEntries(proofs.map((proof) => [keyOf(proof), outcomeOf(proof, report)]));
  return { date: new Date().toISOString().slice(0, 10), node: process.version, results };
}

const run = process.argv.includes("--page") ? JSON.parse(readFileSync(RUN, "utf8")) : ran();
writeFileSync(RUN, `${JSON.stringify(run, undefined, 2)}\n`);
writeFileSync(PAGE, pageOf(run));
const { all, passed, others, unproved } = countsOf(run.results);
const bad = Object.entries(run.results).filter(([, result]) => result !== "passed");
for (const [proof, result] of bad) process.stdout.write(`${result}: ${proof}\n`);
process.stdout.write(`${all} features: ${passed} proved, ${others} not, ${unproved} without a test\n`);
process.exit(bad.some(([, result]) => result !== "skipped") ? 1 : 0);
