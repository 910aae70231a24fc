import type { Environment } from "./contract.ts";

/** How the user types fig here: in a clone, and where it was run by npx, it is not on the path. */
export function typedAs(env: Environment): string {
  return env.npm_lifecycle_event === "start" || env.npm_command === "exec" ? "npx fig" : "fig";
}
