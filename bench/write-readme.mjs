// The figures of the README and of docs/figures.md, made from bench/results/*.json. `node bench/write-readme.mjs` writes them,
// as a run of the bench does; `--print` shows what it would write, as JSON: page to block.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const results = new URL("./results/", import.meta.url);
const root = new URL("../", import.meta.url);
const [BEGIN, END] = ["<!-- bench:begin -->", "<!-- bench:end -->"];

/** The README's figures: bench and verdict. */
const HEADLINES = [
  ["pass-through", "fig's CPU a request ÷ nginx's, the same headers added"],
  ["pass-through", "fig's CPU a request ÷ http-proxy's with a keep-alive agent"],
  ["shadow", "saturated requests/s, hung modern ÷ shadow 0"],
  ["shadow", "p99 at the fixed rate, healthy modern ÷ shadow 0"],
  ["routing", "CPU a request over 10,000 routes by Zipf's law ÷ over 10"],
];

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

/** A bound is written as it was set, unless it was measured. */
const shownBound = (bound) => (String(bound).length > 6 ? shown(bound) : String(bound));

function row(folder, name, { what, value, relation, bound, holds }) {
  const link = `[${name}](${folder}${name}.md)`;
  if (relation === "recorded") return `| ${link} | ${what} | ${shown(value)} | | recorded |`;
  const verdict = holds ? "held" : "**missed**";
  return `| ${link} | ${what} | ${shown(value)} | ${relation} ${shownBound(bound)} | ${verdict} |`;
}

const HEAD = ["| bench | what | value | bound | |", "| --- | --- | ---: | ---: | --- |"];

function origin({ name, machine, options }) {
  return (
    `- ${name}: ${machine.date.slice(0, 10)}, \`${options.command.trim()}\`, fig ${machine.versions.fig}, Node ${machine.versions.node}, ` +
    `nginx ${machine.versions.nginx}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, Linux ${machine.kernel}`
  );
}

function readmeLines(all) {
  const rows = HEADLINES.map(([name, what]) => {
    const verdict = all.find((one) => one.name === name)?.verdicts.find((each) => each.what === what);
    if (verdict === undefined) throw new Error(`bench/results/${name}.json has no verdict "${what}"`);
    return row("bench/results/", name, verdict);
  });
  const bounds = all
    .flatMap((one) => one.verdicts)
    .filter(({ relation, what }) => relation !== "recorded" && !what.endsWith("(the former bound)"));
  const held = bounds.filter((verdict) => verdict.holds).length;
  return [
    "Ratios within one run on two cores of one machine. A bound is the one that we set ourselves.",
    "",
    ...HEAD,
    ...rows,
    "",
    `The last runs held ${held} of ${bounds.length} bounds. [All figures](docs/figures.md) has every one.`,
  ];
}

function figuresLines(all) {
  return [
    "Every bound that we set ourselves, and what the last run of its bench measured. A bench's name leads to its whole table.",
    "",
    ...HEAD,
    ...all.flatMap(({ name, verdicts }) => verdicts.map((each) => row("../bench/results/", name, each))),
    "",
    "Run on:",
    "",
    ...all.map(origin),
  ];
}

/** Page to block, with its marks. */
function blocks() {
  const all = readResults();
  const block = (lines) => `${BEGIN}\n\n${lines.join("\n")}\n\n${END}`;
  return { "README.md": block(readmeLines(all)), "docs/figures.md": block(figuresLines(all)) };
}

export function writeReadme() {
  for (const [page, block] of Object.entries(blocks())) {
    const file = new URL(page, root);
    const text = readFileSync(file, "utf8");
    const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (from < 0 || to < from) throw new Error(`${page} has no ${BEGIN} … ${END}`);
    writeFileSync(file, text.slice(0, from) + block + text.slice(to + END.length));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--print")) console.log(JSON.stringify(blocks()));
  else writeReadme();
}
