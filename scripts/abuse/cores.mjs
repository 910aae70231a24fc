import { spawnSync } from "node:child_process";
import { availableParallelism, setPriority } from "node:os";

const COUNT = availableParallelism();
/** Who is measured has a core of its own, and everybody else the others. With one core there is nothing to share out. */
const CORES = { door: "0", load: `1-${COUNT - 1}` };
const FIRST = -10;

/** Every thread of process `pid`, and what it starts, stays on those cores; where the system does not let us, it runs on any. */
export function onCore(whose, pid) {
  if (COUNT > 1) spawnSync("taskset", ["-a", "-c", "-p", CORES[whose], String(pid)]);
}

/** Process `pid` goes before others on its core, where we may say so: what it measures is not that it had to wait for those. */
export function first(pid) {
  try {
    setPriority(pid, FIRST);
  } catch {}
}
