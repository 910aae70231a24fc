import { abortCases } from "./aborts.mjs";
import { adminCases } from "./admins.mjs";
import { answerCases } from "./answers.mjs";
import { chunkCases } from "./chunks.mjs";
import { headCases } from "./heads.mjs";
import { pathCases } from "./paths.mjs";
import { pipelineCases } from "./pipelines.mjs";
import { regexCases } from "./regexes.mjs";
import { shadowCases } from "./shadows.mjs";
import { trailerCases } from "./trailers.mjs";
import { tunnelCases } from "./tunnels.mjs";

/**
 * Every case: `name`; `abuse(port, door)`, which sends it once to a door on 127.0.0.1 and gives the status it got; `status`, what
 * a door answers (`statuses`: one of these), 0: none was read, or the connection was broken; `peer`: nginx is asked too; `counter`:
 * a series of /metrics that has to grow, or a function of what grew that says whether it is right; `rss`: a bound of its own,
 * MiB; `admin`: probes of the admin are among the others; `lanes`: where it is sent, both if left out.
 */
export const CASES = [
  ...chunkCases,
  ...pipelineCases,
  ...trailerCases,
  ...regexCases,
  ...headCases,
  ...pathCases,
  ...answerCases,
  ...tunnelCases,
  ...abortCases,
  ...adminCases,
  ...shadowCases,
];
