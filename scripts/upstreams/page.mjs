// The table of docs/conformance.md, between marks: the rest of the page is written by `npm run conformance`.
import { readFileSync, writeFileSync } from "node:fs";

const BEGIN = "<!-- upstreams: written by npm run upstreams -- --write -->";
const END = "<!-- upstreams: end -->";
const PAGE = new URL("../../docs/conformance.md", import.meta.url);

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

export function tableOf(rows, { seed, date, node }) {
  const families = new Set(rows.map(({ family }) => family)).size;
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  let text = `## Upstream servers

Written by \`npm run upstreams -- --write\`; do not edit. ${date}, Node ${node}, 2 cores, seed ${seed}. ${rows.length} servers as Debian 12
packages them (node is the Node.js that runs the front door), in ${families} languages.

**Requests**: the conformance cases' requests, and hostile, odd and damaged ones, each with a marker request behind it, through both
lanes. What passes between the front door and the server is kept. A disagreement is an answer too many, an answer to another request,
another method or length of body than was forwarded, a whole request that the server goes on reading, or a client that gets
another's answer. Servers whose answers cannot say what they understood (busybox, h2o, lighttpd) are judged by counts alone.
A server that reads no chunks is put there first, and has to be found out. A whole request without an answer is sent to the server
once more, directly and behind the same requests on one connection: where it gets none there either, that is the server's own, and is
told below the table.

**Paths**: ways to write \`/admin\`, \`/admin/secret\` and the host \`secret.example\`, which routes send elsewhere. The server would serve
both. "by itself": it takes so many of them for what is guarded when it is asked without a front door. Through the front door they were
refused, taken by the guarding route, or passed by the default route. "reached": passed, and taken for what is guarded.
Each server serves files, or compares paths, as it does by itself. One that is set up to take letters of either case or another
slash at the end for the same needs a guarding route that says so ([matching](reference/matching.md#ambiguous-paths)).

`;
  text += line([
    "server",
    "language",
    "version",
    "requests",
    "forwarded",
    "disagreements",
    "paths",
    "by itself",
    "refused",
    "guarded",
    "passed",
    "reached",
  ]);
  text += line([...Array.from({ length: 3 }, () => "---"), ...Array.from({ length: 9 }, () => "---:")]);
  for (const row of rows) {
    const { name, family, version, sent, forwarded, readings, direct, refused, guarded, passed } = row;
    text += line([
      name,
      family,
      version,
      sent,
      forwarded,
      row.disagreements.length,
      readings,
      direct,
      refused,
      guarded,
      passed,
      row.reached.length,
    ]);
  }
  const totals = [
    "sent",
    "forwarded",
    "disagreements",
    "readings",
    "direct",
    "refused",
    "guarded",
    "passed",
    "reached",
  ];
  text += line(["**all**", "", "", ...totals.map((key) => sum(rows, (row) => row[key].length ?? row[key]))]);
  for (const { name, unanswered } of rows.filter((row) => row.unanswered.length > 0))
    text += `\n${name} leaves ${unanswered.length} of the whole requests without an answer, and does so without a front door too. Their clients get 504.\n`;
  return text;
}

/** The table with its marks as the page has it; "": it has none. */
export function keptTable() {
  const page = readFileSync(PAGE, "utf8");
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  return begin < 0 || end < begin ? "" : `\n${page.slice(begin, end + END.length)}\n`;
}

export function writeTable(table) {
  const page = readFileSync(PAGE, "utf8");
  const kept = keptTable();
  const rest = kept === "" ? page : page.replace(kept, () => "");
  writeFileSync(PAGE, `${rest}\n${BEGIN}\n\n${table}\n${END}\n`);
}
