import { basename } from "node:path";
import type { GateDefinition } from "../domain/gate/contract.ts";
import type { MigrationDefinition } from "../domain/migration.ts";
import type { Position } from "../domain/position.ts";
import type { RouteDefinition, SourcePlace } from "../domain/route.ts";
import { type ConfigDocument, type DocumentPath, keysAt, type ProblemList } from "./document.ts";
import { formatPlace } from "./format-problems.ts";
import { migrationHash } from "./hash.ts";
import { type MigrationInput, migrationSchema } from "./migration-schema.ts";
import { suggestion } from "./nearest.ts";
import { parsePart } from "./schema-problems.ts";

/** A migration not yet checked: what its file's name, or a program, says of it, and where the rest stands. */
export interface MigrationSource {
  readonly number: number;
  readonly name: string;
  readonly document: ConfigDocument;
  readonly base: DocumentPath;
}

/** The ids migrations may name. */
interface KnownRoutes {
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

function partOf({ modern, shadow }: MigrationInput["changes"][string]): Partial<Position> {
  return { ...(modern === undefined ? {} : { modern }), ...(shadow === undefined ? {} : { shadow }) };
}

/** Where the whole of a migration stands: its file, or its place in a program's list. */
function wholePlace({ document, base }: MigrationSource): SourcePlace {
  return base.length === 0 ? { file: document.file, line: 0, column: 0 } : document.place(base);
}

function checkNumbers(sources: readonly MigrationSource[], problems: ProblemList): void {
  const firsts = new Map<number, MigrationSource>();
  for (const source of sources) {
    const first = firsts.get(source.number);
    if (first === undefined) {
      firsts.set(source.number, source);
      continue;
    }
    const number = String(source.number).padStart(4, "0");
    const other = first.base.length === 0 ? basename(first.document.file) : first.name;
    const what = `the number ${number} is used twice; ${other} has it too`;
    problems.add(wholePlace(source), what, "give it the next free one");
  }
}

/** The routes that a migration names; none if its `changes` is not a mapping. */
function checkRouteIds(
  { number, document, base }: MigrationSource,
  known: KnownRoutes,
  problems: ProblemList,
  warnings: string[],
): void {
  const path = [...base, "changes"];
  const written = keysAt(document.value, path);
  if (written?.length === 0) {
    problems.add(document.place(path), "changes: must not be empty", "name a route and its position");
  }
  for (const id of written ?? []) {
    const place = document.place([...path, id], "key");
    const today = known.byFormerId.get(id);
    if (today === undefined) {
      if (known.ids === undefined || known.ids.includes(id)) continue;
      const renamed = `if it was renamed, list ${id} under formerly of its route`;
      const retired = `if it was retired, archive the step with \`fig migrate squash --to ${number}\` and delete this file`;
      const remedy = `${suggestion(id, known.ids, "routes")}; ${renamed}; ${retired}`;
      problems.add(place, `changes: there is no route "${id}"`, remedy);
      continue;
    }
    warnings.push(`${formatPlace(place)}: migration ${number}: ${id} is now ${today}`);
    if (written?.includes(today)) {
      const what = `changes: ${id} and ${today} are the same route`;
      problems.add(place, what, `keep only ${today}`);
    }
  }
}

function definitionOf(
  source: MigrationSource,
  input: MigrationInput,
  known: KnownRoutes,
  problems: ProblemList,
): MigrationDefinition {
  const { number, name, document, base } = source;
  const written: Record<string, Partial<Position>> = {};
  const changes: Record<string, Partial<Position>> = {};
  const gates: Record<string, GateDefinition | null> = {};
  const writtenGates: Record<string, GateDefinition | null> = {};
  for (const [id, change] of Object.entries(input.changes)) {
    const part = partOf(change);
    if (Object.keys(part).length === 0) {
      const place = document.place([...base, "changes", id], "key");
      problems.add(place, `changes.${id}: changes nothing`, "write modern, shadow or both");
    }
    written[id] = part;
    const today = known.byFormerId.get(id) ?? id;
    changes[today] = part;
    if (change.gate === undefined) continue;
    writtenGates[id] = gates[today] = change.gate === "none" ? null : change.gate;
  }
  return {
    number,
    name,
    description: input.description,
    changes,
    gate: input.gate,
    ...(Object.keys(gates).length === 0 ? {} : { gates }),
    // Over the ids as written: a route that is renamed later does not make an applied file an edited one.
    hash: migrationHash(written, input.gate, writtenGates),
    source: document.place(base),
  };
}

/** Migrations in their order; what is wrong with them goes into the list. */
export function migrationDefinitions(
  sources: readonly MigrationSource[],
  known: KnownRoutes,
  problems: ProblemList,
  warnings: string[],
): readonly MigrationDefinition[] {
  checkNumbers(sources, problems);
  const definitions: MigrationDefinition[] = [];
  for (const source of sources) {
    checkRouteIds(source, known, problems, warnings);
    const input = parsePart(migrationSchema, source.document, source.base, "", problems);
    if (input !== undefined) definitions.push(definitionOf(source, input, known, problems));
  }
  return definitions.sort((a, b) => a.number - b.number);
}
