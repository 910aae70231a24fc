import { useResource } from "./resource.ts";
import type { Overview } from "./wire.ts";

/** Where the migration as a whole stands: computed once by the front door for all pages, and asked for by most of them. */
export function useOverview() {
  return useResource<Overview>("/overview", {
    on: ["shift", "rollup", "reload", "health", "guard"],
    everyMs: 10_000,
  });
}
