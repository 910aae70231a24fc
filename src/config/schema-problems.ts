import { z } from "zod";
import { isCredentialHeader, isCredentialName, isCredentialParameter } from "../domain/credentials.ts";
import { scrubbed } from "../domain/scrub.ts";
import { type ConfigDocument, type DocumentPath, dotted, type ProblemList, valueAt } from "./document.ts";
import { EnvironmentText } from "./environment.ts";
import { suggestion } from "./nearest.ts";
import { NOT_BUILT } from "./not-built.ts";

/** How a message shows a value: short, and never what the environment held. */
export function shown(value: unknown): string {
  if (value instanceof EnvironmentText) return value.source;
  if (typeof value === "string") {
    // Before it is cut: half a credential is not known for one.
    const text = scrubbed(value);
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  }
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : String(value);
}

/** Whether what stands at a path is a credential by its name, and is not to be quoted: of a header, a parameter or a key. */
function isSecret(path: DocumentPath): boolean {
  const name = path.findLast((step) => typeof step === "string");
  if (name === undefined) return false;
  return (
    isCredentialHeader(name) ||
    (path.includes("query") ? isCredentialParameter(name) : isCredentialName(name))
  );
}

function isMapping(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof EnvironmentText)
  );
}

/** The known keys of the strict object at `path`, found by walking the schema beside the path. */
function knownKeys(schema: z.core.$ZodType, path: DocumentPath, value: unknown): readonly string[] {
  const def = schema._zod.def as z.core.$ZodTypes["_zod"]["def"];
  switch (def.type) {
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
      return knownKeys(def.innerType, path, value);
    case "pipe":
      return knownKeys(def.in, path, value);
    case "union":
      return def.options.flatMap((option) => knownKeys(option, path, value));
    case "array":
      return path.length === 0 ? [] : knownKeys(def.element, path.slice(1), value);
    case "record":
      return path.length === 0 ? [] : knownKeys(def.valueType, path.slice(1), value);
    case "object": {
      if (path.length === 0) return Object.keys(def.shape);
      const next = def.shape[String(path[0])];
      return next === undefined ? [] : knownKeys(next, path.slice(1), value);
    }
    default:
      return [];
  }
}

/** What the issues of one parse are told against. */
interface Context {
  readonly document: ConfigDocument;
  readonly schema: z.core.$ZodType;
  /** Where in the document the parsed value stands. */
  readonly base: DocumentPath;
  /** Said before each message: `route orders.read`. */
  readonly subject: string;
  readonly problems: ProblemList;
}

/** Which options of a union failed for a reason worth telling: those that take this kind of value at all. */
function fittingIssues(issue: z.core.$ZodIssueInvalidUnion, value: unknown): readonly z.core.$ZodIssue[] {
  const takesIt = (issues: readonly z.core.$ZodIssue[]) =>
    !issues.some((one) => one.path.length === 0 && one.code === "invalid_type");
  const structured = isMapping(value) || Array.isArray(value);
  const options = issue.errors.filter(takesIt);
  // A scalar option refuses a mapping with an issue of its own, without a path; the mapping's option goes deeper.
  const deeper = options.filter((issues) =>
    issues.some((one) => one.path.length > 0 || one.code !== "custom"),
  );
  // Of several mappings the one that is meant knows most of the keys.
  const known = Math.min(...deeper.map(unknownKeys));
  const fitting = structured ? deeper.find((issues) => unknownKeys(issues) === known) : undefined;
  return fitting ?? options[0] ?? issue.errors[0] ?? [];
}

/** How many keys a mapping does not know of what was written. */
function unknownKeys(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, one) => sum + (one.code === "unrecognized_keys" && one.path.length === 0 ? one.keys.length : 0),
    0,
  );
}

function tell(
  { document, subject, problems }: Context,
  path: DocumentPath,
  part: "key" | "value",
  what: string,
  remedy: string,
  own: DocumentPath,
): void {
  const prefix = [subject, dotted(own)].filter((one) => one !== "").join(": ");
  problems.add(document.place(path, part), prefix === "" ? what : `${prefix}: ${what}`, remedy);
}

