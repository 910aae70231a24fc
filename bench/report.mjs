// Tables, verdicts and the files in bench/results/.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commands } from "./load.mjs";
import { describeMachine } from "./machine.mjs";

const results = fileURLToPath(new URL("./results/", import.meta.url));

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One object of medians from several with the same numeric fields. */
export function medians(rows) {
  return Object.fromEntries(Object.keys(rows[0]).map((key) => [key, median(rows.map((row) => row[key]))]));
}

export function fixed(value, digits = 0) {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

/** A bound: `value` at most (or at least) `bound`. */
export function verdict(what, value, relation, bound, digits = 2) {
  const holds = relation === "at most" ? value <= bound : value >= bound;
  return {
    what,
    value,
    relation,
    bound,
    holds,
    line: `${holds ? "held  " : "MISSED"}  ${what}: ${fixed(value, digits)} (${relation} ${bound})`,
  };
}

/** What is measured without a bound. */
export function recorded(what, value, digits = 2) {
  return {
    what,
    value,
    relation: "recorded",
    holds: true,
    line: `recorded  ${what}: ${fixed(value, digits)}`,
  };
}

/**
 * Rounds in which each of `names` takes its turn; the order turns round every time, so that none always follows the same
 * other. What the turns gave, by name.
 */
export async function takeTurns(names, rounds, turn) {
  const runs = new Map(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of round % 2 === 1 ? names : [...names].reverse())
      runs.get(name).push(await turn(name, round));
  }
  return runs;
}

/**
 * A figure of `name` over `base`'s, pair by pair, since what else the machine does changes from one to the next; then the median.
 * `runs`: what takeTurns gave.
 */
export function pairRatio(runs, name, base, figureOf) {
  const others = runs.get(base);
  return median(runs.get(name).map((run, pair) => figureOf(run) / figureOf(others[pair])));
}

/** Writes bench/results/NAME.md and .json and prints the same; returns whether every verdict held. */
export function publish({ name, title, intro, sections, verdicts, data, options }) {
  const machine = describeMachine();
  const versions = Object.entries(machine.versions).map(([tool, version]) => `${tool} ${version}`);
  const lines = [
    `# ${title}`,
    "",
    ...intro,
    "",
    ...sections.flatMap((section) => [section, ""]),
    "## Verdict",
    "",
    ...verdicts.map((one) => `- ${one.line.trim().replace(/\s+/, " ")}`),
    "",
    "## How",
    "",
    `\`${options.command}\`${options.quick ? " (quick: too short to mean anything)" : ""}, ${machine.date}`,
    "",
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, Linux ${machine.kernel}. ${versions.join(" · ")}.`,
    "",
    "```",
    ...commands,
    "```",
    "",
  ];
  mkdirSync(results, { recursive: true });
  const file = options.quick ? `quick-${name}` : name;
  writeFileSync(`${results}${file}.md`, lines.join("\n"));
  writeFileSync(
    `${results}${file}.json`,
    `${JSON.stringify({ machine, options, verdicts, data }, null, 2)}\n`,
  );
  commands.clear();
  console.log(`\n${sections.join("\n\n")}\n`);
  for (const one of verdicts) console.log(one.line);
  console.log(`written: bench/results/${file}.md`);
  return verdicts.every((one) => one.holds);
}
