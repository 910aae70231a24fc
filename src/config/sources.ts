import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { writtenSize } from "../domain/quantities.ts";
import type { SourcePlace } from "../domain/route.ts";
import { type ConfigDocument, keysAt, ProblemList, textAt, valueAt } from "./document.ts";
import { type ApiFiles, apiPaths, readApiFiles } from "./documents.ts";
import { type Environment, EnvironmentText } from "./environment.ts";
import { merged, mergedDocument, rebased, variablesOf } from "./extended.ts";
import { yamlNames } from "./look.ts";
import type { MigrationSource } from "./migrations.ts";
import { readTlsFiles, type TlsFiles, tlsPaths } from "./tls-files.ts";
import { yamlDocument } from "./yaml-document.ts";

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 10_000;

/** What files held, by absolute path, in the order in which they were read. */
type Texts = Map<string, string>;

/** Everything that was read, before anything of it is checked. */
export interface Sources {
  readonly fig: ConfigDocument;
  /** Absolute; undefined for a config given by a program. */
  readonly file: string | undefined;
  /** What relative paths in fig.yaml are relative to. */
  readonly folder: string;
  readonly routes: readonly ConfigDocument[];
  readonly migrations: readonly MigrationSource[];
  /** What fig.yaml's TLS names; undefined: no file is read. False: nobody asked. */
  readonly tls: TlsFiles | undefined | false;
  /** OpenAPI documents; undefined: no file is read. */
  readonly apis: ApiFiles | undefined;
  /** False when files of this kind could not be read: what they would hold is unknown. */
  readonly routesComplete: boolean;
  /** The YAML files that were read; undefined: no file is. */
  readonly texts: ReadonlyMap<string, string> | undefined;
  /** What `vars` say, as `vars.NAME`, as it is written. */
  readonly variableSources: Environment;
}

interface ReadResult {
  readonly sources: Sources | undefined;
  /** Every file and folder that a change could come from, absolute. */
  readonly paths: readonly string[];
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const READ_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "create it, or name an existing one",
  EACCES: "give the user that runs fig the right to read it",
  EISDIR: "name a file",
};

function unreadable(
  problems: ProblemList,
  place: SourcePlace,
  what: string,
  error: unknown,
  missing = READ_REMEDIES.ENOENT as string,
): void {
  const code = errorCode(error);
  const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
  const remedy = code === "ENOENT" ? missing : (READ_REMEDIES[code] ?? "make it readable");
  problems.add(place, `${what} ${why}`, remedy);
}

async function readDocument(
  file: string,
  environment: Environment,
  problems: ProblemList,
  missing = READ_REMEDIES.ENOENT as string,
  piped?: string,
  texts?: Texts,
): Promise<ConfigDocument | undefined> {
  const whole: SourcePlace = { file, line: 0, column: 0 };
  problems.about(file);
  try {
    const found = await stat(file);
    if ((piped?.length ?? found.size) > MAX_FILE_BYTES) {
      problems.add(whole, `the file is larger than ${writtenSize(MAX_FILE_BYTES)}`, "split it");
      return undefined;
    }
    if (piped === undefined && !found.isFile() && !found.isDirectory()) {
      problems.add(whole, "this is no file that can be read again", "write a file in its place");
      return undefined;
    }
    const text = piped ?? (await readFile(file, "utf8"));
    texts?.set(file, text);
    return yamlDocument(file, text, environment, problems);
  } catch (error) {
    unreadable(problems, whole, "the file", error, missing);
    return undefined;
  }
}

/** A folder that fig.yaml names, or the default one, which need not exist. */
interface Wanted {
  readonly path: string;
  readonly named: boolean;
  readonly place: SourcePlace;
  readonly what: string;
}

/** `usual`: where the default one is. */
function wantedFolder(
  fig: ConfigDocument,
  key: "routes" | "migrations",
  folder: string,
  usual: string,
): Wanted | undefined {
  const text = textAt(fig.value, [key]);
  const what = `the ${key} folder`;
  if (valueAt(fig.value, [key]) === undefined)
    return { path: resolve(usual, key), named: false, place: fig.place([key]), what };
  if (text === undefined || text === "" || text.includes("\0")) return undefined;
  return { path: resolve(folder, text), named: true, place: fig.place([key]), what };
}

