import type { ConfigProblem } from "../domain/config.ts";
import type { SourcePlace } from "../domain/route.ts";
import { scrubbed, scrubbedQuotes } from "../domain/scrub.ts";
import { EnvironmentText } from "./environment.ts";

export type DocumentPath = readonly (string | number)[];

/** One file read, or one value given by a program: plain data and where each part of it stands. */
export interface ConfigDocument {
  readonly file: string;
  /** Objects without prototype, arrays, scalars, and EnvironmentText where a scalar came from the environment. */
  readonly value: unknown;
  /** False when the text is not YAML: `value` is then undefined, and the problems are in the list. */
  readonly readable: boolean;
  /** Where a value stands, or the nearest thing around it that is there; `key`: where its key does. */
  place(path: DocumentPath, part?: "key" | "value"): SourcePlace;
}

/** As problems say it: `limits.headers`, `routes[0].match.path`, `compare.tolerance["$.total"]`. */
export function dotted(path: DocumentPath): string {
  let text = "";
  for (const step of path) {
    const shown = typeof step === "number" ? step : scrubbed(step);
    if (typeof shown === "number") text += `[${shown}]`;
    else if (!/^[A-Za-z0-9_-]+$/.test(shown)) text += `[${JSON.stringify(shown)}]`;
    else text += text === "" ? shown : `.${shown}`;
  }
  return text;
}

/** What is at `path` inside plain data. */
export function valueAt(value: unknown, path: DocumentPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[step];
  }
  return at;
}

/** The keys of the mapping at `path`, or undefined when there is none. */
export function keysAt(value: unknown, path: DocumentPath): readonly string[] | undefined {
  const mapping = valueAt(value, path);
  const isMapping = typeof mapping === "object" && mapping !== null && !Array.isArray(mapping);
  return isMapping && !(mapping instanceof EnvironmentText) ? Object.keys(mapping) : undefined;
}

/** The text at `path`, wherever it came from; undefined when there is none. */
export function textAt(value: unknown, path: DocumentPath): string | undefined {
  const text = valueAt(value, path);
  if (text instanceof EnvironmentText) return text.broken ? undefined : text.text;
  return typeof text === "string" ? text : undefined;
}

/** Collects what is wrong, in the order of the files and of the lines within them. */
export class ProblemList {
  private readonly problems: ConfigProblem[] = [];
  private readonly order = new Map<string, number>();
  private readonly secrets = new Map<string, string>();

  /** Problems are sorted by file, in the order in which the files were added. */
  about(file: string): void {
    if (!this.order.has(file)) this.order.set(file, this.order.size);
  }

  get length(): number {
    return this.problems.length;
  }

  add(place: SourcePlace, message: string, remedy: string): void {
    this.about(place.file);
    this.problems.push({ ...place, message, remedy });
  }

  /** A value that came from the environment: no problem will show it. */
  conceal(name: string, value: string): void {
    if (value.length >= 4) this.secrets.set(value, `\${${name}}`);
  }

  /** Problems go to logs and to everybody who may read the admin: they quote no credential that stands in a file in the wrong place. */
  private safe(text: string): string {
    let shown = scrubbedQuotes(text);
    for (const [value, name] of this.secrets) shown = shown.replaceAll(value, name);
    return shown;
  }

  sorted(): readonly ConfigProblem[] {
    const rank = (file: string) => this.order.get(file) as number;
    const seen = new Set<string>();
    return this.problems
      .map((problem) => ({
        ...problem,
        message: this.safe(problem.message),
        remedy: this.safe(problem.remedy),
      }))
      .sort((a, b) => rank(a.file) - rank(b.file) || a.line - b.line || a.column - b.column)
      .filter((problem) => {
        const key = JSON.stringify(problem);
        return !seen.has(key) && seen.add(key);
      });
  }
}