/** A reference where a mapping should be: told once, at the reference itself. */
function isInsideReference(value: unknown, path: DocumentPath): boolean {
  return path.some((_, index) => valueAt(value, path.slice(0, index)) instanceof EnvironmentText);
}

function tellUnknownKey(context: Context, own: DocumentPath, key: string, value: unknown): void {
  const place = [...context.base, ...own, key];
  if (NOT_BUILT.has(key)) {
    tell(context, place, "key", `"${key}" is not built yet in this version`, "leave it out", own);
    return;
  }
  const known = knownKeys(context.schema, own, value);
  if (known.includes(key)) {
    tell(context, place, "key", `${key} does not go with the keys beside it`, "leave one of them out", own);
    return;
  }
  tell(context, place, "key", `unknown key ${shown(key)}`, suggestion(key, known, "keys known"), own);
}

const LIST_LIKE = "write a list: [first, second]";
const MAPPING_LIKE = "write lines of key: value under it";

function tellIssue(context: Context, issue: z.core.$ZodIssue, within: DocumentPath): void {
  const own = [...within, ...(issue.path as DocumentPath)];
  const path = [...context.base, ...own];
  if (isInsideReference(context.document.value, path)) return;
  const value = valueAt(context.document.value, path);
  const quoted = isSecret(path) ? "the value" : shown(value);
  const say = (what: string, remedy: string) =>
    tell(
      context,
      path,
      "value",
      what.replace("{value}", () => quoted),
      remedy,
      own,
    );
  switch (issue.code) {
    case "custom":
      if (issue.params?.told !== true) say(issue.message, String(issue.params?.remedy ?? ""));
      return;
    case "unrecognized_keys":
      if (value instanceof EnvironmentText) {
        if (!value.broken) say("must be a mapping, not {value}", MAPPING_LIKE);
        return;
      }
      for (const key of issue.keys) tellUnknownKey(context, own, key, value);
      return;
    case "invalid_type": {
      if (value instanceof EnvironmentText && value.broken) return;
      const [kind, remedy] = issue.expected === "array" ? ["a list", LIST_LIKE] : ["a mapping", MAPPING_LIKE];
      const nothing = path.length === 0 ? "the file is empty" : "has no value";
      const empty = value === null ? nothing : `must be ${kind}, not {value}`;
      say(value === undefined ? "is missing" : empty, remedy);
      return;
    }
    case "invalid_union":
      for (const one of fittingIssues(issue, value)) tellIssue(context, one, own);
      return;
    case "invalid_key": {
      const [first] = issue.issues;
      const key = own.at(-1);
      const remedy = first?.code === "custom" ? String(first.params?.remedy ?? "") : "";
      const what = (first?.message ?? "is not a valid key").replace("{value}", () => shown(String(key)));
      tell(context, path, "key", what, remedy, own.slice(0, -1));
      return;
    }
    case "too_small":
      if (Number(issue.minimum) > 1)
        say(`must have at least ${issue.minimum}`, "write more, or leave the list out");
      else say("must not be empty", "write at least one, or leave the key out");
      return;
    case "too_big":
      say(`must have at most ${issue.maximum}`, "write fewer");
      return;
    default:
      say(issue.message, "correct the value");
  }
}

/**
 * Parses a part of a document. Everything wrong with it goes into the list, at its line and column; then the result is
 * undefined.
 */
export function parsePart<S extends z.ZodType>(
  schema: S,
  document: ConfigDocument,
  base: DocumentPath,
  subject: string,
  problems: ProblemList,
): z.output<S> | undefined {
  const result = schema.safeParse(valueAt(document.value, base));
  if (result.success) return result.data;
  const context: Context = { document, schema, base, subject, problems };
  for (const issue of result.error.issues) tellIssue(context, issue, []);
  return undefined;
}

/**
 * The members of a mapping that are right by themselves, whatever else is wrong with it: so that checks between them go on.
 * What is left out and has a default has its default.
 */
export function soundMembers<S extends z.ZodObject>(schema: S, value: unknown): Partial<z.output<S>> {
  const sound: Record<string, unknown> = {};
  for (const [key, member] of Object.entries<z.core.$ZodType>(schema.shape)) {
    const result = z.safeParse(member, valueAt(value, [key]));
    if (result.success) sound[key] = result.data;
  }
  return sound as Partial<z.output<S>>;
}
