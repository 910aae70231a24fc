import { canonicalJson } from "../domain/canonical-json.ts";
import type { ServingConfig } from "../domain/serving-config.ts";

/** Upstreams by name, each with what it is made of: one that is the same in other files goes on. */
export function upstreamIdentities({ upstreams, timeouts }: ServingConfig): ReadonlyMap<string, string> {
  const { connectMs, bodyIdleMs, upgradeIdleMs } = timeouts;
  return new Map(
    [...upstreams].map(([name, definition]) => [
      name,
      canonicalJson([definition, connectMs, bodyIdleMs, upgradeIdleMs]),
    ]),
  );
}
