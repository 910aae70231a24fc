import { systemClock } from "../clock.ts";
import type { Environment } from "../config/index.ts";
import type { FrontDoorConfig } from "../domain/config.ts";
import { servingConfig } from "../domain/serving-config.ts";
import type { Log } from "../observe/contract.ts";
import type { ServingEvents, ServingMessages } from "../serving/contract.ts";
import { Serving } from "../serving/serving.ts";
import type { FleetLimits, FleetMessages } from "../store/contract.ts";
import { usableCores } from "./cores.ts";

/** Where limits are counted over a fleet; undefined: there is none, or it has one front door. */
async function openFleetLimits(state: string): Promise<FleetLimits | undefined> {
  if (!/^rediss?:/.test(state)) return undefined;
  const { openRedisLimits } = await import("../store/redis-limits.ts");
  return openRedisLimits(state, systemClock);
}

/** How front doors of one state speak to each other; undefined: this one is alone. */
export async function openFleetMessages(state: string): Promise<FleetMessages | undefined> {
  if (!/^rediss?:/.test(state)) return undefined;
  const { openRedisMessages } = await import("../store/redis-messages.ts");
  return openRedisMessages(state, systemClock);
}

/** What serves by `workers` of fig.yaml: this process, or several of its own. */
export async function openServing(
  config: FrontDoorConfig,
  events: ServingEvents,
  { log, quiet, env }: { readonly log: Log; readonly quiet: boolean; readonly env: Environment },
): Promise<ServingMessages> {
  const workers = config.workers === "auto" ? usableCores() : config.workers;
  const fleetLimits = await openFleetLimits(config.state);
  const host = { clock: systemClock, log, quiet, fleetLimits };
  if (workers === 1) return new Serving(servingConfig(config), events, { ...host, env });
  // Who serves alone does without.
  const { Workers } = await import("../serving/workers/workers.ts");
  return new Workers(servingConfig(config), events, { ...host, workers });
}
