import { FIELD_VARIABLES, type FieldVariable } from "./field-variables.ts";

/** What may be taken of a request by name. `path`: what the route's path captured. */
export const REQUEST_PLACES = ["header", "query", "path"] as const;
type RequestPlace = (typeof REQUEST_PLACES)[number];

export type MessagePart =
  | string
  | { readonly variable: Exclude<FieldVariable, "side"> }
  | { readonly place: RequestPlace; readonly name: string }
  /** Of the body, as JSON: members by name, elements by number. Without a step: all of it. */
  | { readonly body: readonly (string | number)[] };

/** A value of JSON in whose texts variables stand. */
export type JsonPart =
  /** As it is written. */
  | { readonly kind: "fixed"; readonly json: string }
  | { readonly kind: "text"; readonly parts: readonly MessagePart[] }
  /** A text that is nothing but this: what is there, whatever it is. */
  | { readonly kind: "value"; readonly body: readonly (string | number)[] }
  | { readonly kind: "list"; readonly elements: readonly JsonPart[] }
  | { readonly kind: "members"; readonly members: readonly (readonly [name: string, value: JsonPart])[] };

const VARIABLE =
  /\$(\$|request\.body(?!\w)(?:\.[\w-]+|\[\d{1,6}\])*\[?|request\.[a-z]+\.[\w-]+|[A-Za-z][\w.]*)/g;
const STEP = /\.([\w-]+)|\[(\d+)\]/g;

/** The variables of a header's value, without the side. */
export const MESSAGE_VARIABLES = FIELD_VARIABLES.filter((name) => name !== "side");

const BODY = "request.body";

function stepsOf(path: string): readonly (string | number)[] {
  return Array.from(path.matchAll(STEP), ([, name, index]) => name ?? Number(index));
}

function partOf(name: string): Exclude<MessagePart, string> | undefined {
  const variable = MESSAGE_VARIABLES.find((known) => known === name);
  if (variable !== undefined) return { variable };
  if (/^request\.body(?!\w)/.test(name))
    return name.endsWith("[") ? undefined : { body: stepsOf(name.slice(BODY.length)) };
  const [, word, named] = /^request\.([a-z]+)\.([\w-]+)$/.exec(name) ?? [];
  const place = REQUEST_PLACES.find((known) => known === word);
  if (place === undefined || named === undefined) return undefined;
  return { place, name: place === "header" ? named.toLowerCase() : named };
}

/**
 * What a message is, and what it has beside its body, as its parts: texts; `$requestId`, `$route`, `$client`, `$host`, `$scheme`;
 * `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME`; `$request.body`, and of a body in JSON
 * `$request.body.lines[0].id`; `$$` is a dollar. An unknown name gives what it is.
 */
export function messageTemplate(
  value: string,
): { readonly parts: readonly MessagePart[] } | { readonly unknown: string } {
  const parts: MessagePart[] = [];
  let from = 0;
  for (const match of value.matchAll(VARIABLE)) {
    const [whole, name] = match as unknown as readonly [string, string];
    const text = value.slice(from, match.index) + (name === "$" ? "$" : "");
    if (text !== "") parts.push(text);
    from = match.index + whole.length;
    if (name === "$") continue;
    const part = partOf(name);
    if (part === undefined) return { unknown: name };
    parts.push(part);
  }
  if (from < value.length) parts.push(value.slice(from));
  return { parts };
}

/** A value of JSON whose texts are templates. An unknown name gives what it is. */
export function jsonTemplate(value: unknown): JsonPart | { readonly unknown: string } {
  if (typeof value === "string") return textOf(value);
  if (typeof value !== "object" || value === null)
    return { kind: "fixed", json: JSON.stringify(value) ?? "null" };
  const named = Object.entries(value);
  const members: (readonly [string, JsonPart])[] = [];
  for (const [name, one] of named) {
    const part = jsonTemplate(one);
    if ("unknown" in part) return part;
    members.push([name, part]);
  }
  return Array.isArray(value)
    ? { kind: "list", elements: members.map(([, part]) => part) }
    : { kind: "members", members };
}

function textOf(value: string): JsonPart | { readonly unknown: string } {
  const read = messageTemplate(value);
  if ("unknown" in read) return read;
  const [first] = read.parts;
  if (read.parts.length === 1 && typeof first === "object" && "body" in first)
    return { kind: "value", body: first.body };
  return read.parts.every((part) => typeof part === "string")
    ? { kind: "fixed", json: JSON.stringify(read.parts.join("")) }
    : { kind: "text", parts: read.parts };
}
