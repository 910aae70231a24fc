// Runs the HTTP conformance suite, HTTP/2's part of it too, against fig, http-proxy and httpxy and writes docs/conformance.md.
// `npm run conformance`; with a word, only the cases whose name holds it, printed and not written.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
if (spawnSync(process.execPath, [setup], { stdio: "inherit" }).status !== 0) process.exit(1);

const suite = new URL("../test/conformance/http/", import.meta.url);
const { GROUPS } = await import(new URL("cases/index.ts", suite));
const { CASE_DEADLINE_MS, runCases } = await import(new URL("run.ts", suite));
const { FIG, HTTP_PROXY, HTTPXY } = await import(new URL("proxies/index.ts", suite));
const { HTTP2_AS_CASES, HTTP2_GROUP } = await import(new URL("../http2/as-cases.ts", suite));
const { tableOf } = await import(new URL("table.ts", suite));

const { keptTable } = await import("./upstreams/page.mjs");

const word = process.argv[2];
const groups = [...GROUPS, [HTTP2_GROUP, HTTP2_AS_CASES]].map(([title, cases]) => [
  title,
  cases.filter((one) => !word || one.name.includes(word)),
]);
const cases = groups.flatMap(([, group]) => group);
if (cases.length === 0) {
  process.stderr.write(`conformance: no case's name holds "${word}"\n`);
  process.exit(2);
}

const columns = [];
for (const proxy of [FIG, HTTP_PROXY, HTTPXY]) {
  const began = performance.now();
  const results = await runCases(cases, proxy);
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `${proxy.name} ${proxy.version}: ${count("pass")} pass, ${count("fail")} fail, ${count("n/a")} n/a of ${cases.length} in ${seconds} s\n`,
  );
  for (const { name, rfc, reason } of results.filter(
    (one) => one.outcome === "fail" && (word || proxy === FIG),
  ))
    process.stdout.write(`  FAIL ${name} (${rfc}): ${reason}\n`);
  columns.push({ proxy, results });
}
if (!word) {
  const about = {
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    deadlineMs: CASE_DEADLINE_MS,
  };
  // The upstream servers' table is not of this run.
  const kept = keptTable();
  writeFileSync(new URL("../docs/conformance.md", import.meta.url), tableOf(groups, columns, about) + kept);
  process.stdout.write("written: docs/conformance.md\n");
}
process.exit(columns[0].results.some((result) => result.outcome === "fail") ? 1 : 0);
