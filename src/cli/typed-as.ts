import type { Environment } from "./contract.ts";

/**
 * How the user types fig here: in a clone, and where it was run by npx, it is not on the path. What npx took from the registry lies
 * below its cache, and `npx fig` would take another author's package.
 */
export function typedAs(env: Environment, packageRoot: string): string {
  const byNpx = env.npm_lifecycle_event === "start" || env.npm_command === "exec";
  if (!byNpx) return "fig";
  return /[/\\]_npx[/\\]/.test(packageRoot) ? "npx strangler-fig" : "npx fig";
}
