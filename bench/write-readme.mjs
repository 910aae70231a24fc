// The README's block of bounds, made from bench/results/*.json. `node bench/write-readme.mjs` writes it, as a run of the
// bench does; `--print` shows it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const results = new URL("./results/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);
const [BEGIN, END] = ["<!-- bench:begin -->", "<!-- bench:end -->"];

const headline = (name) => (name === "pass-through" ? 0 : 1);

function readResults() {
  return readdirSync(results)
    .filter((file) => file.endsWith(".json") && !file.startsWith("quick-"))
    .map((file) => file.slice(0, -".json".length))
    .sort((a, b) => headline(a) - headline(b) || (a < b ? -1 : 1))
    .map((name) => ({ name, ...JSON.parse(readFileSync(new URL(`${name}.json`, results), "utf8")) }));
}

const shown = (value) => {
  if (value === null) return "-";
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toFixed(3);
};

function row({ name }, { what, value, relation, bound, holds }) {
  const link = `[${name}](bench/results/${name}.md)`;
  if (relation === "recorded") return `| ${link} | ${what} | ${shown(value)} | | recorded |`;
  return `| ${link} | ${what} | ${shown(value)} | ${relation} ${bound} | ${holds ? "held" : "**missed**"} |`;
}

function origin({ name, machine, options }) {
  return (
    `- ${name}: ${machine.date.slice(0, 10)}, \`${options.command.trim()}\`, fig ${machine.versions.fig}, Node ${machine.versions.node}, ` +
    `nginx ${machine.versions.nginx}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, Linux ${machine.kernel}`
  );
}

function block() {
  const all = readResults();
  const lines = [
    "Every bound that we set ourselves, and what the last run of its bench gave; a bench's name leads to its whole table.",
    "",
    "| bench | what | value | bound | |",
    "| --- | --- | ---: | ---: | --- |",
    ...all.flatMap((one) => one.verdicts.map((verdict) => row(one, verdict))),
    "",
    "Run on:",
    "",
    ...all.map(origin),
  ];
  return `${BEGIN}\n\n${lines.join("\n")}\n\n${END}`;
}

export function writeReadme() {
  const text = readFileSync(readme, "utf8");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  writeFileSync(readme, text.slice(0, from) + block() + text.slice(to + END.length));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--print")) console.log(block());
  else writeReadme();
}