/** The files a folder holds, or undefined when that cannot be told (the problem is in the list). */
async function filesOf(wanted: Wanted, problems: ProblemList): Promise<readonly string[] | undefined> {
  const { path, named, place, what } = wanted;
  try {
    if ((await stat(path)).isFile()) return [path];
    const names = yamlNames(await readdir(path));
    if (names.length <= MAX_FILES) return names.map((name) => join(path, name));
    problems.add(place, `${what} holds more than ${MAX_FILES} files`, "put more into each file");
  } catch (error) {
    if (!named && errorCode(error) === "ENOENT") return [];
    unreadable(problems, place, what, error);
  }
  return undefined;
}

async function readRoutes(
  wanted: Wanted | undefined,
  environment: Environment,
  problems: ProblemList,
  texts: Texts,
) {
  const documents: ConfigDocument[] = [];
  const files = wanted === undefined ? undefined : await filesOf(wanted, problems);
  let complete = files !== undefined;
  for (const file of files ?? []) {
    const document = await readDocument(file, environment, problems, undefined, undefined, texts);
    if (document?.readable) documents.push(document);
    else complete = false;
    // Parsing takes its time; a front door that reloads goes on answering.
    await nextTurn();
  }
  return { documents, complete };
}

const MIGRATION_NAME = /^(\d{4})-([A-Za-z0-9._-]+)\.ya?ml$/;

async function readMigrations(
  wanted: Wanted | undefined,
  environment: Environment,
  problems: ProblemList,
  texts: Texts,
) {
  const migrations: MigrationSource[] = [];
  for (const file of (wanted && (await filesOf(wanted, problems))) ?? []) {
    const [, digits, name] = MIGRATION_NAME.exec(basename(file)) ?? [];
    const number = Number(digits);
    if (name === undefined || number === 0) {
      const what =
        name === undefined ? "a migration's file is named NNNN-name.yaml" : "the first migration is 0001";
      problems.add({ file, line: 0, column: 0 }, what, "rename it, like 0001-orders-shadow.yaml");
      continue;
    }
    const document = await readDocument(file, environment, problems, undefined, undefined, texts);
    if (document?.readable) migrations.push({ document, number, name, base: [] });
    await nextTurn();
  }
  return migrations;
}

/** The text of a fig.yaml that can be read only once: `-c /dev/stdin`, or bash's `<(…)`. Undefined: it is a file, or missing. */
export async function pipedText(file: string): Promise<string | undefined> {
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  return found?.isFIFO() || found?.isCharacterDevice() ? readFile(path, "utf8") : undefined;
}

/** Files that extend each other, one after the other. */
const MAX_EXTENDED = 8;

interface ReadFig {
  /** All of them as one. */
  readonly fig: ConfigDocument;
  /** fig.yaml and those that it extends, absolute, as far as they are named. */
  readonly files: readonly string[];
  readonly variableSources: Environment;
  /** With the variables of all of them: what other files are filled in with. */
  readonly environment: Environment;
}

/** Reads fig.yaml and what it extends. Undefined: it cannot be read at all. */
async function readFig(
  path: string,
  environment: Environment,
  problems: ProblemList,
  piped: string | undefined,
  texts: Texts = new Map(),
): Promise<ReadFig | undefined> {
  const variables: Record<string, string> = {};
  const variableSources: Record<string, string> = {};
  const files: string[] = [];
  /** Before the variables are known, what refers to them is of no interest. */
  const first: ConfigDocument[] = [];
  for (let file: string | undefined = path; file !== undefined; ) {
    const missing = files.length === 0 ? "write it with fig init, or name it with -c" : undefined;
    const found: ConfigDocument | undefined = await readDocument(
      ...([
        file,
        environment,
        new ProblemList(),
        missing,
        files.length === 0 ? piped : undefined,
        texts,
      ] as const),
    );
    files.push(file);
    if (found === undefined) break;
    first.push(found);
    for (const [name, { text, source }] of Object.entries(variablesOf(found, new ProblemList()))) {
      variables[name] ??= text;
      variableSources[name] ??= source;
    }
    const named = textAt(found.value, ["extends"]);
    const next: string | undefined =
      named === undefined || named === "" || named.includes("\0") ? undefined : resolve(dirname(file), named);
    if (next !== undefined && (files.includes(next) || files.length >= MAX_EXTENDED)) {
      problems.about(path);
      problems.add(
        found.place(["extends"]),
        files.includes(next)
          ? `extends: ${named} leads back to this file`
          : `extends: more than ${MAX_EXTENDED} files extend each other`,
        "let the last of them extend nothing",
      );
      break;
    }
    file = next;
  }
  const filled = { ...environment, ...variables };
  const documents: ConfigDocument[] = [];
  for (const [at, file] of files.entries()) {
    const missing =
      at === 0 ? "write it with fig init, or name it with -c" : "name a file that extends can read";
    const document = await readDocument(file, filled, problems, missing, at === 0 ? piped : undefined, texts);
    if (document === undefined) continue;
    documents.push(document);
    variablesOf(document, problems);
    const named = valueAt(document.value, ["extends"]);
    const isText = typeof named === "string" || named instanceof EnvironmentText;
    if (named !== undefined && (!isText || textAt(document.value, ["extends"]) === ""))
      problems.add(document.place(["extends"]), "extends: is no path", "write the path of another fig.yaml");
  }
  const top = documents[0];
  if (top === undefined) return undefined;
  if (files.length === 1) return { fig: withoutOwn(top), files, variableSources, environment: filled };
  const values = documents.map((document, at) =>
    rebased(document.value ?? {}, dirname(files[at] as string), dirname(path)),
  );
  const value = values.reduceRight((base, over) => merged(base, over));
  return { fig: withoutOwn(mergedDocument(documents, value)), files, variableSources, environment: filled };
}

