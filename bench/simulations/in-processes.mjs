/** Jobs of a simulation, over several processes. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Gives results in the order of the jobs: `{ kind, ... }`, with what `one-job.mjs` makes of each. `onDone(count)` after each. */
export async function inProcesses(jobs, processes, onDone = () => {}) {
  const results = new Array(jobs.length);
  let next = 0;
  let done = 0;
  const child = () =>
    new Promise((resolve, reject) => {
      const process = fork(fileURLToPath(new URL("./one-job.mjs", import.meta.url)));
      const give = () => {
        if (next >= jobs.length) return process.disconnect();
        const at = next++;
        process.send({ at, job: jobs[at] });
      };
      process.on("message", ({ at, result }) => {
        results[at] = result;
        onDone(++done);
        give();
      });
      process.on("error", reject);
      process.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`a simulation ended with ${code}`)),
      );
      give();
    });
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, child));
  return results;
}
