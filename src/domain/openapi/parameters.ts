import { headerLines } from "../headers.ts";
import type { RawHeaders } from "../message.ts";
import { atPointer, fragmentOf, isObject, type OpenApiParameter } from "./document.ts";

/** A parameter before its schema says which numbers and booleans are in it. */
export type WrittenValue = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;

/** Where parameters are. */
interface WrittenRequest {
  /** As sent, by the names in the path. */
  readonly captures: Readonly<Record<string, string>>;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: RawHeaders;
}

/** The form of what a schema describes; a scalar where it does not say. */
type Form = "scalar" | "array" | "object";

const MAX_REFERENCES = 32;

export function formOf(document: unknown, pointer: string | undefined): Form {
  const schema = schemaAt(document, pointer);
  if (!isObject(schema)) return "scalar";
  const types = [schema.type].flat();
  if (types.includes("array") || schema.items !== undefined) return "array";
  return types.includes("object") || schema.properties !== undefined ? "object" : "scalar";
}

/** No list of several values is meant. A schema of several others may mean one. */
export function isOne(document: unknown, parameter: OpenApiParameter): boolean {
  if (parameter.json) return true;
  const schema = schemaAt(document, parameter.schema);
  const parts = ["allOf", "anyOf", "oneOf", "$ref", "$dynamicRef"];
  return (
    formOf(document, parameter.schema) === "scalar" &&
    !(isObject(schema) && parts.some((key) => schema[key] !== undefined))
  );
}

function schemaAt(document: unknown, pointer: string | undefined): unknown {
  let schema = pointer === undefined ? undefined : atPointer(document, pointer);
  for (let step = 0; step < MAX_REFERENCES && isObject(schema) && typeof schema.$ref === "string"; step++)
    schema = schema.$ref.startsWith("#/") ? atPointer(document, fragmentOf(schema.$ref) ?? "/") : undefined;
  return schema;
}

/** A part of a URL, decoded. Undefined: it is not encoded as one. */
function decodedPart(text: string, plus: boolean): string | undefined {
  try {
    return decodeURIComponent(plus ? text.replaceAll("+", " ") : text);
  } catch {
    return undefined;
  }
}

/** Names and values of a query, decoded, in their order; undefined: one of them is not encoded as a query. */
export function queryPairs(query: string): readonly (readonly [name: string, value: string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const pair of query === "" ? [] : query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodedPart(equals < 0 ? pair : pair.slice(0, equals), true);
    const value = decodedPart(equals < 0 ? "" : pair.slice(equals + 1), true);
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

/** `a,1,b,2` or, exploded, `a=1,b=2`. */
function membersOf(parts: readonly string[], exploded: boolean): Record<string, string> {
  const members: Record<string, string> = Object.create(null);
  if (exploded)
    for (const part of parts) {
      const equals = part.indexOf("=");
      members[equals < 0 ? part : part.slice(0, equals)] = equals < 0 ? "" : part.slice(equals + 1);
    }
  else for (let i = 0; i + 1 < parts.length; i += 2) members[parts[i] as string] = parts[i + 1] as string;
  return members;
}

/** Sent twice it is a list: whoever reads it may take either. Undefined: there are none. */
function membersOfPairs(
  pairs: readonly (readonly [string, string])[],
): Readonly<Record<string, string | readonly string[]>> | undefined {
  const members: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = members[name];
    members[name] = before === undefined ? value : [before, value].flat();
  }
  return pairs.length === 0 ? undefined : members;
}

function delimited(text: string, separator: string, form: Form, exploded: boolean): WrittenValue {
  if (form === "scalar") return text;
  const parts = text === "" ? [] : text.split(separator);
  return form === "array" ? parts : membersOf(parts, exploded);
}

const SEPARATORS: Readonly<Record<string, string>> = { form: ",", spaceDelimited: " ", pipeDelimited: "|" };

function ofQuery(
  { name, style, explode }: OpenApiParameter,
  form: Form,
  pairs: readonly (readonly [string, string])[],
): WrittenValue | undefined {
  if (style === "deepObject") {
    const named = pairs.filter(([key]) => key.startsWith(`${name}[`) && key.endsWith("]"));
    return membersOfPairs(named.map(([key, value]) => [key.slice(name.length + 1, -1), value]));
  }
  if (form === "object" && style === "form" && explode) return membersOfPairs(pairs);
  const values = pairs.filter(([key]) => key === name).map(([, value]) => value);
  const [first] = values;
  if (first === undefined) return undefined;
  if (form === "array" && explode) return values;
  // Sent twice where one is meant: no schema of one value passes two.
  return values.length > 1 ? values : delimited(first, SEPARATORS[style] ?? ",", form, false);
}

function ofPath(
  { name, style, explode }: OpenApiParameter,
  form: Form,
  sent: string,
): WrittenValue | undefined {
  if (style === "label")
    return sent.startsWith(".") ? delimited(sent.slice(1), explode ? "." : ",", form, explode) : undefined;
  if (style === "simple") return delimited(sent, ",", form, explode);
  if (!sent.startsWith(";")) return undefined;
  const parts = sent.slice(1).split(";");
  if (form === "object" && explode) return membersOf(parts, true);
  const values = parts.flatMap((part) => (part.startsWith(`${name}=`) ? [part.slice(name.length + 1)] : []));
  return form === "array" && explode ? values : delimited(values[0] ?? "", ",", form, false);
}

function ofCookie({ name }: OpenApiParameter, form: Form, headers: RawHeaders): WrittenValue | undefined {
  const values: string[] = [];
  for (const line of headerLines(headers, "cookie"))
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim());
    }
  const [first] = values;
  if (first === undefined) return undefined;
  return values.length > 1 ? values : delimited(first, ",", form, false);
}

/** A field's list without the blanks around its commas. */
function trimmedList(text: string): string {
  return text
    .split(",")
    .map((part) => part.trim())
    .join(",");
}

/**
 * What a request holds for a parameter (OpenAPI 3.1 §4.8.12, "Style Values"); undefined: it is not there. `pairs`: of its query.
 */
export function writtenParameter(
  parameter: OpenApiParameter,
  form: Form,
  { captures, headers }: WrittenRequest,
  pairs: readonly (readonly [string, string])[],
): WrittenValue | undefined {
  // JSON text is one value, whatever it holds.
  const shape = parameter.json ? "scalar" : form;
  if (parameter.in === "query") return ofQuery(parameter, shape, pairs);
  if (parameter.in === "cookie") return ofCookie(parameter, shape, headers);
  if (parameter.in === "header") {
    const lines = headerLines(headers, parameter.name.toLowerCase());
    const parts = lines.join(",");
    if (lines.length === 0) return undefined;
    return shape === "scalar" ? parts : delimited(trimmedList(parts), ",", shape, parameter.explode);
  }
  const sent = captures[parameter.name];
  const text = sent === undefined ? undefined : decodedPart(sent, false);
  return text === undefined ? undefined : ofPath(parameter, shape, text);
}
