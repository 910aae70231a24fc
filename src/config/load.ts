import { isAbsolute, relative, resolve, sep } from "node:path";
import type { z } from "zod";
import type { ConfigProblem, FrontDoorConfig } from "../domain/config.ts";
import { defaultRoute } from "../domain/default-route.ts";
import type { PackedFiles } from "../domain/kept-files.ts";
import { filesWriters, writersText } from "../domain/writers.ts";
import { type ConfigDocument, keysAt, ProblemList, valueAt } from "./document.ts";
import { documentsOf } from "./documents.ts";
import type { Environment } from "./environment.ts";
import { type FigInput, figFileSchema, figSchema } from "./fig-schema.ts";
import { formatPlace } from "./format-problems.ts";
import { checkSettings, frontDoorSettings, mayHaveDefault, upstreamNames } from "./front-door.ts";
import { deepFreeze, frozenMap } from "./frozen.ts";
import { gravePathsOfAll } from "./grave-paths.ts";
import { identityOf } from "./identity-schema.ts";
import { inlineDocument } from "./inline-document.ts";
import { packFiles } from "./kept-files.ts";
import { listenersOf, warnOfProxies } from "./listeners.ts";
import { checkLoginPaths } from "./login-paths.ts";
import type { Look } from "./look.ts";
import { migrationLabel } from "./migration-schema.ts";
import { knownRoutes, type MigrationSource, migrationDefinitions } from "./migrations.ts";
import type { WrittenListeners } from "./renewed-listeners.ts";
import { checkRouteSet } from "./route-set.ts";
import { checkDefaultPolicies, type PlacedId, type PlacedRoute, type RouteContext } from "./routes.ts";
import { parsePart, soundMembers } from "./schema-problems.ts";
import { setWarnings } from "./set-warnings.ts";
import { pipedText, readSources, type Sources, sourcePaths } from "./sources.ts";
import { readStill } from "./still.ts";
import { unusedVariables } from "./unused-variables.ts";
import { checkWebSockets, type PlacedApi, readRouteFile } from "./websockets.ts";

