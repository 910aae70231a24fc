import type { LedgerChange, LedgerEntry } from "../../src/domain/ledger.ts";
import type { MigrationDefinition } from "../../src/domain/migration.ts";
import type { Position } from "../../src/domain/position.ts";
import type { RouteDefinition } from "../../src/domain/route.ts";

/** A route of the files with every default filled in. */
export function aRoute(id: string, over: Partial<RouteDefinition> = {}): RouteDefinition {
  return {
    id,
    match: { path: `/${id}`, methods: undefined, host: undefined, headers: {}, query: {} },
    legacy: { upstream: "monolith", path: undefined },
    modern: { upstream: "orders", path: undefined },
    cohort: id,
    sticky: [{ kind: "ip" }],
    start: { modern: 0, shadow: 0 },
    retired: false,
    formerly: [],
    shadow: { writes: "never", timeoutMs: 5000, maxBodyBytes: 1 << 20, concurrency: 64 },
    compare: { headers: [], ignore: [], arrays: {}, tolerance: {}, redact: [], samples: 5 },
    hash: `hash-of-${id}`,
    source: { file: "routes/shop.yaml", line: 1, column: 1 },
    ...over,
  };
}

export function aStep(
  number: number,
  changes: MigrationDefinition["changes"],
  over: Partial<MigrationDefinition> = {},
): MigrationDefinition {
  const name = over.name ?? "step";
  return {
    number,
    name,
    description: "",
    changes,
    gate: undefined,
    hash: `step-${number}`,
    source: { file: `migrations/${String(number).padStart(4, "0")}-${name}.yaml`, line: 1, column: 1 },
    ...over,
  };
}

export const at = (modern: number, shadow = 0): Position => ({ modern, shadow });

export function anEntry(
  revision: number,
  changes: readonly (Omit<LedgerChange, "hash"> & { readonly hash?: string })[],
  over: Partial<LedgerEntry> = {},
): LedgerEntry {
  return {
    revision,
    at: new Date(1_700_000_000_000 + revision * 1000).toISOString(),
    kind: "shift",
    by: "test",
    reason: "because",
    migration: null,
    changes: changes.map((change) => ({ hash: `hash-of-${change.route}`, ...change })),
    evidence: {},
    ...over,
  };
}
