import { readFile, stat } from "node:fs/promises";
import type { FrontDoorConfig, Listener } from "../domain/config.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { ProblemList } from "./document.ts";
import type { Environment } from "./environment.ts";
import { type FigInput, figFileSchema, figSchema } from "./fig-schema.ts";
import { checkSettings, frontDoorSettings, mayHaveDefault, upstreamNames } from "./front-door.ts";
import { listenersOf } from "./listeners.ts";
import { parsePart, soundMembers } from "./schema-problems.ts";
import { readSources, type Sources } from "./sources.ts";
import { readRouteFile } from "./websockets.ts";
import { yamlDocument } from "./yaml-document.ts";

/** What going back needs of fig.yaml: where the state is, and the front door. */
const KEYS = ["state", "admin", "adminToken"] as const;

/** Lines that say one of KEYS: they can be read where the YAML around them cannot. */
const OWN_LINE = new RegExp(`^(?:${KEYS.join("|")})[ \\t]*:.*$`, "gm");

/** The mapping of fig.yaml, or as much of it as its lines tell; undefined: `state` is in it, but not where it can be read. */
async function figValue(file: string, { fig }: Sources, environment: Environment): Promise<unknown> {
  if (fig.readable) return fig.value ?? {};
  const text = await readFile(file, "utf8");
  const lines = [...text.matchAll(OWN_LINE)].map(([line]) => line);
  if (/\bstate\b/.test(text) && !lines.some((line) => line.startsWith("state"))) return undefined;
  return yamlDocument(file, lines.join("\n"), environment, new ProblemList()).value ?? {};
}

/** What is wrong with them is of no interest here. */
function listenersIn({ listen }: FigInput, sources: Sources): readonly Listener[] {
  const dates = { nowMs: undefined, outOfDate: "any" } as const;
  return listenersOf(listen, { ...sources, dates, problems: new ProblemList(), warnings: [] });
}

/** Whom clients are said to be is nothing for the way back. */
function heldBack(input: FigInput, sources: Sources) {
  return { listen: listenersIn(input, sources), identity: undefined };
}

/** Routes of files in which nothing is wrong; none if fig.yaml, on which they depend, does not pass. */
function soundRoutes(sources: Sources, problems: ProblemList): readonly RouteDefinition[] {
  const { fig } = sources;
  const wrong = new ProblemList();
  const input = fig.readable ? parsePart(figFileSchema, fig, [], "", wrong) : undefined;
  if (input === undefined) return [];
  checkSettings(input, fig, wrong, sources.folder);
  if (wrong.length > 0) return [];
  const settings = frontDoorSettings(input, sources, heldBack(input, sources));
  const names = {
    upstreamNames: upstreamNames(fig),
    documents: undefined,
    mayHaveDefault: mayHaveDefault(fig),
  };
  const context = { settings, ...names, problems, warnings: [] };
  const definitions = sources.routes.flatMap((document) => readRouteFile(document, context).routes);
  const files = new Set(problems.sorted().map(({ file }) => file));
  return definitions.map(({ definition }) => definition).filter(({ source }) => !files.has(source.file));
}

/**
 * What is right in files that do not pass, for the way back, which must not wait for them: where the state and the front door
 * are, and the routes of the files that pass. Migrations are left out. Undefined where the state cannot be told.
 */
export async function loadSoundParts(
  file: string,
  environment: Environment,
): Promise<FrontDoorConfig | undefined> {
  // A pipe was read already, and has nothing more to say.
  if (!(await stat(file).catch(() => undefined))?.isFile()) return undefined;
  const problems = new ProblemList();
  const { sources } = await readSources(file, environment, problems, undefined, false);
  if (sources === undefined) return undefined;
  const value = await figValue(file, sources, environment);
  if (value === undefined) return undefined;
  const sound = soundMembers(figSchema, value);
  if (!("state" in sound)) return undefined;
  // Nobody knows the address of an admin that cannot be read: as with a port that only the front door knows.
  const usual = { ...soundMembers(figSchema, {}), admin: { host: "127.0.0.1", port: 0 } };
  const input = { ...usual, ...sound } as FigInput;
  const settings = frontDoorSettings(input, sources, heldBack(input, sources));
  return { ...settings, routes: soundRoutes(sources, problems), documents: new Map(), migrations: [] };
}
