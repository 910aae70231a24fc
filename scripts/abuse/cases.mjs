import { chunkCases } from "./chunks.mjs";
import { pipelineCases } from "./pipelines.mjs";
import { shadowCases } from "./shadows.mjs";

/**
 * Every case: `name`; `abuse(port)`, which sends it once to a door on 127.0.0.1 and gives the status it got; `status`, what a
 * door answers, 0: it breaks the connection; `peer`: nginx is asked too; `counter`: a series of /metrics that has to grow.
 */
export const CASES = [...chunkCases, ...pipelineCases, ...shadowCases];
