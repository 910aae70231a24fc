// What CI says at the end, of vitest's JSON reports: `summary.mjs RESULTS AGAIN ...`, pairs, AGAIN empty where nothing was run again.
// `summary.mjs failing RESULTS`: the files to run again, a line each; none where that many failed that something is broken.
import { readFileSync } from "node:fs";

/** With more, it is no accident of a busy machine. */
const MOST = 5;

const read = (path) => {
  const text = readFileSync(path, "utf8");
  return text === "" ? undefined : JSON.parse(text);
};
const failed = ({ testResults }) => testResults.filter(({ status }) => status === "failed");

const [first = "", second = ""] = process.argv.slice(2);
if (first === "failing") {
  const report = read(second);
  if (report !== undefined && report.numFailedTests <= MOST)
    for (const { name } of failed(report).slice(0, MOST)) process.stdout.write(`${name}\n`);
} else {
  const files = process.argv.slice(2);
  const sums = { passed: 0, failed: 0, skipped: 0 };
  const left = [];
  for (let i = 0; i < files.length; i += 2) {
    const [report, again] = [read(files[i]), read(files[i + 1])];
    if (report === undefined) process.exit(1);
    const testsOf = ({ assertionResults }) => assertionResults;
    const names = failed(report)
      .flatMap(testsOf)
      .filter(({ status }) => status === "failed");
    const now = new Map(again?.testResults.flatMap(testsOf).map((test) => [test.fullName, test.status]));
    const mended = names.filter(({ fullName }) => now.get(fullName) === "passed");
    for (const { fullName } of mended)
      process.stdout.write(`failed, and passed when it was run again by itself: ${fullName}\n`);
    left.push(...names.filter((test) => !mended.includes(test)));
    sums.passed += report.numPassedTests + mended.length;
    sums.failed += report.numFailedTests - mended.length;
    sums.skipped += report.numPendingTests;
  }
  // Named last, since whoever reads CI's output may see its end alone.
  for (const { fullName, failureMessages } of left)
    process.stdout.write(
      `failed: ${fullName}\n  ${(failureMessages[0] ?? "").split("\n", 8).join("\n  ")}\n`,
    );
  process.stdout.write(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped\n`);
}
