import { isAbsolute, relative, resolve } from "node:path";
import { withFiles } from "../domain/state-url.ts";
import {
  type ConfigDocument,
  type DocumentPath,
  keysAt,
  type ProblemList,
  textAt,
  valueAt,
} from "./document.ts";
import { EnvironmentText } from "./environment.ts";

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof EnvironmentText)
  );
}

/**
 * What a file says over what the one that it extends says: a mapping goes into a mapping key by key, `~` (null) takes a key away, and
 * anything else takes the place of what was there.
 */
export function merged(base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over)) return over;
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(base)) result[key] = value;
  for (const [key, value] of Object.entries(over)) {
    if (value === null && Object.hasOwn(base, key)) delete result[key];
    else result[key] = Object.hasOwn(base, key) ? merged(base[key], value) : value;
  }
  return result;
}

/** Where a value is a path, relative to the file that says it. `*`: any key or index, `**`: any number of them. */
const PATHS: readonly string[] = [
  "routes",
  "migrations",
  "documents.*",
  "accessLog.to",
  "samples.keys.*.file",
  "webhooks.*.secret.file",
  "identity.token.keys.*",
  "policies.login.clientSecret.file",
  "policies.login.session.secrets.*.file",
  "upstreams.*.tls.ca",
  "upstreams.*.tls.cert",
  "upstreams.*.tls.key",
  "listen.**.cert",
  "listen.**.key",
  "listen.**.ca",
];
const PATH_KEYS: readonly RegExp[] = PATHS.map(
  (text) =>
    new RegExp(`^${text.replaceAll(".", "\\.").replaceAll("**", "[^\\0]+").replaceAll("*", "[^.]+")}$`),
);

/** A text that may stand where a path could: a key itself, or a socket's address. */
const NO_PATH = /^(?:\s*-----BEGIN |[A-Za-z0-9_+-]{22,}={0,2}$)/;

function moved(text: string, key: string, from: string, to: string): string {
  const rebased = (path: string) => (isAbsolute(path) ? path : relative(to, resolve(from, path)) || ".");
  if (key === "state") return withFiles(text, rebased);
  if (text.startsWith("unix:") && /^(?:listen|admin)\b/.test(key)) return `unix:${rebased(text.slice(5))}`;
  if (text === "" || text.includes("\0") || NO_PATH.test(text)) return text;
  return PATH_KEYS.some((pattern) => pattern.test(key)) ? rebased(text) : text;
}

/** A value whose relative paths were meant from folder `from`, as it would be written in folder `to`. */
export function rebased(value: unknown, from: string, to: string, key = ""): unknown {
  if (from === to) return value;
  if (typeof value === "string") return moved(value, key, from, to);
  if (value instanceof EnvironmentText)
    return value.broken ? value : new EnvironmentText(moved(value.text, key, from, to), value.source, false);
  const below = (step: string | number) => (key === "" ? String(step) : `${key}.${step}`);
  if (Array.isArray(value)) return value.map((item, at) => rebased(item, from, to, below(at)));
  if (!isMapping(value)) return value;
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value)) result[name] = rebased(member, from, to, below(name));
  return result;
}

/** How much of a path is there. */
function depthOf(value: unknown, path: DocumentPath): number {
  let depth = 0;
  while (depth < path.length && valueAt(value, path.slice(0, depth + 1)) !== undefined) depth++;
  return depth;
}

/** Several files as one, the first over the others: each value stands where it was written. */
export function mergedDocument(documents: readonly ConfigDocument[], value: unknown): ConfigDocument {
  const [first] = documents as [ConfigDocument];
  return {
    file: first.file,
    value,
    readable: documents.every(({ readable }) => readable),
    place(path, part) {
      let [best, depth] = [first, depthOf(first.value, path)];
      for (const document of documents) {
        const found = depthOf(document.value, path);
        if (found > depth) [best, depth] = [document, found];
      }
      return best.place(path, part);
    },
  };
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_-]*$/;

interface VariableText {
  readonly text: string;
  /** As it is written: what comes from the environment may be a secret. */
  readonly source: string;
}

/** The variables that a file defines; what is wrong with them is in the list. */
export function variablesOf(
  document: ConfigDocument,
  problems: ProblemList,
): Readonly<Record<string, VariableText>> {
  const { value } = document;
  const vars = valueAt(value, ["vars"]);
  if (vars === undefined || vars === null) return {};
  const found: Record<string, VariableText> = {};
  const wrong = (path: DocumentPath, message: string, remedy: string) =>
    problems.add(document.place(path), message, remedy);
  const names = keysAt(value, ["vars"]);
  if (names === undefined) {
    wrong(["vars"], "vars: must be a mapping of names to values", "write vars: { name: value }");
    return {};
  }
  for (const name of names) {
    const path = ["vars", name];
    const given = valueAt(value, path);
    const text =
      typeof given === "number" || typeof given === "boolean" ? String(given) : textAt(value, path);
    if (!VARIABLE.test(name))
      wrong(path, `vars: "${name}" is no name`, "write letters, digits, - and _, a letter first");
    else if (given instanceof EnvironmentText && given.source.includes("${vars."))
      wrong(
        path,
        `vars.${name} refers to another variable`,
        "write the value out, or take it from the environment",
      );
    else if (text !== undefined)
      found[`vars.${name}`] = { text, source: given instanceof EnvironmentText ? given.source : text };
    else if (!(given instanceof EnvironmentText) && given !== null)
      wrong(path, `vars.${name} is neither a text nor a number`, "write one value");
  }
  return found;
}
