import type { Case } from "../contract.ts";
import { answers } from "./answers.ts";
import { connections } from "./connections.ts";
import { fields } from "./fields.ts";
import { halfClose } from "./half-close.ts";
import { hopByHop } from "./hop-by-hop.ts";
import { interim } from "./interim.ts";
import { limits } from "./limits.ts";
import { pipelining } from "./pipelining.ts";
import { requestFraming } from "./request-framing.ts";
import { requestSyntax } from "./request-syntax.ts";
import { streaming } from "./streaming.ts";
import { targets } from "./targets.ts";
import { upgrades } from "./upgrades.ts";
import { upstreamFailures } from "./upstream-failures.ts";
import { upstreamSyntax } from "./upstream-syntax.ts";

/** The whole suite, in the order of the table: group title to cases. */
export const GROUPS: ReadonlyMap<string, readonly Case[]> = new Map([
  ["Hop-by-hop fields", hopByHop],
  ["Framing of requests", requestFraming],
  ["Syntax of requests", requestSyntax],
  ["Fields", fields],
  ["Methods and targets", targets],
  ["Answers", answers],
  ["Interim answers and Expect", interim],
  ["Upgrades", upgrades],
  ["Connections", connections],
  ["Pipelining and stopping", pipelining],
  ["Half-closed connections", halfClose],
  ["Breaks and aborts", upstreamFailures],
  ["Syntax of answers", upstreamSyntax],
  ["Streaming and backpressure", streaming],
  ["Limits and timeouts", limits],
]);

export const CASES: readonly Case[] = [...GROUPS.values()].flat();
