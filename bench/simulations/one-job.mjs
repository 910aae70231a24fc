/** A process of in-processes.mjs. */
import { regression } from "./regression.mjs";
import { rollout } from "./rollout.mjs";

const KINDS = { rollout, regression };

process.on("message", async ({ at, job }) => {
  process.send({ at, result: await KINDS[job.kind](job) });
});
