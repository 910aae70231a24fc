import { FigError } from "../domain/errors.ts";

type Settings = ReadonlyMap<string, string>;

/** What an acknowledged shift needs of Redis, and what is missing else. */
const NEEDED: readonly (readonly [name: string, value: string, otherwise: string])[] = [
  ["appendonly", "yes", "a Redis that is killed loses what it acknowledged since its last snapshot"],
  ["appendfsync", "always", "a power cut loses the shifts acknowledged in the last second"],
  ["maxmemory-policy", "noeviction", "a full Redis may throw away the ledger"],
];

/** What in a Redis' configuration does not keep what it acknowledges, one sentence each. */
export async function durabilityWarnings(
  send: (command: readonly string[]) => Promise<unknown>,
): Promise<readonly string[]> {
  const found = new Map<string, string>();
  try {
    for (const [name] of NEEDED)
      for (const [key, value] of (await send(["CONFIG", "GET", name])) as Settings) found.set(key, value);
  } catch (error) {
    // Managed services often do not allow CONFIG.
    if (!(error instanceof FigError)) throw error;
    return [
      "Redis does not tell its configuration (CONFIG GET): make sure that it has appendonly yes, appendfsync always and maxmemory-policy noeviction",
    ];
  }
  return NEEDED.filter(([name, value]) => {
    // Without append-only file, when it would be synced says nothing.
    if (name === "appendfsync" && found.get("appendonly") !== "yes") return false;
    return found.get(name) !== value;
  }).map(
    ([name, value, otherwise]) =>
      `Redis has ${name} ${found.get(name) ?? "unset"}, not ${value}: ${otherwise}`,
  );
}
