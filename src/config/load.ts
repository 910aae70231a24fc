import { resolve } from "node:path";
import type { z } from "zod";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { type ConfigDocument, ProblemList, valueAt } from "./document.ts";
import type { Environment } from "./environment.ts";
import { parsePart } from "./explain.ts";
import { type FigInput, figFileSchema, figSchema } from "./fig-schema.ts";
import { frontDoorSettings, mayHaveDefault, upstreamNames } from "./front-door.ts";
import { deepFreeze, frozenMap } from "./frozen.ts";
import { inlineDocument } from "./inline-document.ts";
import { inlineMigrationSchema, migrationSchema } from "./migration-schema.ts";
import { knownRoutes, migrationDefinitions, type PlacedMigration } from "./migrations.ts";
import { checkRouteSet } from "./route-set.ts";
import { type PlacedRoute, type RouteContext, readRoutes } from "./routes.ts";
import { readSources, type Sources } from "./sources.ts";

export type ParseResult =
  | { readonly ok: true; readonly config: FrontDoorConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** `paths`: every file and folder a change could come from, absolute; what watchConfig is to watch. */
export type LoadResult = ParseResult & { readonly paths: readonly string[] };

/** Everything read and parsed, not yet held against each other. */
interface Parts extends Omit<Sources, "migrations"> {
  readonly schema: z.ZodType<FigInput>;
  migrations(problems: ProblemList): readonly PlacedMigration[];
}

function assemble(parts: Parts, problems: ProblemList): ParseResult {
  const { fig } = parts;
  const warnings: string[] = [];
  const input = fig.readable ? parsePart(parts.schema, fig, [], "", problems) : undefined;
  const settings = input === undefined ? undefined : frontDoorSettings(input, fig, parts, problems);
  const context: RouteContext = {
    settings,
    upstreamNames: upstreamNames(fig),
    mayHaveDefault: mayHaveDefault(fig),
    problems,
    warnings,
  };
  const routes: PlacedRoute[] = [];
  const ids: string[] = [];
  for (const document of parts.routes) {
    const read = readRoutes(document, context);
    routes.push(...read.routes);
    ids.push(...read.ids);
  }
  checkRouteSet(routes, ids, problems);
  const definitions = routes.map(({ definition }) => definition);
  const known = knownRoutes(definitions, parts.routesComplete ? ids : undefined);
  const migrations = migrationDefinitions(parts.migrations(problems), known, problems, warnings);
  if (problems.length > 0 || settings === undefined)
    return { ok: false, problems: deepFreeze(problems.sorted()) };
  const upstreams = frozenMap(settings.upstreams);
  const config = deepFreeze({ ...settings, upstreams, routes: definitions, migrations });
  return { ok: true, config, warnings: Object.freeze(warnings) };
}

/**
 * Reads and checks fig.yaml and everything it names. Never throws: all problems of all files come at once, with their
 * places. The config is frozen.
 */
export async function loadConfig(file: string, environment: Environment): Promise<LoadResult> {
  const problems = new ProblemList();
  const { sources, paths } = await readSources(file, environment, problems);
  if (sources === undefined) return { ok: false, problems: problems.sorted(), paths };
  const empty: ConfigDocument = { ...sources.fig, value: sources.fig.value ?? {} };
  const result = assemble(
    {
      ...sources,
      fig: empty,
      schema: figFileSchema,
      migrations: (list) =>
        sources.migrations.flatMap(({ document, number, name }) => {
          const input = parsePart(migrationSchema, document, [], "", list);
          return input === undefined ? [] : [{ input, number, name, document, base: [] }];
        }),
    },
    problems,
  );
  return { ...result, paths };
}

const FILES_ONLY = "give it inline, or let loadConfig read fig.yaml";

/** `routes` or `migrations` of a program's value, as a list. */
function inlineList(document: ConfigDocument, key: string, problems: ProblemList): readonly unknown[] {
  const value = valueAt(document.value, [key]) ?? [];
  if (Array.isArray(value)) return value;
  problems.add(document.place([key]), `${key}: must be a list, as no file is read`, FILES_ONLY);
  return [];
}

/**
 * Checks a config given by a program: fig.yaml's keys, with `routes` a list of routes and `migrations` a list of
 * `{ number, name, description?, changes, gate? }`. Reads no file and no environment. Relative paths are relative to `folder`,
 * the working directory unless given.
 */
export function parseConfig(value: unknown, { folder = "" }: { readonly folder?: string } = {}): ParseResult {
  const problems = new ProblemList();
  const whole = inlineDocument("config", value, problems);
  const isMapping = typeof whole.value === "object" && whole.value !== null && !Array.isArray(whole.value);
  const {
    routes: _routes,
    migrations: _migrations,
    ...settings
  } = (isMapping ? whole.value : {}) as Record<string, unknown>;
  const listed = inlineList(whole, "migrations", problems);
  const parts: Parts = {
    fig: isMapping ? { ...whole, value: settings } : whole,
    file: undefined,
    folder: resolve(folder),
    schema: figSchema,
    routes: [{ ...whole, value: { routes: inlineList(whole, "routes", problems) } }],
    routesComplete: true,
    migrations: (list) =>
      listed.flatMap((_, index) => {
        const base = ["migrations", index];
        const input = parsePart(inlineMigrationSchema, whole, base, "", list);
        return input === undefined
          ? []
          : [{ input, number: input.number, name: input.name, document: whole, base }];
      }),
  };
  return assemble(parts, problems);
}
