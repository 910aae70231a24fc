import type { Position } from "./position.ts";

/** Entries that say which files are in force are guarded under this name: no route has such an id. */
export const FILES_NAME = "(files)";

export const ENTRY_KINDS = [
  "shift",
  "migration",
  "revert",
  "rollback",
  "guard",
  "autopilot",
  "resume",
  "baseline",
  "files",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** The step of its mark is applied, by a person or by the autopilot. */
export function appliesStep(kind: EntryKind): boolean {
  return kind === "migration" || kind === "autopilot";
}

/** One route's part of a ledger entry. */
export interface LedgerChange {
  readonly route: string;
  readonly from: Position;
  readonly to: Position;
  /** Hash of the route's definition on the door or command that wrote the entry. */
  readonly hash: string;
  /** The same without how answers are compared. Left out by an older fig. */
  readonly serving?: string;
  /** On a rollback: the revisions this change undoes for this route, newest first. */
  readonly undone?: readonly number[];
  /** Ids this route had: the ledger of each continues here. Left out when it had none. */
  readonly formerly?: readonly string[];
}

export interface MigrationMark {
  readonly number: number;
  readonly name: string;
  readonly hash: string;
}

export interface LedgerDraft {
  readonly kind: EntryKind;
  readonly by: string;
  readonly reason: string;
  /** The step applied (kinds migration and autopilot) or undone (kind revert), or the last one that is archived (kind baseline). */
  readonly migration: MigrationMark | null;
  readonly changes: readonly LedgerChange[];
  /** What was known when it was written: windows, gate verdict, forced. JSON. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** The names that a guard finds an entry by: its routes, and what no route has the id of. */
export function touchedBy({ kind, changes }: Pick<LedgerDraft, "kind" | "changes">): readonly string[] {
  const names = new Set(changes.map(({ route }) => route));
  if (kind === "files") names.add(FILES_NAME);
  return [...names];
}

/** Revisions start at 1 and rise by 1; their order is the only order. `at` is ISO 8601, informative. */
export interface LedgerEntry extends LedgerDraft {
  readonly revision: number;
  readonly at: string;
}
