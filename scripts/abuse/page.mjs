import { cpus } from "node:os";
import { MAX_RSS_MIB } from "./measure.mjs";

const COUNTED = { true: "yes", false: "**no**" };

function line({ one, ours, theirs }) {
  const p99 = ours.held ? `${ours.p99}` : `**${ours.p99}**`;
  const cells = [one, ours.door, ours.calm, p99, theirs?.p99 ?? "", ours.rss, ours.status || "none"];
  return `| ${[...cells, COUNTED[ours.counted] ?? "", ours.held ? "yes" : "**no**"].join(" | ")} |`;
}

/** docs/abuse.md. */
export function abusePage({ rows, runs, heap, alive, date }) {
  const ours = rows.filter(({ door }) => door !== "nginx");
  const lines = ours.map((row) =>
    line({
      one: row.case.replaceAll("|", "\\|"),
      ours: row,
      theirs: rows.find(({ case: name, door }) => name === row.case && door === "nginx"),
    }),
  );
  const held = ours.filter((row) => row.held).length;
  const again = [...new Set(ours.filter((row) => row.again).map((row) => row.case))];
  const since = again.length === 0 ? "" : `\n\nMeasured once more since, by themselves: ${again.join("; ")}.`;
  return `# What one party can do to the others

Written by \`npm run abuse -- --write\`, on ${date}, with Node.js ${process.version}, on ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}. Each case is
sent to a front door of each lane, again and again, while eight honest clients ask for something else (and two probes ask the
admin, where it is the admin that is abused). With two cores or more the front door, or nginx, has one to itself. Times are the others' p99 in milliseconds, the median of ${runs} runs: without the
abuse, under it, and under the same abuse of nginx where nginx has the notion. A case holds if

- that time is at most 25 ms, twice the time without, or 1.5 times nginx's, whichever is greatest,
- no honest client fails,
- the process never has more than ${MAX_RSS_MIB} MiB, with a heap of ${heap} MiB,
- the answer is the stated one, and what was refused is counted.

${held} of ${ours.length} held. At the end both front doors were ${alive ? "alive" : "**not** alive"}.${since}

| case | lane | without | under it | nginx | MiB | status | counted | holds |
| ---- | ---- | ------: | -------: | ----: | --: | ------ | ------- | ----- |
${lines.join("\n")}

## What is not in the table

- An HTTP/2 client that sends heads of far too many fields, is ended for it (\`overhead_bytes\`) and connects again: node:http2 may decode 2 MiB of such (32 reads of 64 KiB)
  heads in one turn without any JavaScript, and others wait several 100 ms. \`limits.connections\` and what stands before the front door bound it.
- TLS records of one byte: OpenSSL decrypts all that one read of 16 KiB holds, about 700 of them, before anything can be said of it. A connection then waits
  while others are read (\`PIECE_BYTES\` in [limits](reference/limits.md)), but a crowd of them still makes turns long.
- On one core, with glibc before 2.41, the serving thread waits for V8's helpers when it wakes one of them
  ([0016](decisions/0016-collections-that-stay-short.md)).
`;
}
