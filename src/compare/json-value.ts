/** A JSON value as it was written. Numbers keep their text. Objects are Maps, so no name is special. */
export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | JsonObject
  | RepeatedMember;

export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Members in the order in which their names were first written. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/**
 * The values of a name that its object repeats. RFC 8259 §4 leaves the meaning open and readers disagree, so a repeated name
 * is never equal to a single one.
 */
export class RepeatedMember {
  readonly values: readonly JsonValue[];

  constructor(values: readonly JsonValue[]) {
    this.values = values;
  }
}

type JsonType = "null" | "boolean" | "string" | "number" | "array" | "object" | "repeated";

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function typeOf(value: JsonValue): JsonType {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (value instanceof JsonNumber) return "number";
  if (value instanceof RepeatedMember) return "repeated";
  return isArray(value) ? "array" : "object";
}
