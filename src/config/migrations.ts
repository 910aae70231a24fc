import { basename } from "node:path";
import type { MigrationDefinition } from "../domain/migration.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { ConfigDocument, DocumentPath, ProblemList } from "./document.ts";
import { formatPlace } from "./format-problems.ts";
import { migrationHash } from "./hash.ts";
import type { MigrationInput } from "./migration-schema.ts";
import { suggestion } from "./nearest.ts";

/** A migration that passed its schema and where it stands. */
export interface PlacedMigration {
  readonly input: MigrationInput;
  readonly number: number;
  readonly name: string;
  readonly document: ConfigDocument;
  readonly base: DocumentPath;
}

/** The ids migrations may name. */
export interface KnownRoutes {
  /** Undefined when some files could not be read: then any id may be one. */
  readonly ids: readonly string[] | undefined;
  readonly byFormerId: ReadonlyMap<string, string>;
}

export function knownRoutes(
  definitions: readonly RouteDefinition[],
  ids: readonly string[] | undefined,
): KnownRoutes {
  const byFormerId = new Map<string, string>();
  for (const { id, formerly } of definitions) for (const former of formerly) byFormerId.set(former, id);
  return { ids, byFormerId };
}

function partOf({
  modern,
  shadow,
}: {
  modern?: number | undefined;
  shadow?: number | undefined;
}): Partial<Position> {
  return { ...(modern === undefined ? {} : { modern }), ...(shadow === undefined ? {} : { shadow }) };
}

/** The changes by the routes' present ids. */
function changesOf(
  { input, number, document, base }: PlacedMigration,
  known: KnownRoutes,
  problems: ProblemList,
  warnings: string[],
): Readonly<Record<string, Partial<Position>>> {
  const changes: Record<string, Partial<Position>> = {};
  if (Object.keys(input.changes).length === 0) {
    problems.add(
      document.place([...base, "changes"]),
      "changes: must not be empty",
      "name a route and its position",
    );
  }
  for (const [written, change] of Object.entries(input.changes)) {
    const place = document.place([...base, "changes", written], "key");
    const part = partOf(change);
    if (Object.keys(part).length === 0) {
      problems.add(place, `changes.${written}: changes nothing`, "write modern, shadow or both");
    }
    const renamed = known.byFormerId.get(written);
    const id = renamed ?? written;
    if (renamed !== undefined) {
      warnings.push(`${formatPlace(place)}: migration ${number}: ${written} is now ${renamed}`);
    } else if (known.ids !== undefined && !known.ids.includes(written)) {
      const remedy = suggestion(written, known.ids, "routes");
      problems.add(place, `changes: there is no route "${written}"`, remedy);
    }
    if (Object.hasOwn(changes, id)) {
      problems.add(place, `changes: ${id} is there twice, as ${written} too`, "keep one of them");
    }
    changes[id] = part;
  }
  return changes;
}

/** Migrations in their order; what does not hold between them and the routes goes into the list. */
export function migrationDefinitions(
  placed: readonly PlacedMigration[],
  known: KnownRoutes,
  problems: ProblemList,
  warnings: string[],
): readonly MigrationDefinition[] {
  const byNumber = new Map<number, PlacedMigration>();
  const definitions: MigrationDefinition[] = [];
  for (const migration of placed) {
    const { input, number, name, document, base } = migration;
    const first = byNumber.get(number);
    if (first !== undefined) {
      const place = base.length === 0 ? { file: document.file, line: 0, column: 0 } : document.place(base);
      const other = first.base.length === 0 ? basename(first.document.file) : first.name;
      problems.add(
        place,
        `the number ${String(number).padStart(4, "0")} is used twice; ${other} has it too`,
        "give it the next free one",
      );
    }
    byNumber.set(number, first ?? migration);
    const written = Object.fromEntries(
      Object.entries(input.changes).map(([id, change]) => [id, partOf(change)]),
    );
    definitions.push({
      number,
      name,
      description: input.description,
      changes: changesOf(migration, known, problems, warnings),
      gate: input.gate,
      hash: migrationHash(written, input.gate),
      source: document.place(base),
    });
  }
  return definitions.sort((a, b) => a.number - b.number);
}
