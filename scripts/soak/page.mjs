import { cpus, totalmem } from "node:os";
import { LOW_MINUTES, MAX_GROWTH, MAX_SLOPE } from "./measures.mjs";
import { BODY_IDLE } from "./world.mjs";

const n = (number, digits = 0) => number.toFixed(digits);
const row = (...cells) => `| ${cells.join(" | ")} |`;

/** docs/soak.md. */
export function soakPage(report) {
  const { command, begun, minutes, heap, warmUp, doors, done, hostile, failed } = report;
  const head = [
    "# Soak",
    "",
    `Written by \`${command}\` on ${begun.slice(0, 10)}: ${n(minutes)} minutes, Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${n(totalmem() / 2 ** 30)} GiB.`,
    "",
    `One front door a lane${heap > 0 ? ` at a heap of ${heap} MiB` : ""}, each with a split route, one shadowed to modern, one shadowed to legacy, one whose modern is killed every`,
    "15 seconds and falls back, and what no route takes. Honest clients check every byte of what they get. Among them others flood, stall, abort,",
    `reset, guess tokens and read nothing (given up after ${BODY_IDLE}). A shift or rollback comes every second, and files, SIGHUP and checkpoints of the store in between.`,
    "",
    `Honest clients and operators failed ${failed} times.`,
    "",
  ];
  const doorRows = doors.map(({ lane, verdict: v }) =>
    row(
      `\`${lane}\``,
      n(v.rss.early),
      n(v.rss.late),
      n(v.rss.max),
      n(v.slope, 2),
      `${n(v.heap.early)} → ${n(v.heap.late)}`,
      `${n(v.fds.early)} → ${n(v.fds.late)}`,
      `${n(v.lag.median, 1)} (${n(v.lag.max)})`,
      v.flat && v.fdsFlat ? "flat" : "**not flat**",
    ),
  );
  const table = [
    row(
      "lane",
      `RSS, minutes ${n(warmUp)} to ${n(warmUp * 2)}, MiB`,
      "last quarter",
      "most",
      "slope, MiB/min",
      "heap, MiB",
      "descriptors",
      "event loop p99, ms (most)",
      "",
    ),
    "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ...doorRows,
    "",
    "RSS, heap and descriptors are medians of samples every 5 seconds. The slope is Theil and Sen's, over the least RSS of each",
    `${LOW_MINUTES} minutes after the first ${n(warmUp)}. RSS is flat if the slope is at most ${MAX_SLOPE} MiB a minute and the last quarter is at most ${MAX_GROWTH} times the first column.`,
    "",
  ];
  const counts = (title, map) => [
    row(title, "times"),
    "|---|---:|",
    ...[...map].map(([name, times]) => row(name, times)),
    "",
  ];
  return [...head, ...table, ...counts("honest", done), ...counts("hostile", hostile)].join("\n");
}
