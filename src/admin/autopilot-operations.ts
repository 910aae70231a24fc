import type { AutopilotControl } from "../control/contract.ts";
import * as autopilot from "../control/schemas/autopilot.ts";
import { type Operation, operation } from "./operation.ts";

function telling(verb: "pause" | "resume" | "stop", summary: string): Operation {
  return operation({
    id: `${verb}Autopilot`,
    method: "post",
    path: `/autopilot/${verb}`,
    summary,
    body: autopilot.autopilotBody,
    response: autopilot.autopilotStatus,
    errors: ["conflict", "refused", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await tell(control.autopilot, verb, body) }),
  });
}

function tell(control: AutopilotControl, verb: "pause" | "resume" | "stop", body: autopilot.AutopilotBody) {
  return control[verb](body);
}

/** Of the autopilot, which walks the steps by itself: one for a state, whichever front door is asked. */
export const AUTOPILOT_OPERATIONS: readonly Operation[] = [
  operation({
    id: "getAutopilot",
    method: "get",
    open: true,
    path: "/autopilot",
    summary: "Whether the autopilot runs, what it waits for, and when it expects to move.",
    response: autopilot.autopilotStatus,
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.autopilot.status() }),
  }),
  operation({
    id: "startAutopilot",
    method: "post",
    path: "/autopilot/start",
    summary: "From now on pending steps are applied by themselves, each when its gate holds, in its hours.",
    body: autopilot.autopilotStartBody,
    response: autopilot.autopilotStatus,
    errors: ["invalid_request", "conflict", "store_unavailable"],
    handle: async ({ control }, { body }) => ({ body: await control.autopilot.start(body) }),
  }),
  telling("pause", "No step is applied by itself until it is resumed."),
  telling("resume", "It goes on, also after a route was taken back."),
  telling("stop", "It is off."),
];
