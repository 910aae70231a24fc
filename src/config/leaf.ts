import { z } from "zod";
import { EnvironmentText } from "./environment.ts";

/** What is wrong with a value (`{value}` stands for the value itself) and what would be right. */
export class Wrong {
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    this.what = what;
    this.remedy = remedy;
  }
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** Editors must not mark a reference to the environment as wrong. */
export const REFERENCE: JsonSchema = { type: "string", pattern: "\\$\\{" };

/**
 * A scalar: how editors check it (JSON Schema) and how it is read. `read` gets the value, and whether it came as text from
 * the environment.
 */
export function leaf<T>(json: JsonSchema, read: (value: unknown, fromEnvironment: boolean) => T | Wrong) {
  return z
    .unknown()
    .meta(json)
    .transform((input, context): T => {
      const fromEnvironment = input instanceof EnvironmentText;
      if (input instanceof EnvironmentText && input.broken) {
        context.issues.push({ code: "custom", message: "", params: { told: true }, input });
        return z.NEVER;
      }
      const result = read(fromEnvironment ? input.text : input, fromEnvironment);
      if (!(result instanceof Wrong)) return result;
      const missing = input === undefined ? "is missing" : input === null ? "has no value" : result.what;
      context.issues.push({ code: "custom", message: missing, params: { remedy: result.remedy }, input });
      return z.NEVER;
    });
}

/** A value with what came from the environment as the text that it is. Undefined: it is none of JSON. */
export function withoutReferences(value: unknown): unknown {
  if (value instanceof EnvironmentText) return value.text;
  if (Array.isArray(value)) {
    const all = value.map(withoutReferences);
    return all.includes(undefined) ? undefined : all;
  }
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" || typeof value === "symbol" || typeof value === "function"
      ? undefined
      : value;
  const members = Object.entries(value).map(([name, one]) => [name, withoutReferences(one)] as const);
  return members.some(([, one]) => one === undefined) ? undefined : Object.fromEntries(members);
}

/** A text that `read` turns into a value. Editors check the whole text against `pattern`. */
export function textLeaf<T>(
  title: string,
  remedy: string,
  read: (text: string) => T | Wrong,
  pattern?: string,
) {
  const json =
    pattern === undefined
      ? { type: "string", title }
      : { type: "string", title, pattern: `^(?:${pattern})$|\\$\\{` };
  return leaf(json, (value) =>
    typeof value === "string" ? read(value) : new Wrong("{value} is not a text", remedy),
  );
}

export function flag() {
  const remedy = "write true or false";
  return leaf(
    { title: "true or false", anyOf: [{ type: "boolean" }, REFERENCE] },
    (value, fromEnvironment) => {
      if (typeof value === "boolean") return value;
      if (fromEnvironment && (value === "true" || value === "false")) return value === "true";
      return new Wrong("{value} is neither true nor false", remedy);
    },
  );
}

interface NumberBounds {
  readonly whole?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** The bound itself is not allowed. */
  readonly above?: number;
}

function boundsText({ whole, min, max, above }: NumberBounds): string {
  const kind = whole ? "a whole number" : "a number";
  if (above !== undefined)
    return max === undefined ? `${kind} above ${above}` : `${kind} above ${above}, at most ${max}`;
  if (min !== undefined)
    return max === undefined ? `${kind}, at least ${min}` : `${kind} from ${min} to ${max}`;
  return kind;
}

/** A number within bounds; from the environment also as text. `also` may refuse it too. */
export function numberLeaf(title: string, bounds: NumberBounds, also?: (value: number) => Wrong | undefined) {
  const { whole = false, min, max, above } = bounds;
  const json: Record<string, unknown> = { type: whole ? "integer" : "number" };
  if (min !== undefined) json.minimum = min;
  if (max !== undefined) json.maximum = max;
  if (above !== undefined) json.exclusiveMinimum = above;
  const wanted = boundsText(bounds);
  return leaf({ title, anyOf: [json, REFERENCE] }, (value, fromEnvironment) => {
    const isText =
      fromEnvironment && typeof value === "string" && /^[+-]?(\d+(?:\.\d*)?|\.\d+)$/.test(value.trim());
    const number = isText ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) {
      return new Wrong("{value} is not a number", `write ${wanted}`);
    }
    const low = (min !== undefined && number < min) || (above !== undefined && number <= above);
    if (whole && !Number.isSafeInteger(number))
      return new Wrong("{value} is not a whole number", `write ${wanted}`);
    if (low || (max !== undefined && number > max))
      return new Wrong("{value} is out of range", `write ${wanted}`);
    return also?.(number) ?? number;
  });
}

/** One of a few words. */
export function choice<const T extends string>(
  words: readonly T[],
  remedy = `write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
) {
  return leaf({ title: words.join(" or "), anyOf: [{ enum: words }, REFERENCE] }, (value) => {
    const word = words.find((one) => one === value);
    return word ?? new Wrong("{value} is not an allowed word", remedy);
  });
}
