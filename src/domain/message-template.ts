import { FIELD_VARIABLES, type FieldVariable } from "./field-variables.ts";

/** What may be taken of a request by name. `path`: what the route's path captured. */
export const REQUEST_PLACES = ["header", "query", "path"] as const;
type RequestPlace = (typeof REQUEST_PLACES)[number];

export type MessagePart =
  | string
  | { readonly variable: Exclude<FieldVariable, "side"> }
  | { readonly place: RequestPlace; readonly name: string };

const VARIABLE = /\$(\$|request\.[a-z]+\.[\w-]+|[A-Za-z][\w.]*)/g;

/** The variables of a header's value, without the side. */
export const MESSAGE_VARIABLES = FIELD_VARIABLES.filter((name) => name !== "side");

function partOf(name: string): MessagePart | undefined {
  const variable = MESSAGE_VARIABLES.find((known) => known === name);
  if (variable !== undefined) return { variable };
  const [, word, named] = /^request\.([a-z]+)\.([\w-]+)$/.exec(name) ?? [];
  const place = REQUEST_PLACES.find((known) => known === word);
  if (place === undefined || named === undefined) return undefined;
  return { place, name: place === "header" ? named.toLowerCase() : named };
}

/**
 * What a message has beside its body, as its parts: texts; `$requestId`, `$route`, `$client`, `$host`, `$scheme`;
 * `$request.header.NAME`, `$request.query.NAME`, `$request.path.NAME`; `$$` is a dollar. An unknown name gives what it is.
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