/** Without what only reading the files goes by. */
function withoutOwn(fig: ConfigDocument): ConfigDocument {
  const names = keysAt(fig.value, []);
  if (names === undefined || !(names.includes("extends") || names.includes("vars"))) return fig;
  const { extends: _extends, vars: _vars, ...value } = fig.value as Record<string, unknown>;
  return { ...fig, value: Object.assign(Object.create(null), value) };
}

interface NamedFolders {
  readonly routes: Wanted | undefined;
  readonly migrations: Wanted | undefined;
  readonly tls: readonly string[];
  readonly apis: readonly string[];
  /** fig.yaml and all of them, absolute: everything that a change could come from. */
  readonly paths: readonly string[];
}

function foldersOf(path: string, { fig, files }: ReadFig): NamedFolders {
  const folder = dirname(path);
  const usual = dirname(files.at(-1) ?? path);
  const routes = wantedFolder(fig, "routes", folder, usual);
  const migrations = wantedFolder(fig, "migrations", folder, usual);
  const named = [routes, migrations].flatMap((wanted) => (wanted === undefined ? [] : [wanted.path]));
  const tls = tlsPaths(fig, folder);
  const apis = apiPaths(fig, folder);
  return { routes, migrations, tls, apis, paths: [...files, ...named, ...tls, ...apis] };
}

/** Where new migrations go, absolute; undefined: fig.yaml does not tell. */
export async function migrationsFolder(file: string, environment: Environment): Promise<string | undefined> {
  const path = resolve(file);
  const fig = await readFig(path, environment, new ProblemList(), undefined);
  return fig === undefined ? undefined : foldersOf(path, fig).migrations?.path;
}

/** The `paths` that readSources would give now. */
export async function sourcePaths(
  file: string,
  environment: Environment,
  piped?: string,
): Promise<readonly string[]> {
  const path = resolve(file);
  const fig = await readFig(path, environment, new ProblemList(), piped);
  return fig === undefined ? [path] : foldersOf(path, fig).paths;
}

/** Reads fig.yaml and every file it names, TLS files only with `keys`. What cannot be read is in the list; the rest is read nevertheless. */
export async function readSources(
  file: string,
  environment: Environment,
  problems: ProblemList,
  piped?: string,
  keys = true,
): Promise<ReadResult> {
  const path = resolve(file);
  const texts: Texts = new Map();
  const read = await readFig(path, environment, problems, piped, texts);
  if (read === undefined) return { sources: undefined, paths: [path] };
  const named = foldersOf(path, read);
  const routes = await readRoutes(named.routes, read.environment, problems, texts);
  const migrations = await readMigrations(named.migrations, read.environment, problems, texts);
  const sources = {
    fig: read.fig,
    file: path,
    folder: dirname(path),
    routes: routes.documents,
    routesComplete: routes.complete,
    migrations,
    tls: keys && (await readTlsFiles(named.tls)),
    apis: await readApiFiles(named.apis),
    texts,
    variableSources: read.variableSources,
  };
  return { sources, paths: named.paths };
}
