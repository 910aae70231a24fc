// Instructions that a process retires in user space, by perf; where the machine counts none (many virtual ones), why.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const EVENT = "instructions:u";

/** Undefined when this machine counts instructions, else why it does not. */
export function whyNoInstructions() {
  const probe = spawnSync("perf", ["stat", "-x,", "-e", EVENT, "true"], { encoding: "utf8" });
  if (probe.error !== undefined) return "perf is not installed (apt-get install -y linux-perf)";
  if (probe.status !== 0) return `perf stat fails: ${probe.stderr.trim().split("\n")[0]}`;
  const counted = probe.stderr.split(",")[0];
  return Number(counted) > 0 ? undefined : `perf stat says ${counted}: this machine shows no such counter`;
}

/** Counts for all threads that `pid` has now, and those they start; the number comes with stop(). */
export async function countInstructions(pid) {
  const perf = spawn("perf", ["stat", "-x,", "-e", EVENT, "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  perf.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  await once(perf, "spawn");
  return {
    async stop() {
      perf.kill("SIGINT");
      await once(perf, "close");
      return Number(said.split(",")[0]);
    },
  };
}