type ParseResult =
  | {
      readonly ok: true;
      readonly config: FrontDoorConfig;
      readonly warnings: readonly string[];
      /** What renewedListeners takes. */
      readonly written: WrittenListeners;
      /** The files, packed. Left out: nobody asked for them, or there are none. */
      readonly kept?: PackedFiles;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * `paths`: every file and folder a change could come from, absolute; what watchConfig is to watch. `look`: as they were when
 * they were read.
 */
export type LoadResult = ParseResult & { readonly paths: readonly string[]; readonly look?: Look };

export interface LoadOptions {
  /**
   * Waits until the files stand still before it reads them: a front door puts them into force. Without it, only files that
   * change while they are read are waited for.
   */
  readonly waits?: boolean;
  /** False: what TLS files hold is not read. For what does not serve, and need not have the right to. */
  readonly keys?: boolean;
  /** ms since the epoch, which the dates of certificates are held against. Left out: they are not. */
  readonly nowMs?: number;
  /** True: the files are packed too, so that they can be kept. */
  readonly keep?: boolean;
  /** By their fingerprints, certificates that may be out of date; see CertificateDates. */
  readonly outOfDate?: "any" | readonly string[];
}

function assemble(
  parts: Sources,
  schema: z.ZodType<FigInput>,
  problems: ProblemList,
  { nowMs, outOfDate = [] }: LoadOptions,
): ParseResult {
  const { fig } = parts;
  const warnings: string[] = [];
  const input = fig.readable ? parsePart(schema, fig, [], "", problems) : undefined;
  const sound = input ?? (fig.readable ? soundMembers(figSchema, fig.value) : {});
  if (fig.readable) checkSettings(sound, fig, problems, parts.folder);
  const dates = { nowMs, outOfDate };
  const listen =
    sound.listen === undefined ? [] : listenersOf(sound.listen, { ...parts, dates, problems, warnings });
  if (input !== undefined) warnOfProxies(listen, input.trustedProxies, warnings);
  const identity = identityOf(sound.identity, { ...parts, problems, warnings });
  const settings = input === undefined ? undefined : frontDoorSettings(input, parts, { listen, identity });
  const documents = frozenMap(documentsOf(fig, parts.folder, parts.apis, problems));
  const context: RouteContext = {
    settings,
    documents: fig.readable ? (keysAt(fig.value, ["documents"]) ?? []) : undefined,
    upstreamNames: upstreamNames(fig),
    mayHaveDefault: mayHaveDefault(fig),
    problems,
    warnings,
  };
  const routes: PlacedRoute[] = [];
  const ids: PlacedId[] = [];
  const placedApis: PlacedApi[] = [];
  for (const document of parts.routes) {
    const read = readRouteFile(document, context);
    routes.push(...read.routes);
    ids.push(...read.ids);
    placedApis.push(...read.websockets);
  }
  checkWebSockets(placedApis, context);
  checkRouteSet(routes, ids, problems);
  const definitions = routes.map(({ definition }) => definition);
  if (settings !== undefined)
    checkDefaultPolicies(defaultRoute({ ...settings, routes: definitions }), fig, context);
  const known = knownRoutes(definitions, parts.routesComplete ? ids.map(({ id }) => id) : undefined);
  const migrations = migrationDefinitions(parts.migrations, known, problems, warnings);
  warnings.push(...setWarnings(definitions, settings?.policies));
  if (parts.routesComplete) warnings.push(...gravePathsOfAll(definitions, input?.guards, fig));
  if (problems.length === 0)
    for (const writers of filesWriters(definitions, migrations))
      warnings.push(`${formatPlace(writers.route.source)}: ${writersText(writers)}`);
  if (problems.length === 0 && settings !== undefined) checkLoginPaths(routes, settings, fig, problems);
  if (problems.length > 0 || settings === undefined || input === undefined)
    return { ok: false, problems: deepFreeze(problems.sorted()) };
  const upstreams = frozenMap(settings.upstreams);
  const websockets = placedApis.map(({ api }) => api);
  const apis = websockets.length === 0 ? {} : { websockets };
  const config = deepFreeze({ ...settings, upstreams, documents, routes: definitions, ...apis, migrations });
  const written = deepFreeze({ listen: input.listen, folder: parts.folder });
  return { ok: true, config, warnings: Object.freeze(warnings), written };
}

/** The problem of files that never stood still: what was read may be half old and half new. */
function keptChanging(file: string): ConfigProblem {
  const message = "the files kept changing while they were read, this one last";
  return { file, line: 0, column: 0, message, remedy: "let what writes them finish" };
}

/**
 * Reads and checks fig.yaml and everything it names, as they were together at one moment (readStill). Never throws: all
 * problems of all files come at once, with their places. The config is frozen.
 */
export async function loadConfig(
  file: string,
  environment: Environment,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const { waits = false, keys = true } = options;
  const piped = await pipedText(file);
  const read = await readStill({
    paths: () => sourcePaths(file, environment, piped),
    read: async () => {
      const problems = new ProblemList();
      return { ...(await readSources(file, environment, problems, piped, keys)), problems };
    },
    waits,
  });
  if (!read.still) return { ok: false, problems: [keptChanging(read.changed)], paths: read.paths };
  const { look, result } = read;
  const { sources, paths, problems } = result;
  if (sources === undefined) return { ok: false, problems: problems.sorted(), paths, look };
  const fig: ConfigDocument = { ...sources.fig, value: sources.fig.value ?? {} };
  const checked = assemble({ ...sources, fig }, figFileSchema, problems, options);
  const assembled = checked.ok
    ? { ...checked, warnings: Object.freeze([...checked.warnings, ...unusedVariables({ ...sources, fig })]) }
    : checked;
  if (!assembled.ok || options.keep !== true || piped !== undefined) return { ...assembled, paths, look };
  const kept = await packFiles(assembled.config, textsOf(sources));
  return { ...assembled, kept, paths, look };
}

/** The YAML files, and the OpenAPI documents that they name. */
function textsOf({ texts = new Map(), apis = new Map() }: Sources): ReadonlyMap<string, string> {
  const all = new Map(texts);
  for (const [path, file] of apis) if ("text" in file) all.set(path, file.text);
  return all;
}

/** The texts of the files as they are, whether or not they pass, by their paths below `root`, with `/`. Others are left out. */
export async function loadTexts(
  file: string,
  environment: Environment,
  root: string,
): Promise<ReadonlyMap<string, string>> {
  const { sources } = await readSources(file, environment, new ProblemList(), undefined, false);
  const all = sources === undefined ? [] : [...textsOf(sources)];
  return new Map(
    all.flatMap(([path, text]) => {
      const below = relative(root, path);
      return below.startsWith("..") || isAbsolute(below) ? [] : [[below.split(sep).join("/"), text] as const];
    }),
  );
}

const FILES_ONLY = "give it inline, or let loadConfig read fig.yaml";

/** `routes` or `migrations` of a program's value, as a list. */
function inlineList(document: ConfigDocument, key: string, problems: ProblemList): readonly unknown[] {
  const value = valueAt(document.value, [key]) ?? [];
  if (Array.isArray(value)) return value;
  problems.add(document.place([key]), `${key}: must be a list, because no file is read`, FILES_ONLY);
  return [];
}

/** A program's migrations: what is left of each once its number and name are known is a migration file's content. */
function inlineMigrations(whole: ConfigDocument, problems: ProblemList): readonly MigrationSource[] {
  const sources: MigrationSource[] = [];
  for (const [index, value] of inlineList(whole, "migrations", problems).entries()) {
    const label = parsePart(migrationLabel, whole, ["migrations", index], "", problems);
    if (label === undefined || typeof value !== "object" || value === null) continue;
    const { number: _number, name: _name, ...content } = value as Record<string, unknown>;
    const migrations = Object.assign([], { [index]: content });
    sources.push({ ...label, document: { ...whole, value: { migrations } }, base: ["migrations", index] });
  }
  return sources;
}

/**
 * Checks a config given by a program: fig.yaml's keys, with `routes` a list of routes and `migrations` a list of
 * `{ number, name, description?, changes, gate? }`. Reads no file and no environment. Relative paths are relative to `folder`,
 * the working directory unless given.
 */
export function parseConfig(
  value: unknown,
  { folder = "", ...options }: { readonly folder?: string } & LoadOptions = {},
): ParseResult {
  const problems = new ProblemList();
  const whole = inlineDocument("config", value, problems);
  const isMapping = keysAt(whole.value, []) !== undefined;
  const {
    routes: _routes,
    websockets: _websockets,
    migrations: _migrations,
    ...settings
  } = (isMapping ? whole.value : {}) as Record<string, unknown>;
  const sources: Sources = {
    fig: isMapping ? { ...whole, value: settings } : whole,
    file: undefined,
    folder: resolve(folder),
    routes: [
      {
        ...whole,
        value: {
          routes: inlineList(whole, "routes", problems),
          websockets: inlineList(whole, "websockets", problems),
        },
      },
    ],
    routesComplete: true,
    migrations: inlineMigrations(whole, problems),
    tls: undefined,
    apis: undefined,
    texts: undefined,
    variableSources: {},
  };
  return assemble(sources, figSchema, problems, options);
}
